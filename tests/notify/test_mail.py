"""E-mail through a real server."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from qa_service.domain.delivery import Attachment, Notice, NoticeItem, NoticeKind
from qa_service.domain.recipient import Address
from qa_service.errors import InvalidInput
from qa_service.notify import Mailer, MailServer, Undelivered
from qa_service.notify.mail import checked_emails
from tests.notify.receivers import mail_receiver

NOW = datetime(2026, 10, 9, 8, 0, tzinfo=UTC)
FILES = (Attachment("voc-2026-W40.pdf", "application/pdf", b"%PDF-1.7"),)
NOTICE = Notice(
    "weekly/1/2026-W40/2",
    NoticeKind.WEEKLY,
    "客户声音周报",
    (NoticeItem("投诉上升"),),
    NOW,
    None,
    "<h1>周报</h1>",
    FILES,
)
TO = Address(emails=("ops@example.com", "boss@example.com"))


@pytest.fixture
def box():
    with mail_receiver() as one:
        yield one


def mailer(box):
    return Mailer(MailServer("127.0.0.1", "qa@example.com", port=box.port, security="none", timeout_s=5))


def test_a_letter_has_page_and_files_and_reaches_everybody(box):
    mailer(box).send(NOTICE, TO)
    ((to, body),) = box.letters
    letter = message_from_bytes(body, policy=default)
    assert to == ["ops@example.com", "boss@example.com"]
    assert letter["Subject"] == "客户声音周报"
    assert "周报" in letter.get_body(("html",)).get_content()
    assert [part.get_filename() for part in letter.iter_attachments()] == ["voc-2026-W40.pdf"]


def test_the_same_notice_has_the_same_id(box):
    for _ in range(2):
        mailer(box).send(NOTICE, TO)
    ids = {message_from_bytes(body)["Message-ID"] for _, body in box.letters}
    assert ids == {"<weekly.1.2026-W40.2@example.com>"}


@pytest.mark.parametrize(("reply", "passing"), [(b"451 later", True), (b"554 never", False)])
def test_a_refused_letter_tells_whether_to_try_again(box, reply, passing):
    box.refuse_data.append(reply)
    with pytest.raises(Undelivered) as refused:
        mailer(box).send(NOTICE, TO)
    assert (refused.value.reason, refused.value.passing) == (f"smtp_{reply[:3].decode()}", passing)


def test_addresses_that_are_unknown_are_not_tried_again(box):
    box.refuse_address += [b"550 unknown", b"550 unknown"]
    with pytest.raises(Undelivered) as refused:
        mailer(box).send(NOTICE, TO)
    assert (refused.value.reason, refused.value.passing) == ("addresses_refused", False)


def test_a_server_that_is_away_is_tried_again():
    with pytest.raises(Undelivered) as refused:
        Mailer(MailServer("127.0.0.1", "qa@example.com", port=9, security="none", timeout_s=2)).send(NOTICE, TO)
    assert refused.value.passing


@pytest.mark.parametrize("text", ["nobody", "a@b\r\nBcc: c@d.com", "a b@c.com", "a@b.com,c@d.com", ""])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InvalidInput):
        checked_emails((text,))

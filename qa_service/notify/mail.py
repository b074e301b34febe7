"""Notices by e-mail, through the deployment's own mail server."""

import html
import smtplib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from qa_service.domain.delivery import Notice, NoticeItem
from qa_service.domain.recipient import Address
from qa_service.errors import InvalidInput
from qa_service.notify.refusal import Undelivered


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server; `sender` is the address that notices come from."""

    host: str
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_s: float = 30.0


class Mailer:
    """Sends notices by e-mail."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def send(self, notice: Notice, address: Address) -> None:
        """Deliver a notice to every address; raises Undelivered when the server takes it for none of them."""
        try:
            with self._connected() as server:
                server.send_message(letter(notice, self._server.sender, address.emails))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise Undelivered("addresses_refused", passing=all(400 <= code < 500 for code in codes)) from error
        except smtplib.SMTPResponseException as error:
            raise Undelivered(f"smtp_{error.smtp_code}", passing=error.smtp_code < 500) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered("mail_server_failed", passing=True) from error

    def _connected(self) -> smtplib.SMTP:
        at = self._server
        tls = ssl.create_default_context()
        if at.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(at.host, at.port, timeout=at.timeout_s, context=tls)
        else:
            server = smtplib.SMTP(at.host, at.port, timeout=at.timeout_s)
        try:
            if at.security == "starttls":
                server.starttls(context=tls)
            if at.user:
                server.login(at.user, at.password or "")
        except BaseException:
            server.close()
            raise
        return server


def letter(notice: Notice, sender: str, emails: tuple[str, ...]) -> EmailMessage:
    """The e-mail of a notice; the same notice has the same Message-ID, so that a repetition shows once."""
    made = EmailMessage()
    made["Subject"] = " ".join(notice.title.split())
    made["From"], made["To"] = sender, ", ".join(emails)
    made["Date"] = format_datetime(notice.at)
    made["Message-ID"] = f"<{notice.key.replace('/', '.')}@{MailAddress(addr_spec=sender).domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("\n".join(map(_line, notice.items)) + (f"\n\n{notice.link}" if notice.link else "") + "\n")
    made.add_alternative(notice.html or _page(notice), subtype="html")
    for one in notice.attachments:
        main, _, sub = one.mime.partition("/")
        made.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
    return made


def checked_emails(emails: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses as they can be written to; raises InvalidInput naming the first that cannot."""
    for one in emails:
        try:
            MailAddress(addr_spec=one)
        except Exception as error:
            raise InvalidInput(f"{one!r} is no e-mail address") from error
        if not one.isascii() or any(letter.isspace() or letter in ",;<>" for letter in one) or "@" not in one:
            raise InvalidInput(f"{one!r} is no e-mail address")
    return emails


def _line(item: NoticeItem) -> str:
    return f"- {item.text}" + (f"：“{item.quote}”" if item.quote else "") + (f" {item.link}" if item.link else "")


def _page(notice: Notice) -> str:
    rows = "".join(f"<li>{_row(item)}</li>" for item in notice.items)
    more = f'<p><a href="{html.escape(notice.link)}">打开</a></p>' if notice.link else ""
    return f"<h1>{html.escape(notice.title)}</h1><ul>{rows}</ul>{more}"


def _row(item: NoticeItem) -> str:
    text = html.escape(item.text) + (f"：“{html.escape(item.quote)}”" if item.quote else "")
    return text + (f' <a href="{html.escape(item.link)}">查看</a>' if item.link else "")

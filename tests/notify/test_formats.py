"""What each receiver is sent, and what its answers mean."""

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qa_service.domain.delivery import Notice, NoticeItem, NoticeKind
from qa_service.domain.recipient import Address, Format
from qa_service.notify.formats import refuse_unwelcome, request_of
from qa_service.notify.refusal import Undelivered
from qa_service.notify.signing import verify

NOW = datetime(2026, 10, 9, 8, 0, tzinfo=UTC)
ITEM = NoticeItem("退费要求，涉及 9800 元，会话 c-1", "你们再不退我就去12315", "https://qa/conversations/c-1#turn-3")
NOTICE = Notice("urgent/1/7", NoticeKind.URGENT, "紧急提醒：1 条", (ITEM,), NOW, "https://qa/")
README = Path(__file__).parents[2] / "docs" / "outgoing.md"


def sent(format: Format, secret: str | None = None, notice: Notice = NOTICE):
    made = request_of(notice, format, Address("https://host/hook", secret=secret), NOW)
    return made, json.loads(made.body)


def test_wecom_gets_markdown_with_the_quote_and_the_link():
    _, body = sent(Format.WECOM)
    assert body["msgtype"] == "markdown"
    assert "你们再不退我就去12315" in body["markdown"]["content"]
    assert "[查看](https://qa/conversations/c-1#turn-3)" in body["markdown"]["content"]


def test_wecom_never_gets_more_than_it_takes_and_tells_how_much_is_left_out():
    items = tuple(NoticeItem(f"会话 c-{n}", "很长的一句话" * 10, "https://qa/" + "x" * 50) for n in range(60))
    _, body = sent(Format.WECOM, notice=Notice("k", NoticeKind.URGENT, "很多", items, NOW, "https://qa/"))
    content = body["markdown"]["content"]
    assert len(content.encode()) <= 4096
    assert re.search("另有 [0-9]+ 条未列出", content)


def test_dingtalk_is_signed_in_the_address():
    made, body = sent(Format.DINGTALK, "SECabc")
    stamp = str(int(NOW.timestamp() * 1000))
    wanted = base64.b64encode(hmac.new(b"SECabc", f"{stamp}\nSECabc".encode(), hashlib.sha256).digest()).decode()
    assert made.query == {"timestamp": stamp, "sign": wanted}
    assert body["msgtype"] == "markdown" and body["markdown"]["title"] == "紧急提醒：1 条"


def test_feishu_is_signed_in_the_body():
    _, body = sent(Format.FEISHU, "abc")
    stamp = str(int(NOW.timestamp()))
    key = f"{stamp}\nabc".encode()
    assert body["timestamp"] == stamp
    assert body["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert body["content"]["post"]["zh_cn"]["content"][0][1]["href"] == ITEM.link


def test_without_a_secret_robots_get_no_signature():
    made, _ = sent(Format.DINGTALK)
    assert made.query == {}
    assert "sign" not in sent(Format.FEISHU)[1]


def test_what_a_customer_says_becomes_no_link_and_calls_nobody():
    item = NoticeItem("会话", "[点我](http://evil) @all **x** <a>")
    _, body = sent(Format.WECOM, notice=Notice("k", NoticeKind.URGENT, "t", (item,), NOW))
    content = body["markdown"]["content"]
    assert "](http://evil)" not in content and "@all" not in content and "<a>" not in content


def test_signed_json_is_verified_and_an_altered_or_old_one_is_not():
    made, body = sent(Format.SIGNED, "shared")
    assert body["id"] == made.headers["X-QA-Id"] == "urgent/1/7"
    assert verify("shared", made.headers, made.body, NOW)
    assert not verify("other", made.headers, made.body, NOW)
    assert not verify("shared", made.headers, made.body + b" ", NOW)
    assert not verify("shared", made.headers, made.body, NOW + timedelta(minutes=6))
    assert not verify("shared", {**made.headers, "X-QA-Id": "urgent/1/8"}, made.body, NOW)


def test_the_documented_way_to_verify_works():
    snippet = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.S)
    assert snippet is not None
    room: dict[str, object] = {}
    exec(snippet[1], room)
    made, _ = sent(Format.SIGNED, "shared")
    accept = room["accept"]
    assert accept("shared", made.headers, made.body, now=NOW.timestamp(), seen=(seen := set()))
    assert not accept("shared", made.headers, made.body, now=NOW.timestamp(), seen=seen)
    assert not accept("shared", made.headers, made.body, now=NOW.timestamp() + 400, seen=set())
    assert not accept("wrong", made.headers, made.body, now=NOW.timestamp(), seen=set())


def refused(format, body):
    try:
        refuse_unwelcome(format, body)
    except Undelivered as error:
        return error
    return None


@pytest.mark.parametrize(
    ("body", "reason", "passing"),
    [
        (b'{"errcode": 93000, "errmsg": "invalid webhook url"}', "refused_93000", False),
        (b'{"errcode": 45009}', "refused_45009", True),
        (b'{"code": 19021, "msg": "sign match fail"}', "refused_19021", False),
        (b'{"StatusCode": 0, "code": 9499}', "refused_9499", False),
        (b"<html>gateway</html>", "not_the_protocol", True),
        (b"[]", "not_the_protocol", True),
    ],
)
def test_a_failure_in_a_200_is_a_failure(body, reason, passing):
    found = refused(Format.WECOM, body)
    assert found and (found.reason, found.passing) == (reason, passing)


@pytest.mark.parametrize("body", [b'{"errcode": 0}', b'{"code": 0, "msg": "success"}', b'{"StatusCode": 0}'])
def test_a_zero_is_a_success(body):
    assert not refused(Format.FEISHU, body)

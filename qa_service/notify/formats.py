"""The bodies that each receiver understands, and what its answer means: some tell of a failure in a 200."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from qa_service.domain.delivery import Notice, NoticeItem
from qa_service.domain.recipient import Address, Format
from qa_service.notify.refusal import Undelivered
from qa_service.notify.signing import dingtalk_query, feishu_fields, signed_headers

# 企业微信 takes 4,096 bytes of markdown, 钉钉 and 飞书 about 20,000; the frame needs some.
LONGEST_WECOM = 4000
LONGEST = 16_000
# Their words for "too fast, try again": 企业微信 45009 and -1 (busy), 钉钉 130101 and -1, 飞书 11232 and 9499 (busy).
PASSING = frozenset({-1, 45009, 130101, 11232})
# What would be a link, a mention or a heading in their markdown shows as what it is.
_HARMLESS = str.maketrans("[]()<>*_`#@!\\~|", "［］（）＜＞＊＿｀＃＠！＼～｜")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request: body, parameters that are added to the address, headers."""

    body: bytes = field(repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def request_of(notice: Notice, format: Format, address: Address, now: datetime) -> Outgoing:
    """The request that tells a notice in the words of its receiver, signed where there is a secret."""
    return _WRITERS[format](notice, address, now)


def refuse_unwelcome(format: Format, body: bytes) -> None:
    """Raise Undelivered where the body of a 200 says that nothing was delivered."""
    if format is Format.SIGNED:
        return
    try:
        told = json.loads(body)
        code = told.get("errcode", told.get("code", told.get("StatusCode")))
    except (ValueError, AttributeError, RecursionError) as error:
        raise Undelivered("not_the_protocol", passing=True) from error
    if not isinstance(code, int) or isinstance(code, bool):
        raise Undelivered("not_the_protocol", passing=True)
    if code:
        raise Undelivered(f"refused_{code}", passing=code in PASSING)


def _wecom(notice: Notice, address: Address, now: datetime) -> Outgoing:
    del address, now
    return _json({"msgtype": "markdown", "markdown": {"content": _markdown(notice, LONGEST_WECOM)}})


def _dingtalk(notice: Notice, address: Address, now: datetime) -> Outgoing:
    told = {"title": _plain(notice.title), "text": _markdown(notice, LONGEST)}
    query = dingtalk_query(address.secret, now) if address.secret else {}
    return _json({"msgtype": "markdown", "markdown": told}, query=query)


def _feishu(notice: Notice, address: Address, now: datetime) -> Outgoing:
    lines = [_feishu_line(item) for item in _fitting(notice, LONGEST)]
    if notice.link:
        lines.append([{"tag": "a", "text": "打开", "href": notice.link}])
    post = {"zh_cn": {"title": notice.title, "content": lines}}
    signed = feishu_fields(address.secret, now) if address.secret else {}
    return _json({**signed, "msg_type": "post", "content": {"post": post}})


def _signed(notice: Notice, address: Address, now: datetime) -> Outgoing:
    items = [{"text": one.text, "quote": one.quote, "link": one.link} for one in notice.items]
    told = {"id": notice.key, "kind": notice.kind.value, "title": notice.title, "items": items}
    made = _json({**told, "link": notice.link, "at": notice.at.isoformat()})
    return Outgoing(made.body, headers=signed_headers(address.secret or "", notice.key, made.body, now))


_WRITERS: Mapping[Format, Callable[[Notice, Address, datetime], Outgoing]] = {
    Format.WECOM: _wecom,
    Format.DINGTALK: _dingtalk,
    Format.FEISHU: _feishu,
    Format.SIGNED: _signed,
}


def _json(body: Mapping[str, Any], *, query: Mapping[str, str] | None = None) -> Outgoing:
    return Outgoing(json.dumps(body, ensure_ascii=False).encode(), query or {})


def _feishu_line(item: NoticeItem) -> list[dict[str, str]]:
    line = [{"tag": "text", "text": f"{item.text}{f'：“{item.quote}”' if item.quote else ''} "}]
    return [*line, {"tag": "a", "text": "查看", "href": item.link}] if item.link else line


def _markdown(notice: Notice, longest: int) -> str:
    lines = [f"**{_plain(notice.title)}**", *map(_markdown_line, _fitting(notice, longest))]
    if notice.link:
        lines.append(f"[打开]({notice.link})")
    # An empty line between them: 钉钉 joins lines otherwise.
    return "\n\n".join(lines)


def _markdown_line(item: NoticeItem) -> str:
    quote = f"：“{_plain(item.quote)}”" if item.quote else ""
    return f"- {_plain(item.text)}{quote}" + (f" [查看]({item.link})" if item.link else "")


def _fitting(notice: Notice, longest: int) -> list[NoticeItem]:
    """As many items as fit into so many bytes, and how many more there are."""
    room = longest - 100 - len((notice.title + (notice.link or "")).encode())
    kept: list[NoticeItem] = []
    for item in notice.items:
        room -= len((item.text + item.quote + (item.link or "")).encode()) + 40
        if room < 0:
            return [*kept, NoticeItem(f"另有 {len(notice.items) - len(kept)} 条未列出")]
        kept.append(item)
    return kept


def _plain(text: str) -> str:
    return " ".join(text.translate(_HARMLESS).split())

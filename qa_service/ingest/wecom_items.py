"""Messages of a WeCom archive as the words that a reader of the conversation saw."""

from collections.abc import Mapping
from typing import Any

from qa_service.ingest.table_fields import BRACKETED

_TYPES = {
    "image": "image",
    "emotion": "image",
    "voice": "voice",
    "meeting_voice_call": "voice",
    "voip_doc_share": "file",
    "video": "video",
    "sphfeed": "video",
    "file": "file",
    "qydiskfile": "file",
    "link": "link",
    "weapp": "card",
    "card": "card",
    "redpacket": "red_packet",
    "external_redpacket": "red_packet",
}
_NAMES = {
    "emotion": "[表情]",
    "location": "[位置]",
    "weapp": "[小程序]",
    "sphfeed": "[视频号]",
    "chatrecord": "[聊天记录]",
    "meeting": "[会议]",
    "meeting_voice_call": "[语音通话]",
    "calendar": "[日程]",
    "doc": "[文档]",
    "todo": "[待办]",
    "vote": "[投票]",
    "collect": "[收集表]",
}
_TELLING = ("filename", "title", "wish", "address", "description")
"""The first of these that a body has is shown behind the bracketed type."""


def written(kind: str, body: Mapping[str, Any]) -> tuple[str, str]:
    """Contract type and text of a message whose `msgtype` is `kind`."""
    content = body.get("content")
    if kind in ("text", "markdown", "info") and isinstance(content, str):
        return "text", content
    if kind == "mixed" and isinstance(body.get("item"), list):
        return "text", "\n".join(_part(item) for item in body["item"] if isinstance(item, dict))
    shown = _TYPES.get(kind, "other")
    more = next((body[key] for key in _TELLING if isinstance(body.get(key), str) and body[key]), "")
    return shown, f"{_NAMES.get(kind, BRACKETED[shown])} {more}".strip()


def _part(item: Mapping[str, Any]) -> str:
    content = item.get("content")
    if item.get("type") == "text" and isinstance(content, str):
        return content
    kind = item.get("type")
    shown = _TYPES.get(kind, "other") if isinstance(kind, str) else "other"
    return BRACKETED[shown]

"""WeCom archives: loose messages of pairs and rooms become conversations."""

import json
from datetime import timedelta

import pytest

from qa_service.ingest import read_conversations
from tests.ingest.files import SAMPLES, conversations, defects, read, said

START = 1772330400000  # 2026-03-01 10:00 in China
HOUR = 3_600_000


def item(id: str, sender: str, *others: str, at: int = 0, room: str = "", kind: str = "text", **body: object) -> str:
    fields = {"msgid": id, "action": "send", "from": sender, "tolist": list(others), "roomid": room}
    return json.dumps(fields | {"msgtime": START + at, "msgtype": kind, kind: body or {"content": id}})


def archive(*lines: str, **options: object) -> list[object]:
    return read("\n".join(lines), "w.jsonl", format="wecom", **options)


def test_a_recalled_message_is_kept_and_marked_wherever_the_recall_stands() -> None:
    recall = item("x", "zhou", "wmA", at=5_000, kind="revoke", pre_msgid="1")
    for lines in ((item("1", "zhou", "wmA"), recall), (recall, item("1", "zhou", "wmA"))):
        [one] = conversations(archive(*lines))
        assert said(one) == [("agent", "1")]
        assert one.turns[0].recalled
        assert one.turns[0].extra["recalled_at"] == "2026-03-01T10:00:05+08:00"


def test_roles_come_from_the_prefix_of_the_id() -> None:
    [one] = conversations(
        archive(
            item("1", "zhou", "wmA", room="r"),
            item("2", "woB", "zhou", at=1, room="r"),
            item("3", "wbC", "zhou", at=2, room="r"),
        )
    )
    assert [turn.speaker.value for turn in one.turns] == ["agent", "customer", "system"]
    assert [turn.speaker_id for turn in one.turns] == ["zhou", "woB", "wbC"]


def test_a_pause_longer_than_the_gap_parts_two_conversations() -> None:
    lines = (
        item("1", "zhou", "wmA"),
        item("2", "wmA", "zhou", at=6 * HOUR),
        item("3", "zhou", "wmA", at=12 * HOUR + 1),
    )
    assert [len(one.turns) for one in conversations(archive(*lines))] == [2, 1]
    assert [len(one.turns) for one in conversations(archive(*lines, gap=timedelta(hours=7)))] == [3]


def test_pairs_and_rooms_are_kept_apart() -> None:
    lines = (item("1", "zhou", "wmA"), item("2", "zhou", "wmB", at=1), item("3", "zhou", "wmA", at=2, room="r"))
    assert [len(one.turns) for one in conversations(archive(*lines))] == [1, 1, 1]


def test_ids_depend_on_the_messages_and_not_on_the_order_of_the_lines() -> None:
    lines = [item("1", "zhou", "wmA"), item("2", "wmA", "zhou", at=1_000), item("3", "zhou", "wmB", at=500)]
    forwards, backwards = conversations(archive(*lines)), conversations(archive(*lines[::-1]))
    assert [(one.id, said(one)) for one in forwards] == [(one.id, said(one)) for one in backwards]
    assert len(forwards) == 2


def test_a_message_that_was_fetched_twice_counts_once() -> None:
    [one] = conversations(archive(item("1", "zhou", "wmA"), item("1", "zhou", "wmA")))
    assert len(one.turns) == 1


def test_times_are_told_in_seconds_or_milliseconds() -> None:
    seconds = item("1", "zhou", "wmA").replace(str(START), str(START // 1000))
    assert (
        conversations(archive(seconds))[0].started_at == conversations(archive(item("1", "zhou", "wmA")))[0].started_at
    )


def test_consent_is_noted_with_the_conversation_it_precedes() -> None:
    agreed = item("c", "wmA", "zhou", kind="agree", userid="wmA", agree_time=START)
    later = item("d", "wmA", "zhou", at=8 * HOUR, kind="disagree", userid="wmA", disagree_time=START)
    first, second = conversations(
        archive(item("1", "zhou", "wmA", at=1), agreed, item("2", "zhou", "wmA", at=9 * HOUR), later)
    )
    assert first.consent == {"status": "agreed", "at": "2026-03-01T10:00:00+08:00"}
    assert second.consent == {"status": "disagreed", "at": "2026-03-01T18:00:00+08:00"}


def test_chats_among_employees_and_switches_are_passed_over() -> None:
    assert archive(item("1", "zhou", "li"), '{"msgid": "s", "action": "switch", "time": 1, "user": "zhou"}') == []


def test_a_room_names_the_employee_and_the_customer_who_said_most() -> None:
    people = ("zhou", "li", "wmA", "wmB")
    senders = ("zhou", "li", "li", "wmA", "wmB", "wmB")
    lines = (item(str(n), who, *(p for p in people if p != who), at=n, room="wr1") for n, who in enumerate(senders))
    [one] = conversations(archive(*lines))
    assert (one.agent.id, one.customer.id, one.extra["room_id"]) == ("li", "wmB", "wr1")


@pytest.mark.parametrize(
    ("kind", "body", "type_", "text"),
    [
        ("image", {"md5sum": "0"}, "image", "[图片]"),
        ("voice", {"play_length": 3}, "voice", "[语音]"),
        ("video", {"play_length": 3}, "video", "[视频]"),
        ("file", {"filename": "报价.pdf"}, "file", "[文件] 报价.pdf"),
        ("link", {"title": "课程表", "link_url": "https://x"}, "link", "[链接] 课程表"),
        ("card", {"userid": "li"}, "card", "[名片]"),
        ("redpacket", {"wish": "开学大吉", "totalamount": 100}, "red_packet", "[红包] 开学大吉"),
        ("location", {"address": "人民路1号"}, "other", "[位置] 人民路1号"),
        ("emotion", {"type": 1}, "image", "[表情]"),
        ("weapp", {"title": "选课"}, "card", "[小程序] 选课"),
        ("chatrecord", {"title": "群聊", "item": []}, "other", "[聊天记录] 群聊"),
        ("mixed", {"item": [{"type": "text", "content": "看图"}, {"type": "image"}]}, "text", "看图\n[图片]"),
        ("something_new", {"x": 1}, "other", "[其他]"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() else "-",
)
def test_what_is_not_text_stands_as_its_type(kind: str, body: dict[str, object], type_: str, text: str) -> None:
    [one] = conversations(archive(item("1", "zhou", "wmA", kind=kind, **body)))
    assert (one.turns[0].type, one.turns[0].text) == (type_, text)


def test_a_file_larger_than_memory_allows_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_service.ingest.wecom.MAX_ITEMS", 2)
    found = archive(*(item(str(n), "zhou", "wmA", at=n) for n in range(4)))
    assert [one.code for one in found] == ["too_large"]
    assert "day by day" in found[0].reason


def test_the_sample_holds_a_bot_a_file_and_consent() -> None:
    found = list(read_conversations(SAMPLES / "wecom.jsonl"))
    pair, room, _ = conversations(found)
    assert [turn.recalled for turn in pair.turns] == [False, False, True]
    assert pair.consent["status"] == "agreed"
    assert said(room)[2:] == [("system", "群公告：周六上课"), ("customer", "[文件] 报名表.docx")]
    assert defects(found) == []

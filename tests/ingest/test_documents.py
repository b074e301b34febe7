"""Alibaba and Contact Lens: one JSON document a file."""

import json

import pytest

from tests.ingest.files import conversations, defects, read, said


def ticket(id: object = "t", *dialogue: dict[str, object], **fields: object) -> dict[str, object]:
    return {"tid": id, "dialogue": list(dialogue) or [{"role": "客服", "words": "您好"}], **fields}


def alibaba(*tickets: object, **facts: object) -> list[object]:
    return read(json.dumps({"isSchemeData": 1, **facts, "tickets": list(tickets)}, ensure_ascii=False), "a.json")


def test_a_document_wrapped_in_json_str_is_read() -> None:
    inner = json.dumps({"business": "英语", "tickets": [ticket("a")]}, ensure_ascii=False)
    [one] = conversations(read(json.dumps({"BaseMeAgentId": 1, "JsonStr": inner}), "a.json"))
    assert (one.id, one.product) == ("a", "英语")


def test_a_bare_list_of_tickets_is_read() -> None:
    assert [one.id for one in conversations(read(json.dumps([ticket("a"), ticket("b")]), "a.json"))] == ["a", "b"]


def test_a_ticket_without_an_id_is_named_by_file_and_place() -> None:
    assert [one.id for one in conversations(alibaba(ticket(None), ticket("b")))] == ["a-1", "b"]


@pytest.mark.parametrize(
    ("facts", "fields", "channel", "direction"),
    [
        ({}, {"callType": 1}, "call", "outbound"),
        ({}, {"callType": 3}, "call", "inbound"),
        ({"optional": 0}, {}, "chat", None),
        ({"optional": "1"}, {}, "call", None),
        ({"optional": 0}, {"callType": 2}, "call", None),
        ({}, {}, "call", None),
    ],
    ids=["outbound", "inbound", "online", "hotline", "unknown_type", "nothing"],
)
def test_channel_and_direction(facts: dict, fields: dict, channel: str, direction: str | None) -> None:
    [one] = conversations(alibaba(ticket("a", **fields), **facts))
    assert (one.channel.value, one.direction) == (channel, direction)


def test_turns_without_a_role_are_told_and_the_others_kept() -> None:
    found = alibaba(ticket("a", {"role": "客服", "words": "一"}, {"words": "二"}, {"role": "客户", "words": "三"}))
    assert said(conversations(found)[0]) == [("agent", "一"), ("customer", "三")]
    assert [(one.row, one.code) for one in defects(found)] == [(1, "unknown_role")]
    assert conversations(found)[0].extra == {"left_out": [2]}


def test_the_roles_of_a_sibling_product_are_refused_because_they_mean_the_opposite() -> None:
    found = alibaba(ticket("a", {"role": 0, "words": "您好"}, {"role": "1", "words": "您好"}))
    assert conversations(found) == []
    assert [one.code for one in defects(found)] == ["unknown_role"]


@pytest.mark.parametrize("written", ["{", "[]", "7"], ids=["damaged", "list", "number"])
def test_parameters_that_cannot_be_read_are_told_and_the_ticket_kept(written: str) -> None:
    found = alibaba(ticket("a", jsonParamStr=written, remark2="直播"))
    assert conversations(found)[0].tags == {"remark2": "直播"}
    assert "jsonParamStr" in defects(found)[0].reason


def test_long_ids_in_numbers_keep_their_digits() -> None:
    [one] = conversations(alibaba(ticket("a", customerServiceId=123456789012345678, customerId=987654321098765432)))
    assert (one.agent.id, one.customer.id) == ("123456789012345678", "987654321098765432")


def test_a_document_that_was_cut_gives_its_whole_tickets_with_the_facts_before_them() -> None:
    whole = json.dumps({"business": "英语", "tickets": [ticket("a"), ticket("b"), ticket("c")]}, ensure_ascii=False)
    found = read(whole[: whole.index('"c"') + 30], "a.json")
    assert [(one.id, one.product) for one in conversations(found)] == [("a", "英语"), ("b", "英语")]
    assert [(one.row, one.code) for one in defects(found)] == [(3, "damaged_file")]


def test_a_damaged_ticket_of_many_turns_does_not_hide_the_next_one() -> None:
    item = '{"role": "客服", "words": "您好"}'
    damaged = f'{{"tid": "x", "dialogue": [{", ".join([item] * 30_000)}, {{"role": "客服", "words": "没'
    found = read(f'{{"tickets": [{damaged}, {json.dumps(ticket("b"), ensure_ascii=False)}]}}', "a.json")
    assert [one.id for one in conversations(found)] == ["b"]


def test_damage_without_end_is_given_up_in_time() -> None:
    found = read('{"tickets": [{"tid": 1, ' + '[{"a":' * 300_000, "a.json")
    assert [one.code for one in found] == ["damaged_file"]


def lens(*segments: object, **facts: object) -> list[object]:
    return read(json.dumps({"Version": "1.1.0", "Transcript": list(segments)} | facts, ensure_ascii=False), "u.json")


def test_a_chat_contact_tells_times_bots_and_supervisors() -> None:
    [one] = conversations(
        lens(
            {"ParticipantRole": "CUSTOM_BOT", "Content": "欢迎", "AbsoluteTime": "2026-03-01T02:00:00Z"},
            {"Type": "EVENT", "ParticipantRole": "AGENT", "ContentType": "application/vnd.joined"},
            {"ParticipantRole": "SUPERVISOR", "Content": "我来处理", "AbsoluteTime": "2026-03-01T02:00:05Z"},
            Channel="CHAT",
            CustomerMetadata={"ContactId": "k-1"},
        )
    )
    assert said(one) == [("system", "欢迎"), ("agent", "我来处理")]
    assert (one.id, one.channel.value) == ("k-1", "chat")
    assert one.started_at is not None
    assert one.started_at.isoformat() == "2026-03-01T02:00:00+00:00"


def test_an_offset_that_is_no_number_costs_only_the_offset() -> None:
    [one] = conversations(lens({"ParticipantRole": "AGENT", "Content": "您好", "BeginOffsetMillis": "x"}))
    assert one.turns[0].start_ms is None


def test_a_document_without_a_transcript_is_one_defect() -> None:
    found = read('{"Version": "1.1.0", "Participants": []}', "u.json", format="contact_lens")
    assert [one.reason for one in found] == ["no list `Transcript` in this document"]

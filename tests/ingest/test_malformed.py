"""Kept cases: every format, broken in every way, gives a defect and loses no neighbour."""

import json
from collections.abc import Callable

import pytest

from qa_service.domain.conversation import Conversation
from qa_service.ingest import READERS
from qa_service.ingest.reader import Defect
from tests.ingest.files import SAMPLES, conversations, defects, line, read, said, workbook

ROW = "会话ID,角色,内容\n"
BAD_LINES = {
    "cut_short": '{"id": "x", "turns": [{"speaker": "agent", "te',
    "not_json": "您好",
    "not_an_object": "[1, 2]",
    "no_id": '{"turns": [{"speaker": "agent", "text": "x"}]}',
    "empty_id": '{"id": "", "turns": [{"speaker": "agent", "text": "x"}]}',
    "infinite_id": '{"id": 1e999, "turns": [{"speaker": "agent", "text": "x"}]}',
    "infinite_number": line("x").replace("}]}", '}], "duration_s": 1e999}'),
    "nan": line("x").replace("}]}", '}], "crm": NaN}'),
    "huge_number": line("x").replace("}]}", '}], "duration_s": ' + "9" * 400 + "}"),
    "number_beyond_python": line("x").replace("}]}", '}], "duration_s": ' + "9" * 5_000 + "}"),
    "endless_nesting": "[" * 100_000,
    "deep_unknown_field": line("x").replace("}]}", '}], "crm": ' + "[" * 500 + "]" * 500 + "}"),
    "deep_id": '{"id": ' + "[" * 900 + "]" * 900 + "}",
    "deep_channel": line("x").replace("}]}", '}], "channel": ' + "[" * 900 + "]" * 900 + "}"),
    "deep_tags": line("x").replace("}]}", '}], "tags": {"a": ' + "[" * 900 + "]" * 900 + "}}"),
    "nul_in_text": line("x", "坏\x00的"),
    "nul_in_unknown_field": line("x", crm="坏\x00的"),
    "lone_surrogate_in_text": '{"id": "x", "turns": [{"speaker": "agent", "text": "\\ud800"}]}',
    "lone_surrogate_in_tag": line("x").replace("}]}", '}], "tags": {"a": "\\udfff"}}'),
    "lone_surrogate_as_key": line("x").replace("}]}", '}], "\\udfff": 1}'),
    "no_speaker": '{"id": "x", "turns": [{"text": "x"}]}',
    "unknown_speaker": '{"id": "x", "turns": [{"speaker": "boss", "text": "x"}]}',
    "no_turns": '{"id": "x", "turns": []}',
    "huge_turn": line("x", "长" * 20_001),
    "too_many_turns": line("x", *["好"] * 20_001),
    "huge_id": line("x" * 201),
    "wrong_time": line("x", started_at="2026-02-30T00:00:00"),
    "year_one": line("x", started_at="0001-01-01T00:00:00+14:00"),
    "infinite_span": line("x").replace('"}]}', '", "personal": [{"start": 1e999, "end": 2, "kind": "a"}]}]}'),
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_of_the_contract_costs_only_itself(bad: str) -> None:
    found = read(f"{line('before')}\n{bad}\n{line('after')}\n", "a.jsonl")
    assert [one.id for one in conversations(found)] == ["before", "after"]
    assert [one.row for one in defects(found)] == [2]
    assert len(defects(found)[0].reason) < 400


def test_a_line_in_another_encoding_costs_only_itself() -> None:
    content = f"{line('before')}\n".encode() + f"{line('x', '中文')}\n".encode("gb18030") + line("after").encode()
    found = read(content, "a.jsonl")
    assert [one.id for one in conversations(found)] == ["before", "after"]
    assert [(one.row, one.code) for one in defects(found)] == [(2, "wrong_encoding")]


BAD_ROWS: dict[str, tuple[bytes, str]] = {
    "one_column_too_many": ("b,客服,好的,谢谢\n".encode(), "invalid_input"),
    "cut_row": (b"b,\n", "invalid_input"),
    "unknown_role": ("b,路人,你好\n".encode(), "unknown_role"),
    "no_role": ("b,,你好\n".encode(), "unknown_role"),
    "no_id": (",客服,你好\n".encode(), "invalid_input"),
    "no_text": ("b,客服,\n".encode(), "invalid_input"),
    "open_quote": ('b,客服,"你好\n'.encode(), "damaged_file"),
    "nul": ("b,客服,坏\x00的\n".encode(), "invalid_conversation"),
    "wrong_bytes": (b"b,\xff\xfe,x\n", "wrong_encoding"),
    "surrogate_bytes": (b"b,x,\xed\xa0\x80\n", "wrong_encoding"),
    "huge_turn": (f"b,客服,{'长' * 20_001}\n".encode(), "too_large"),
    "huge_row": (f"b,客服,{'x' * 5_000_000}\n".encode(), "too_large"),
    "lost_digits": ("1.23457E+17,客服,你好\n".encode(), "digits_lost"),
    "id_comes_back": ("a,客服,又来\n".encode(), "duplicate"),
}


@pytest.mark.parametrize(("bad", "code"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_csv_row_costs_only_itself(bad: bytes, code: str) -> None:
    before, after = "a,客服,您好\nc,客户,你好\n", "d,客服,再见\ne,客户,再见\n"
    found = read(f"{ROW}{before}".encode() + bad + after.encode(), "a.csv")
    assert [one.id for one in conversations(found)] == ["a", "c", "d", "e"]
    assert [(one.row, one.code) for one in defects(found)] == [(4, code)]


def test_a_bad_row_within_a_conversation_leaves_its_other_turns_and_is_noted() -> None:
    found = read(f"{ROW}a,客服,您好\na,客服,好的,谢谢\na,客户,再见\n", "a.csv")
    [one] = conversations(found)
    assert said(one) == [("agent", "您好"), ("customer", "再见")]
    assert one.extra == {"left_out": [3]}
    assert "4 cells under 3 headers" in defects(found)[0].reason


TICKET = '{"tid": "%s", "dialogue": [{"role": "客服", "words": "您好"}]}'
BAD_TICKETS = {
    "cut_string": '{"tid": "x", "dialogue": [{"role": "客服", "words": "没有完',
    "not_an_object": "7",
    "no_dialogue": '{"tid": "x"}',
    "no_roles": '{"tid": "x", "dialogue": [{"words": "您好"}]}',
    "role_of_a_sibling_product": '{"tid": "x", "dialogue": [{"role": 1, "words": "您好"}]}',
    "nul": '{"tid": "x", "dialogue": [{"role": "客服", "words": "\\u0000"}]}',
    "surrogate": '{"tid": "x", "dialogue": [{"role": "客服", "words": "\\ud800"}]}',
    "huge_turn": '{"tid": "x", "dialogue": [{"role": "客服", "words": "%s"}]}' % ("长" * 20_001),
    "duplicate": TICKET % "a",
    "deep": '{"tid": ' + "[" * 50_000 + "}",
    "infinite_id": '{"tid": 1e999, "dialogue": [{"role": "客服", "words": "您好"}]}',
    "huge_id": '{"tid": ' + "9" * 5_000 + ', "dialogue": [{"role": "客服", "words": "您好"}]}',
}


@pytest.mark.parametrize("bad", BAD_TICKETS.values(), ids=BAD_TICKETS)
def test_a_bad_ticket_costs_only_itself(bad: str) -> None:
    found = read(f'{{"business": "英语", "tickets": [{TICKET % "a"}, {bad}, {TICKET % "b"}]}}', "a.json")
    assert [one.id for one in conversations(found)] == ["a", "b"]
    assert defects(found)
    assert {one.row for one in defects(found)} == {2}


def message(id: str, text: str = "您好", **fields: object) -> str:
    body = {"msgid": id, "from": f"wm{id}", "tolist": ["zhou"], "msgtime": 1772330400000, "msgtype": "text"}
    return json.dumps(body | {"text": {"content": text}} | fields, ensure_ascii=False)


BAD_MESSAGES = {
    "cut": '{"msgid": "x", "from',
    "no_id": message("").replace("wm", "wmx"),
    "no_sender": message("x", **{"from": None}),
    "nobody_to": message("x", tolist=[]),
    "no_time": message("x", msgtime=None),
    "time_in_words": message("x", msgtime="昨天"),
    "infinite_time": message("x").replace("1772330400000", "1e999"),
    "huge_time": message("x").replace("1772330400000", "9" * 400),
    "nul": message("x", "坏\x00的"),
    "huge_turn": message("x", "长" * 20_001),
    "still_encrypted": '{"seq": 1, "msgid": "x", "encrypt_random_key": "k", "encrypt_chat_msg": "m"}',
    "not_an_object": "null",
    "recall_of_something_else": message("x", msgtype="revoke", revoke={"pre_msgid": "gone"}),
    "consent_of_nobody": message("x", msgtype="agree", agree={"userid": "wmx", "agree_time": 1}),
}


@pytest.mark.parametrize("bad", BAD_MESSAGES.values(), ids=BAD_MESSAGES)
def test_a_bad_wecom_line_costs_only_itself(bad: str) -> None:
    found = read("\n".join([message("1"), bad, message("2")]), "w.jsonl", format="wecom")
    assert [one.customer.id for one in conversations(found)] == ["wm1", "wm2"]
    assert len(defects(found)) == 1


BAD_SEGMENTS = {
    "no_role": {"Content": "您好"},
    "unknown_role": {"ParticipantRole": "BOSS", "Content": "您好"},
    "no_content": {"ParticipantRole": "AGENT"},
    "nul": {"ParticipantRole": "AGENT", "Content": "坏\x00的"},
    "huge": {"ParticipantRole": "AGENT", "Content": "长" * 20_001},
    "not_an_object": 7,
}
SEGMENT = {"ParticipantRole": "AGENT", "Content": "您好"}


@pytest.mark.parametrize("bad", BAD_SEGMENTS.values(), ids=BAD_SEGMENTS)
def test_a_bad_contact_lens_segment_costs_only_itself(bad: object) -> None:
    found = read(json.dumps({"Version": "1.1.0", "Transcript": [SEGMENT, bad, SEGMENT]}), "u.json")
    [one] = conversations(found)
    assert len(one.turns) == 2
    assert one.extra == {"left_out": [2]}
    assert "segments 2 " in defects(found)[0].reason


def test_a_contact_lens_file_that_was_cut_gives_its_whole_segments() -> None:
    whole = json.dumps({"Version": "1.1.0", "Transcript": [SEGMENT] * 3})
    found = read(whole[:-20], "u.json")
    assert len(conversations(found)[0].turns) == 2
    assert len(defects(found)) == 1


CUE = "00:00:0%d.000 --> 00:00:0%d.500\n%s\n"
BAD_CUES = {
    "no_role": CUE % (2, 2, "没有人说"),
    "unknown_voice": CUE % (2, 2, "<v 小周>您好"),
    "two_unknown": CUE % (2, 2, "<v 客服>您好<v 小周>你好"),
    "broken_time": "00:00:02.000 -> 00:00:02.500\n客服：您好\n",
    "half_a_time": "00:00:02.000 -->\n客服：您好\n",
    "nul": CUE % (2, 2, "客服：坏\x00的"),
    "huge": CUE % (2, 2, f"客服：{'长' * 30_000}"),
    "only_words": "客服：您好\n",
}


@pytest.mark.parametrize("bad", BAD_CUES.values(), ids=BAD_CUES)
@pytest.mark.parametrize("name", ["a.vtt", "a.srt"])
def test_a_bad_cue_costs_only_itself(name: str, bad: str) -> None:
    head = "WEBVTT\n\n" if name == "a.vtt" else ""
    content = "\n".join([CUE % (1, 1, "客服：您好"), bad, CUE % (3, 3, "客户：你好")])
    found = read(head + content, name)
    assert [said(one) for one in conversations(found)] == [[("agent", "您好"), ("customer", "你好")]]
    assert len(defects(found)) == 1


BAD_BLOCKS = {
    "no_roles": "他们说了很多\n没有写谁说的\n".encode(),
    "strangers": "张三：你好\n李四：你好\n张三：好\n李四：好\n".encode(),
    "nul": "客服：坏\x00的\n".encode(),
    "wrong_bytes": b"\xff\xfe\xfd\n",
    "huge_line": f"客服：{'长' * 30_000}\n".encode(),
    "huge_turn": ("客服：长\n" + "长" * 15_000 + "\n" + "长" * 15_000 + "\n").encode(),
}


@pytest.mark.parametrize("bad", BAD_BLOCKS.values(), ids=BAD_BLOCKS)
def test_a_bad_block_of_text_costs_only_itself(bad: bytes) -> None:
    before, after = "=== a\n客服：您好\n客户：嗯\n=== x\n".encode(), "=== b\n客户：再见\n客服：再见\n".encode()
    found = read(before + bad + after, "a.txt")
    assert [one.id for one in conversations(found)] == ["a", "b"]
    assert defects(found)


def test_text_ids_that_come_twice_are_told() -> None:
    found = read("=== a\n客服：您好\n=== a\n客服：您好\n=== a\n客服：别的\n", "a.txt")
    assert [one.code for one in defects(found)] == ["duplicate", "conflict"]


BROKEN_FILES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "blank": lambda _: b"\n \n",
    "zeros": lambda _: b"\x00" * 4_096,
    "noise": lambda _: bytes(range(256)) * 16,
    "half": lambda content: content[: len(content) // 2],
    "first_bytes": lambda content: content[:5],
    "utf_16": lambda content: content.decode("utf-8", "replace").encode("utf-16"),
    "utf_16_cut": lambda content: content.decode("utf-8", "replace").encode("utf-16")[:-1],
    "gb18030": lambda content: content.decode("utf-8", "replace").encode("gb18030"),
    "nul_between": lambda content: content.replace(b"\n", b"\x00\n"),
    "wrong_bytes_between": lambda content: content.replace(b"\n", b"\xff\xfe\n"),
    "one_line": lambda content: content.replace(b"\n", b" "),
    "nested": lambda _: b'{"tickets":' + b"[" * 200_000,
    "only_brackets": lambda _: b"[" * 200_000,
}


@pytest.mark.parametrize("breaks", BROKEN_FILES.values(), ids=BROKEN_FILES)
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_no_broken_file_raises(reader, breaks) -> None:
    for sample in sorted(SAMPLES.iterdir()):
        for reading in read(breaks(sample.read_bytes()), sample.name, format=reader.name):
            assert isinstance(reading, Conversation | Defect)
            assert str(reading).encode()


@pytest.mark.parametrize("reader", [r for r in READERS if r.name != "contract_jsonl"], ids=lambda reader: reader.name)
def test_a_file_without_conversations_says_so(reader) -> None:
    content = workbook() if reader.name == "xlsx" else b"\n"
    found = read(content, f"a{(reader.suffixes or ('.json',))[0]}", format=reader.name)
    assert reader.name == "wecom" or len(defects(found)) == 1
    assert conversations(found) == []


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.vtt", "a.srt"])
def test_a_line_of_many_megabytes_costs_only_itself(name: str) -> None:
    long = "x" * (20 << 20)
    content = {
        "a.csv": f"{ROW}a,客服,您好\n{long}\nb,客服,您好\n",
        "a.txt": f"=== a\n客服：您好\n{long}\n=== b\n客服：您好\n",
        "a.vtt": f"WEBVTT\n\n{CUE % (1, 1, '客服：您好')}\n{long}\n\n{CUE % (2, 2, '客服：您好')}",
        "a.srt": f"{CUE % (1, 1, '客服：您好')}\n{long}\n\n{CUE % (2, 2, '客服：您好')}",
    }[name]
    found = read(content, name)
    assert sum(len(one.turns) for one in conversations(found)) == 2
    assert [one.code for one in defects(found)] == ["too_large"]


@pytest.mark.parametrize("reader", ["alibaba", "contact_lens"])
def test_a_document_that_must_be_whole_has_a_limit(reader: str) -> None:
    found = read(b'{"tickets": [' + b" " * (65 << 20), "a.json", format=reader)
    assert [one.code for one in found] == ["too_large"]

"""One row a format: the sample file, who reads it, and what is in it."""

import gzip
import io
from pathlib import Path

import pytest

from qa_service.ingest import READERS, read_conversation_stream, read_conversations
from qa_service.ingest.reader import ReadOptions
from tests.ingest.files import SAMPLES, conversations, defects, line, said

FIRST = [
    ("agent", "您好，我是晓芽绘画的课程顾问小周"),
    ("customer", "学不会能退吗？"),
    ("agent", "开课前全额退，开课后按课时退"),
]
PAIR = "wecom-wmAB12-zhouxm"
FORMATS = (
    # file, reader, ids, started_at of the first, offsets of its last turn
    ("contract.jsonl", "contract_jsonl", ["c-1001", "c-1002"], "2026-03-01T10:00:00+08:00", (4200, 8000)),
    ("turns.csv", "csv", ["c-1001", "c-1002"], "2026-03-01T10:00:00+08:00", (None, None)),
    ("conversations.csv", "csv", ["c-1001", "c-1002"], "2026-03-01T10:00:00+08:00", (None, None)),
    ("turns.xlsx", "xlsx", ["c-1001", "c-1002"], "2026-03-01T10:00:00+08:00", (None, None)),
    ("conversations.xlsx", "xlsx", ["c-1001", "c-1002"], "2026-03-01T10:00:00+08:00", (None, None)),
    ("alibaba.json", "alibaba", ["c-1001", "c-1002"], "2026-03-01T10:00:00+08:00", (4200, 8000)),
    (
        "wecom.jsonl",
        "wecom",
        [f"{PAIR}-1772330400000", "wecom-wrROOM1-1772330480000", f"{PAIR}-1772416800000"],
        "2026-03-01T10:00:00+08:00",
        (None, None),
    ),
    (
        "c-1001_analysis_2026-03-01T10_00_00Z.json",
        "contact_lens",
        ["c-1001"],
        "2026-03-01T10:00:00+00:00",
        (4200, 8000),
    ),
    ("c-1001.vtt", "webvtt", ["c-1001"], None, (4200, 8000)),
    ("c-1001.srt", "srt", ["c-1001"], None, (4200, 8000)),
    ("written.txt", "plain_text", ["c-1001", "c-1002"], None, (None, None)),
)
by_format = pytest.mark.parametrize(("file", "reader", "ids", "started", "offsets"), FORMATS, ids=lambda v: str(v)[:20])


@by_format
def test_a_sample_is_recognised_and_read_whole(file, reader, ids, started, offsets) -> None:
    found = list(read_conversations(SAMPLES / file))
    assert defects(found) == []
    assert [one.id for one in conversations(found)] == ids
    first = conversations(found)[0]
    assert said(first) == FIRST
    assert (first.started_at and first.started_at.isoformat()) == started
    assert (first.turns[-1].start_ms, first.turns[-1].end_ms) == offsets


@by_format
def test_a_sample_is_read_alike_by_name_under_a_strange_suffix_and_packed(file, reader, ids, started, offsets) -> None:
    expected = list(read_conversations(SAMPLES / file))
    content = (SAMPLES / file).read_bytes()
    assert list(read_conversation_stream(io.BytesIO(content), file, format=reader)) == expected
    strange = list(read_conversation_stream(io.BytesIO(content), f"{Path(file).stem}.dat"))
    packed = list(read_conversation_stream(io.BytesIO(gzip.compress(content)), f"{Path(file).stem}.dat.gz"))
    assert strange == expected
    assert [said(one) for one in conversations(packed)] == [said(one) for one in conversations(expected)]


@by_format
def test_a_stream_that_cannot_seek_is_read_too_and_stays_open(file, reader, ids, started, offsets) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation("seek")

        tell = seek

    stream = Pipe((SAMPLES / file).read_bytes())
    assert [one.id for one in conversations(list(read_conversation_stream(stream, file)))] == ids
    assert not stream.closed


def test_every_reader_has_a_sample() -> None:
    assert {row[1] for row in FORMATS} == {reader.name for reader in READERS}


def test_an_unknown_format_is_one_defect_that_names_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "photo.bin"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    for found in (list(read_conversations(path)), list(read_conversations(path, format="docx"))):
        assert [defect.code for defect in found] == ["unknown_format"]
        assert all(reader.name in found[0].reason for reader in READERS)


def test_a_file_that_is_not_there_is_a_defect(tmp_path: Path) -> None:
    found = list(read_conversations(tmp_path / "absent.jsonl"))
    assert [(defect.file, defect.code) for defect in found] == [("absent.jsonl", "damaged_file")]


def test_a_file_name_that_is_no_text_can_still_be_told() -> None:
    [defect, one] = read_conversation_stream(io.BytesIO("客服：您好\n\x00\n".encode()), "\udcff.txt")
    assert str(defect).encode() == b"?.txt:2: a NUL character: the file is damaged or not text; the line was left out"
    assert one.id == "?"


def test_a_contract_line_with_fields_of_other_formats_is_still_ours() -> None:
    content = line("a", msgid="m", dialogue=[1], ParticipantRole="AGENT")
    [one] = read_conversation_stream(io.BytesIO(content.encode()), "a.dat")
    assert one.id == "a"


def test_options_fill_what_the_file_does_not_say() -> None:
    options = ReadOptions(product="少儿绘画", channel="chat")
    found = conversations(list(read_conversations(SAMPLES / "written.txt", options=options)))
    assert {(one.product, one.channel.value) for one in found} == {("少儿绘画", "chat")}


def test_a_contract_line_keeps_its_own_product_and_channel() -> None:
    options = ReadOptions(product="别的", channel="chat")
    first = conversations(list(read_conversations(SAMPLES / "contract.jsonl", options=options)))[0]
    assert (first.product, first.channel.value) == ("少儿绘画", "call")


def test_tables_tell_agent_customer_outcome_and_tags() -> None:
    turns = conversations(list(read_conversations(SAMPLES / "turns.csv")))[0]
    rows = conversations(list(read_conversations(SAMPLES / "conversations.xlsx")))[0]
    assert (turns.agent.id, turns.customer.id, turns.tags) == ("88", "202611880000012345", {"lead_source": "抖音"})
    assert (rows.agent.name, rows.customer.id, rows.duration_s) == ("小周", "202611880000012345", 312.0)
    assert rows.outcome.converted is True


def test_alibaba_tells_bot_direction_remarks_and_parameters() -> None:
    first, second = conversations(list(read_conversations(SAMPLES / "alibaba.json")))
    assert (first.direction, second.direction) == ("outbound", "inbound")
    assert first.tags == {"remark1": "直播渠道", "course": "B2", "price": "3980"}
    assert (first.product, first.agent.team, first.customer.id) == ("少儿绘画", "三组", "u-77")
    assert [turn.speaker.value for turn in second.turns] == ["system", "customer", "agent"]
    assert (second.turns[2].type, second.turns[2].text) == ("image", "[图片]")
    assert second.turns[2].extra["media_url"].startswith("https://")
    assert "某某" not in repr(first), "the customer's name is nobody's business here"


def test_contact_lens_finds_a_role_by_participant_and_times_in_the_file_name() -> None:
    [one] = conversations(list(read_conversations(SAMPLES / "c-1001_analysis_2026-03-01T10_00_00Z.json")))
    assert (one.duration_s, one.turns[1].speaker_id, one.channel.value) == (8.0, "C1", "call")

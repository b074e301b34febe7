"""Our own format: a stream of lines, of which a bad one costs only itself."""

import gzip
import io
import json
import tracemalloc
from collections.abc import Iterator

from qa_service.ingest import read_conversation_stream
from qa_service.ingest.contract_jsonl import numbered_conversations
from qa_service.ingest.reader import Defect, ReadOptions
from tests.ingest.files import conversations, defects, line, read


class Generated(io.RawIOBase):
    """A file that is made while it is read, so that its size costs no memory."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def test_lines_are_numbered_as_an_editor_shows_them() -> None:
    content = f"\ufeff{line('a')}\r\n\r\n{line('b')}\n".encode()
    found = list(numbered_conversations(io.BytesIO(content), "a.jsonl", ReadOptions()))
    assert [(number, one.id) for number, one in found] == [(1, "a"), (3, "b")]


def test_a_bad_line_is_reported_and_its_neighbours_are_kept() -> None:
    found = read("\n".join([line("a"), '{"id": "b"', line("c"), '{"id": "d"}', line("e")]), "a.jsonl")
    assert [one.id for one in conversations(found)] == ["a", "c", "e"]
    assert [(one.file, one.row) for one in defects(found)] == [("a.jsonl", 2), ("a.jsonl", 4)]
    assert "turns" in defects(found)[1].reason


def test_a_line_of_100_megabytes_is_refused_without_being_held() -> None:
    head = b'{"id": "huge", "turns": [{"speaker": "agent", "text": "'
    pieces = iter([line("a").encode() + b"\n", head, *[b"x" * (1 << 20)] * 100, b'"}]}\n', line("b").encode()])
    stream = io.BufferedReader(Generated(pieces))
    tracemalloc.start()
    found = [one for _, one in numbered_conversations(stream, "a.jsonl", ReadOptions())]  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [one.id for one in conversations(found)] == ["a", "b"]
    assert [(one.row, one.code) for one in defects(found)] == [(2, "too_large")]
    assert peak < 60 << 20


def test_memory_does_not_grow_with_the_number_of_lines() -> None:
    def peak(lines: int) -> int:
        stream = io.BufferedReader(Generated(f"{line(f'c{n}', '好' * 500)}\n".encode() for n in range(lines)))
        tracemalloc.start()
        for _ in numbered_conversations(stream, "a.jsonl", ReadOptions()):  # type: ignore[arg-type]
            pass
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(2_000) - peak(200) < 1_800 * 500


def test_a_second_line_with_a_known_id_is_a_defect_that_says_whether_the_turns_differ() -> None:
    found = read("\n".join([line("a"), line("a", product="x"), line("a", "别的话"), line("b")]), "a.jsonl")
    assert [one.id for one in conversations(found)] == ["a", "b"]
    assert [(one.row, one.code) for one in defects(found)] == [(2, "duplicate"), (3, "conflict")]
    assert "same turns" in defects(found)[0].reason
    assert "other turns" in defects(found)[1].reason


def test_a_gzip_file_that_was_cut_gives_what_stands_before_the_cut() -> None:
    whole = gzip.compress("".join(f"{line(f'c{n}', f'第{n}句')}\n" for n in range(2_000)).encode())
    found = list(read_conversation_stream(io.BytesIO(whole[: len(whole) // 2]), "a.jsonl.gz"))
    assert len(conversations(found)) > 100
    assert [one.code for one in defects(found)] == ["damaged_file"]


def test_unknown_fields_and_gold_labels_are_kept() -> None:
    [one] = conversations(read(line("a", gold={"steps": []}, crm={"stage": 3}), "a.jsonl"))
    assert one.extra == {"gold": {"steps": []}, "crm": {"stage": 3}}


def test_times_without_an_offset_are_taken_in_the_zone_of_the_options() -> None:
    [one] = conversations(read(line("a", started_at="2026-03-01T10:00:00"), "a.jsonl"))
    assert one.started_at is not None
    assert one.started_at.isoformat() == "2026-03-01T10:00:00+08:00"


def test_an_empty_file_has_no_conversations_and_no_defects() -> None:
    assert read("", "a.jsonl") == []
    assert read("\n\n", "a.jsonl") == []


def test_reading_twice_gives_the_same_objects_in_the_same_order() -> None:
    content = "\n".join([line("a"), "{", line("a"), line("b")])
    assert read(content, "a.jsonl") == read(content, "a.jsonl")


def test_a_defect_tells_people_file_row_and_reason() -> None:
    assert str(Defect("a.jsonl", 3, "no id")) == "a.jsonl:3: no id"
    assert str(Defect("a.vtt", None, "no cue")) == "a.vtt: no cue"


def test_an_id_may_be_a_whole_number_of_18_digits() -> None:
    body = json.loads(line("a")) | {"id": 123456789012345678}
    assert [one.id for one in conversations(read(json.dumps(body), "a.jsonl"))] == ["123456789012345678"]

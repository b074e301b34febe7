"""Mappings that people save and load again."""

from pathlib import Path

import pytest

from qa_service.errors import InvalidInput
from qa_service.ingest.column_mapping import (
    ColumnMapping,
    guess_mapping,
    load_mapping,
    mapping_from_json,
    save_mapping,
)
from qa_service.ingest.headers import plain_header

MAPPING = ColumnMapping(
    columns={"conversation_id": "单号", "speaker": "谁", "text": "说了什么"},
    tags={"lead_source": "来源"},
    roles={"甲": "agent"},
)


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "a.json"])
def test_a_mapping_that_was_saved_is_loaded_as_it_was(tmp_path: Path, name: str) -> None:
    save_mapping(MAPPING, tmp_path / name)
    assert load_mapping(tmp_path / name) == MAPPING
    assert "单号" in (tmp_path / name).read_text("utf-8")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (None, "an object with `columns`"),
        ({"columns": {}, "colour": {}}, "an object with `columns`"),
        ({"columns": []}, "columns must map"),
        ({"columns": {"speaker": 3}}, "columns must map"),
        ({"columns": {"speakr": "谁", "text": "x", "conversation_id": "y"}}, "speakr is no field"),
        ({"columns": {"speaker": "谁"}}, "conversation_id, text must be mapped"),
        ({"columns": {"transcript": "x"}, "roles": {"甲": "boss"}}, "boss is no speaker"),
    ],
    ids=["nothing", "unknown_part", "list", "number", "misspelt", "incomplete", "unknown_speaker"],
)
def test_a_wrong_mapping_says_what_is_wrong(body: object, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        mapping_from_json(body)


@pytest.mark.parametrize("written", ["{", "columns: [", "\x00"], ids=["json", "yaml", "nul"])
def test_a_file_that_is_no_mapping_is_named(tmp_path: Path, written: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(written, "utf-8")
    with pytest.raises(InvalidInput, match=r"map\.yaml"):
        load_mapping(path)


def test_a_mapping_file_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"absent\.json"):
        load_mapping(tmp_path / "absent.json")


def test_a_guess_maps_what_it_knows_and_leaves_the_rest() -> None:
    mapping = guess_mapping(["会话ID", "角色", "内容", "坐席工号", "渠道", "心情"])
    assert mapping is not None
    assert mapping.columns == {"conversation_id": "会话ID", "speaker": "角色", "text": "内容", "agent_id": "坐席工号"}
    assert mapping.tags == {"lead_source": "渠道"}


def test_the_only_time_of_whole_conversations_is_their_start() -> None:
    mapping = guess_mapping(["通话ID", "时间", "通话内容"])
    assert mapping is not None
    assert mapping.columns["started_at"] == "时间"


@pytest.mark.parametrize("headers", [[], ["角色", "内容"], ["会话ID", "角色"], ["a", "b"]], ids=str)
def test_headers_that_make_no_conversations_are_not_guessed(headers: list[str]) -> None:
    assert guess_mapping(headers) is None


def test_headers_are_compared_without_case_width_spaces_and_remarks() -> None:
    assert {plain_header(h) for h in ("Call ID", "call_id", "ＣａｌｌＩＤ", "callid（必填）")} == {"callid"}
    assert plain_header("时长(秒)") == "时长"
    assert plain_header("开始时间(ms)") == "开始时间ms"

import json
from pathlib import Path

import pytest

from qa_service.errors import InvalidInput
from qa_service.normalize.masking import KINDS
from qa_service.workflows.measure_masking import (
    NAME_KINDS,
    NUMBER_KINDS,
    MaskingMeasure,
    masking_table,
    measure_masking,
)

SETS = Path(__file__).parents[2] / "datasets" / "masking"
SIZES = {"turns": 300, "heldout": 120}


@pytest.fixture(scope="module", params=SIZES)
def measured(request: pytest.FixtureRequest) -> tuple[str, MaskingMeasure]:
    return request.param, measure_masking(SETS / f"{request.param}.jsonl")


def test_the_set_is_as_large_as_promised(measured: tuple[str, MaskingMeasure]) -> None:
    name, measure = measured
    assert measure.turns >= SIZES[name]
    assert set(measure.by_kind) == set(KINDS)


def test_numbers_are_covered(measured: tuple[str, MaskingMeasure]) -> None:
    assert measured[1].recall(NUMBER_KINDS).share >= 0.95, measured[1].misses


def test_names_are_covered(measured: tuple[str, MaskingMeasure]) -> None:
    assert measured[1].recall(NAME_KINDS).share >= 0.85, measured[1].misses


def test_false_masks_are_rare(measured: tuple[str, MaskingMeasure]) -> None:
    assert measured[1].false_masks_per_thousand <= 2


@pytest.mark.parametrize("name", SIZES)
def test_half_of_the_items_hold_nothing_personal(name: str) -> None:
    items = [json.loads(line) for line in (SETS / f"{name}.jsonl").read_text("utf-8").splitlines()]
    assert len({item["id"] for item in items}) == len(items)
    assert 0.45 <= sum(not item["gold"] for item in items) / len(items) <= 0.55


def test_a_miss_a_false_mask_and_a_spill_are_told_apart(tmp_path: Path) -> None:
    turns = [{"speaker": "customer", "text": text} for text in ("阿尔法先生", "13866421703", "我叫王晓明")]
    gold = [{"turn": 0, "start": 0, "end": 3, "kind": "person"}, {"turn": 2, "start": 2, "end": 4, "kind": "person"}]
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps({"id": "x", "turns": turns, "gold": gold}), "utf-8")
    measure = measure_masking(path)
    assert (measure.by_kind["person"].covered, measure.by_kind["person"].spans) == (1, 2)
    assert (measure.false_masks, measure.spilled, measure.misses) == (1, 1, ("x turn 0 person",))
    assert "false masks 1 in 3 turns" in masking_table(measure)


def test_a_line_that_is_no_item_is_named(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"id": "x"}\n', "utf-8")
    with pytest.raises(InvalidInput, match=r"set\.jsonl:1"):
        measure_masking(path)

import json
from pathlib import Path
from typing import Any

import pytest

from models.tasks import TASKS
from tests.training.invented import write_datasets
from training.data import labelled as read_labelled
from training.data import load, task_rows
from training.own_data import read_own, set_aside, write_parts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_datasets(tmp_path / "own")


def spoil(folder: Path, number: int, **changes: Any) -> None:
    """Change one of the conversations."""
    path = folder / "conversations" / "train.jsonl"
    bodies = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    bodies[number] |= changes
    path.write_text("".join(json.dumps(body, ensure_ascii=False) + "\n" for body in bodies), "utf-8")


def gold_of(folder: Path, number: int) -> dict[str, Any]:
    line = (folder / "conversations" / "train.jsonl").read_text("utf-8").splitlines()[number]
    gold: dict[str, Any] = json.loads(line)["gold"]
    return gold


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sop": "other"}, "no SOP other"),
        ({"turns": [{"speaker": "boss", "text": "hm"}]}, "a speaker other than"),
        ({"gold": {}}, "no labelled conversation"),
        ({"gold": {"steps": [{"id": "unknown", "turns": [0]}]}}, "has no step unknown"),
        ({"gold": {"steps": [{"id": "hello", "turns": [900]}]}}, "names the turn 900"),
        ({"gold": {"steps": [{"id": "hello", "turns": []}]}}, "nobody said in which turns hello was done"),
        ({"gold": {"steps": [{"id": "hello", "turns": [0]}], "missed": []}}, "say nothing about the steps price"),
        ({"gold": {"steps": [], "obligations": [{"id": "cheap", "trigger_turn": 1}]}}, "has no obligation cheap"),
    ],
    ids=["sop", "speaker", "no_gold", "step", "turn", "no_turns", "unsaid", "obligation"],
)
def test_what_cannot_be_learnt_from_is_left_out_with_file_line_and_reason(
    folder: Path, change: dict[str, Any], reason: str
) -> None:
    spoil(folder, 4, **change)
    own = read_own(folder)
    assert len(own.conversations) == 8
    (told,) = own.left_out
    assert "train.jsonl:5: " in told and reason in told


def test_a_folder_without_sops_or_conversations_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ValueError, match="holds no SOP"):
        read_own(tmp_path)
    (folder / "conversations" / "train.jsonl").write_text("{}\n", "utf-8")
    with pytest.raises(ValueError, match=r"nothing to learn from: .*train\.jsonl:1"):
        read_own(folder)


def test_a_fifth_is_set_aside_and_agents_stay_together() -> None:
    plain = [{"id": f"c-{number}"} for number in range(50)]
    assert len(set_aside(plain)) == 10 and set_aside(plain) == set_aside(plain[::-1])
    taken = set_aside([{"id": f"c-{number}", "agent": {"id": f"a{number % 10}"}} for number in range(50)])
    assert len(taken) == 10 and len({int(name[2:]) % 10 for name in taken}) == 2
    few = [{"id": f"c-{number}", "agent": {"id": f"a{number % 3}"}} for number in range(9)]
    assert len(set_aside(few)) == 3


def test_what_is_set_aside_is_not_among_what_is_learnt_from(folder: Path, tmp_path: Path) -> None:
    own = read_own(folder)
    learnt, held_out = write_parts(folder, own, frozenset({"c-3", "c-7"}), tmp_path / "parts")
    assert sorted(json.loads(line)["id"] for line in held_out.open(encoding="utf-8")) == ["c-3", "c-7"]
    data = load(learnt)
    assert sorted(one.id for one in data.conversations) == ["c-0", "c-1", "c-2", "c-4", "c-5", "c-6", "c-8"]
    assert (len(data.sops), len(data.single_turns), len(data.act_turns)) == (3, 6, 3)


def test_two_folders_are_read_as_one_unless_names_clash(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "turns").mkdir(parents=True)
    (other / "turns" / "more.jsonl").write_bytes((folder / "turns" / "turns.jsonl").read_bytes())
    assert len(load(folder, other).single_turns) == 12
    with pytest.raises(ValueError, match="the SOP sop-0 is there twice"):
        load(folder, folder)


def test_labels_that_say_only_what_was_done_teach_steps_alone(folder: Path) -> None:
    pytest.importorskip("torch", reason="the extra `train` is not installed: pip install -e '.[train]'")
    from training.encoder.lessons import lessons

    for number in range(9):
        spoil(folder, number, gold={"steps": gold_of(folder, number)["steps"]})
    data = load(folder)
    assert all(row.conversation is None for task in TASKS for row in task_rows(data, task))
    turns = lessons(data, ["sop-0"])["sop-0"].turns
    assert {label for turn in turns if turn.after for label in turn.asked} == {"s:hello", "s:price"}
    assert read_labelled({"id": "c", "sop": "s", "turns": [], "gold": {"steps": []}}).performed() == {}

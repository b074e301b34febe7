"""Adapting to an SOP: better where it learnt something, refused where not, and nothing else touched."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from models.adaptation_files import load_adapted
from models.artifacts import DEFAULT, load
from qa_service.aggregate.evaluation.paired import STEP_LOSS
from qa_service.domain.analysis_json import analysis_to_line
from qa_service.domain.conversation import Agent, Conversation
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.errors import ArtifactMissing, InvalidInput
from qa_service.rulebook import default_sops, parse_sop
from qa_service.workflows.adapt_models import (
    Attempt,
    Labelled,
    adapt_models,
    held_out_folds,
    open_base,
    write_adaptation,
)
from qa_service.workflows.analyze_conversations import Analyzer, load_analyzer
from qa_service.workflows.read_labelled import LabelledFile
from tests.workflows.own_words import SOP, YAML, bodies, body, labelled, write

ROOT = Path(__file__).parents[2]
GENERAL = load()


@pytest.fixture(scope="module")
def attempt() -> Attempt:
    return adapt_models(GENERAL, SOP, labelled(bodies(20)))


@pytest.fixture(scope="module")
def adapted(attempt: Attempt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("adapted") / "release"
    assert attempt.adaptation
    write_adaptation(attempt.adaptation, DEFAULT, out)
    return out


def lines(analyzer: Analyzer, conversations: Sequence[Conversation], sop=SOP) -> list[str]:
    return [analysis_to_line(analyzer.analyze_under(one, sop)) for one in conversations]


def test_a_step_done_in_words_of_their_own_is_learnt_and_judged_better_on_conversations_held_out(
    attempt: Attempt,
) -> None:
    assert attempt.refusal is None
    assert (attempt.conversations, attempt.folds, attempt.by_agent) == (20, 5, False)
    found = {one.name: one for one in attempt.differences}
    assert found[STEP_LOSS].better
    assert found["missed_f1"].difference > 0.1
    assert not [one for one in attempt.differences if one.worse]


def test_the_written_folder_is_a_whole_release(adapted: Path, attempt: Attempt) -> None:
    new = conversation_from_json(body(91, entered=True))
    before, after = (json.loads(lines(analyzer, [new])[0]) for analyzer in (load_analyzer(), load_analyzer(adapted)))
    assert [step["status"] for step in after["steps"]] == ["done", "done", "done"]
    assert after["steps"][1]["p_done"] > before["steps"][1]["p_done"]
    assert after["versions"]["models"].startswith(f"{before['versions']['models']}+")


def test_other_sops_and_conversations_without_one_are_judged_byte_identically(adapted: Path) -> None:
    text = (ROOT / "datasets" / "demo" / "conversations.jsonl").read_text("utf-8")
    conversations = [conversation_from_json(json.loads(line)) for line in text.splitlines()[:20]]
    # The same words under another name are another SOP.
    twin = parse_sop(YAML.replace("sop: own-words", "sop: twin"), "twin.yaml")
    for sop in (*default_sops(), twin, None):
        assert lines(load_analyzer(adapted), conversations, sop) == lines(load_analyzer(), conversations, sop)


def test_neither_order_nor_time_changes_the_bytes(adapted: Path, tmp_path: Path) -> None:
    shuffled = random.Random(4).sample(labelled(bodies(20)), 20)
    again = adapt_models(GENERAL, SOP, shuffled).adaptation
    assert again
    written = write_adaptation(again, DEFAULT, tmp_path / "again")
    assert written.read_bytes() == next((adapted / "adapted").iterdir()).read_bytes()


def test_several_sops_are_adapted_into_one_folder(adapted: Path, tmp_path: Path) -> None:
    second = parse_sop(YAML.replace("sop: own-words", "sop: second"), "second.yaml")
    found = adapt_models(GENERAL, second, labelled(bodies(20)))
    both = tmp_path / "both"
    for adaptation in (found.adaptation, adapt_models(GENERAL, SOP, labelled(bodies(20))).adaptation):
        assert adaptation
        base, _ = open_base(None, both)
        write_adaptation(adaptation, base, both)
    assert set(load_adapted(both, GENERAL).judges) == {"own-words", "second"}
    new = [conversation_from_json(body(91, entered=True))]
    assert lines(load_analyzer(both), new) == lines(load_analyzer(adapted), new)


def test_a_step_in_other_words_is_judged_by_the_general_models_and_that_is_told(adapted: Path) -> None:
    changed = parse_sop(YAML.replace("我记录资料", "我记下来"), "changed.yaml")
    analyzer = load_analyzer(adapted)
    assert analyzer.warnings([SOP, *default_sops()]) == []
    (told,) = analyzer.warnings([changed])
    assert "step enter;" in told and "qa-service adapt" in told
    new = conversation_from_json(body(91, entered=True))
    kept, general = analyzer.analyze_under(new, changed), load_analyzer().analyze_under(new, changed)
    assert kept.steps[1].near_miss == general.steps[1].near_miss
    assert kept.steps[2].p_done != general.steps[2].p_done, "the other steps keep what was learnt"


def test_labels_that_tell_nothing_are_refused_with_the_figures() -> None:
    given = bodies(20)
    golds = random.Random(2).sample([one["gold"]["steps"] for one in given], len(given))
    confused = [one | {"gold": one["gold"] | {"steps": steps}} for one, steps in zip(given, golds, strict=True)]
    found = adapt_models(GENERAL, SOP, labelled([one for one in confused if _inside(one)]))
    assert found.refusal and "the log loss of the steps is not lower" in found.refusal
    assert found.differences


def _inside(given: dict[str, object]) -> bool:
    turns = given["turns"]
    return all(turn < len(turns) for step in given["gold"]["steps"] for turn in step["turns"])


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (bodies(4), "4 labelled conversations of own-words; at least 5 are needed"),
        ([body(n, entered=True) for n in range(8)], "every step is done in every conversation"),
        ([one | {"gold": one["gold"] | {"steps": []}} for one in bodies(8)], "every step is missed"),
    ],
    ids=["too_few", "all_done", "none_done"],
)
def test_what_cannot_teach_is_refused_at_once(given: list[dict[str, object]], reason: str) -> None:
    found = adapt_models(GENERAL, SOP, labelled(given))
    assert found.refusal and reason in found.refusal
    assert found.adaptation is None


def test_labels_about_other_words_alone_are_refused() -> None:
    unsaid = frozenset(("step", step.id) for step in SOP.steps)
    found = adapt_models(GENERAL, SOP, [replace(one, unsaid=unsaid) for one in labelled(bodies(8))])
    assert found.refusal and "as they are worded now" in found.refusal


def test_a_step_without_labels_is_neither_learnt_nor_measured() -> None:
    unsaid = frozenset({("step", "farewell")})
    found = adapt_models(GENERAL, SOP, [replace(one, unsaid=unsaid) for one in labelled(bodies(20))])
    assert found.adaptation and "farewell" not in found.adaptation.parts[0].ids
    assert {one.name: one for one in found.differences}[STEP_LOSS].after.n == 2 * 20


def conversations(*agents: str | None) -> list[Conversation]:
    (one,) = labelled(bodies(1))
    return [replace(one.conversation, id=f"c{n}", agent=Agent(id=agent)) for n, agent in enumerate(agents)]


def test_conversations_of_one_agent_are_held_out_together() -> None:
    given = conversations("A", "B", "A", "C", "B", None, "A")
    folds, by_agent = held_out_folds(given)
    assert by_agent
    assert sorted(number for fold in folds for number in fold) == list(range(7))
    for agent in ("A", "B", "C"):
        mine = {n for n, one in enumerate(given) if one.agent.id == agent}
        assert sum(bool(mine & set(fold)) for fold in folds) == 1


def test_with_two_agents_conversations_are_held_out_one_by_one() -> None:
    folds, by_agent = held_out_folds(conversations(*"ABABABABAB"))
    assert not by_agent
    assert [len(fold) for fold in folds] == [2, 2, 2, 2, 2]


def test_a_file_gives_the_labelled_conversations_of_its_sop_and_tells_the_rest(tmp_path: Path) -> None:
    given = [*bodies(3), body(7, entered=True, sop="another"), body(8, entered=True, gold=None)]
    given.append(body(9, entered=True) | {"gold": {"steps": [{"id": "gone", "turns": [0]}]}})
    source, _ = write(tmp_path, given)
    told: list[str] = []
    file = LabelledFile(source, SOP, problem=told.append)
    found: list[Labelled] = list(file)
    assert [one.conversation.id for one in found] == ["own-000", "own-001", "own-002"]
    assert (file.problems, file.others) == (2, 1)
    assert "own-008: it carries no `gold` labels" in told[0]
    assert "own-009: own-words has no step gone" in told[1]


def test_another_release_or_other_files_in_the_folder_are_no_place_to_write(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InvalidInput, match="name a new folder with --out"):
        open_base(None, tmp_path)
    with pytest.raises(InvalidInput, match="name a new folder with --out"):
        open_base(None, tmp_path / "notes.txt")
    with pytest.raises(ArtifactMissing, match="lacks"):
        open_base(tmp_path, tmp_path / "new")

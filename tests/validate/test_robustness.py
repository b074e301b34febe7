"""The robustness score, of an analyzer that knows ten conversations by heart; `make validate` takes the models."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.finding import StepFinding, StepStatus
from qa_service.domain.sop import Sop
from qa_service.rulebook import load_sop
from tests.keyword_analyzer import KeywordAnalyzer
from tests.validate.robustness import Row, main, markdown, rows
from training.homophones import homophones_of
from training.noise import Noise

EVAL = Path(__file__).parents[2] / "datasets" / "eval"
BODIES = [json.loads(line) for line in (EVAL / "eval.jsonl").read_text("utf-8").splitlines()[:10]]
SOP = EVAL / "sops" / f"{BODIES[0]['sop']}.yaml"
HOMOPHONES = homophones_of(turn["text"] for body in BODIES for turn in body["turns"])


class ByHeart:
    """Finds a step where a turn stands that did it, letter for letter."""

    def analyze_under(self, conversation: Conversation, sop: Sop | None) -> Analysis:
        assert sop is not None
        gold = next(body for body in BODIES if body["id"] == conversation.id)
        spoken = [turn.text for turn in conversation.turns]
        done = {
            step["id"]: tuple(spoken.index(text) for text in did if text in spoken)
            for step in gold["gold"]["steps"]
            for did in [[gold["turns"][turn]["text"] for turn in step["turns"]]]
        }
        steps = tuple(found(step.id, done.get(step.id, ())) for step in sop.steps)
        return replace(KeywordAnalyzer().analyze(conversation, [sop]), steps=steps)


def found(step: str, turns: tuple[int, ...]) -> StepFinding:
    return StepFinding(step, StepStatus.DONE if turns else StepStatus.MISSED, turns, 0.9, 0.9 if turns else 0.1)


def table(rate: float, *, draws: int = 1) -> list[Row]:
    noise = [("noise", Noise(rate, HOMOPHONES))]
    return list(rows(ByHeart(), BODIES, [load_sop(SOP)], noise, draws=draws))


def test_noise_of_nothing_costs_nothing() -> None:
    plain, noisy = table(0.0, draws=2)
    for name, loss in noisy.losses.items():
        assert loss.value == pytest.approx(plain.losses[name].value)
        assert (loss.lost, loss.low, loss.high) == pytest.approx((0, 0, 0))


def test_text_that_cannot_be_read_costs_what_was_read_in_it() -> None:
    plain, noisy = table(1.0)
    assert plain.losses["step_kappa"].value == 1.0
    lost = noisy.losses["step_kappa"]
    assert lost.value == pytest.approx(0, abs=0.1)
    assert 0.8 < lost.low <= lost.lost <= lost.high


def test_the_same_noise_gives_the_same_table() -> None:
    assert markdown(table(0.2)) == markdown(table(0.2))
    assert markdown(table(0.2)).count("\n") == 4


def test_conversations_without_labels_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "c", "turns": []}\n', "utf-8")
    assert main([str(tmp_path / "a.jsonl"), "--sop", str(SOP)]) == 2
    assert "gold" in capsys.readouterr().err

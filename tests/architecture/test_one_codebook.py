"""Labels stand in the rulebook; the copies that models and training need are held equal to it."""

from pathlib import Path

import pytest
import yaml

from models import tasks
from models.artifacts import load
from models.protocols import ActText
from qa_service.analyze.sop.acts import step_acts
from qa_service.rulebook import codebook, default_sops, load_sop
from training.data import step_acts as training_step_acts

ROOT = Path(__file__).parents[2]


def test_the_tasks_of_the_models_are_the_labels_of_the_rulebook() -> None:
    book = codebook()
    assert tuple(book.red_lines) == tasks.RED_LINES
    assert tuple(book.complaint_reasons) == tasks.COMPLAINT_REASONS
    assert tuple(book.refund_reasons) == tasks.REFUND_REASONS
    assert tuple(book.need_kinds) == tasks.NEED_KINDS
    assert tuple(book.promise_kinds) == tasks.PROMISE_KINDS
    assert tuple(book.handled) == tasks.HANDLED
    assert set(book.stances) == set(tasks.STANCES)


def test_the_shipped_models_know_exactly_these_labels() -> None:
    assert load().turns.labels == {task.name: task.labels for task in tasks.TASKS}


@pytest.mark.parametrize("sop", default_sops(), ids=lambda sop: sop.id)
def test_training_and_service_read_the_acts_of_an_sop_alike(sop: object) -> None:
    assert _texts(step_acts(sop)) == _texts(training_step_acts(dict(sop.document)))  # type: ignore[attr-defined]


def _texts(acts: list[ActText]) -> list[tuple[object, ...]]:
    return [(a.kind, a.speaker, a.title, a.description, a.examples, a.keywords, a.place) for a in acts]


def test_every_sop_in_the_repository_is_valid() -> None:
    files = [*ROOT.glob("datasets/**/sops/*.yaml"), *ROOT.glob("qa_service/rulebook/default/sops/*.yaml")]
    assert len(files) >= 10
    slugs = [load_sop(path).id for path in files]
    assert len(set(slugs)) == len(slugs)
    assert all(yaml.safe_load(path.read_text("utf-8"))["sop"] for path in files)

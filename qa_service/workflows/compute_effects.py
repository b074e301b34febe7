"""Which steps, obligations, red lines, orders and phrases go with an outcome."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path
from typing import Any

from qa_service.domain.conversation_json import CHINA
from qa_service.domain.declared_rollout import DeclaredRollout, rollout_from_json
from qa_service.domain.effect import (
    OUTCOMES,
    Effect,
    RolloutComparison,
    SampleSize,
    Target,
    TargetKind,
    effect_to_json,
)
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.outcome_event import OutcomeEvent
from qa_service.domain.period import local_day
from qa_service.domain.sop import Sop
from qa_service.effects import Clock, EffectsRun, OutcomeHistory, effects_of, gather, sample_size, trials_of
from qa_service.errors import InvalidInput
from qa_service.rulebook.sop_diff import compare_sops
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.whole_file import write_lines

# What differs between two versions of an SOP, where an effect can be asked of it.
TARGET_OF = {kind.value: kind for kind in TargetKind if kind is not TargetKind.PHRASE}


@dataclass(frozen=True)
class EffectsQuestion:
    """Which outcomes, known up to which day (default: that of the last event), and the SOPs that name orders.

    `rollouts` were declared by their owners; two versions of an SOP among `sops` tell what one of them changed.
    `phrases` looks for what agents say beyond the SOP.
    """

    outcomes: Sequence[str]
    sops: Sequence[Sop] = ()
    events: Sequence[OutcomeEvent] = ()
    as_of: date | None = None
    zone: tzinfo = CHINA
    rollouts: Sequence[DeclaredRollout] = ()
    phrases: bool = False


@dataclass(frozen=True)
class EffectsAnswer:
    """The effects; before them what it takes to see one, and what declared rollouts say by themselves."""

    sizes: Sequence[SampleSize]
    rollouts: Sequence[RolloutComparison]
    effects: Sequence[Effect]


def compute_effects(judged: Iterable[JudgedConversation], question: EffectsQuestion) -> list[Effect]:
    """The effects of all targets, SOP by SOP and outcome by outcome; raises InvalidInput for an unknown outcome."""
    return list(answer_effects(judged, question).effects)


def answer_effects(judged: Iterable[JudgedConversation], question: EffectsQuestion) -> EffectsAnswer:
    """The effects with all that belongs to them; raises InvalidInput for an unknown outcome."""
    run = effects_run(question)
    bounds = load_insight().effects
    sizes: list[SampleSize] = []
    rollouts: list[RolloutComparison] = []
    effects: list[Effect] = []
    for contacts in gather(judged, run):
        for outcome in run.outcomes:
            sizes.append(sample_size(contacts, outcome, bounds))
            trials = trials_of(contacts, outcome, bounds)
            rollouts += [trial.comparison for trial in trials]
            effects += effects_of(contacts, outcome, bounds, changed=run.changed.get(contacts.sop), trials=trials)
    return EffectsAnswer(sizes, rollouts, effects)


def effects_run(question: EffectsQuestion, *, promises: bool = False) -> EffectsRun:
    """Fix outcomes, windows and clock; raises InvalidInput for an outcome that does not exist."""
    unknown = [name for name in question.outcomes if name not in OUTCOMES]
    if unknown or not question.outcomes:
        raise InvalidInput(f"unknown outcome {', '.join(unknown) or '(none)'}; choose from {', '.join(OUTCOMES)}")
    last = max((local_day(event.at, question.zone) for event in question.events), default=None)
    clock = Clock(question.zone, question.as_of or last)
    history = OutcomeHistory(question.events, load_insight().windows_days, clock)
    return EffectsRun(
        tuple(dict.fromkeys(question.outcomes)),
        history.of,
        question.zone,
        {sop.id: sop for sop in sorted(question.sops, key=lambda sop: sop.version)},
        promises,
        tuple(question.rollouts),
        _changed(question),
        load_insight().effects if question.phrases else None,
    )


def read_rollouts(path: Path, zone: tzinfo) -> list[DeclaredRollout]:
    """The rollouts of a file: one object, a list of them, or one a line; raises InvalidInput saying what is wrong."""
    text = path.read_text("utf-8")
    try:
        bodies: Any = json.loads(text)
    except ValueError:
        try:
            bodies = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as error:
            raise InvalidInput(f"{path}: not JSON ({error}); a rollout is one object of the contract") from error
    listed = bodies if isinstance(bodies, list) else [bodies]
    try:
        return [rollout_from_json(body, zone) for body in listed]
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}") from error


def write_effects(effects: Iterable[Effect], out: Path) -> int:
    """Write one effect a line; returns how many."""
    return write_lines(out, (json.dumps(effect_to_json(effect), ensure_ascii=False) for effect in effects))


def _changed(question: EffectsQuestion) -> dict[str, frozenset[Target]]:
    """What differs between the two versions of each rollout whose SOPs are at hand."""
    known = {(sop.id, sop.version): sop for sop in question.sops}
    found = {}
    for rollout in question.rollouts:
        old, new = known.get((rollout.sop, rollout.from_version)), known.get((rollout.sop, rollout.to_version))
        if old and new:
            # What is no target of an effect stands under a name that none has: one more thing that changed.
            found[rollout.sop] = frozenset(
                Target(TARGET_OF.get(one.part, TargetKind.PHRASE), one.id) for one in compare_sops(old, new)
            )
    return found

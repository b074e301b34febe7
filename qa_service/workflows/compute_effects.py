"""Which steps, obligations, red lines and orders go with an outcome."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path

from qa_service.domain.conversation_json import CHINA
from qa_service.domain.effect import OUTCOMES, Effect, effect_to_json
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.outcome_event import OutcomeEvent
from qa_service.domain.period import local_day
from qa_service.domain.sop import Sop
from qa_service.effects import Clock, EffectsRun, OutcomeHistory, effects_of, gather
from qa_service.errors import InvalidInput
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.whole_file import write_lines


@dataclass(frozen=True)
class EffectsQuestion:
    """Which outcomes, known up to which day (default: that of the last event), and the SOPs that name orders."""

    outcomes: Sequence[str]
    sops: Sequence[Sop] = ()
    events: Sequence[OutcomeEvent] = ()
    as_of: date | None = None
    zone: tzinfo = CHINA


def compute_effects(judged: Iterable[JudgedConversation], question: EffectsQuestion) -> list[Effect]:
    """The effects of all targets, SOP by SOP and outcome by outcome; raises InvalidInput for an unknown outcome."""
    run = effects_run(question)
    bounds = load_insight().effects
    return [
        effect
        for contacts in gather(judged, run)
        for outcome in run.outcomes
        for effect in effects_of(contacts, outcome, bounds)
    ]


def effects_run(question: EffectsQuestion, *, promises: bool = False) -> EffectsRun:
    """Fix outcomes, windows and clock; raises InvalidInput for an outcome that does not exist."""
    unknown = [name for name in question.outcomes if name not in OUTCOMES]
    if unknown or not question.outcomes:
        raise InvalidInput(f"unknown outcome {', '.join(unknown) or '(none)'}; choose from {', '.join(OUTCOMES)}")
    last = max((local_day(event.at, question.zone) for event in question.events), default=None)
    clock = Clock(question.zone, question.as_of or last)
    history = OutcomeHistory(question.events, load_insight().windows_days, clock)
    sops = {sop.id: sop for sop in question.sops}
    return EffectsRun(tuple(dict.fromkeys(question.outcomes)), history.of, question.zone, sops, promises)


def write_effects(effects: Iterable[Effect], out: Path) -> int:
    """Write one effect a line; returns how many."""
    return write_lines(out, (json.dumps(effect_to_json(effect), ensure_ascii=False) for effect in effects))

"""What a version of an SOP changed where it came into force, beside where it did not: from the store or from files."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from pathlib import Path
from typing import Any

from qa_service.domain.adoption import DeclaredPlacement, Placement, VersionPlacement
from qa_service.domain.before_after import MeasuredChange, Measurement, measured_change_to_json, measurement_to_json
from qa_service.domain.declared_rollout import DeclaredRollout, Mechanism
from qa_service.domain.effect import Grade
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.outcome_event import OutcomeEvent
from qa_service.domain.period import end_of, local_day
from qa_service.domain.role import Action, Caller
from qa_service.domain.sop import Sop
from qa_service.effects import Clock, OutcomeHistory
from qa_service.effects.before_after.measure import Design, measure
from qa_service.effects.before_after.readings import Reading, Readings
from qa_service.errors import InvalidInput, InvalidSop, NotFound
from qa_service.report.change_words import change_in_words
from qa_service.rulebook import parse_sop
from qa_service.rulebook.sop_diff import compare_sops
from qa_service.store import ConversationFilter, Store, UnitOfWork
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.read_stored import StoredVerdicts
from qa_service.workflows.whole_file import write_lines

GRADES = {Mechanism.RANDOMISED: Grade.RANDOMISED, Mechanism.ROTA: Grade.AS_IF_RANDOM}
# Fields of a step that say what it is worth or called; any other says how it is recognised.
WORTH = frozenset({"weight", "required", "title"})
_VERSION = re.compile(r"(?P<slug>.+)@(?P<version>\d{1,9})")


@dataclass(frozen=True)
class Yardstick:
    """What of two versions can be compared: steps and red lines to look at; figures that each measures its own way."""

    steps: frozenset[str] | None = None
    red_lines: frozenset[str] | None = None
    measured_otherwise: frozenset[str] = frozenset()


def version_named(text: str) -> tuple[str, int]:
    """SOP and version of an id like `trial-call@2`; raises NotFound."""
    found = _VERSION.fullmatch(text)
    if found is None:
        raise NotFound(f"there is no SOP version {text!r}; ids are written like trial-call@2, see /v1/sops")
    return found["slug"], int(found["version"])


def measure_version(
    store: Store, caller: Caller, slug: str, version: int, *, as_of: date | None = None
) -> dict[str, Any]:
    """What a stored version changed by its rollouts, within the caller's reach; raises NotFound."""
    scope = caller.reach(Action.REPORT)
    today = local_day(store.clock(), store.zone)
    day = min(as_of or today, today)
    with store.reading() as work:
        work.sops.get(slug, version)
        placement = VersionPlacement(work.sops.rollouts.all(slug), slug, version, end_of(day, store.zone), store.zone)
        base = placement.base()
        yardstick = _stored_yardstick(work, slug, (base, version)) if base is not None else Yardstick()
        events = list(work.outcomes.stream())
    head = {"sop": slug, "version": version, "since_version": base}
    if placement.since is None:
        return head | measurement_to_json(Measurement(None, day, (), {}))
    first = placement.since - timedelta(weeks=load_insight().before_after.weeks_before)
    judged = StoredVerdicts(store, ConversationFilter(scope=scope, sop=slug, day_from=first, day_to=day))
    reading = _reading(events, day, store.zone, yardstick)
    design = Design(day, measured_otherwise=yardstick.measured_otherwise)
    found = measured(judged, placement, reading, design)
    return head | measurement_to_json(found) | {"items": list(map(change_told, found.changes))}


def measured(
    judged: Iterable[JudgedConversation], placement: Placement, reading: Reading, design: Design
) -> Measurement:
    """Every figure, from conversations of the time around a change."""
    readings = Readings(placement, reading)
    for pair in judged:
        readings.add(pair)
    return measure(readings, design, load_insight().before_after)


def measure_rollout(
    pairs: Callable[[], Iterable[JudgedConversation]],
    rollout: DeclaredRollout,
    *,
    sops: Sequence[Sop] = (),
    events: Sequence[OutcomeEvent] = (),
    as_of: date | None = None,
    zone: tzinfo,
) -> Measurement:
    """What a declared rollout changed, from files read again and again.

    `as_of` absent: the day of the last conversation or event.
    """
    last = as_of or _last_day(pairs(), events, zone)
    known = {sop.version: sop for sop in sops if sop.id == rollout.sop}
    pair = (known.get(rollout.from_version), known.get(rollout.to_version))
    yardstick = _yardstick(pair[0], pair[1]) if pair[0] and pair[1] else Yardstick()
    placement = DeclaredPlacement(rollout, end_of(last, zone), zone)
    if placement.since is None:
        return Measurement(None, last, (), {})
    first = placement.since - timedelta(weeks=load_insight().before_after.weeks_before)
    grade = GRADES.get(rollout.mechanism)
    design = Design(last, grade, yardstick.measured_otherwise)
    reading = _reading(events, last, zone, yardstick)
    own = (one for one in pairs() if one.analysis.sop == rollout.sop and _between(one, first, last, zone))
    return measured(own, placement, reading, design)


def change_told(change: MeasuredChange) -> dict[str, Any]:
    """A change as a plain object, with a sentence for readers."""
    return measured_change_to_json(change) | {"statement": change_in_words(change)}


def write_measurement(found: Measurement, rollout: DeclaredRollout, out: Path) -> int:
    """Write one figure a line; returns how many."""
    head = {"sop": rollout.sop, "from_version": rollout.from_version, "to_version": rollout.to_version}
    head |= {"since": found.since.isoformat() if found.since else None, "as_of": found.as_of.isoformat()}
    lines = (json.dumps(head | change_told(one), ensure_ascii=False) for one in found.changes)
    return write_lines(out, lines)


def _reading(events: Sequence[OutcomeEvent], as_of: date, zone: tzinfo, yardstick: Yardstick) -> Reading:
    history = OutcomeHistory(events, load_insight().windows_days, Clock(zone, as_of))
    return Reading(history.of, zone, yardstick.steps, yardstick.red_lines)


def _stored_yardstick(work: UnitOfWork, slug: str, versions: tuple[int, int]) -> Yardstick:
    texts = work.sops.texts([(slug, one) for one in versions])
    try:
        old, new = (parse_sop(texts[slug, one], f"{slug} v{one}") for one in versions)
    except InvalidSop:
        # A version of former days that cannot be read any more: nothing is known to be measured alike.
        return Yardstick(frozenset(), None, frozenset({"score"}))
    return _yardstick(old, new)


def _yardstick(old: Sop, new: Sop) -> Yardstick:
    """Steps that differ; those recognised otherwise, and the score where anything in it is counted otherwise."""
    differences = compare_sops(old, new)
    steps = frozenset(one.id.split(".")[0] for one in differences if one.part in ("step", "element"))
    reworded = {
        f"step/{one.id.split('.')[0]}"
        for one in differences
        if one.part == "element" or (one.part == "step" and one.field and one.field not in WORTH)
    }
    score = {"score"} if any(one.part not in ("faq", "fact") for one in differences) else set()
    both = frozenset(line.id for line in old.red_lines) & frozenset(line.id for line in new.red_lines)
    return Yardstick(steps, both, frozenset(reworded | score))


def _last_day(judged: Iterable[JudgedConversation], events: Sequence[OutcomeEvent], zone: tzinfo) -> date:
    moments = (pair.conversation.started_at for pair in judged)
    last = max((at for at in (*(event.at for event in events), *moments) if at), default=None)
    if last is None:
        raise InvalidInput("none of the conversations has a time (`started_at`): before and after cannot be told apart")
    return local_day(last, zone)


def _between(pair: JudgedConversation, first: date, last: date, zone: tzinfo) -> bool:
    at = pair.conversation.started_at
    return at is None or first <= local_day(at, zone) <= last

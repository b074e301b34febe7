"""Which finding of one analysis is which of another, and what each claims.

Two analyses of the same turns may name the same thing by different keys: a quote that begins elsewhere, an episode
whose trigger is another turn of the same customer's move.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from qa_service.domain.analysis import Analysis
from qa_service.domain.finding import (
    CheckFinding,
    CompetitorFinding,
    Finding,
    GrievanceFinding,
    NeedFinding,
    ObligationFinding,
    OrderFinding,
    PromiseFinding,
    RedLineFinding,
    StepFinding,
)

# What a model places elsewhere stays within its move or the next one; three turns hold both.
NEAR_TURNS = 3
# Kinds of which a conversation may hold several of one id; they are told apart by their place.
PLACED = ("obligation", "red_line", "promise", "need", "competitor")
# A need or a competitor has no id, so that only its own turn can tell which one it is.
BY_TURN_ALONE = ("need", "competitor")


@dataclass(frozen=True, slots=True, order=True)
class Anchor:
    """Where a finding hangs: its kind, its id within the SOP or codebook, and its place (turn -1: the whole)."""

    kind: str
    id: str
    turn: int = -1
    start: int = 0
    end: int = 0

    def overlaps(self, other: "Anchor") -> bool:
        """Whether the two share words, or are both about the whole conversation."""
        ends = [max(one.end, one.start + 1) for one in (self, other)]
        return self.turn == other.turn and self.start < ends[1] and other.start < ends[0]


def findings_by_key(analysis: Analysis) -> dict[str, Finding]:
    """Every finding of an analysis by its key."""
    lists: tuple[Sequence[Finding], ...] = (
        *(analysis.steps, analysis.orders, analysis.obligations, analysis.red_lines, analysis.checks),
        *((analysis.complaint, analysis.refund), analysis.needs, analysis.promises, analysis.competitors),
    )
    return {finding.key: finding for listed in lists for finding in listed}


def anchor(key: str, finding: Finding | None = None) -> Anchor:
    """The anchor that a key names, with the exact span where the finding itself is at hand."""
    kind, _, rest = key.partition("/")
    if kind in BY_TURN_ALONE:
        turn, start = rest.split("/")
        found = Anchor(kind, "", int(turn), int(start), int(start) + 1)
    elif kind in PLACED:
        one_id, _, place = rest.rpartition("/")
        found = Anchor(kind, one_id, int(place))
    else:
        return Anchor(kind, rest)
    if isinstance(finding, RedLineFinding | NeedFinding | PromiseFinding | CompetitorFinding):
        return Anchor(found.kind, found.id, finding.span.turn, finding.span.start, finding.span.end)
    return found


def counterparts(before: Mapping[str, Anchor], after: Mapping[str, Anchor]) -> dict[str, str]:
    """Which key of the one is which of the other: the same key, else words shared, else the same turn, else nearby.

    Each key is used once; what has no counterpart is left out.
    """
    found = {key: key for key in before if key in after}
    offered: dict[tuple[str, str], dict[str, Anchor]] = defaultdict(dict)
    for key, one in after.items():
        if key not in found:
            offered[one.kind, one.id][key] = one
    for fits in (Anchor.overlaps, _same_turn, _near):
        for key in sorted(before.keys() - found.keys(), key=lambda one: (before[one], one)):
            like = offered[before[key].kind, before[key].id]
            other = _nearest(before[key], like, fits)
            if other is not None:
                found[key] = other
                del like[other]
    return found


def _nearest(wanted: Anchor, offered: Mapping[str, Anchor], fits: Callable[[Anchor, Anchor], bool]) -> str | None:
    near = [
        (abs(one.turn - wanted.turn), abs(one.start - wanted.start), key)
        for key, one in offered.items()
        if fits(wanted, one)
    ]
    return min(near)[2] if near else None


def _same_turn(one: Anchor, other: Anchor) -> bool:
    return one.turn == other.turn


def _near(one: Anchor, other: Anchor) -> bool:
    return one.kind not in BY_TURN_ALONE and abs(one.turn - other.turn) <= NEAR_TURNS


def claim(finding: Finding | None) -> str | None:
    """What a finding says, without its words and its confidence; None for one that is not there."""
    if finding is None:
        return None
    if isinstance(finding, StepFinding):
        done = [element.id for element in finding.elements if element.done]
        return f"{finding.status.value}: {', '.join(done)}" if finding.elements else finding.status.value
    if isinstance(finding, CheckFinding):
        return finding.verdict.value
    if isinstance(finding, ObligationFinding):
        return "met" if finding.met else "unmet"
    if isinstance(finding, GrievanceFinding):
        return _grievance(finding)
    return _kept_by_kind(finding)


def _grievance(finding: GrievanceFinding) -> str:
    if not finding.detected:
        return "none"
    return ": ".join(["detected", *([", ".join(sorted(r.id for r in finding.reasons))] if finding.reasons else [])])


def _kept_by_kind(finding: Finding) -> str:
    if isinstance(finding, NeedFinding):
        return f"{finding.kind}: {finding.handled}" if finding.handled else finding.kind
    if isinstance(finding, CompetitorFinding):
        return finding.stance
    return "found"


def turns_of(finding: Finding) -> tuple[int, ...]:
    """The turns that a finding names."""
    if isinstance(finding, StepFinding | CheckFinding | GrievanceFinding | OrderFinding):
        return tuple(finding.turns)
    if isinstance(finding, ObligationFinding):
        return (finding.trigger_turn, *(() if finding.response_turn is None else (finding.response_turn,)))
    return (finding.span.turn,)

"""The checks of an SOP in one conversation: passed, failed or not applicable, and the words that show it."""

from collections.abc import Iterator, Sequence

from qa_service.analyze.doubt import Doubt, confidence, doubt
from qa_service.analyze.sop.acts import ActProbabilities
from qa_service.analyze.sop.checks.compiled import compiled
from qa_service.analyze.sop.checks.find import find
from qa_service.analyze.sop.checks.found import LIKELY, Found, Match, Reading
from qa_service.analyze.sop.follows import Inapplicable
from qa_service.analyze.transcript import Transcript
from qa_service.domain.check import Check
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.finding import CheckFinding, CheckVerdict, FactFinding, Quoted, StepFinding
from qa_service.domain.sop import Sop

# A finding with more places than this is no easier to read.
MOST_PLACES = 20


def reading_of(
    read: Transcript,
    sop: Sop,
    acts: ActProbabilities,
    steps: Sequence[StepFinding],
    *,
    facts: tuple[FactFinding, ...] = (),
) -> Reading:
    """What the conditions of an SOP see of a conversation."""
    texts = [turn.text for turn in read.conversation.turns]
    words = compiled(sop).finder.find(texts)
    return Reading(read, sop, {step.id: step for step in steps}, acts.checks, words, facts)


def inapplicable(sop: Sop, reading: Reading) -> Inapplicable:
    """What the branches of an SOP take out: a part of several branches applies where one of them does."""
    kinds = ("steps", "obligations", "red_lines", "checks")
    closed: dict[str, set[str]] = {kind: set() for kind in kinds}
    opened: dict[str, set[str]] = {kind: set() for kind in kinds}
    for branch in sop.branches:
        side = opened if find(branch.when, reading).p >= LIKELY else closed
        for kind in kinds:
            side[kind] |= getattr(branch, kind)
    return Inapplicable(**{kind: frozenset(closed[kind] - opened[kind]) for kind in kinds})


def find_checks(sop: Sop, reading: Reading, judgement: Judgement, out: Inapplicable) -> tuple[CheckFinding, ...]:
    """One finding for each check, in the SOP's order."""
    ready = compiled(sop)
    touched = ready.touched([turn.text for turn in reading.read.conversation.turns], reading.words)
    if out.checks:
        touched |= {number for number, check in enumerate(sop.checks) if check.id in out.checks}
    searched = _searched(reading)
    silent = ready.silent(judgement.unsure_below["check"])
    anew = touched | silent.unknown
    findings = silent.findings(searched)
    for number in anew:
        findings[number] = judge_check(sop.checks[number], reading, judgement, out, searched=searched)
        if searched and number not in touched:
            silent.learn(number, findings[number])
    return tuple(map(findings.__getitem__, range(len(sop.checks))))


def judge_check(
    check: Check, reading: Reading, judgement: Judgement, out: Inapplicable, *, searched: tuple[int, int] | None
) -> CheckFinding:
    """Whether one check is kept; `searched` are the first and last turn of the agent."""
    applies = find(check.when, reading) if check.when and check.id not in out.checks else None
    if check.id in out.checks or (applies is not None and applies.p < LIKELY):
        sure = 1.0 - applies.p if applies else 1.0
        return CheckFinding(check.id, CheckVerdict.NOT_APPLICABLE, **doubt(judgement, "check", sure))
    found = find(check.condition, reading)
    p_kept = found.p if check.expected else 1.0 - found.p
    lacking = found.lacking or (applies.lacking if applies else None)
    failed = p_kept < LIKELY and lacking is None
    doubts = doubt(judgement, "check", min(1.0 - p_kept if failed else p_kept, applies.p if applies else 1.0))
    return CheckFinding(
        id=check.id,
        verdict=CheckVerdict.FAILED if failed else CheckVerdict.PASSED,
        places=tuple(_places(reading, found, check, unsure=doubts["unsure"])),
        searched=searched if failed and check.expected else None,
        lacking=lacking,
        **(Doubt(confidence=confidence(LIKELY), unsure=True) if lacking else doubts),
    )


def _places(reading: Reading, found: Found, check: Check, *, unsure: bool) -> Iterator[Quoted]:
    """The words that show it: what was asked for, what must not be, or what a person should look at."""
    matches: Sequence[Match] = found.likely or sorted(found.matches, key=lambda match: (-match.p, match.span))[:1]
    shown = matches if found.p >= LIKELY or check.expected or unsure else ()
    for match in shown[:MOST_PLACES]:
        yield Quoted(match.span, reading.read.quote(match.span))


def _searched(reading: Reading) -> tuple[int, int] | None:
    turns = reading.read.turns_of(Speaker.AGENT)
    return (turns[0], turns[-1]) if turns else None

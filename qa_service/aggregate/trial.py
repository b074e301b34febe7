"""A draft of an SOP beside the version in force, over a stream of conversations: counts and a few examples."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from qa_service.aggregate.trial_tallies import ABSENT, Agreed, Both, Changed, Moved, Occurred, Tallies, keep
from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation, moves
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import (
    CheckFinding,
    CheckVerdict,
    Finding,
    RedLineFinding,
    StepFinding,
    StepStatus,
)
from qa_service.domain.rescored import FindingChange, Shift, compare
from qa_service.domain.same_finding import findings_by_key, turns_of
from qa_service.domain.sop import Obligation, RedLine, Sop
from qa_service.domain.trial import TrialBounds, Truth

# What an SOP decides; needs, promises and the like are the same under any.
KINDS = ("step", "order", "obligation", "red_line", "check")
Example = dict[str, object]


@dataclass(frozen=True, slots=True)
class Tried:
    """One conversation judged by the draft and by the version in force; either is None where it does not apply.

    `at` names the conversation in examples: its id, or the store's number. `reworded` are kinds and ids of acts that
    the draft has in other words than the SOP that `truth` was decided under.
    """

    at: str | int
    conversation: Conversation
    before: Analysis | None
    after: Analysis | None
    before_sop: Sop | None = None
    truth: Truth | None = None
    reworded: frozenset[tuple[str, str]] = frozenset()


class TrialBench:
    """Takes conversations one by one; memory grows with agents and parts of the SOP, not with conversations.

    `with_words`: quotes are kept with the examples, else only the places where they stand.
    """

    def __init__(
        self, draft: Sop, bounds: TrialBounds, *, tallies: Tallies | None = None, with_words: bool = True
    ) -> None:
        self.tallies = tallies or Tallies()
        self._draft = draft
        self._bounds = bounds
        self._with_words = with_words

    def add(self, tried: Tried) -> None:
        """Count one conversation."""
        self._count(tried)
        self.add_truth(tried)

    def add_truth(self, tried: Tried) -> None:
        """Count only what people decided about a conversation."""
        if tried.truth is None:
            return
        self.tallies.reviewed += 1
        sides = (("before", tried.before, tried.before_sop), ("after", tried.after, self._draft))
        for side, analysis, sop in sides:
            for key, claimed, true in claims(analysis, sop, tried.truth) if analysis and sop else ():
                self.tallies.agreed.setdefault(f"{side}\t{key}", Agreed()).add(claimed, true)
        known = set(self.tallies.reworded)
        self.tallies.reworded += sorted({f"{kind}/{name}" for kind, name in tried.reworded} - known)

    def _count(self, tried: Tried) -> None:
        tallies, before, after = self.tallies, tried.before, tried.after
        tallies.conversations += 1
        numbers = [number for number in moves(tried.conversation.turns) if number is not None]
        tallies.longest_moves = max(tallies.longest_moves, *(number + 1 for number in numbers), 0)
        if before is not None:
            tallies.before.add(before)
        if after is not None:
            tallies.after.add(after)
            self._occurrences(after)
            self._crossings(tried, after)
        if before is not None and after is not None:
            tallies.compared += 1
            self._moves(tried.conversation, before, after)
            self._changes(tried, before, after)

    def _moves(self, conversation: Conversation, before: Analysis, after: Analysis) -> None:
        agent = conversation.agent
        self.tallies.whole.add(before, after)
        self.tallies.teams.setdefault(agent.team or "", Moved()).add(before, after)
        one = self.tallies.agents.setdefault(agent.id or "", Moved())
        one.name, one.team = agent.name or one.name, agent.team or one.team
        one.add(before, after)

    def _changes(self, tried: Tried, before: Analysis, after: Analysis) -> None:
        old, new = findings_by_key(before), findings_by_key(after)
        for change in compare(before, after):
            if change.kind not in KINDS or change.shift in (Shift.CONFIDENCE, Shift.PLACES):
                continue
            changed = self.tallies.changes.setdefault(f"{change.kind}/{change.id}", Changed())
            turn = _turn(change)
            changed.turned[turn] = changed.turned.get(turn, 0) + 1
            # Of each turn a few: the frequent one would leave no room for the rare one.
            if changed.turned[turn] <= self._bounds.examples:
                shown = self._example(tried, new.get(change.key), old.get(change.key))
                changed.examples.append(shown | {"before": change.before, "after": change.after})

    def _example(self, tried: Tried, *findings: Finding | None) -> Example:
        """Where the finding stands, by the first one that says."""
        places = [place for finding in findings if finding and (place := place_of(finding)) is not None]
        return self._shown(tried, places[0] if places else None)

    def _shown(self, tried: Tried, place: EvidenceSpan | None) -> Example:
        span = None if place is None else {"turn": place.turn, "start": place.start, "end": place.end}
        quote = quoted(tried.conversation, place, self._bounds.quote) if self._with_words and place else None
        return {"conversation": tried.at, "place": span, "quote": quote}

    def _occurrences(self, after: Analysis) -> None:
        for key, happened in occurrences(after, self._draft):
            self.tallies.occurred.setdefault(key, Occurred()).add(happened)

    def _crossings(self, tried: Tried, after: Analysis) -> None:
        """Turns that do a step and are forbidden at once."""
        spans = [(f"red_line/{line.id}", line.span) for line in after.red_lines]
        forbidding = {check.id for check in self._draft.checks if not check.expected}
        failed = [one for one in after.checks if one.verdict is CheckVerdict.FAILED and one.id in forbidding]
        spans += [(check.key, place.span) for check in failed for place in check.places]
        for step in after.steps:
            for key, span in spans:
                if step.status is StepStatus.DONE and span.turn in step.turns:
                    both = self.tallies.both.setdefault(f"{step.id}\t{key}", Both())
                    both.n += 1
                    keep(both.examples, self._shown(tried, span), self._bounds.examples)


def _turn(change: FindingChange) -> str:
    """From which claim to which, without the elements they list: those turn in very many ways."""
    return ">".join(ABSENT if one is None else one.partition(":")[0] for one in (change.before, change.after))


def place_of(finding: Finding) -> EvidenceSpan | None:
    """The words that show a finding: its own span, else the first turn it names, else its near miss."""
    if isinstance(finding, RedLineFinding):
        return finding.span
    if isinstance(finding, CheckFinding):
        return finding.places[0].span if finding.places else None
    turns = list(turns_of(finding))
    if isinstance(finding, StepFinding) and not turns and finding.near_miss:
        turns = [finding.near_miss.turn]
    return EvidenceSpan(turns[0], 0, 0) if turns else None


def quoted(conversation: Conversation, place: EvidenceSpan, longest: int) -> str | None:
    """The words of a place, cut where they are long; an empty span is the whole turn."""
    if place.turn >= len(conversation.turns):
        return None
    text = conversation.turns[place.turn].text
    words = text[place.start : place.end] if place.end > place.start else text
    return words if len(words) <= longest else f"{words[:longest]}…"


def occurrences(analysis: Analysis, sop: Sop) -> Iterator[tuple[str, bool]]:
    """What an SOP waits for, and whether it was: steps done, obligations triggered, checks failed, lines crossed."""
    for step in analysis.steps:
        if step.status is not StepStatus.NOT_APPLICABLE:
            yield step.key, step.status is StepStatus.DONE
    triggered = {episode.id for episode in analysis.obligations}
    yield from ((f"obligation/{one.id}", one.id in triggered) for one in sop.obligations)
    for check in analysis.checks:
        if check.verdict is not CheckVerdict.NOT_APPLICABLE and check.lacking is None:
            yield check.key, check.verdict is CheckVerdict.FAILED
    crossed = {line.id for line in analysis.red_lines}
    yield from ((f"red_line/{line.id}", line.id in crossed) for line in sop.red_lines)


def claims(analysis: Analysis, sop: Sop, truth: Truth) -> Iterator[tuple[str, bool, bool]]:
    """What an analysis claims where a person decided too: `claim<tab>kind/id`, whether claimed, whether true."""
    gold, known = truth.gold, {step.id for step in truth.sop.steps}
    for step in analysis.steps:
        if step.id in known and gold.says(step.id):
            done = step.id in gold.steps
            missed = not done and step.id not in gold.not_applicable
            yield f"done\t{step.key}", step.status is StepStatus.DONE, done
            yield f"missed\t{step.key}", step.status is StepStatus.MISSED, missed
    yield from _obligation_claims(analysis, sop, truth)
    if gold.red_lines is not None:
        true, found = {name for name, _ in gold.red_lines}, {line.id for line in analysis.red_lines}
        for name in _shared(sop.red_lines, truth.sop.red_lines):
            yield f"crossed\tred_line/{name}", name in found, name in true
    for check in analysis.checks:
        if truth.checks is not None and check.id in truth.checks:
            yield f"failed\t{check.key}", check.verdict is CheckVerdict.FAILED, truth.checks[check.id]


def _obligation_claims(analysis: Analysis, sop: Sop, truth: Truth) -> Iterator[tuple[str, bool, bool]]:
    if truth.unmet is None or truth.gold.episodes is None:
        return
    triggered = {episode.id for episode in truth.gold.episodes}
    found = {episode.id for episode in analysis.obligations}
    unmet = {episode.id for episode in analysis.obligations if not episode.met}
    for name in _shared(sop.obligations, truth.sop.obligations):
        yield f"triggered\tobligation/{name}", name in found, name in triggered
        yield f"unmet\tobligation/{name}", name in unmet, name in truth.unmet


def _shared(parts: Iterable[Obligation | RedLine], known: Iterable[Obligation | RedLine]) -> list[str]:
    """The ids of parts that a person could have decided about."""
    ids = {part.id for part in known}
    return [part.id for part in parts if part.id in ids]

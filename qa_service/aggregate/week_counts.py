"""Conversations to the counts of some weeks, in one pass, in memory that does not grow with their number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from qa_service.aggregate.hearing import Hearing
from qa_service.aggregate.occurrences import heard, quotes_of
from qa_service.aggregate.renamed import counted_as
from qa_service.aggregate.tally import Foremost
from qa_service.domain.insight import VoiceBounds
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.quote import Quote
from qa_service.domain.reason import Reason
from qa_service.domain.taxonomy import NO_TAXONOMY, Taxonomy
from qa_service.domain.weekly import (
    CONVERSATION,
    WHOLE,
    Group,
    HeardConversation,
    Stratum,
    WeekCounts,
    What,
)

# Counts of these open their conversations by product, team and so on too.
OPENED_BY_GROUP = frozenset({("complaint",), ("refund",)})
OPENED_DIMENSIONS = ("product", "channel", "team")
REASONS = frozenset({"complaint_reason", "refund_reason"})
Quotes = dict[What, Foremost[Quote]]


def count_weeks(
    judged: Iterable[JudgedConversation],
    weeks: tuple[str, ...],
    zone: tzinfo,
    *,
    bounds: VoiceBounds,
    taxonomy: Taxonomy = NO_TAXONOMY,
    reasons: Mapping[str, Reason] | None = None,
) -> WeekCounts:
    """Count the conversations of these weeks, the last one more closely; others are passed over."""
    counting = _Counting(WeekCounts(weeks), bounds)
    known = frozenset(weeks)
    for pair in judged:
        one = heard(pair, zone, taxonomy=taxonomy, reasons=reasons)
        if one is not None and one.week in known:
            counting.add(one, pair, taxonomy)
    return counting.finish()


def groups_opened(stratum: Stratum, what: What) -> list[Group]:
    """The groups under which a conversation is listed behind a count."""
    if what not in OPENED_BY_GROUP:
        return [WHOLE]
    named = ((dimension, getattr(stratum, dimension)) for dimension in OPENED_DIMENSIONS)
    return [WHOLE, *((dimension, level) for dimension, level in named if level)]


def hold_quotes(held: Quotes, pair: JudgedConversation, taxonomy: Taxonomy, *, keep: int) -> None:
    """Hold the words of a conversation, under the names of today, where they show a thing best."""
    for what, confidence, quote in quotes_of(pair):
        for now in counted_as(what, taxonomy):
            foremost = held.setdefault(now, Foremost(keep))
            foremost.add((-confidence, quote.conversation_id, quote.turn), quote)


@dataclass
class _Counting:
    counts: WeekCounts
    bounds: VoiceBounds
    opened: dict[tuple[What, Group], Foremost[str]] = field(default_factory=dict)
    quotes: Quotes = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    people: dict[What, tuple[set[str], set[str]]] = field(default_factory=dict)
    hearings: dict[str, Hearing] = field(default_factory=dict)

    def add(self, one: HeardConversation, pair: JudgedConversation, taxonomy: Taxonomy) -> None:
        counts = self.counts
        if one.misheard:
            counts.misheard[one.week] += 1
            return
        for base in (CONVERSATION, *one.bases):
            counts.occasions[one.week, base, one.stratum] += 1
        for found in one.occurrences:
            counts.happened[one.week, found.what, one.stratum] += 1
        self.hearings.setdefault(one.week, Hearing(self.bounds.needs_read)).add(pair)
        if one.week in counts.weeks[-self.bounds.emergence.recent_weeks :]:
            self._note_people(one)
        if one.week == counts.weeks[-1]:
            self._look_closer(one, pair, taxonomy)

    def _note_people(self, one: HeardConversation) -> None:
        for found in one.occurrences:
            if found.what[0] in REASONS:
                customers, agents = self.people.setdefault(found.what, (set(), set()))
                customers.add(one.customer_key)
                agents.add(one.stratum.agent)

    def _look_closer(self, one: HeardConversation, pair: JudgedConversation, taxonomy: Taxonomy) -> None:
        """What only the last week needs: quotes, conversations behind the counts, distinct people."""
        self.customers.add(one.customer_key)
        self.agents.add(one.stratum.agent)
        for found in one.occurrences:
            for group in groups_opened(one.stratum, found.what):
                listed = self.opened.setdefault((found.what, group), Foremost(self.bounds.kept_ids))
                listed.add(one.conversation_id, one.conversation_id)
        hold_quotes(self.quotes, pair, taxonomy, keep=self.bounds.quotes)

    def finish(self) -> WeekCounts:
        counts = self.counts
        counts.opened = {key: tuple(sorted(set(listed.things()))) for key, listed in self.opened.items()}
        counts.quotes = {what: tuple(held.things()) for what, held in sorted(self.quotes.items())}
        counts.recent = {what: (len(people), len(agents)) for what, (people, agents) in self.people.items()}
        counts.stated = {week: hearing.stated() for week, hearing in self.hearings.items()}
        counts.customers, counts.agents = len(self.customers), len(self.agents)
        return counts

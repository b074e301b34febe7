"""Keep what is counted of stored conversations up to date, and read the counts of some weeks."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from qa_service.aggregate.occurrences import heard
from qa_service.aggregate.week_counts import REASONS, Quotes, groups_opened, hold_quotes
from qa_service.domain.codebook import Codebook
from qa_service.domain.insight import VoiceBounds
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.quote import Quote
from qa_service.domain.sale import SalesRecord
from qa_service.domain.topic import Statement, Topic, statements_of
from qa_service.domain.weekly import Group, Stated, Stratum, WeekCounts, What
from qa_service.store import ConversationFilter, Store, UnitOfWork
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.read_stored import with_verdicts

AT_ONCE = 500
# Another number here has everything counted anew.
FORMAT = 1
# With fewer of the conversations placed in topics, what is stated in them is grouped anew for the report.
PLACED_SHARE = 0.9
QUOTED = frozenset({"complaint_reason", "refund_reason", "red_line", "competitor"})


def count_marked(store: Store, weeks: Sequence[str] = ()) -> None:
    """Count anew what has changed since, some hundred conversations in a transaction; of these weeks also what was
    counted under other names.
    """
    basis = basis_of(load_codebook())
    with store.unit_of_work() as work:
        work.counts.mark_others(weeks, basis)
    while True:
        with store.unit_of_work() as work:
            numbers = work.counts.marked(AT_ONCE)
            if not numbers:
                return
            count_these(work, numbers)


def count_these(work: UnitOfWork, numbers: Sequence[int]) -> None:
    """Count some conversations anew, in the transaction that changes what is counted of them."""
    _put(work, numbers, with_verdicts(work, work.analyses.pairs_of(numbers)))


def week_counts(
    work: UnitOfWork, weeks: tuple[str, ...], wanted: ConversationFilter, bounds: VoiceBounds
) -> WeekCounts:
    """The counts of some weeks, the last one more closely, as far as the filter goes; first `count_marked`."""
    return _Reading(work, weeks, wanted, bounds).counts()


def with_words(work: UnitOfWork, record: SalesRecord) -> SalesRecord:
    """The record with the words of the promises that it shows."""
    promises = []
    for one in record.promises:
        examples = [(_worded(work, one.kind, made), what, later) for made, what, later in one.examples]
        promises.append(
            replace(one, examples=tuple((made, what, later) for made, what, later in examples if made.text))
        )
    return replace(record, promises=tuple(promises))


def _worded(work: UnitOfWork, kind: str, made: Quote) -> Quote:
    stored = work.analyses.find(made.conversation_id)
    promises = stored.analysis.promises if stored else ()
    words = (one.quote for one in promises if (one.kind, one.span.turn) == (kind, made.turn))
    return replace(made, text=next(words, ""))


def basis_of(book: Codebook) -> str:
    """A name for all that decides under which names something is counted."""
    departments = {name: reason.departments for name, reason in sorted(book.complaint_reasons.items())}
    told = json.dumps([FORMAT, repr(book.taxonomy), departments], ensure_ascii=False)
    return blake2b(told.encode(), digest_size=8).hexdigest()


def _put(work: UnitOfWork, numbers: Sequence[int], pairs: Sequence[tuple[int, JudgedConversation]]) -> None:
    book = load_codebook()
    found = []
    for number, pair in pairs:
        one = heard(pair, work.counts.zone, taxonomy=book.taxonomy, reasons=book.complaint_reasons)
        if one is not None:
            found.append((number, pair.conversation.agent.path, one))
    work.counts.replace(numbers, found, basis=basis_of(book))


class _Reading:
    """One reading of the counts of some weeks."""

    def __init__(
        self, work: UnitOfWork, weeks: tuple[str, ...], wanted: ConversationFilter, bounds: VoiceBounds
    ) -> None:
        self.work, self.weeks, self.bounds = work, weeks, bounds
        self.wanted = replace(wanted, day_from=None, day_to=None)

    def counts(self) -> WeekCounts:
        work, weeks, wanted = self.work.counts, self.weeks, self.wanted
        occasions, misheard = work.occasions(weeks, wanted)
        happened = work.happened(weeks, wanted)
        customers, agents = work.people(weeks[-1], wanted)
        counts = WeekCounts(weeks, occasions, happened, misheard, customers=customers, agents=agents)
        counts.recent = work.behind(weeks[-self.bounds.emergence.recent_weeks :], sorted(REASONS), wanted)
        groups: dict[What, set[Group]] = defaultdict(set)
        for week, what, stratum in happened:
            if week == weeks[-1]:
                groups[what].update(groups_opened(stratum, what))
        now = sorted(groups)
        counts.opened = {(what, group): self._opened(what, group) for what in now for group in sorted(groups[what])}
        counts.quotes = self._quotes([what for what in now if len(what) == 2 and what[0] in QUOTED])
        self._hear(counts)
        return counts

    def _hear(self, counts: WeekCounts) -> None:
        """What was stated in an even sample: placed in the stored topics, or to be grouped where most is not yet."""
        samples = {
            week: dict(self.work.counts.sample(week, self.wanted, limit=self.bounds.needs_read)) for week in self.weeks
        }
        placed = {week: self._placed(list(sample)) for week, sample in samples.items()}
        n, known = (sum(map(len, one.values())) for one in (samples, placed))
        if not known or known < PLACED_SHARE * n:
            counts.stated = {week: self._stated(sample) for week, sample in samples.items()}
            return
        topics: dict[str, list[Statement]] = {}
        for week, mine in placed.items():
            counts.stated[week] = _stated_in(mine, samples[week])
            for statement, topic in (one for ones in mine.values() for one in ones):
                if topic is not None:
                    topics.setdefault(topic, []).append(statement)
        named = {one.id: one for one in self.work.topics.all() if one.id in topics}
        counts.topics = tuple(
            Topic(topic, named[topic].label, named[topic].keywords, tuple(members))
            for topic, members in sorted(topics.items())
        )

    def _placed(self, numbers: Sequence[int]) -> dict[int, list[tuple[Statement, str | None]]]:
        found: dict[int, list[tuple[Statement, str | None]]] = {}
        for start in range(0, len(numbers), AT_ONCE):
            found |= self.work.counts.placed(numbers[start : start + AT_ONCE])
        return found

    def _opened(self, what: What, group: Group) -> tuple[str, ...]:
        limit = self.bounds.kept_ids
        return self.work.counts.opened(self.weeks[-1], what, group, limit=limit, wanted=self.wanted)

    def _quotes(self, whats: Sequence[What]) -> dict[What, tuple[Quote, ...]]:
        """Of each thing the words that show it best."""
        best = {
            what: self.work.counts.best(self.weeks[-1], what, limit=self.bounds.quotes, wanted=self.wanted)
            for what in whats
        }
        numbers = sorted({number for mine in best.values() for number in mine})
        held: Quotes = {}
        taxonomy = load_codebook().taxonomy
        for _, pair in self._numbered(numbers):
            hold_quotes(held, pair, taxonomy, keep=self.bounds.quotes)
        return {what: tuple(held[what].things()) for what in whats if what in held}

    def _stated(self, sample: dict[int, Stratum]) -> Stated:
        found: list[Statement] = []
        places: dict[str, Stratum] = {}
        for number, pair in self._numbered(list(sample)):
            stated = tuple(statements_of(pair))
            found += stated
            if stated:
                places[pair.id] = sample[number]
        return Stated(tuple(found), places, Counter(sample.values()))

    def _numbered(self, numbers: Sequence[int]) -> Iterator[tuple[int, JudgedConversation]]:
        for start in range(0, len(numbers), AT_ONCE):
            yield from with_verdicts(self.work, self.work.analyses.pairs_of(numbers[start : start + AT_ONCE]))


def _stated_in(placed: Mapping[int, Sequence[tuple[Statement, str | None]]], sample: Mapping[int, Stratum]) -> Stated:
    statements = tuple(statement for ones in placed.values() for statement, _ in ones)
    strata = {ones[0][0].conversation_id: sample[number] for number, ones in placed.items() if ones}
    return Stated(statements, strata, Counter(sample[number] for number in placed))

"""Watch what should stay rare: refunds, requests for them, red lines, complaints; as a whole, by product, by team."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from qa_service.domain.alarm import DIMENSIONS, FIGURES, AlarmBounds, WatchedFigure
from qa_service.domain.period import end_of, iso_week, local_day, week_period, weeks_before
from qa_service.domain.role import Action, Caller
from qa_service.domain.weekly import CONVERSATION, WHOLE, Group, Stratum, What
from qa_service.effects.before_after.cusum import Watch, Weekly, enough, watch
from qa_service.store import ConversationFilter, Store
from qa_service.workflows.buyers_at_risk import buyers_at_risk
from qa_service.workflows.count_stored import count_marked
from qa_service.workflows.load_insight import load_insight

# The same weeks give the same limits.
SEED = 20260101
REFUNDED: What = ("refunded",)

Sizes = Mapping[tuple[str, Stratum], int]


@dataclass(frozen=True)
class Counted:
    """Conversations by week and stratum, and those in which each thing happened; weeks oldest first."""

    weeks: tuple[str, ...]
    sizes: Sizes
    happened: Mapping[What, Sizes]


def watch_stored(store: Store, caller: Caller, *, as_of: date | None = None) -> list[WatchedFigure]:
    """Every watched figure within the caller's reach as of a day, those with an alarm first."""
    scope = caller.reach(Action.REPORT)
    bounds = load_insight().alarms
    week = iso_week(as_of or local_day(store.clock(), store.zone))
    weeks = (*weeks_before(week, bounds.weeks_before + bounds.weeks_watched - 1), week)
    count_marked(store, weeks)
    wanted = ConversationFilter(scope=scope)
    with store.reading() as work:
        occasions, _ = work.counts.occasions(weeks, wanted)
        happened = work.counts.happened(weeks, wanted)
    sizes = {(at, stratum): n for (at, base, stratum), n in occasions.items() if base == CONVERSATION}
    things: dict[What, dict[tuple[str, Stratum], int]] = {what: {} for what in FIGURES.values()}
    for (at, what, stratum), k in happened.items():
        if what in things:
            things[what][at, stratum] = k
    found = watch_counts(Counted(weeks, sizes, things), bounds)
    # Outcomes belong to customers, not to a branch.
    return _alarms_first([*found, *_refunds(store, weeks, bounds)]) if scope.whole else found


def watch_counts(counted: Counted, bounds: AlarmBounds) -> list[WatchedFigure]:
    """Every figure of every part that is large enough to be watched, those with an alarm first."""
    found = [one for figure, what in FIGURES.items() for one in _of_figure(figure, counted, what, bounds)]
    return _alarms_first(found)


def _alarms_first(found: Iterable[WatchedFigure]) -> list[WatchedFigure]:
    return sorted(found, key=lambda one: (one.raised is None, one.figure, one.dimension, one.level))


def _refunds(store: Store, weeks: tuple[str, ...], bounds: AlarmBounds) -> list[WatchedFigure]:
    """Refunds as they happen, among buyers who could still ask for one; as of the last week or now."""
    last = week_period(weeks[-1]).last
    assert last is not None
    now = min(end_of(last, store.zone), store.clock())
    days = load_insight().windows_days["refunded"]
    with store.reading() as work:
        at_risk, refunded = buyers_at_risk(work.outcomes.stream(until=now), weeks, days=days, zone=store.zone, now=now)
    return list(_of_figure("refunded", Counted(weeks, at_risk, {REFUNDED: refunded}), REFUNDED, bounds))


def _of_figure(figure: str, counted: Counted, what: What, bounds: AlarmBounds) -> Iterator[WatchedFigure]:
    sizes, events = _whoever(counted.sizes), _whoever(counted.happened.get(what, {}))
    large = []
    for part in _parts(sizes):
        weekly = _weekly(counted.weeks, _of_part(sizes, part), _of_part(events, part), bounds.weeks_watched)
        if enough(weekly[0], bounds):
            large.append((part, *weekly))
    for number, (part, before, since) in enumerate(large):
        share = bounds.false_alarms / len(large)
        seen = watch(before, since, false_alarms=share, bounds=bounds, seed=SEED + number)
        if seen is not None:
            yield _told(figure, part, counted.weeks[-bounds.weeks_watched :], (before, since, seen), bounds)


def _parts(sizes: Sizes) -> list[Group]:
    """The whole, and each product and team that is named."""
    named = {(dimension, getattr(stratum, dimension)) for _, stratum in sizes for dimension in DIMENSIONS}
    return [WHOLE, *sorted(part for part in named if part[1])]


def _weekly(weeks: Sequence[str], n: Sizes, k: Sizes, watched: int) -> tuple[Weekly, Weekly]:
    strata = sorted({stratum for _, stratum in n})
    tables = [_table(one, weeks, strata) for one in (n, k)]
    # More events than conversations cannot be; where counts are renewed meanwhile they can for a moment.
    whole = Weekly(tables[0], np.minimum(tables[0], tables[1]))
    cut = len(weeks) - watched
    return Weekly(whole.n[:cut], whole.k[:cut]), Weekly(whole.n[cut:], whole.k[cut:])


def _of_part(sizes: Sizes, part: Group) -> Sizes:
    dimension, level = part
    return {key: n for key, n in sizes.items() if not dimension or getattr(key[1], dimension) == level}


def _whoever(sizes: Sizes) -> Sizes:
    """The sizes by what the risk depends on, whoever spoke and by whichever version: an alarm may be about those."""
    found: Counter[tuple[str, Stratum]] = Counter()
    for (week, stratum), n in sizes.items():
        found[week, stratum._replace(agent="", version="")] += n
    return found


def _table(
    sizes: Sizes, weeks: Sequence[str], strata: Sequence[Stratum]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array([[float(sizes.get((week, stratum), 0)) for stratum in strata] for week in weeks])


def _told(
    figure: str,
    part: Group,
    weeks: Sequence[str],
    found: tuple[Weekly, Weekly, Watch],
    bounds: AlarmBounds,
) -> WatchedFigure:
    before, since, seen = found
    rise = slice(seen.began if seen.raised is not None else 0, None)
    return WatchedFigure(
        figure=figure,
        dimension=part[0],
        level=part[1],
        usual=float(before.k.sum() / before.n.sum()),
        n_before=int(before.n.sum()),
        raised=weeks[seen.raised] if seen.raised is not None else None,
        rising_since=weeks[seen.began] if seen.began is not None else None,
        k=int(since.k[rise].sum()),
        n=int(since.n[rise].sum()),
        expected=float(seen.expected[rise].sum()),
        ratio=bounds.ratio,
        false_alarms=bounds.false_alarms,
        delay=seen.delay,
        found=seen.found,
    )

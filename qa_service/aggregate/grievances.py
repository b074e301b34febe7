"""What came of sales: refunds and complaints of paying customers, how soon, and after which promises."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp, log, sqrt
from operator import itemgetter
from statistics import median

from qa_service.aggregate.tally import Foremost
from qa_service.aggregate.trends import Side, agent_spread, split_change
from qa_service.domain.change import ChangeBounds, judge_changes
from qa_service.domain.counted import Counted
from qa_service.domain.metrics import Z95, Rate, rate
from qa_service.domain.quote import Quote
from qa_service.domain.sale import AfterPromise, RefundTimes, Sale, SalesRecord, SalesRow
from qa_service.domain.weekly import DIMENSIONS, WHOLE, Group, Stratum

OUTCOMES = ("refunded", "asked_refund", "complained")
DAYS = (7, 30, 60)
EXAMPLES = 3


def record_of(
    sales: Sequence[Sale], *, changes: ChangeBounds, clustered_from: int, keep: int, examples: int = EXAMPLES
) -> SalesRecord:
    """What came of sales, whole and by product, channel, team, agent, version of the SOP and week."""
    return SalesRecord(
        n=len(sales),
        first_week=min((sale.week for sale in sales), default=None),
        rows=tuple(_rows(sales, keep)),
        times=_times(sales),
        promises=tuple(_after_promises(sales, changes, clustered_from, keep, examples=examples)),
    )


def _rows(sales: Iterable[Sale], keep: int) -> Iterator[SalesRow]:
    """Counted by what sales are alike in first: a company sells many times in few ways."""
    alike: dict[tuple[str, Stratum, str], list[int]] = {}
    opened: dict[tuple[str, Group], Foremost[str]] = {}
    for sale in sales:
        for outcome in OUTCOMES:
            happened = getattr(sale, outcome)
            if happened is None:
                continue
            counts = alike.setdefault((outcome, sale.stratum, sale.week), [0, 0])
            counts[1] += 1
            if happened:
                counts[0] += 1
                _open(opened, outcome, sale, keep)
    tallies: dict[tuple[str, Group], list[int]] = {}
    for (outcome, stratum, week), (k, n) in alike.items():
        for group in _groups(stratum, week):
            whole = tallies.setdefault((outcome, group), [0, 0])
            whole[0], whole[1] = whole[0] + k, whole[1] + n
    for (outcome, group), (k, n) in sorted(tallies.items()):
        ids = opened[outcome, group].things() if (outcome, group) in opened else ()
        yield SalesRow(outcome, *group, Counted(rate(k, n), tuple(sorted(set(ids)))))


def _open(opened: dict[tuple[str, Group], Foremost[str]], outcome: str, sale: Sale, keep: int) -> None:
    for group in _groups(sale.stratum, sale.week) if sale.grievances else ():
        listed = opened.setdefault((outcome, group), Foremost(keep))
        for conversation_id in sale.conversations:
            listed.add(conversation_id, conversation_id)


def _groups(stratum: Stratum, week: str) -> Iterator[Group]:
    yield WHOLE
    named = [(dimension, getattr(stratum, dimension)) for dimension in DIMENSIONS]
    yield from ((dimension, level) for dimension, level in [*named, ("week", week)] if level)


def _times(sales: Sequence[Sale]) -> RefundTimes:
    """Shares by days since the sale (Kaplan and Meier 1958, log-log intervals): newer sales count as long as known."""
    dated = [sale.days for sale in sales if _came_back(sale) and sale.days > 0]
    # Refunds of which only a field tells have no day, and say nothing of how soon.
    known = [sale for sale in sales if sale.days > 0 or not _came_back(sale)]
    oldest = max((sale.days for sale in known), default=0.0)
    by_days = tuple((days, *_share_by(known, days)) if days <= oldest else (days, None, None, None) for days in DAYS)
    middle = round(float(median(dated)), 1) if dated else None
    return RefundTimes(len(sales), sum(map(_came_back, sales)), middle, by_days)


def _share_by(sales: Sequence[Sale], days: int) -> tuple[float, float | None, float | None]:
    """The share that came back within so many days, with its interval (None where too few are left to tell)."""
    kept, variance, at_risk = 1.0, 0.0, len(sales)
    for _, same in groupby(sorted((sale.days, _came_back(sale)) for sale in sales), key=itemgetter(0)):
        moment = list(same)
        came = sum(back for _, back in moment)
        if moment[0][0] > days:
            break
        if came and came < at_risk:
            variance += came / (at_risk * (at_risk - came))
        kept *= 1 - came / at_risk
        at_risk -= len(moment)
    if kept == 1.0:
        none = rate(0, len(sales))
        return 0.0, round(none.low, 4), round(none.high, 4)
    if kept <= 0.0:
        return 1.0, None, None
    half = Z95 * sqrt(variance) / abs(log(kept))
    return round(1 - kept, 4), round(1 - kept ** exp(-half), 4), round(1 - kept ** exp(half), 4)


def _came_back(sale: Sale) -> bool:
    return bool(sale.refunded) or sale.asked_refund


def _after_promises(
    sales: Sequence[Sale], changes: ChangeBounds, clustered_from: int, keep: int, *, examples: int
) -> Iterator[AfterPromise]:
    """Sales with a kind of promise beside those without, all kinds and outcomes judged as one family."""
    counted = {outcome: _counted(sales, outcome, keep) for outcome in OUTCOMES}
    kinds = sorted({kind for one in counted.values() for kind in one.with_kind})
    asked = [(kind, outcome) for outcome in OUTCOMES for kind in kinds]
    sides = [counted[outcome].sides(kind) for kind, outcome in asked]
    pairs = [(_rate(mine), _rate(others)) for mine, others in sides]
    spreads = [agent_spread(*both, clustered_from) for both in sides]
    judged = judge_changes(pairs, changes, spreads=spreads)
    for (kind, outcome), both, (mine, others), change in zip(asked, sides, pairs, judged, strict=True):
        found = counted[outcome].happened.get(kind, [])
        ids = sorted({one for sale in found for one in sale.conversations})[:keep]
        shown = tuple(_examples(found, kind))[:examples]
        yield AfterPromise(kind, outcome, Counted(mine, tuple(ids)), others, change, split_change(*both), shown)


@dataclass
class _ByPromise:
    """Sales of which an outcome is known, whole and with each kind of promise, by what they are alike in."""

    whole: tuple[Counter[Stratum], Counter[Stratum]]
    with_kind: dict[str, tuple[Counter[Stratum], Counter[Stratum]]]
    happened: dict[str, list[Sale]]

    def sides(self, kind: str) -> tuple[Side, Side]:
        """With the promise, and without."""
        mine = self.with_kind.get(kind, (Counter(), Counter()))
        k, n = (Counter(whole) for whole in self.whole)
        k.subtract(mine[0])
        n.subtract(mine[1])
        return mine, (k, n)


def _counted(sales: Iterable[Sale], outcome: str, keep: int) -> _ByPromise:
    found = _ByPromise((Counter(), Counter()), {}, {})
    for sale in sales:
        happened = getattr(sale, outcome)
        if happened is None:
            continue
        kinds = {promise.kind for promise in sale.promises}
        for k, n in (found.whole, *(found.with_kind.setdefault(kind, (Counter(), Counter())) for kind in kinds)):
            n[sale.stratum] += 1
            k[sale.stratum] += happened
        for kind in kinds if happened else ():
            listed = found.happened.setdefault(kind, [])
            if len(listed) < keep:
                listed.append(sale)
    return found


def _rate(side: Side) -> Rate:
    return rate(sum(side[0].values()), sum(side[1].values()))


def _examples(sales: Iterable[Sale], kind: str) -> Iterator[tuple[Quote, str, str]]:
    for sale in sales:
        made = next(promise.quote for promise in sale.promises if promise.kind == kind)
        if sale.grievances:
            what, later = sale.grievances[0]
            yield made, what, later

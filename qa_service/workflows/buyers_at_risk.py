"""Buyers by week who could still ask their money back, and those who got it: refunds counted when they happen.

An outcome would be known only when its window has closed, two months late. Counted by week at risk (Biswas and
Kalbfleisch, "A risk-adjusted CUSUM in continuous time based on the Cox model", Statistics in Medicine 2008) an alarm
comes in time, and how long ago they paid is part of the mix that it reckons with.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import groupby

from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.domain.period import iso_week, local_day
from qa_service.domain.weekly import Stratum

# Most refunds come early: so many weeks after the payment begin another stratum.
AGES = (2, 5)

Sizes = Counter[tuple[str, Stratum]]


def buyers_at_risk(
    events: Iterable[OutcomeEvent], weeks: Sequence[str], *, days: int, zone: tzinfo, now: datetime
) -> tuple[Sizes, Sizes]:
    """By week and stratum (product, weeks since the payment): buyers at risk, and those refunded in that week.

    `events` come customer by customer, in time; each customer counts with the first payment for each product.
    """
    known, wanted = (Counter[tuple[str, Stratum]](), Counter[tuple[str, Stratum]]()), frozenset(weeks)
    at_risk, refunded = known
    window = timedelta(days=days)
    for _, own in groupby(events, key=lambda event: event.customer_id):
        for paid, back in _orders([event for event in own if event.at <= now], window):
            last = min(paid.at + window, back.at if back else now, now)
            for age, week in enumerate(_weeks(paid.at, last, zone)):
                if week in wanted:
                    at_risk[week, _stratum(paid, age)] += 1
            end = iso_week(local_day(last, zone))
            if back is not None and end in wanted:
                refunded[end, _stratum(paid, age)] += 1
    return known


def _orders(events: Sequence[OutcomeEvent], window: timedelta) -> Iterator[tuple[OutcomeEvent, OutcomeEvent | None]]:
    """The first payment of each product, and the refund of it within the window, if there was one."""
    paid: dict[str | None, OutcomeEvent] = {}
    for event in events:
        if event.event is OutcomeKind.PAID:
            paid.setdefault(event.product, event)
    for product, first in paid.items():
        refunds = (
            one for one in events if one.event is OutcomeKind.REFUNDED and first.at <= one.at <= first.at + window
        )
        yield first, next((one for one in refunds if one.product in (None, product) or product is None), None)


def _weeks(first: datetime, last: datetime, zone: tzinfo) -> Iterator[str]:
    day, end = local_day(first, zone), iso_week(local_day(last, zone))
    while (week := iso_week(day)) != end:
        yield week
        day += timedelta(weeks=1)
    yield end


def _stratum(paid: OutcomeEvent, age: int) -> Stratum:
    """Who pays is no stratum of conversations: how long ago stands where a channel would."""
    return Stratum(product=paid.product or "", channel=f"since {sum(age >= bound for bound in AGES)}")

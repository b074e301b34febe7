"""Numbers as documents show them: each with its n, its interval, its change and the conversations behind it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from qa_service.domain.change import Change, Direction, change_to_json
from qa_service.domain.counted import Counted, counted_to_json, rate_to_json
from qa_service.domain.emergence import emergence_to_json
from qa_service.domain.metrics import Rate
from qa_service.domain.trend import split_to_json
from qa_service.domain.voice import Figure
from qa_service.report.texts import Both, percent

Json = dict[str, Any]
# A change that is more than chance.
CLEAR = (Direction.HIGHER, Direction.LOWER)


def figure_to_json(figure: Figure, weeks: Sequence[str], name: Both) -> Json:
    """A figure of a week with its name, change and course."""
    series = [{"week": week} | rate_to_json(rate) for week, rate in zip(weeks, figure.series, strict=True)]
    body: Json = (
        {"id": "/".join(figure.what), "name": name} | counted(figure.counted, figure.change) | {"series": series}
    )
    body["split"] = split_to_json(figure.split) if figure.split else None
    if figure.emergence:
        body["emergence"] = emergence_to_json(figure.emergence, tuple(weeks))
    return body | ({"comparable_from": figure.comparable_from.isoformat()} if figure.comparable_from else {})


def iso(day: date | None) -> str | None:
    """A day as documents write it."""
    return day.isoformat() if day else None


def counted(count: Counted, change: Change | None = None) -> Json:
    """A count, and its change where it has one."""
    body = counted_to_json(count)
    return body | ({"change": change_to_json(change)} if change else {})


def shares(now: Rate, before: Rate) -> dict[str, Any]:
    """The parts that sentences about a change fill in."""
    return {
        "now": percent(now.value, now.n),
        "before": percent(before.value, before.n),
        "k": int(now.k),
        "n": now.n,
        "k_before": int(before.k),
        "n_before": before.n,
    }


def per_1000(rate: Rate) -> float | None:
    """So many of a thousand, as operations count complaints."""
    return None if rate.value is None else round(1000 * rate.value, 1)


def with_interval(rate: Rate) -> dict[str, Any]:
    """The parts that sentences about a share fill in."""
    return {
        "k": int(rate.k),
        "n": rate.n,
        "rate": percent(rate.value, rate.n),
        "low": percent(rate.low, rate.n),
        "high": percent(rate.high, rate.n),
    }

"""A change of a share taken apart: how much is another share in like conversations, how much another mix of them."""

from dataclasses import dataclass
from typing import Any

from qa_service.domain.change import Change, change_to_json
from qa_service.domain.counted import rate_to_json
from qa_service.domain.metrics import Rate


@dataclass(frozen=True, slots=True)
class Split:
    """Both parts of a change between two groups of conversations, by what they are alike in.

    `rate_effect` with its 95% interval is the change where the mix stayed as it was, `mix_effect` the rest.
    `reversed`: among like conversations the share went the other way, and that is no chance (Simpson's paradox).
    """

    by: tuple[str, ...]
    rate_effect: float
    low: float
    high: float
    mix_effect: float
    reversed: bool


@dataclass(frozen=True, slots=True)
class LevelTrend:
    """The course of one share within one product, channel or team."""

    what: tuple[str, ...]
    dimension: str
    level: str
    series: tuple[Rate, ...]
    change: Change


def split_to_json(split: Split) -> dict[str, Any]:
    """A split as a plain object."""
    return {
        "by": list(split.by),
        "rate_effect": round(split.rate_effect, 4) + 0.0,
        "ci_low": round(split.low, 4),
        "ci_high": round(split.high, 4),
        "mix_effect": round(split.mix_effect, 4) + 0.0,
        "reversed": split.reversed,
    }


def level_to_json(trend: LevelTrend, weeks: tuple[str, ...]) -> dict[str, Any]:
    """A trend as a plain object; weeks without conversations are left out."""
    series = [{"week": week} | rate_to_json(rate) for week, rate in zip(weeks, trend.series, strict=True) if rate.n]
    place = {"what": "/".join(trend.what), "dimension": trend.dimension, "level": trend.level}
    return place | {"change": change_to_json(trend.change), "series": series}

"""A trial of an SOP draft as plain text for a terminal, in Chinese."""

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

TEMPLATE = "trial.txt.j2"
LISTED = 20
BAR = 30


def trial_in_words(report: Mapping[str, Any]) -> str:
    """The report of `workflows.try_sop` as text; long lists are cut, and the cut is told."""
    return f"{_template().render(report, listed=LISTED).strip()}\n"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("qa_service.report", "templates"),
        # A terminal, not a page.
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(share=_share, pad=_pad, bar=_bar, clean=_clean)
    return environment.get_template(TEMPLATE)


def _share(rate: Mapping[str, Any] | None) -> str:
    """`83%（74–90，n=120）`."""
    if rate is None or not rate["n"]:
        return "无数据"
    low, high = (round(100 * rate[bound]) for bound in ("ci_low", "ci_high"))
    return f"{rate['rate']:.0%}（{low}–{high}，n={rate['n']}）"


def _pad(text: Any, width: int) -> str:
    """The text, filled up to a width in which a Chinese character takes two places."""
    taken = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in str(text))
    return f"{text}{' ' * max(0, width - taken)}"


def _bar(count: int, most: int) -> str:
    return "█" * round(BAR * count / most) if most else ""


def _clean(quote: str | None) -> str:
    """Words of a conversation on one line, without characters that a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in quote or "")

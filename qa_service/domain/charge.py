"""One wrongdoing, one deduction: what would be charged for words that are charged already."""

from collections.abc import Sequence
from dataclasses import dataclass

from qa_service.domain.evidence import EvidenceSpan


@dataclass(frozen=True, slots=True)
class Charge:
    """What a finding costs of 100 points, and for which words; `fact`: for stating that fact of the SOP wrong.

    `fatal` ones make the score 0. A charge without words is for what was never said right.
    """

    key: str
    points: float
    spans: tuple[EvidenceSpan, ...] = ()
    fact: str | None = None
    fatal: bool = False


def charged_already(charges: Sequence[Charge]) -> dict[str, str]:
    """The charges that fall away, by key, each with the key of the costlier one for the same wrong fact.

    Of charges alike the first stays. Two that are not about a fact are two wrongdoings, whatever their words.
    """
    order = sorted(charges, key=lambda charge: (not charge.fatal, -charge.points))
    stands_in: dict[str, str] = {}
    for index, one in enumerate(order):
        same = next((dearer for dearer in order[:index] if _same(one, dearer)), None)
        if same is not None and not one.fatal:
            stands_in[one.key] = stands_in.get(same.key, same.key)
    return stands_in


def _same(one: Charge, dearer: Charge) -> bool:
    if one.fact is None and dearer.fact is None:
        return False
    if one.spans and dearer.spans:
        return all(any(_mostly(mine, other) for other in dearer.spans) for mine in one.spans)
    return one.fact == dearer.fact


def _mostly(one: EvidenceSpan, other: EvidenceSpan) -> bool:
    """Whether two spans are for the most part the same characters."""
    if one.turn != other.turn:
        return False
    common = min(one.end, other.end) - max(one.start, other.start)
    return 2 * common >= max(one.end - one.start, other.end - other.start)

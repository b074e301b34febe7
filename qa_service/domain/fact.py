"""What the company really offers, as values that can be compared with what an agent states."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date

from qa_service.domain.value import IN_DAYS

# A wrong term misleads about the contract (codebook); a wrong price is a finding of its own.
MISLEADING = "contract_mislead"


@dataclass(frozen=True, slots=True)
class Fact:
    """One structured fact of an SOP.

    `number` is in the measure of its kind (`domain/value.py`), 0 for a date, which has its `day`. `about`: words that
    tell, near a stated value, that this fact is meant. `per`: what a price is for (月, 课时 …), where not the whole.
    """

    id: str
    title: str
    kind: str
    number: float
    day: date | None
    unit: str
    about: tuple[str, ...]
    per: str = ""
    tolerance: float = 0.0

    @property
    def offered(self) -> str:
        """The value as people write it: 2880 元, 15 工作日, 8.5 折, 2026-10-08, 19:30."""
        if self.day is not None:
            return self.day.isoformat()
        if self.kind == "time":
            return f"{int(self.number)}:{round(self.number % 1 * 60):02d}"
        number = self.number / (10 if self.unit == "折" else IN_DAYS.get(self.unit, 1))
        shown = f"{number:.4f}".rstrip("0").rstrip(".")
        return f"{shown} {self.unit}/{self.per}" if self.per else f"{shown} {self.unit}"


def names_sold(facts: Iterable[Fact]) -> list[str]:
    """The words that name what has a price."""
    return sorted({word for fact in facts if fact.kind == "price" for word in fact.about})


def misleads(fact: Fact, red_lines: Container[str]) -> bool:
    """Whether stating it wrong crosses a red line of the SOP, given their ids."""
    return fact.kind != "price" and MISLEADING in red_lines

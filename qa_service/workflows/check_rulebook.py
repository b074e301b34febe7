"""Check SOP files: errors that make one unusable, remarks on what may not mean what was meant; each with its line."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_service.domain.remark import Remark
from qa_service.domain.sop import Sop
from qa_service.rulebook import load_sop
from qa_service.rulebook.remark_words import remark_in_words
from qa_service.rulebook.remarks import remarks
from qa_service.rulebook.trial_bounds import remark_bounds
from qa_service.rulebook.yaml_lines import read_yaml

Examine = Callable[[Sop], Iterable[Remark]]


@dataclass(frozen=True, slots=True)
class PlacedRemark:
    """A remark with its line, and what it says in both languages."""

    code: str
    line: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class CheckedSop:
    """A usable SOP and the remarks on it, by line."""

    sop: Sop
    remarks: tuple[PlacedRemark, ...]


def check_file(path: Path, examine: Examine | None) -> CheckedSop:
    """Check an SOP file; `examine` makes the remarks that need the models, None leaves them out. Raises InvalidSop."""
    sop = load_sop(path)
    return CheckedSop(sop, tuple(placed_remarks(sop, path.read_text("utf-8-sig"), examine)))


def placed_remarks(sop: Sop, text: str, examine: Examine | None) -> Sequence[PlacedRemark]:
    """The remarks on an SOP that was read from this text, by line."""
    lines = read_yaml(text, sop.id)
    found = [*remarks(sop, remark_bounds()), *(examine(sop) if examine else ())]
    placed = [
        PlacedRemark(one.code, lines.line(one.place), remark_in_words(one, "zh"), remark_in_words(one, "en"))
        for one in found
    ]
    return sorted(placed, key=lambda one: one.line)

"""A company's own reasons of complaints and refunds and its own red lines, with what became of earlier ids.

A count of last quarter was made under the ids of last quarter: `counted_as` tells what it is to be compared with today.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from qa_service.domain.reason import Reason
from qa_service.domain.sop import RedLine


class TaxonomyKind(StrEnum):
    """What an id names."""

    COMPLAINT = "complaint"
    REFUND = "refund"
    RED_LINE = "red_line"


class Fate(StrEnum):
    """What became of ids."""

    RENAMED = "renamed"
    MERGED = "merged"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class TaxonomyChange:
    """From a day on, `before` are called `after`: one each when renamed, one after when merged, several when split."""

    on: date
    kind: TaxonomyKind
    fate: Fate
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """One version; `retired` ids keep their names and are not looked for any more, `since` tells when others came."""

    id: str = ""
    version: int = 0
    complaint: tuple[Reason, ...] = ()
    refund: tuple[Reason, ...] = ()
    red_lines: tuple[RedLine, ...] = ()
    departments: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[TaxonomyChange, ...] = ()
    retired: frozenset[tuple[TaxonomyKind, str]] = frozenset()
    since: Mapping[tuple[TaxonomyKind, str], date] = field(default_factory=dict)
    digest: str = ""

    @property
    def name(self) -> str:
        """What `versions` of an analysis calls it."""
        return f"{self.id}-{self.version}-{self.digest[:8]}"

    def ids(self) -> dict[TaxonomyKind, list[str]]:
        """All its ids, retired ones too, by what they name."""
        return {
            TaxonomyKind.COMPLAINT: [reason.id for reason in self.complaint],
            TaxonomyKind.REFUND: [reason.id for reason in self.refund],
            TaxonomyKind.RED_LINE: [line.id for line in self.red_lines],
        }

    def reasons(self, kind: str) -> tuple[Reason, ...]:
        """The reasons looked for, of `complaint` or `refund`."""
        listed = self.complaint if kind == TaxonomyKind.COMPLAINT else self.refund
        return tuple(one for one in listed if (TaxonomyKind(kind), one.id) not in self.retired)

    def watched(self) -> tuple[RedLine, ...]:
        """The red lines looked for, under every SOP and without one."""
        return tuple(line for line in self.red_lines if (TaxonomyKind.RED_LINE, line.id) not in self.retired)

    def today(self, kind: TaxonomyKind, old: str) -> str:
        """What an id is called today, after everything that was renamed or merged since."""
        for change in self.changes:
            if change.kind is kind and change.fate is not Fate.SPLIT and old in change.before:
                old = change.after[0]
        return old

    def counted_as(self, kind: TaxonomyKind, old: str) -> tuple[str, ...]:
        """The ids that an occurrence counts for: today's, and the wholes that it was split from."""
        found = [self.today(kind, old)]
        for one in found:
            wholes = [self.today(kind, split.before[0]) for split in self._splits(kind) if one in self._parts(split)]
            found += [whole for whole in wholes if whole not in found]
        return tuple(found)

    def comparable_from(self, kind: TaxonomyKind, one: str) -> date | None:
        """The day before which an id was not told apart from others, None where it always was."""
        days = [split.on for split in self._splits(kind) if one in self._parts(split)]
        came = self.since.get((kind, one))
        return max([*days, *([came] if came else [])], default=None)

    def _splits(self, kind: TaxonomyKind) -> list[TaxonomyChange]:
        return [change for change in self.changes if change.kind is kind and change.fate is Fate.SPLIT]

    def _parts(self, split: TaxonomyChange) -> set[str]:
        return {self.today(split.kind, part) for part in split.after}


NO_TAXONOMY = Taxonomy()

"""The life of one SOP version: a draft is edited, a published one never changes, a retired one is kept."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SopState(StrEnum):
    """Only a published version is used for new analyses."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class SopVersion:
    """One version of an SOP as its YAML text; who made and who published it, when and why."""

    slug: str
    version: int
    yaml: str
    digest: str
    state: SopState
    written_by: str
    written_at: datetime
    reason: str = ""
    published_by: str | None = None
    published_at: datetime | None = None
    retired_at: datetime | None = None

    @property
    def id(self) -> str:
        """Its name in one word."""
        return f"{self.slug}@{self.version}"

"""What every transcript format offers, and what reading yields: conversations, and defects that lose no neighbour."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from enum import StrEnum
from typing import Any, BinaryIO, Protocol, TypeAlias

from qa_service.domain.conversation import Channel, Conversation
from qa_service.domain.conversation_json import CHINA, conversation_from_json
from qa_service.errors import Conflict, InvalidConversation, InvalidInput, QaError, TooLarge
from qa_service.ingest.column_mapping import ColumnMapping


class DefectCode(StrEnum):
    """Stable names of what can be wrong with a file; the first four are codes of `qa_service.errors`."""

    INVALID_INPUT = InvalidInput.code
    INVALID_CONVERSATION = InvalidConversation.code
    TOO_LARGE = TooLarge.code
    CONFLICT = Conflict.code
    DUPLICATE = "duplicate"
    DAMAGED_FILE = "damaged_file"
    UNKNOWN_FORMAT = "unknown_format"
    WRONG_ENCODING = "wrong_encoding"
    UNKNOWN_COLUMNS = "unknown_columns"
    UNKNOWN_ROLE = "unknown_role"
    DIGITS_LOST = "digits_lost"
    UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that could not be read: where (`row` is the 1-based line, row or item), why, and what to do."""

    file: str
    row: int | None
    reason: str
    code: str = DefectCode.INVALID_INPUT.value

    def __str__(self) -> str:
        """For people: file, row and reason on one line."""
        return f"{self.file}: {self.reason}" if self.row is None else f"{self.file}:{self.row}: {self.reason}"


Reading: TypeAlias = Conversation | Defect


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a file does not say about itself; `roles` adds names of speakers to those of `ingest.roles`."""

    mapping: ColumnMapping | None = None
    zone: tzinfo = CHINA
    channel: Channel | None = None
    product: str | None = None
    gap: timedelta = timedelta(hours=6)
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def speaker_names(self) -> Mapping[str, str]:
        """The names of speakers that this file uses beside the usual ones."""
        return {**self.roles, **(self.mapping.roles if self.mapping else {})}


class Reader(Protocol):
    """One transcript format. `recognises` judges by content; the suffix decides when no format does."""

    name: str
    suffixes: tuple[str, ...]

    def recognises(self, head: bytes, file_name: str) -> bool:
        """Whether the first bytes of a file look like this format."""
        ...

    def read(self, stream: BinaryIO, file_name: str, options: ReadOptions) -> Iterator[Reading]:
        """Read a seekable stream to its end; what cannot be read becomes a Defect."""
        ...


def defect_of(error: QaError, file: str, row: int | None) -> Defect:
    """The defect that reports an error at a place of a file."""
    return Defect(file, row, error.detail, error.code)


def conversation_or_defect(body: Mapping[str, Any], file: str, row: int | None, options: ReadOptions) -> Reading:
    """Check a contract object made from a file, with what the options add to it."""
    defaults = {"channel": options.channel, "product": options.product}
    missing = {key: value for key, value in defaults.items() if value is not None and body.get(key) is None}
    return checked({**body, **missing}, file, row, options)


def checked(body: Any, file: str, row: int | None, options: ReadOptions) -> Reading:
    """Check a contract object as it is."""
    try:
        return conversation_from_json(body, zone=options.zone)
    except QaError as error:
        return defect_of(error, file, row)


def listed(numbers: Iterable[int], *, at_most: int = 20) -> str:
    """Row numbers for people: the first ones, and how many more."""
    rows = list(numbers)
    shown = ", ".join(map(str, rows[:at_most]))
    return shown if len(rows) <= at_most else f"{shown} and {len(rows) - at_most} more"

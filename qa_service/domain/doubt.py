"""What makes a transcript, or the SOP it is judged by, doubtful as a whole: its score counts against nobody."""

from dataclasses import dataclass
from enum import StrEnum


class TranscriptDoubt(StrEnum):
    """The reasons; the names stand in `doubts` of an analysis."""

    NO_AGENT_TURN = "no_agent_turn"
    NO_CUSTOMER_TURN = "no_customer_turn"
    VERY_SHORT = "very_short"
    SWAPPED_ROLES = "swapped_roles"
    UNCERTAIN_ROLES = "uncertain_roles"
    LOW_RECOGNITION = "low_recognition"
    SOP_UNKNOWN = "sop_unknown"
    STAGE_GUESSED = "stage_guessed"
    STAGE_UNKNOWN = "stage_unknown"
    STAGE_CONTRADICTS_SOP = "stage_contradicts_sop"


# Who said something, or what was said at all, may be wrong: not even the customer's side can be told.
MISHEARD = frozenset({TranscriptDoubt.SWAPPED_ROLES, TranscriptDoubt.UNCERTAIN_ROLES, TranscriptDoubt.LOW_RECOGNITION})


@dataclass(frozen=True, slots=True)
class NamedSop:
    """The id of an SOP that a conversation names and that is not there, and the known ids nearest to it."""

    id: str
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageGuess:
    """The stage that the words of a conversation speak of, and how sure that is."""

    stage: str
    confidence: float

"""Everything that is doubtful about one transcript under one SOP."""

from collections.abc import Iterator

from qa_service.analyze.doubts.bounds import DoubtBounds
from qa_service.analyze.doubts.recognition import poorly_recognised, roles_uncertain
from qa_service.analyze.doubts.stage import said_by, stage_contradicts
from qa_service.analyze.transcript import Transcript
from qa_service.domain.conversation import Speaker
from qa_service.domain.doubt import TranscriptDoubt
from qa_service.domain.sop import Sop


def find_doubts(read: Transcript, sop: Sop | None, bounds: DoubtBounds | None) -> tuple[str, ...]:
    """Why a score would not be fair, in the order of `TranscriptDoubt`; without bounds only one-sidedness is."""
    found = set(_one_sided(read))
    if bounds is not None:
        found |= set(_by_bounds(read, sop, bounds))
    return tuple(doubt.value for doubt in TranscriptDoubt if doubt in found)


def _one_sided(read: Transcript) -> Iterator[TranscriptDoubt]:
    if not read.turns_of(Speaker.AGENT):
        yield TranscriptDoubt.NO_AGENT_TURN
    if not read.turns_of(Speaker.CUSTOMER):
        yield TranscriptDoubt.NO_CUSTOMER_TURN


def _by_bounds(read: Transcript, sop: Sop | None, bounds: DoubtBounds) -> Iterator[TranscriptDoubt]:
    turns = read.conversation.turns
    if _very_short(read, bounds):
        yield TranscriptDoubt.VERY_SHORT
    if _swapped(read, bounds):
        yield TranscriptDoubt.SWAPPED_ROLES
    if roles_uncertain(turns, bounds):
        yield TranscriptDoubt.UNCERTAIN_ROLES
    if poorly_recognised(turns, bounds):
        yield TranscriptDoubt.LOW_RECOGNITION
    if sop is not None and stage_contradicts(read.conversation, sop, bounds):
        yield TranscriptDoubt.STAGE_CONTRADICTS_SOP


def _very_short(read: Transcript, bounds: DoubtBounds) -> bool:
    worded = [i for speaker in (Speaker.AGENT, Speaker.CUSTOMER) for i in read.turns_of(speaker)]
    characters = sum(len(read.texts[i].text) for i in worded)
    return len({read.move[i] for i in worded}) < bounds.fewest_moves or characters < bounds.fewest_characters


def _swapped(read: Transcript, bounds: DoubtBounds) -> bool:
    """Whether the customer speaks as agents do, and the agent as customers."""
    agent, customer = said_by(read.conversation)
    enough = min(len(agent), len(customer)) >= bounds.swapped_turns
    return enough and bounds.roles.p_swapped(agent, customer) >= bounds.swapped_from

"""Everything that is doubtful about one transcript under one SOP."""

from collections.abc import Iterator

from qa_service.analyze.doubts.recognition import poorly_recognised, roles_uncertain
from qa_service.analyze.doubts.rules import DoubtRules
from qa_service.analyze.doubts.stage import said_by, stage_contradicts
from qa_service.analyze.transcript import Transcript
from qa_service.domain.conversation import Speaker
from qa_service.domain.doubt import TranscriptDoubt
from qa_service.domain.sop import Sop


def find_doubts(read: Transcript, sop: Sop | None, rules: DoubtRules | None) -> tuple[str, ...]:
    """Why a score would not be fair, in the order of `TranscriptDoubt`; without rules only one-sidedness is."""
    found = set(_one_sided(read))
    if rules is not None:
        found |= set(_by_rules(read, sop, rules))
    return tuple(doubt.value for doubt in TranscriptDoubt if doubt in found)


def _one_sided(read: Transcript) -> Iterator[TranscriptDoubt]:
    if not read.turns_of(Speaker.AGENT):
        yield TranscriptDoubt.NO_AGENT_TURN
    if not read.turns_of(Speaker.CUSTOMER):
        yield TranscriptDoubt.NO_CUSTOMER_TURN


def _by_rules(read: Transcript, sop: Sop | None, rules: DoubtRules) -> Iterator[TranscriptDoubt]:
    turns = read.conversation.turns
    if _very_short(read, rules):
        yield TranscriptDoubt.VERY_SHORT
    if _swapped(read, rules):
        yield TranscriptDoubt.SWAPPED_ROLES
    if roles_uncertain(turns, rules):
        yield TranscriptDoubt.UNCERTAIN_ROLES
    if poorly_recognised(turns, rules):
        yield TranscriptDoubt.LOW_RECOGNITION
    if sop is not None and stage_contradicts(read.conversation, sop, rules):
        yield TranscriptDoubt.STAGE_CONTRADICTS_SOP


def _very_short(read: Transcript, rules: DoubtRules) -> bool:
    worded = [i for speaker in (Speaker.AGENT, Speaker.CUSTOMER) for i in read.turns_of(speaker)]
    characters = sum(len(read.texts[i].text) for i in worded)
    return len({read.move[i] for i in worded}) < rules.fewest_moves or characters < rules.fewest_characters


def _swapped(read: Transcript, rules: DoubtRules) -> bool:
    """Whether the customer speaks as agents do, and the agent as customers."""
    agent, customer = said_by(read.conversation)
    enough = min(len(agent), len(customer)) >= rules.swapped_turns
    return enough and rules.roles.p_swapped(agent, customer) >= rules.swapped_from

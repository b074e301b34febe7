"""Triggers of the customer and the responses they oblige the agent to (codebook, "Obligations")."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.protocols import Matrix
from qa_service.analyze.doubt import doubt
from qa_service.analyze.sop.acts import ActProbabilities
from qa_service.analyze.sop.keywords import mentioned
from qa_service.analyze.transcript import Transcript
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.finding import ObligationFinding, StepFinding
from qa_service.domain.sop import Obligation, Sop

# A keyword written by the SOP's owner is strong evidence, but people also name things to deny them.
KEYWORD_CONFIDENCE = 0.85


@dataclass(frozen=True, slots=True)
class _Signals:
    """For one obligation: P(trigger) of the customer turns above the bound, P(response) of all agent turns."""

    triggers: dict[int, float]
    responses: dict[int, float]


@dataclass(frozen=True, slots=True)
class _Episode:
    """A trigger that waits for its response: its first turn, the last move that may answer, P(trigger)."""

    turn: int
    deadline: int
    sure: float


def find_obligations(
    read: Transcript, sop: Sop, acts: ActProbabilities, *, steps: Sequence[StepFinding], judgement: Judgement
) -> tuple[ObligationFinding, ...]:
    """Every episode of every obligation, by obligation and then by turn."""
    step_turns = {step.id: step.turns for step in steps}
    findings: list[ObligationFinding] = []
    for index, obligation in enumerate(sop.obligations):
        columns = (acts.triggers[:, index], acts.responses[:, index])
        signals = _signals(read, obligation, columns, step_turns, judgement)
        findings += _episodes(read, obligation, signals, judgement)
    return tuple(findings)


def _signals(
    read: Transcript,
    obligation: Obligation,
    columns: tuple[Matrix, Matrix],
    step_turns: dict[str, tuple[int, ...]],
    judgement: Judgement,
) -> _Signals:
    trigger, response = columns
    triggers = {
        i: max(float(trigger[i]), KEYWORD_CONFIDENCE * mentioned(read.texts[i].text, obligation.trigger.keywords))
        for i in read.turns_of(Speaker.CUSTOMER)
    }
    agent = read.turns_of(Speaker.AGENT)
    if obligation.response_step is not None:
        turns = step_turns.get(obligation.response_step, ())
        responses = {i: float(i in turns) for i in agent}
    else:
        responses = {i: float(response[i]) for i in agent}
    found = {i: p for i, p in triggers.items() if p >= judgement.detect_at["trigger"]}
    return _Signals(found, responses)


def _episodes(
    read: Transcript, obligation: Obligation, signals: _Signals, judgement: Judgement
) -> list[ObligationFinding]:
    """Walk the turns; an open episode is extended by a repeat, and closed by the response or by its limit."""
    findings: list[ObligationFinding | None] = []
    episode: _Episode | None = None
    for turn in sorted({*signals.triggers, *signals.responses}):
        move = read.move[turn] or 0
        if episode and move > episode.deadline:
            findings.append(_unmet(read, obligation, signals, episode, judgement))
            episode = None
        if turn in signals.triggers:
            opened = episode or _Episode(turn, 0, 0.0)
            episode = _Episode(opened.turn, move + obligation.within, max(opened.sure, signals.triggers[turn]))
        elif episode and signals.responses[turn] >= judgement.detect_at["response"]:
            doubts = doubt(judgement, "obligation", episode.sure * signals.responses[turn])
            findings.append(ObligationFinding(obligation.id, episode.turn, turn, True, **doubts))
            episode = None
    if episode:
        findings.append(_unmet(read, obligation, signals, episode, judgement))
    return [finding for finding in findings if finding is not None]


def _unmet(
    read: Transcript, obligation: Obligation, signals: _Signals, episode: _Episode, judgement: Judgement
) -> ObligationFinding | None:
    """An episode without a response; None when the agent had no turn left to give one."""
    turns = [turn for turn in signals.responses if turn > episode.turn and (read.move[turn] or 0) <= episode.deadline]
    if not turns:
        return None
    missed = 1.0 - max(signals.responses[turn] for turn in turns)
    doubts = doubt(judgement, "obligation", episode.sure * missed)
    return ObligationFinding(obligation.id, episode.turn, None, False, **doubts)

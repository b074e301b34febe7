"""What labelled conversations teach about the acts of their SOP: turns that perform them, and turns that do not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.adaptation import EXAMPLE, EXAMPLE_WEIGHT, Lessons, Subject, joined
from models.adapted import BUILT_IN, TASK, Adaptation, TurnSpace, act_key, log_odds
from models.protocols import ActText, Judge, Matrix, TurnText
from qa_service.analyze.sop.acts import match_acts, named_acts
from qa_service.analyze.sop.steps import searchable
from qa_service.analyze.transcript import Transcript
from qa_service.domain.conversation import Speaker
from qa_service.domain.gold import Gold
from qa_service.domain.sop import Obligation, RedLine, Sop

# So many turns must perform an act before it is corrected: few of a red line say nothing about the next one.
ENOUGH = {"step": 1, "trigger": 2, "response": 2, "red_line": 3, BUILT_IN: 5}
SPEAKERS = {"trigger": Speaker.CUSTOMER}
Act = tuple[str, str]
"""Kind and id."""


@dataclass(frozen=True, slots=True)
class Taught:
    """A conversation with what people said about it; about the acts `unsaid` they said nothing."""

    read: Transcript
    gold: Gold
    unsaid: frozenset[Act]


@dataclass(frozen=True, slots=True)
class _Kind:
    """The acts of one kind: their ids and keys, and the sentences that the SOP gives for and against each."""

    name: str
    ids: tuple[str, ...]
    keys: tuple[str, ...]
    examples: tuple[tuple[str, ...], ...]
    counter_examples: tuple[tuple[str, ...], ...]
    judge: Callable[[TurnText], Matrix]

    @property
    def speaker(self) -> Speaker:
        return SPEAKERS.get(self.name, Speaker.AGENT)


def unsaid_acts(gold: Gold, sop: Sop) -> frozenset[Act]:
    """The acts of an SOP about which the labels of a conversation say nothing."""
    acts = [(kind, name) for kind, named in named_acts(sop).items() for name, _ in named]
    acts += [(BUILT_IN, line.id) for line in sop.red_lines if line.built_in]
    silent = {
        "trigger": gold.episodes is None,
        "response": gold.episodes is None,
        "red_line": gold.red_lines is None,
        BUILT_IN: gold.red_lines is None,
    }
    return frozenset((kind, name) for kind, name in acts if silent.get(kind, not gold.says(name)))


def reworded_acts(before: Sop, now: Sop) -> frozenset[Act]:
    """The acts that an SOP has now and had not before, or had in other words."""
    known = {(kind, name): act_key(act) for kind, named in named_acts(before).items() for name, act in named}
    acts = {(kind, name): act_key(act) for kind, named in named_acts(now).items() for name, act in named}
    lines = {line.id for line in now.red_lines if line.built_in} - {line.id for line in before.red_lines}
    reworded = {act for act, key in acts.items() if known.get(act) != key}
    return frozenset(reworded | {(BUILT_IN, name) for name in lines})


def reworded_since(adaptation: Adaptation, sop: Sop) -> list[str]:
    """The acts of an adaptation that the SOP has in other words now, as `step greeting`."""
    now = {(kind, name): act_key(act) for kind, named in named_acts(sop).items() for name, act in named}
    known = [(part.kind, name, key) for part in adaptation.parts for name, key in zip(part.ids, part.keys, strict=True)]
    return [f"{kind} {name}" for kind, name, key in known if now.get((kind, name), key) != key]


def draw_lessons(taught: Sequence[Taught], sop: Sop, judge: Judge, space: TurnSpace) -> list[Subject]:
    """The lessons of all conversations, by kind of act; conversations are numbered in their order."""
    subjects = []
    kinds = [kind for kind in _kinds(sop, judge) if kind.ids]
    judged = [_judged(one.read, sop, judge) for one in taught]
    numbered = list(zip(range(len(taught)), taught, judged, strict=True))
    for kind in kinds:
        blocks = [_block(kind, n, one, found[kind.name], sop=sop, space=space) for n, one, found in numbered]
        blocks += _examples(kind, space)
        subjects.append(Subject(kind.name, kind.ids, kind.keys, joined(blocks), ENOUGH[kind.name]))
    return subjects


def _kinds(sop: Sop, judge: Judge) -> Iterator[_Kind]:
    by_step = {obligation.id for obligation in sop.obligations if obligation.response_step is not None}
    for kind, named in named_acts(sop).items():
        acts = [act for _, act in named]
        chosen = [(name, act) for name, act in named if not (kind == "response" and name in by_step)]
        yield _Kind(
            name=kind,
            ids=tuple(name for name, _ in chosen),
            keys=tuple(act_key(act) for _, act in chosen),
            examples=tuple(act.examples for _, act in chosen),
            counter_examples=tuple(act.counter_examples for _, act in chosen),
            judge=_matched(judge, acts, [index for index, one in enumerate(named) if one in chosen]),
        )
    lines = _built_in(sop, judge)
    yield _Kind(
        name=BUILT_IN,
        ids=tuple(line.id for line in lines),
        keys=tuple(line.id for line in lines),
        examples=tuple(line.wording.examples for line in lines),
        counter_examples=tuple(line.wording.counter_examples for line in lines),
        judge=lambda turn: judge.turns.classify(TASK, [turn.text], [""])[:, _columns(judge, lines)],
    )


def _matched(judge: Judge, acts: Sequence[ActText], columns: Sequence[int]) -> Callable[[TurnText], Matrix]:
    return lambda turn: judge.acts.match([turn], acts)[:, list(columns)]


def _built_in(sop: Sop, judge: Judge) -> list[RedLine]:
    return [line for line in sop.red_lines if line.built_in and line.id in judge.turns.labels[TASK]]


def _columns(judge: Judge, lines: Sequence[RedLine]) -> list[int]:
    return [judge.turns.labels[TASK].index(line.id) for line in lines]


def _judged(read: Transcript, sop: Sop, judge: Judge) -> Mapping[str, Matrix]:
    """What the general models say: (turns, acts) for each kind."""
    acts = match_acts(read, sop, judge.acts)
    responses = [index for index, obligation in enumerate(sop.obligations) if obligation.response_step is None]
    texts, before = [turn.text for turn in read.texts], [read.before(i) for i in range(len(read.texts))]
    lines = judge.turns.classify(TASK, texts, before)[:, _columns(judge, _built_in(sop, judge))]
    return {
        "step": acts.steps,
        "trigger": acts.triggers,
        "response": acts.responses[:, responses],
        "red_line": acts.red_lines,
        BUILT_IN: lines,
    }


def _block(kind: _Kind, number: int, one: Taught, found: Matrix, *, sop: Sop, space: TurnSpace) -> Lessons:
    """The lessons of one conversation: every turn of the side that performs such acts."""
    turns = one.read.turns_of(kind.speaker)
    performed, weights = _performed(kind, one.gold), _weights(kind, one, sop)
    holds = [[float((turn, name) in performed) for name in kind.ids] for turn in turns]
    searched = searchable(one.read, sop) if kind.name == "step" else np.ones(found.shape)
    return Lessons(
        rows=space.rows(one.read.texts)[turns],
        odds=log_odds(found[turns]),
        holds=np.array(holds, dtype=np.float64).reshape(len(turns), len(kind.ids)),
        weights=weights[turns],
        owner=np.full(len(turns), number, dtype=np.int64),
        searched=searched[turns],
    )


def _performed(kind: _Kind, gold: Gold) -> set[tuple[int, str]]:
    if kind.name == "step":
        return {(turn, name) for name, turns in gold.steps.items() for turn in turns}
    episodes = gold.episodes or ()
    if kind.name == "trigger":
        return {(episode.trigger, episode.id) for episode in episodes}
    if kind.name == "response":
        return {(episode.response, episode.id) for episode in episodes if episode.response is not None}
    return {(turn, name) for name, turn in gold.red_lines or ()}


def _weights(kind: _Kind, one: Taught, sop: Sop) -> Matrix:
    """1 where a turn is labelled for an act, 0 where nobody said anything: (turns, acts)."""
    weights = np.zeros((len(one.read.texts), len(kind.ids)))
    obligations = {obligation.id: obligation for obligation in sop.obligations}
    for column, name in enumerate(kind.ids):
        if (kind.name, name) in one.unsaid or (kind.name == "step" and one.gold.steps.get(name) == frozenset()):
            continue
        weights[:, column] = 0.0 if kind.name == "response" else 1.0
        if kind.name in ("trigger", "response"):
            # A repeat of an open trigger carries no label of its own; a response is one only to an open trigger.
            weights[_open_turns(one, obligations[name]), column] = float(kind.name == "response")
    return weights


def _open_turns(one: Taught, obligation: Obligation) -> list[int]:
    """The turns after a trigger of this obligation, up to its response or the last move that may hold one."""
    opened: list[int] = []
    move = [number or 0 for number in one.read.move]
    for episode in one.gold.episodes or ():
        if episode.id == obligation.id:
            last = len(move) - 1 if episode.response is None else episode.response
            # A repeat gives the agent more time: what people call the response is one, however late.
            limit = move[episode.trigger] + obligation.within if episode.response is None else move[last]
            opened += [turn for turn in range(episode.trigger + 1, last + 1) if move[turn] <= limit]
    return opened


def _examples(kind: _Kind, space: TurnSpace) -> Iterator[Lessons]:
    """Each sentence that the SOP itself gives, as a turn of its own that counts little."""
    texts = dict.fromkeys(text for given in (*kind.examples, *kind.counter_examples) for text in given)
    for text in texts:
        turn = TurnText(kind.speaker.value, text)
        holds = np.array([[float(text in given) for given in kind.examples]])
        against = np.array([[float(text in given) for given in kind.counter_examples]])
        weights = EXAMPLE_WEIGHT * (np.ones(holds.shape) if holds.any() else against)
        yield Lessons(
            rows=space.rows([turn]),
            odds=log_odds(kind.judge(turn)),
            holds=holds,
            weights=weights,
            owner=np.array([EXAMPLE]),
            searched=np.ones(holds.shape),
        )

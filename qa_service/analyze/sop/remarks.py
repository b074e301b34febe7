"""How the models read the sentences an SOP gives them: each example by itself, as if somebody had said just that.

An example is matched without regard to its place in the SOP, so that only its words count. Whether it fits another
step better is asked with the example taken out of its own step: with it in, it would always fit that one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from models.protocols import ActMatcher, ActText, Judge, TurnText
from qa_service.analyze.doubt import confidence
from qa_service.analyze.red_lines.find import allowed, find_red_lines
from qa_service.analyze.sop.acts import act_groups, match_acts, step_acts
from qa_service.analyze.sop.checks.compiled import compiled
from qa_service.analyze.sop.checks.found import LIKELY
from qa_service.analyze.transcript import Clean, transcript
from qa_service.domain.codebook import Codebook
from qa_service.domain.condition import Act, placed_parts
from qa_service.domain.conversation import Conversation, Speaker, Turn
from qa_service.domain.remark import Place, Remark, RemarkBounds
from qa_service.domain.sop import Sop, owned_conditions

BOUND_OF = {"step": "step", "trigger": "trigger", "response": "response", "red_line": "own_red_line"}


@dataclass(frozen=True, slots=True)
class Examiner:
    """What an SOP is examined with."""

    judge: Judge
    codebook: Codebook
    bounds: RemarkBounds
    clean: Clean

    @property
    def matcher(self) -> ActMatcher:
        """The matcher of acts."""
        return self.judge.acts

    def bound(self, kind: str) -> float:
        """From which probability on a turn performs an act of that kind."""
        return LIKELY if kind == "check" else self.codebook.judgement.detect_at[BOUND_OF[kind]]


@dataclass(frozen=True, slots=True)
class _Group:
    """Acts that compete for a sentence, and where in the YAML each has its examples."""

    kind: str
    acts: tuple[ActText, ...]
    places: tuple[Place, ...]


def remarks_of_models(sop: Sop, examiner: Examiner) -> list[Remark]:
    """Every remark that takes the models to make, in the order of the SOP's parts."""
    found: list[Remark] = []
    for group in _groups(sop):
        for own in range(len(group.acts)):
            found += _of_examples(group, own, examiner)
            found += _of_counter_examples(group, own, examiner)
    return [*found, *_crossings(sop, examiner), *_double_red_lines(sop, examiner)]


def _groups(sop: Sop) -> Iterator[_Group]:
    acts = {name: tuple(replace(act, place=None) for act in group) for name, group in act_groups(sop).items()}
    yield _Group("step", acts["steps"], tuple(("steps", index) for index in range(len(sop.steps))))
    for kind in ("trigger", "response"):
        places = [("obligations", index, kind) for index in range(len(sop.obligations))]
        yield _Group(kind, acts[f"{kind}s"], tuple(places))
    own = [("red_lines", index) for index, line in enumerate(sop.red_lines) if not line.built_in]
    yield _Group("red_line", acts["red_lines"], tuple(own))
    for index, step in enumerate(sop.steps):
        if step.elements:
            inside = [("steps", index, "elements", number) for number in range(len(step.elements))]
            yield _Group("step", acts[f"elements/{step.id}"], tuple(inside))
        if step.when is not None:
            yield _Group("trigger", acts[f"when/{step.id}"], (("steps", index, "when"),))
    numbers = {act: number for number, act in enumerate(compiled(sop).acts)}
    for place, act in _sought_acts(sop):
        yield _Group("check", acts[f"checks/{numbers[act]}"], (place,))


def _sought_acts(sop: Sop) -> Iterator[tuple[Place, Act]]:
    """The acts that conditions of checks and branches look for, where they stand."""
    for place, _, condition in owned_conditions(sop):
        yield from ((at, part) for at, part in placed_parts(condition, place) if isinstance(part, Act))


def _of_examples(group: _Group, own: int, examiner: Examiner) -> Iterator[Remark]:
    act, bound = group.acts[own], examiner.bound(group.kind)
    for number, example in enumerate(act.examples):
        place = (*group.places[own], "examples", number)
        odds = _odds(group.acts, act.speaker, example, examiner)
        if odds[own] < bound:
            values = {"title": act.title, "example": example, "p": confidence(odds[own])}
            yield Remark("example_not_recognised", place, values)
        elif group.kind == "step":
            yield from _fits_other(group, own, number, examiner)


def _fits_other(group: _Group, own: int, number: int, examiner: Examiner) -> Iterator[Remark]:
    act = group.acts[own]
    example = act.examples[number]
    left = replace(act, examples=tuple(text for text in act.examples if text != example))
    odds = _odds([*group.acts[:own], left, *group.acts[own + 1 :]], act.speaker, example, examiner)
    other = max(range(len(odds)), key=lambda index: (odds[index], -index))
    sure = odds[other] >= examiner.bounds.other_from and odds[own] < examiner.bound(group.kind)
    if other != own and sure:
        values = {"title": act.title, "example": example, "other": group.acts[other].title}
        values |= {"p": confidence(odds[own]), "p_other": confidence(odds[other])}  # type: ignore[dict-item]
        yield Remark("example_fits_other", (*group.places[own], "examples", number), values)


def _of_counter_examples(group: _Group, own: int, examiner: Examiner) -> Iterator[Remark]:
    act = group.acts[own]
    for number, example in enumerate(act.counter_examples):
        odds = _odds(group.acts, act.speaker, example, examiner)
        spared = group.kind == "red_line" and _spared(act, example, examiner)
        if odds[own] >= examiner.bound(group.kind) and not spared:
            values = {"title": act.title, "example": example, "p": confidence(odds[own])}
            yield Remark("counter_example_matches", (*group.places[own], "counter_examples", number), values)


def _spared(act: ActText, example: str, examiner: Examiner) -> bool:
    """Whether a red line is not found in its own counter-example, though its words may match."""
    bound = examiner.codebook.judgement.detect_at["own_red_line_allowed"]
    return allowed(examiner.clean(example).text, act.examples, act.counter_examples, bound)


def _odds(acts: Sequence[ActText], speaker: str, text: str, examiner: Examiner) -> list[float]:
    """P(the sentence performs it) of each act."""
    turn = TurnText(speaker, examiner.clean(text).text)
    return [float(p) for p in examiner.matcher.match([turn], acts)[0]]


def _crossings(sop: Sop, examiner: Examiner) -> Iterator[Remark]:
    """Examples of what the agent should say that cross a red line."""
    titles = {line.id: line.title for line in sop.red_lines}
    said: list[tuple[Place, str, tuple[str, ...]]] = [
        (("steps", index, "examples"), step.title, step.wording.examples) for index, step in enumerate(sop.steps)
    ]
    said += [
        (("obligations", index, "response", "examples"), one.title, one.response.examples)
        for index, one in enumerate(sop.obligations)
    ]
    for place, title, examples in said:
        for number, example in enumerate(examples):
            for line in _crossed(sop, example, examiner):
                values = {"title": title, "example": example, "red_line": titles[line]}
                yield Remark("example_crosses_red_line", (*place, number), values)


def _crossed(sop: Sop, text: str, examiner: Examiner) -> list[str]:
    read = transcript(Conversation("example", (Turn(Speaker.AGENT, text),)), examiner.clean)
    acts = match_acts(read, sop, examiner.matcher)
    lines = find_red_lines(read, sop, acts, judge=examiner.judge, codebook=examiner.codebook)
    return sorted({line.id for line in lines})


def _double_red_lines(sop: Sop, examiner: Examiner) -> Iterator[Remark]:
    """Examples of what must never be said that also do a step."""
    steps = [replace(act, place=None) for act in step_acts(sop)]
    for index, line in enumerate(sop.red_lines):
        for number, example in enumerate(line.wording.examples):
            odds = _odds(steps, Speaker.AGENT.value, example, examiner)
            best = max(range(len(odds)), key=lambda at: (odds[at], -at))
            if odds[best] >= examiner.bounds.other_from:
                values = {"title": line.title, "example": example, "other": steps[best].title}
                place = ("red_lines", index, "examples", number)
                yield Remark("red_line_example_does_step", place, values | {"p": confidence(odds[best])})

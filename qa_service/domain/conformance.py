"""How well a conversation keeps the course of its SOP, as conformance checking measures it.

The course is a partial order of steps, each to be done once. A conversation is the order in which its steps were first
done. The best alignment of both (van der Aalst, Adriansyah, van Dongen 2012) keeps as many steps in their place as can
be: a step that is missing is a move of the course alone, one out of its place a move of the conversation alone and,
later or earlier, one of the course alone.

Two done steps contradict the course together if one should come before the other and came after it. These pairs are an
order themselves, so that the fewest steps in which all contradictions meet are found by a matching (Dilworth 1950,
König 1931) rather than by trying.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Conformance:
    """Steps that were due or done, and those of them that are missing or out of their place, in the SOP's order."""

    steps: tuple[str, ...]
    skipped: tuple[str, ...]
    out_of_order: tuple[str, ...]

    @property
    def fitness(self) -> float | None:
        """The share of steps in their place, 0 to 1; None where nothing was due."""
        in_place = len(self.steps) - len(self.skipped) - len(self.out_of_order)
        return in_place / len(self.steps) if self.steps else None

    @property
    def cost(self) -> int:
        """Moves of the best alignment: one for a step skipped, two for one out of its place."""
        return len(self.skipped) + 2 * len(self.out_of_order)


def conformance(due: Sequence[str], first: Mapping[str, int], course: Iterable[Pair]) -> Conformance:
    """Align a conversation with the course.

    `due` are the steps that the SOP asks for here, `first` the first turn of each step that was done (two in one turn
    come in either order), `course` pairs of steps of which the first comes first. Of two steps of which either may be
    the one out of its place, it is the one that came too early.
    """
    steps = tuple(dict.fromkeys((*due, *first)))
    done = [step for step in steps if step in first]
    too_early: dict[str, list[str]] = {step: [] for step in done}
    for before, after in _closure(course, done):
        if first[before] > first[after]:
            too_early[after].append(before)
    moved = _fewest(done, too_early)
    return Conformance(
        steps=steps,
        skipped=tuple(step for step in steps if step not in first),
        out_of_order=tuple(step for step in done if step in moved),
    )


def _closure(course: Iterable[Pair], done: Sequence[str]) -> list[Pair]:
    """All pairs of done steps that the course puts in order, also by way of steps between them."""
    following: dict[str, list[str]] = {}
    for before, after in course:
        following.setdefault(before, []).append(after)
    pairs = []
    for step in done:
        reached: dict[str, None] = {}
        ahead = list(following.get(step, ()))
        while ahead:
            later = ahead.pop()
            if later not in reached:
                reached[later] = None
                ahead += following.get(later, ())
        pairs += [(step, later) for later in done if later in reached]
    return pairs


def _fewest(done: Sequence[str], too_early: Mapping[str, Sequence[str]]) -> set[str]:
    """The fewest steps that meet every contradiction: as many as a largest matching of early and late ones pairs."""
    early_of: dict[str, str] = {}
    for step in done:
        _match(step, too_early, early_of, set())
    # König: from the early steps that stayed single, along contradictions there, along the matching back.
    taken = set(early_of.values())
    waiting = [step for step in done if step not in taken]
    early, late = set(waiting), set[str]()
    while waiting:
        reached = [step for step in too_early[waiting.pop()] if step not in late]
        late.update(reached)
        found = {early_of[step] for step in reached} - early
        early |= found
        waiting += found
    return {step for step in done if step not in early or step in late}


def _match(step: str, too_early: Mapping[str, Sequence[str]], early_of: dict[str, str], tried: set[str]) -> bool:
    """Pair an early step with a late one that is free, or that another can be found for."""
    for late in too_early[step]:
        if late not in tried:
            tried.add(late)
            if late not in early_of or _match(early_of[late], too_early, early_of, tried):
                early_of[late] = step
                return True
    return False

"""What of an SOP file is valid and yet wants another look, as far as no model is needed to see it."""

from collections.abc import Iterator
from dataclasses import replace

from qa_service.domain.check import Check
from qa_service.domain.condition import Act, Condition, Response, parts
from qa_service.domain.remark import Place, Remark, RemarkBounds
from qa_service.domain.severity import Severity
from qa_service.domain.sop import Sop, owned_conditions
from qa_service.domain.wording import Wording
from qa_service.rulebook.foregone import foregone

WHOLE = 100


def remarks(sop: Sop, bounds: RemarkBounds) -> list[Remark]:
    """Every remark on an SOP, in the order of its parts."""
    return [
        *_weights(sop),
        *_denied_keywords(sop, bounds),
        *_examples(sop),
        *_beyond(sop, bounds),
        *_checks(sop),
        *_branches(sop),
        *_conditions(sop, bounds),
    ]


def _weights(sop: Sop) -> Iterator[Remark]:
    steps = sum(step.weight for step in sop.steps if step.required)
    answers = sum(obligation.weight for obligation in sop.obligations)
    whole = steps + answers + sum(check.weight for check in sop.checks if check.expected)
    if not any(abs(total - WHOLE) < 1e-6 for total in (steps, steps + answers, whole)):
        yield Remark("weights_not_100", ("steps",), {"steps": steps, "whole": whole})


def _wordings(sop: Sop) -> Iterator[tuple[Place, str, Wording]]:
    """Every wording, where it stands and whose it is."""
    yield from _step_wordings(sop)
    for index, obligation in enumerate(sop.obligations):
        yield ("obligations", index, "trigger"), obligation.title, obligation.trigger
        yield ("obligations", index, "response"), obligation.title, obligation.response
    for index, line in enumerate(sop.red_lines):
        yield ("red_lines", index), line.title, line.wording
    for place, title, condition in _owned(sop):
        for part in parts(condition):
            if isinstance(part, Act):
                yield place, title, Wording(part.examples, part.counter_examples, part.words)


def _step_wordings(sop: Sop) -> Iterator[tuple[Place, str, Wording]]:
    for index, step in enumerate(sop.steps):
        yield ("steps", index), step.title, step.wording
        if step.when is not None:
            yield ("steps", index, "when"), step.title, step.when
        for number, element in enumerate(step.elements):
            yield ("steps", index, "elements", number), element.title, element.wording


def _owned(sop: Sop) -> Iterator[tuple[Place, str, Condition]]:
    """Every condition that stands in the YAML; what structured facts add of their own does not."""
    written = replace(sop, checks=_written(sop))
    return ((place, owner.title, condition) for place, owner, condition in owned_conditions(written))


def _written(sop: Sop) -> tuple[Check, ...]:
    return sop.checks[: len(sop.document.get("checks") or ())]


def _denied_keywords(sop: Sop, bounds: RemarkBounds) -> Iterator[Remark]:
    for place, title, wording in _wordings(sop):
        for number, keyword in enumerate(wording.keywords):
            against = [text for text in wording.counter_examples if keyword in text]
            if against and len(keyword) <= bounds.short_keyword:
                values = {"title": title, "keyword": keyword, "length": len(keyword), "example": against[0]}
                yield Remark("short_keyword_denied", (*place, "keywords", number), values)


def _examples(sop: Sop) -> Iterator[Remark]:
    """Examples that stand twice: under another step, or among their own counter-examples."""
    owners: dict[str, str] = {}
    for place, title, wording in _wordings(sop):
        for number, example in enumerate(wording.examples):
            here = (*place, "examples", number)
            if example in wording.counter_examples:
                yield Remark("example_both_ways", here, {"title": title, "example": example})
            if place[0] == "steps" and len(place) == 2:
                if example in owners:
                    yield Remark("example_twice", here, {"title": title, "other": owners[example], "example": example})
                owners.setdefault(example, title)


def _beyond(sop: Sop, bounds: RemarkBounds) -> Iterator[Remark]:
    """Bounds on moves that bound nothing."""
    for index, step in enumerate(sop.steps):
        if step.first_turns is not None and step.first_turns > bounds.longest_moves:
            yield _too_long(("steps", index, "first_turns"), step.title, step.first_turns)
    for index, obligation in enumerate(sop.obligations):
        if obligation.within > bounds.longest_moves:
            yield _too_long(("obligations", index, "within"), obligation.title, obligation.within)


def _too_long(place: Place, title: str, value: int) -> Remark:
    key = next(key for key in reversed(place) if isinstance(key, str))
    return Remark("too_long", place, {"title": title, "key": key, "value": value})


def _checks(sop: Sop) -> Iterator[Remark]:
    for index, check in enumerate(_written(sop)):
        applies = None if check.when is None else foregone(check.when)
        answer = foregone(check.condition)
        if applies is False:
            yield Remark("never_applies", ("checks", index, "when"), {"title": check.title})
        elif answer is not None:
            code = "never_fails" if answer is check.expected else "always_fails"
            yield Remark(code, ("checks", index), {"title": check.title})
        weighs = check.weight if check.expected else check.points
        if not weighs and (check.expected or check.severity is not Severity.FATAL):
            key = "weight" if check.expected else "points"
            yield Remark("no_effect", ("checks", index), {"title": check.title, "key": key})


def _branches(sop: Sop) -> Iterator[Remark]:
    for index, branch in enumerate(sop.branches):
        if foregone(branch.when) is False:
            yield Remark("never_applies", ("branches", index, "when"), {"title": branch.title})


def _conditions(sop: Sop, bounds: RemarkBounds) -> Iterator[Remark]:
    for place, title, condition in _owned(sop):
        for part in parts(condition):
            yield from _turns_beyond(place, title, part, bounds)


def _turns_beyond(place: Place, title: str, part: Condition, bounds: RemarkBounds) -> Iterator[Remark]:
    scope = getattr(part, "scope", None)
    limits = {name: getattr(scope, name, None) for name in ("first_turns", "last_turns", "within")}
    if isinstance(part, Response):
        limits["within"] = part.within
    for name, value in limits.items():
        if value is not None and value > bounds.longest_turns:
            yield Remark("too_long", place, {"title": title, "key": name, "value": value})

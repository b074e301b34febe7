"""Changes of an SOP document: each gives a new document with the next version number; the old one stays as it is."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

Document = dict[str, Any]


def with_step(document: Mapping[str, Any], step_id: str, **values: Any) -> Document:
    """Other values for a step."""

    def change(new: Document) -> None:
        for step in new["steps"]:
            if str(step["id"]) == step_id:
                step.update(values)

    return _revised(document, change)


def without_step(document: Mapping[str, Any], step_id: str) -> Document | None:
    """The SOP without a step and without the orders that name it; None when something else still needs it."""
    answers = [o.get("response") or {} for o in document.get("obligations") or ()]
    if any(str(answer.get("step")) == step_id for answer in answers) or len(document["steps"]) < 2:
        return None

    def change(new: Document) -> None:
        new["steps"] = [step for step in new["steps"] if str(step["id"]) != step_id]
        _keep_orders(new, lambda pair: step_id not in pair)

    return _revised(document, change)


def with_order_reversed(document: Mapping[str, Any], before: str, after: str) -> tuple[Document, bool]:
    """The SOP with a pair turned round, or without it where turning would go in a circle; and whether it was turned."""
    others = [pair for pair in map(_pair, document.get("order") or ()) if pair != (before, after)]
    turned = not _leads(others, before, after)

    def change(new: Document) -> None:
        _keep_orders(new, lambda pair: pair != (before, after))
        if turned:
            new["order"] = [*new.get("order", ()), [after, before]]

    return _revised(document, change), turned


def with_faq(document: Mapping[str, Any], question: str, answer: str) -> Document:
    """One more question and answer."""

    def change(new: Document) -> None:
        new["faq"] = [*(new.get("faq") or ()), {"question": question, "answer": answer}]

    return _revised(document, change)


def with_red_line(document: Mapping[str, Any], line: str | Mapping[str, Any]) -> Document:
    """One more red line: a built-in id, or an object."""

    def change(new: Document) -> None:
        new["red_lines"] = [*(new.get("red_lines") or ()), line if isinstance(line, str) else dict(line)]

    return _revised(document, change)


def _revised(document: Mapping[str, Any], change: Callable[[Document], None]) -> Document:
    new = deepcopy(dict(document))
    change(new)
    new["version"] = int(new.get("version") or 1) + 1
    return new


def _keep_orders(new: Document, wanted: Callable[[tuple[str, str]], bool]) -> None:
    if "order" in new:
        new["order"] = [order for order in new["order"] or () if wanted(_pair(order))]


def _pair(order: Any) -> tuple[str, str]:
    return (str(order["before"]), str(order["after"])) if isinstance(order, Mapping) else (str(order[0]), str(order[1]))


def _leads(pairs: Sequence[tuple[str, str]], start: str, goal: str) -> bool:
    """Whether the pairs lead from one step to the other."""
    reached, frontier = set(), {start}
    while frontier:
        reached |= frontier
        frontier = {after for before, after in pairs if before in frontier} - reached
    return goal in reached

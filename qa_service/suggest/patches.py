"""Changes of an SOP document: each gives a new document with the next version number; the old one stays as it is."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

Document = dict[str, Any]
# An SOP gives at most so many examples of a step; so many of them are the better ones.
MOST_EXAMPLES, KEPT_BETTER = 8, 4


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


def with_new_step(document: Mapping[str, Any], step: Mapping[str, Any], before: str | None) -> Document:
    """One more step, before the named one or last, with the middle weight of the others."""

    def change(new: Document) -> None:
        ids = [str(one["id"]) for one in new["steps"]]
        at = ids.index(before) if before in ids else len(ids)
        whole = dict(step) | {"id": _free(str(step["id"]), ids), "weight": _middle(new["steps"])}
        new["steps"] = [*new["steps"][:at], whole, *new["steps"][at:]]

    return _revised(document, change)


def with_wording(document: Mapping[str, Any], step_id: str, examples: Sequence[str], description: str) -> Document:
    """Better words for a step: first of its examples, or in its description where its elements hold the examples."""

    def change(new: Document) -> None:
        for step in new["steps"]:
            if str(step["id"]) == step_id:
                step["description"] = "；".join(
                    part for part in (str(step.get("description") or ""), description) if part
                )
                if not step.get("elements"):
                    old = [str(text) for text in step.get("examples") or ()]
                    step["examples"] = list(dict.fromkeys([*examples[:KEPT_BETTER], *old]))[:MOST_EXAMPLES]

    return _revised(document, change)


def with_obligation(document: Mapping[str, Any], obligation: Mapping[str, Any]) -> Document:
    """One more obligation, with the middle weight of the others, or of the steps."""

    def change(new: Document) -> None:
        others = new.get("obligations") or []
        ids = [str(one["id"]) for one in others]
        weight = _middle(others or new["steps"])
        whole = dict(obligation) | {"id": _free(str(obligation["id"]), ids), "weight": weight}
        new["obligations"] = [*others, whole]

    return _revised(document, change)


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


def _free(wanted: str, taken: Sequence[str]) -> str:
    number = 2
    name = wanted
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _middle(parts: Sequence[Mapping[str, Any]]) -> int | float:
    weights = sorted(float(part.get("weight") or 0) for part in parts)
    middle = max(1.0, weights[len(weights) // 2])
    return int(middle) if middle.is_integer() else middle


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

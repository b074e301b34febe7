"""One finding after all that people decided about it, in turn."""

from collections.abc import Mapping, Sequence
from typing import Any

from qa_service.domain.review import Decision, Override
from qa_service.review.bodies import GRIEVANCES, Body

DOUBTS = ("unsure", "decided_by")


def decided(kind: str, machine: Body | None, history: Sequence[Override]) -> Body | None:
    """The contract object of the finding; None when it was removed, or when nothing tells what it is.

    A person confirms what was shown: the machine's finding at that time, or what people had made of it.
    """
    item, touched = machine, False
    for override in history:
        seen = override.basis.finding if override.basis else None
        if override.decision is Decision.REMOVE:
            item = None
        elif override.decision is Decision.CONFIRM:
            item = item if touched else _seen(kind, machine, seen)
            item = certain(item) if item else None
        else:
            # A deleted customer's overrides have lost their values.
            body = {**(item or machine or seen or {}), **override.value}
            item = complete(kind, body) if body else None
        touched = True
    return item


def certain(item: Body) -> Body:
    """A person decided: nothing is left to doubt."""
    reasons = {"reasons": [certain(reason) for reason in item["reasons"]]} if "reasons" in item else {}
    elements = {"elements": [_plain(element) for element in item["elements"]]} if "elements" in item else {}
    return _plain(item) | reasons | elements | {"confidence": 1.0}


def _plain(item: Mapping[str, Any]) -> Body:
    return {key: value for key, value in item.items() if key not in DOUBTS}


def complete(kind: str, item: Body) -> Body:
    """Fill in what follows from what the person said."""
    item = certain(item)
    if kind == "step":
        done = item.get("status") == "done"
        item = {key: value for key, value in item.items() if key != "near_miss"} | {"p_done": float(done)}
        item["turns"] = item.get("turns", []) if done else []
        if "elements" in item:
            item["elements"] = [element | {"done": done, "confidence": 1.0} for element in item["elements"]]
    if kind == "check":
        item = {key: value for key, value in item.items() if key not in ("lacking", "searched")}
    if kind == "obligation" and not item.get("met"):
        item["response_turn"] = None
    if kind in GRIEVANCES and not item.get("detected"):
        item |= {"turns": [], "reasons": []}
    return item


def _seen(kind: str, machine: Body | None, seen: Mapping[str, Any] | None) -> Body | None:
    """What a person saw, in an analysis made since; elements are those that the step has now."""
    if seen is None or machine is None:
        return machine if seen is None else dict(seen)
    body = dict(seen)
    if kind == "step" and "elements" in machine:
        known = {element["id"]: element for element in seen.get("elements", [])}
        body["elements"] = [known.get(element["id"], element) for element in machine["elements"]]
    elif kind == "step":
        body.pop("elements", None)
    return body

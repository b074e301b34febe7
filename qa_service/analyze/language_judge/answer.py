"""What the judge answered, checked by code: only verdicts with valid evidence become decisions."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa_service.analyze.language_judge.items import Decision, Decisions, Item, Option
from qa_service.domain.conversation import Turn
from qa_service.errors import NoAnswer

ABSTAINS = "unsure"
UNKNOWN_ITEM = "unknown_item"
# Some models think aloud first, and some wrap their JSON as if it were code; both are form, not content.
THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
FENCE = re.compile(r"\A```(?:json)?\s*\n(.*)\n\s*```\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Opinion:
    """The decisions by item, and why other answers were rejected: a fixed word each, by item."""

    decisions: Decisions
    rejected: Mapping[str, str]


class _Rejected(Exception):
    """An answer about one item cannot be used; the argument says why, in one fixed word."""


def read_answer(text: str, items: Sequence[Item], turns: Sequence[Turn]) -> Opinion:
    """Check an answer against what was asked; raises NoAnswer when it is no list of verdicts at all."""
    asked = {item.id: item for item in items}
    answers = _answers(text)
    given = Counter(_item_id(answer) for answer in answers)
    decisions: dict[str, Decision] = {}
    rejected: dict[str, str] = {}
    for answer in answers:
        item = asked.get(_item_id(answer))
        if item is None:
            # What it names is not ours: it may be anything, so it is not repeated.
            rejected[UNKNOWN_ITEM] = UNKNOWN_ITEM
            continue
        try:
            if given[item.id] > 1:
                raise _Rejected("answered_twice")
            decision = _decision(answer, item, turns)
        except _Rejected as why:
            rejected[item.id] = str(why)
        else:
            decisions |= {item.id: decision} if decision else {}
    return Opinion(decisions, rejected)


def _answers(text: str) -> list[Any]:
    bare = THOUGHTS.sub("", text, count=1).strip()
    fenced = FENCE.match(bare)
    try:
        body = json.loads(fenced[1] if fenced else bare)
    except (ValueError, RecursionError) as error:
        raise NoAnswer("not_json") from error
    answers = body.get("verdicts") if isinstance(body, dict) else None
    if not isinstance(answers, list):
        raise NoAnswer("no_verdicts")
    return answers


def _item_id(answer: Any) -> str:
    name = answer.get("item") if isinstance(answer, dict) else None
    return name if isinstance(name, str) else ""


def _decision(answer: Mapping[str, Any], item: Item, turns: Sequence[Turn]) -> Decision | None:
    """The decision of one answer, None when it abstains; raises _Rejected."""
    verdict = answer.get("verdict")
    if verdict == ABSTAINS:
        return None
    option = item.options.get(verdict) if isinstance(verdict, str) else None
    if option is None or not isinstance(verdict, str):
        raise _Rejected("unknown_verdict")
    return Decision(verdict, _evidence(answer.get("turns"), option, turns))


def _evidence(cited: Any, option: Option, turns: Sequence[Turn]) -> tuple[int, ...]:
    if not isinstance(cited, list) or not cited:
        raise _Rejected("no_evidence")
    if not all(type(number) is int and 0 <= number < len(turns) for number in cited):
        raise _Rejected("no_such_turn")
    numbers = tuple(dict.fromkeys(cited))
    speakers = {turns[number].speaker for number in option.turns}
    if not all(turns[number].speaker in speakers for number in numbers):
        raise _Rejected("another_speaker")
    if not option.turns.issuperset(numbers):
        raise _Rejected("turn_not_allowed")
    if not option.fits(numbers):
        raise _Rejected("turns_do_not_fit")
    return numbers

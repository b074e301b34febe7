"""Written-out conversations: lines of `role: words`, as people and exporters type them."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qa_service.ingest.roles import role_of
from qa_service.ingest.times import clock_ms

_LINE = re.compile(
    r"\s*(?:[\[(【](?P<stamp>[^\])】]{1,30})[\])】]\s*|(?P<clock>\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?)\s+)?"
    r"(?P<name>[^：:\[\]【】\n]{1,24}?)\s*[：:](?!//)\s*(?P<text>.*)",
    re.DOTALL,
)
_NAME_SHAPE = re.compile(r"[^\s\d，。,.!?！？、；;“”\"]{1,8}")


@dataclass(slots=True)
class WrittenTurns:
    """Contract turns found in lines, and the numbers of the lines that no known speaker said."""

    turns: list[dict[str, Any]] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)
    unknown_names: list[str] = field(default_factory=list)


def written_turns(lines: Iterable[tuple[int, str]], roles: Mapping[str, str]) -> WrittenTurns:
    """Read lines of one conversation; a line without a role goes on with the turn before it.

    A name that is no known role but begins two lines or more is taken for an unknown speaker, whose words
    must not be put into another's mouth: those lines are left out and told.
    """
    numbered = list(lines)
    strangers = _strangers((line for _, line in numbered), roles)
    found = WrittenTurns(unknown_names=sorted(strangers))
    open_turn: dict[str, Any] | None = None
    for number, line in numbered:
        match = _LINE.fullmatch(line)
        speaker = role_of(match["name"], roles) if match else None
        if match and speaker:
            open_turn = {"speaker": speaker.value, "text": match["text"].strip()} | _timing(match)
            found.turns.append(open_turn)
        elif match and match["name"].strip() in strangers:
            open_turn = None
            found.stray.append(number)
        elif open_turn:
            open_turn["text"] = f"{open_turn['text']}\n{line.strip()}".strip()
        elif line.strip():
            found.stray.append(number)
    return found


def _strangers(lines: Iterable[str], roles: Mapping[str, str]) -> set[str]:
    names = Counter(match["name"].strip() for line in lines if (match := _LINE.fullmatch(line)))
    return {name for name, n in names.items() if n > 1 and _NAME_SHAPE.fullmatch(name) and not role_of(name, roles)}


def _timing(match: re.Match[str]) -> dict[str, Any]:
    start = clock_ms(match["clock"] or match["stamp"] or "")
    return {} if start is None else {"start_ms": start}

"""Files of any number of conversations: those of the demo set again and again, each time a little different."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from models.clauses import clauses

DEMO = Path(__file__).parents[2] / "datasets" / "demo" / "conversations.jsonl"
FIRST_MONDAY = datetime.fromisoformat("2026-08-03T09:00:00+08:00")
WEEKS = 8
MINUTES_A_DAY = 12 * 60
# So many conversations make one more branch of the company, with agents of its own.
BRANCH = 1000
FEWEST_TURNS = 4
SHARE_CUT, SHARE_SPLICED = 0.5, 0.3
DIGITS = re.compile("[0-9]+")
SPEAKERS = ("agent", "customer")

Body: TypeAlias = dict[str, Any]


def write_input(path: Path, count: int, *, seed: int) -> int:
    """Write so many conversations, one at a time; returns the number of turns. Smaller files begin larger ones."""
    turns = 0
    with path.open("w", encoding="utf-8") as lines:
        for body in made_conversations(count, seed=seed):
            turns += len(body["turns"])
            lines.write(json.dumps(body, ensure_ascii=False) + "\n")
    return turns


def write_equally_long(path: Path, count: int, *, seed: int, turns: int) -> None:
    """Write so many conversations of exactly so many turns."""
    with path.open("w", encoding="utf-8") as lines:
        for body in equally_long(count, seed=seed, turns=turns):
            lines.write(json.dumps(body, ensure_ascii=False) + "\n")


def equally_long(count: int, *, seed: int, turns: int) -> Iterator[Body]:
    """So many conversations of exactly so many turns: made ones, with turns of the next ones added, and cut."""
    made = made_conversations(turns * count, seed=seed)
    for _ in range(count):
        body = next(made)
        while len(body["turns"]) < turns:
            body["turns"] += next(made)["turns"]
        body["turns"] = body["turns"][:turns]
        yield body


def made_conversations(count: int, *, seed: int) -> Iterator[Body]:
    """Conversations with new ids and customers, dates over eight weeks, other cuts, and clauses put together anew."""
    bodies = _demo()
    spoken = {speaker: list(_clauses(bodies, speaker)) for speaker in SPEAKERS}
    for number in range(count):
        rng = Random(f"{seed}/{number}")
        body = deepcopy(bodies[number % len(bodies)])
        body["id"] = f"bench-{number:07d}"
        body["customer"]["id"] += f"-{number // len(bodies)}"
        _move_agent(body["agent"], number // BRANCH)
        body["turns"] = _cut(body["turns"], rng)
        _move_date(body, rng)
        for turn in body["turns"]:
            if turn["speaker"] in spoken:
                turn["text"] = _varied(turn["text"], spoken[turn["speaker"]], rng)
        yield body


def said_clauses() -> list[str]:
    """Every clause of the demo set."""
    return [clause for speaker in SPEAKERS for clause in _clauses(_demo(), speaker)]


def _demo() -> list[Body]:
    return [json.loads(line) for line in DEMO.read_text("utf-8").splitlines()]


def _clauses(bodies: list[Body], speaker: str) -> Iterator[str]:
    texts = (turn["text"] for body in bodies for turn in body["turns"] if turn["speaker"] == speaker)
    return (text[start:end] for text in texts for start, end in clauses(text))


def _move_agent(agent: Body, branch: int) -> None:
    if branch:
        agent["id"] = f"{agent['id']}-{branch}"
        agent["team"] = f"{agent['team']}-{branch}"
        agent["org"] = [*agent["org"][:-1], agent["team"]]


def _cut(turns: list[Body], rng: Random) -> list[Body]:
    """The whole, or without some turns of the beginning and the end."""
    if rng.random() > SHARE_CUT or len(turns) <= FEWEST_TURNS:
        return turns
    first = rng.randrange(len(turns) // 4 + 1)
    return turns[first : max(first + FEWEST_TURNS, len(turns) - rng.randrange(len(turns) // 4 + 1))]


def _move_date(body: Body, rng: Random) -> None:
    days, minutes = rng.randrange(7 * WEEKS), rng.randrange(MINUTES_A_DAY)
    started = FIRST_MONDAY + timedelta(days=days, minutes=minutes)
    later = started - datetime.fromisoformat(body["started_at"])
    body["started_at"] = started.isoformat()
    for turn in body["turns"]:
        if "sent_at" in turn:
            turn["sent_at"] = (datetime.fromisoformat(turn["sent_at"]) + later).isoformat()


def _varied(text: str, spoken: list[str], rng: Random) -> str:
    """Other digits, and here and there a clause that ends like another one, so that texts do not just repeat."""
    pieces, end = [], 0
    for start, stop in clauses(text):
        piece = text[start:stop]
        if rng.random() < SHARE_SPLICED:
            other = rng.choice(spoken)
            piece = piece[: rng.randint(1, len(piece))] + other[rng.randrange(len(other)) :]
        pieces += [text[end:start], piece]
        end = stop
    return DIGITS.sub(lambda found: _digits(len(found[0]), rng), "".join([*pieces, text[end:]]))


def _digits(length: int, rng: Random) -> str:
    return "".join(rng.choices("0123456789", k=length))

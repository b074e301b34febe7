"""Turns of agents that cross no red line, and the red lines that are found in them all the same."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from models.findings import Item
from models.sureness import Sureness
from training.data import Data
from training.held_out_turns import HeldOutTurns
from training.items import read_turns
from training.rulebook_files import Rulebook

KINDS = CONVERSATIONS, ACTS, NEAR_MISSES = "conversations", "acts", "near-misses"


@dataclass(frozen=True)
class HarmlessTurn:
    """A turn of an agent without a red line, the group it is held out with, and the red lines looked for."""

    kind: str
    text: str
    before: str
    group: str
    watched: tuple[str, ...]


@dataclass(frozen=True)
class Alarm:
    """What was found in a harmless turn."""

    turn: HarmlessTurn
    item: Item


def harmless_turns(data: Data, rulebook: Rulebook) -> Iterator[HarmlessTurn]:
    """All turns of agents without a red line."""
    for c in (c for c in data.conversations if "red_lines" in c.gold):
        crossed, watched = {line["turn"] for line in c.gold["red_lines"]}, rulebook.watched(data.sops[c.sop])
        for index, turn in enumerate(c.turns):
            if turn.speaker == "agent" and index not in crossed and turn.text.strip():
                yield HarmlessTurn(CONVERSATIONS, turn.text, c.before(index), c.sop, watched)
    for act in data.act_turns:
        if act.turn.speaker == "agent" and act.turn.text not in data.crossing:
            watched = rulebook.watched(data.sops[act.sop])
            yield HarmlessTurn(ACTS, act.turn.text, act.before, act.sop, watched)
    for row in data.single_turns:
        if row["speaker"] == "agent" and row["labels"].get("red_lines") == []:
            before = next((str(line)[2:] for line in reversed(row.get("before", []))), "")
            yield HarmlessTurn(
                NEAR_MISSES, row["text"], before, str(row.get("group", row["id"])), rulebook.watched(None)
            )


def alarms(
    turns: Iterable[HarmlessTurn], held_out: HeldOutTurns, rulebook: Rulebook, sureness: Callable[[str], Sureness]
) -> Iterator[Alarm]:
    """The red lines found in harmless turns, each read alone; those of one classifier are asked for together.

    `sureness` gives what decides for a group.
    """
    together: dict[tuple[int, str], list[HarmlessTurn]] = {}
    for turn in turns:
        by_sop = turn.group if held_out.stacks else ""
        together.setdefault((held_out.fold("red_lines", turn.group), by_sop), []).append(turn)
    for group in together.values():
        classifier = held_out.without(group[0].group)
        read = read_turns([turn.text for turn in group], [turn.before for turn in group], classifier)
        for row, turn in enumerate(group):
            only = slice(row, row + 1)
            items = read.items(only, turn.watched, rulebook, sureness=sureness(turn.group))
            yield from (Alarm(turn, item) for item in items)

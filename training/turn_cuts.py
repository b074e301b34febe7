"""Turns cut in two or merged, as recognisers do, with every label moved along.

Labels are walked through by the names of their fields: `turn` (with a `quote` or `text` cut from it), `turns`, and
whatever ends in `_turn`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from models.clauses import clauses

Json = dict[str, Any]
# Where a label of an old turn stands now, given its quote if it has one: numbers of new turns.
Places = Callable[[int, str | None], Sequence[int]]

# A turn shorter than this is not cut.
SHORTEST = 6


def cut_turns(body: Json, rate: float, random: Random) -> Json:
    """Cut some turns in two, between clauses where there are several, never within a quote.

    A label without a quote (a step, a reason) then holds for both halves, since nobody knows in which it stands;
    a trigger and a response stand in the first.
    """
    quotes = marked_quotes(body["gold"])
    turns: list[Json] = []
    new: list[tuple[int, ...]] = []
    for number, turn in enumerate(body["turns"]):
        at = _place_to_cut(turn, quotes.get(number, ()), random) if random.random() < rate else None
        halves = _halves(turn, at) if at else (turn,)
        new.append(tuple(range(len(turns), len(turns) + len(halves))))
        turns += halves

    def places(number: int, quote: str | None) -> Sequence[int]:
        return [n for n in new[number] if quote is None or quote in turns[n]["text"]] or new[number]

    return body | {"turns": turns, "gold": _moved(body["gold"], places)}


def merge_turns(body: Json, rate: float, random: Random) -> Json:
    """Merge some pairs of neighbouring turns of one speaker, unless that would undo a violated order."""
    turns: list[Json] = []
    new: list[int] = []
    joined = False
    violated = _violated_pairs(body["gold"])
    for number, turn in enumerate(body["turns"]):
        joined = (
            not joined
            and number > 0
            and _alike(body["turns"][number - 1], turn)
            and (number - 1, number) not in violated
            and random.random() < rate
        )
        if joined:
            turns[-1] = _together(turns[-1], turn)
        else:
            turns.append(turn)
        new.append(len(turns) - 1)
    return body | {"turns": turns, "gold": _moved(body["gold"], lambda number, _: [new[number]])}


def marked_quotes(labels: Any) -> Mapping[int, list[str]]:
    """The quotes among labels by their turn; 0 where the labels are those of a single turn."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for mark in _marks(labels):
        found[mark.get("turn", 0)].append(mark[_quoted_by(mark)])
    return found


def with_quotes(labels: Any, cut: Callable[[int, str], str]) -> Any:
    """The same labels with every quote replaced; `cut` is given its turn, 0 for a single turn."""
    if isinstance(labels, list):
        return [with_quotes(label, cut) for label in labels]
    if not isinstance(labels, dict):
        return labels
    key = _quoted_by(labels)
    quote = {key: cut(labels.get("turn", 0), labels[key])} if key else {}
    return {name: with_quotes(label, cut) for name, label in labels.items()} | quote


def _marks(labels: Any) -> Iterator[Json]:
    if isinstance(labels, dict) and _quoted_by(labels):
        yield labels
    parts = labels.values() if isinstance(labels, dict) else labels if isinstance(labels, list) else ()
    for part in parts:
        yield from _marks(part)


def _quoted_by(mark: Json) -> str:
    return next((key for key in ("quote", "text") if isinstance(mark.get(key), str)), "")


def _moved(labels: Any, places: Places) -> Any:
    if isinstance(labels, list):
        return [_moved(label, places) for label in labels]
    if not isinstance(labels, dict):
        return labels
    return {key: _moved_field(labels, key, places) for key in labels}


def _moved_field(mark: Json, key: str, places: Places) -> Any:
    value = mark[key]
    if key == "turns":
        return sorted({place for number in value for place in places(number, None)})
    if key == "turn":
        return places(value, mark.get(_quoted_by(mark)))[0]
    if key.endswith("_turn") and value is not None:
        return places(value, None)[0]
    return _moved(value, places)


def _place_to_cut(turn: Json, quotes: Sequence[str], random: Random) -> int | None:
    text = turn["text"]
    if len(text) < SHORTEST or not _plain(turn):
        return None
    starts = [start for start, _ in clauses(text)][1:] or list(range(2, len(text) - 1))
    spans = [(text.find(quote), text.find(quote) + len(quote)) for quote in quotes]
    free = [at for at in starts if not any(start < at < end for start, end in spans)]
    return random.choice(free) if free else None


def _halves(turn: Json, at: int) -> tuple[Json, Json]:
    text = turn["text"]
    first, second = turn | {"text": text[:at].rstrip()}, turn | {"text": text[at:]}
    if turn.get("start_ms") is not None and turn.get("end_ms") is not None:
        between = turn["start_ms"] + (turn["end_ms"] - turn["start_ms"]) * at // len(text)
        first["end_ms"] = second["start_ms"] = between
    return first, second


def _alike(one: Json, other: Json) -> bool:
    """Whether two turns may be one."""
    return one["speaker"] == other["speaker"] != "system" and _plain(one) and _plain(other)


def _plain(turn: Json) -> bool:
    """Whether a turn is nothing but text: no image, no spans whose offsets would have to follow."""
    return turn.get("type", "text") == "text" and not turn.get("personal")


def _together(one: Json, other: Json) -> Json:
    end = {"end_ms": other["end_ms"]} if "end_ms" in one and "end_ms" in other else {}
    return one | {"text": f"{one['text']} {other['text']}"} | end


def _violated_pairs(gold: Json) -> set[tuple[int, int]]:
    """Pairs of turns of which the first does what should have come after the second."""
    done = {step["id"]: step["turns"] for step in gold.get("steps", ())}
    orders = gold.get("order_violations", ())
    return {(early, late) for o in orders for early in done[o["after"]] for late in done[o["before"]]}

"""What the service would report of a labelled conversation, and whether each of these items is right.

An item is what a person confirms or strikes out:
- a red line: the same id is labelled at that turn or a neighbouring one, each label once;
- complaint, refund: the answer for the conversation, yes or no; both are decisions;
- a reason: reported for a complaint or refund, and labelled there;
- a need: a label of the same turn and kind shares half of its characters (Dice), each label once;
- a promise: the same kind is labelled at that turn.
A turn of which nothing is reported is no item, nor is anything of a kind that nobody labelled in the
conversation. Red lines of an SOP's own are the act matcher's, not looked at here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.clauses import clauses
from models.findings import RED_LINE, ClauseScores, Item, grievance_items, need_items, promise_items, red_line_items
from models.protocols import Matrix, TurnClassifier
from models.sureness import BIAS, PLAIN, Sureness
from models.tasks import DETECTED, TASKS, Task
from training.data import Json, Labelled
from training.rulebook_files import Rulebook

# Weights that report whatever is nominated.
EVERY_NOMINATION = Sureness({RED_LINE: {BIAS: 40.0}})
GRIEVANCES = tuple(task for task in TASKS if DETECTED in task.labels)


@dataclass(frozen=True)
class Judged:
    """An item of a conversation of an SOP, whether it is right, and how sure the models are of that."""

    item: Item
    conversation: str
    sop: str
    right: bool
    confidence: float = 0.0


@dataclass(frozen=True)
class Piece:
    """A clause and where it stands."""

    turn: int
    start: int
    end: int
    text: str


def judged_items(
    conversation: Labelled, sop: Json, turns: TurnClassifier, rulebook: Rulebook, *, sureness: Sureness = PLAIN
) -> Iterator[Judged]:
    """The items of a conversation, from a classifier and weights that never saw its SOP."""
    found = [
        *_red_lines(conversation, sop, turns, (rulebook, sureness)),
        *(pair for task in GRIEVANCES for pair in _grievance(conversation, task, turns, (rulebook, sureness))),
        *_needs(conversation, turns, rulebook),
        *_promises(conversation, turns, rulebook),
    ]
    for item, right in found:
        yield Judged(item, conversation.id, conversation.sop, right)


def spoken(conversation: Labelled, speaker: str) -> list[int]:
    """The turns of a speaker that hold words."""
    return [i for i, turn in enumerate(conversation.turns) if turn.speaker == speaker and any(clauses(turn.text))]


def pieces(conversation: Labelled, turns: Sequence[int]) -> list[Piece]:
    """The clauses of some turns."""
    said = [(i, conversation.turns[i].text) for i in turns]
    return [Piece(i, start, end, text[start:end]) for i, text in said for start, end in clauses(text)]


@dataclass(frozen=True)
class ReadTurns:
    """Turns of an agent with the probability of each red line (turns, labels), and of each of their clauses."""

    whole: Matrix
    parts: Sequence[Matrix]
    texts: Sequence[Sequence[str]]
    labels: Sequence[str]

    def items(self, rows: slice, watched: Sequence[str], rulebook: Rulebook, *, sureness: Sureness) -> list[Item]:
        """The red lines of some neighbouring turns, as the service finds them."""
        columns = {self.labels.index(name): name for name in watched if name in self.labels}
        texts = self.texts[rows]
        return list(
            red_line_items(
                self.whole[rows],
                self.parts[rows],
                columns,
                denies=lambda row, column: [rulebook.denies(columns[column], clause) for clause in texts[row]],
                bounds=rulebook.detect_at,
                sureness=sureness,
            )
        )


def read_turns(texts: Sequence[str], before: Sequence[str], turns: TurnClassifier) -> ReadTurns:
    """Ask a classifier for the red lines of turns and of their clauses."""
    said = [[text[start:end] for start, end in clauses(text)] for text in texts]
    owners = [(clause, b) for b, part in zip(before, said, strict=True) for clause in part]
    scores = turns.classify("red_lines", [clause for clause, _ in owners], [b for _, b in owners])
    ends = np.cumsum([len(part) for part in said])[:-1]
    whole = turns.classify("red_lines", texts, before)
    return ReadTurns(whole, np.split(scores, ends), said, turns.labels["red_lines"])


def _red_lines(
    c: Labelled, sop: Json, turns: TurnClassifier, decided_by: tuple[Rulebook, Sureness]
) -> Iterator[tuple[Item, bool]]:
    agent, (rulebook, sureness) = spoken(c, "agent"), decided_by
    if not agent or "red_lines" not in c.gold:
        return iter(())
    read = read_turns([c.turns[i].text for i in agent], [c.before(i) for i in agent], turns)
    items = read.items(slice(None), rulebook.watched(sop), rulebook, sureness=sureness)
    left = list(range(len(items)))
    for line in c.gold["red_lines"]:
        near = [i for i in left if items[i].label == line["id"] and abs(agent[items[i].row] - line["turn"]) <= 1]
        if near:
            left.remove(min(near, key=lambda i: abs(agent[items[i].row] - line["turn"])))
    return ((item, i not in left) for i, item in enumerate(items))


def _grievance(
    c: Labelled, task: Task, turns: TurnClassifier, decided_by: tuple[Rulebook, Sureness]
) -> Iterator[tuple[Item, bool]]:
    customer, (rulebook, sureness) = spoken(c, task.speaker), decided_by
    if not customer or task.name not in c.gold:
        return
    scores = turns.classify(task.name, [c.turns[i].text for i in customer], [c.before(i) for i in customer])
    found = turns.calibrate(task.name, scores.max(axis=0))
    gold = c.gold[task.name]
    true, reasons = is_detected(gold), {reason["id"] for reason in gold["reasons"]}
    verdict, *why = grievance_items(scores, found, task, bounds=rulebook.detect_at, sureness=sureness)
    yield verdict, (verdict.kind == task.name) == true
    yield from ((item, item.label in reasons) for item in why)


def candidates(conversation: Labelled, sop: Json, turns: TurnClassifier, rulebook: Rulebook) -> Iterator[Judged]:
    """What is weighed: every red line nominated, yes or no to a complaint and to a refund request by the best turn."""
    found = list(_red_lines(conversation, sop, turns, (rulebook, EVERY_NOMINATION)))
    for task in GRIEVANCES:
        found += [
            pair for pair in _grievance(conversation, task, turns, (rulebook, PLAIN)) if pair[0].label == DETECTED
        ]
    for item, right in found:
        yield Judged(item, conversation.id, conversation.sop, right)


def is_detected(gold: Any) -> bool:
    """Whether a conversation holds a complaint or refund request after its labels."""
    return bool(gold.get("detected", gold.get("turns") or gold["reasons"]))


def _needs(c: Labelled, turns: TurnClassifier, rulebook: Rulebook) -> Iterator[tuple[Item, bool]]:
    said = pieces(c, spoken(c, "customer")) if "needs" in c.gold else []
    items = need_items(_scored(c, said, "needs", turns), bounds=rulebook.detect_at)
    left = list(c.gold.get("needs", ()))
    for item in items:
        piece = said[item.row]
        text = c.turns[piece.turn].text
        same = [n for n in left if n["turn"] == piece.turn and n["kind"] == item.label]
        match = next((n for n in same if dice(text, piece, n["text"]) >= 0.5), None)
        if match:
            left.remove(match)
        yield item, match is not None


def _promises(c: Labelled, turns: TurnClassifier, rulebook: Rulebook) -> Iterator[tuple[Item, bool]]:
    said = pieces(c, spoken(c, "agent")) if "promises" in c.gold else []
    true = {(m["turn"], m["kind"]) for m in c.gold.get("promises", ())}
    for item in promise_items(_scored(c, said, "promises", turns), bounds=rulebook.detect_at):
        yield item, (said[item.row].turn, item.label) in true


def _scored(c: Labelled, said: Sequence[Piece], task: str, turns: TurnClassifier) -> ClauseScores:
    texts = [piece.text for piece in said]
    scores = turns.classify(task, texts, [c.before(piece.turn) for piece in said])
    return ClauseScores(scores, texts, [piece.turn for piece in said], turns.labels[task])


def dice(text: str, piece: Piece, quote: str) -> float:
    """Share of characters that a clause and a quote of the same turn have in common."""
    at = text.find(quote)
    shared = min(piece.end, at + len(quote)) - max(piece.start, at)
    return 2 * max(0, shared) / (piece.end - piece.start + len(quote)) if at >= 0 and quote else 0.0

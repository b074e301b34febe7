"""Rows that are only learnt from: noisy copies, and the turns written for acts, which hardly ever cross a red line.

They stand beside the rows of a task: never held out, and no probability is calibrated on them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from models.clauses import clauses
from models.tasks import Task
from training.data import Data, Row
from training.homophones import homophones_of
from training.noise import KINDS, Noise, noisy_text

# Share of a task's rows that are learnt with noise as well; a task that gained nothing by it has none (README).
NOISY_SHARES: Mapping[str, float] = {"red_lines": 0.3, "complaint": 1.0, "refund": 1.0}
CHARACTERS_CHANGED = 0.1


def beside_rows(data: Data, task: Task, rows: Sequence[Row], *, seed: int = 0) -> list[Row]:
    """What a task learns from besides its own rows."""
    more = list(act_rows(data)) if task.name == "red_lines" else []
    return more + list(noisy_copies(rows, _noise(data), NOISY_SHARES.get(task.name, 0.0), seed=seed))


def noisy_copies(rows: Sequence[Row], noise: Noise, share: float, *, seed: int) -> Iterator[Row]:
    """A copy with noise of about so many of the rows, labels unchanged; the same seed draws the same."""
    for number, row in enumerate(rows):
        random = Random(f"{seed}/{number}/{row.text}")
        if random.random() < share:
            text, before = (noisy_text(words, noise, random).text if words else "" for words in (row.text, row.before))
            yield replace(row, text=text, before=before, conversation=None)


def act_rows(data: Data) -> Iterator[Row]:
    """Turns of agents written for acts, with their clauses; the few that were found to cross a red line say so."""
    for act in data.act_turns:
        if act.turn.speaker == "agent":
            text, crossed = act.turn.text, data.crossing.get(act.turn.text)
            row = Row(text, act.before, frozenset({crossed} if crossed else ()), act.sop, None)
            pieces = [] if crossed else [text[start:end] for start, end in clauses(text)]
            yield row
            yield from (replace(row, text=piece, whole=False) for piece in pieces if piece != text)


def _noise(data: Data) -> Noise:
    said = [turn.text for conversation in data.conversations for turn in conversation.turns]
    homophones = homophones_of([*said, *(single["text"] for single in data.single_turns)])
    return Noise(CHARACTERS_CHANGED, homophones, KINDS - {"turns"})

"""Labelled conversations, SOPs and single turns from `datasets/`, as rows to learn from."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from models.clauses import clauses
from models.protocols import ActText, TurnText
from models.tasks import DETECTED, Task

Json = dict[str, Any]


@dataclass(frozen=True)
class Labelled:
    """A conversation with its gold labels; of what has no entry in `gold`, other than `steps`, nobody said anything."""

    id: str
    sop: str
    turns: tuple[TurnText, ...]
    gold: Mapping[str, Any]

    def before(self, index: int) -> str:
        """What the other side said last before a turn."""
        speaker = self.turns[index].speaker
        earlier = (t.text for t in reversed(self.turns[:index]) if t.speaker not in (speaker, "system"))
        return next(earlier, "")

    def after(self, index: int) -> str:
        """What the other side says next after a turn."""
        speaker = self.turns[index].speaker
        return next((t.text for t in self.turns[index + 1 :] if t.speaker not in (speaker, "system")), "")

    def performed(self) -> dict[int, list[str]]:
        """The acts of each turn that performs any: `s:` steps, then `t:` first triggers and `a:` responses."""
        acts: dict[int, list[str]] = {}
        for step in self.gold["steps"]:
            for turn in step["turns"]:
                acts.setdefault(turn, []).append(f"s:{step['id']}")
        for episode in self.gold.get("obligations", ()):
            acts.setdefault(episode["trigger_turn"], []).append(f"t:{episode['id']}")
            if episode["met"]:
                acts.setdefault(episode["response_turn"], []).append(f"a:{episode['id']}")
        return acts


@dataclass(frozen=True)
class Row:
    """One piece of text with the labels that hold; `conversation` is None for a single turn."""

    text: str
    before: str
    labels: frozenset[str]
    group: str
    conversation: str | None
    whole: bool = True


@dataclass(frozen=True)
class ActTurn:
    """A single turn under an SOP with all acts it performs (`s:` step, `t:` trigger, `a:` response).

    `about` is the act it was written for: without it among `acts`, the turn is a near-miss of that act.
    """

    sop: str
    turn: TurnText
    before: str
    acts: frozenset[str]
    about: str


@dataclass(frozen=True)
class Data:
    """All there is to learn from; `crossing` names the red line that a turn written for an act crosses, by its text."""

    conversations: tuple[Labelled, ...]
    sops: Mapping[str, Json]
    single_turns: tuple[Json, ...]
    act_turns: tuple[ActTurn, ...] = ()
    crossing: Mapping[str, str] = field(default_factory=dict)


def load(*folders: Path) -> Data:
    """Read the conversations, their SOPs and the single turns below one or several datasets folders.

    Raises ValueError when two folders hold an SOP or a conversation of the same name.
    """
    sop_files = _files(folders, "conversations/sops/*.yaml")
    sops = [yaml.safe_load(path.read_text("utf-8")) for path in sop_files]
    conversations = [labelled(body) for body in _bodies(folders, "conversations/*.jsonl")]
    for kind, names in (("SOP", [sop["sop"] for sop in sops]), ("conversation", [one.id for one in conversations])):
        if twice := sorted(name for name, count in Counter(names).items() if count > 1):
            raise ValueError(f"{', '.join(map(str, folders))}: the {kind} {twice[0]} is there twice; rename one")
    singles = tuple(_bodies(folders, "turns/*.jsonl"))
    acts = tuple(act_turn(row) for row in _bodies(folders, "acts/*.jsonl"))
    crossing = {row["text"]: row["red_line"] for row in _bodies(folders, "acts/red_lines/*.jsonl")}
    return Data(tuple(conversations), {sop["sop"]: sop for sop in sops}, singles, acts, crossing)


def _files(folders: Sequence[Path], pattern: str) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.glob(pattern))]


def _bodies(folders: Sequence[Path], pattern: str) -> Iterator[Json]:
    for path in _files(folders, pattern):
        yield from read_lines(path)


def read_lines(path: Path) -> Iterator[Json]:
    """The objects of a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def labelled(body: Json) -> Labelled:
    """A contract object with gold labels."""
    turns = tuple(TurnText(turn["speaker"], turn["text"]) for turn in body["turns"])
    return Labelled(body["id"], body["sop"], turns, body["gold"])


def act_turn(row: Json) -> ActTurn:
    """A line of `acts/*.jsonl`."""
    return ActTurn(
        row["sop"], TurnText(row["speaker"], row["text"]), _said_before(row), frozenset(row["acts"]), row["about"]
    )


def _said_before(row: Json) -> str:
    """The turn written before a single turn, without its speaker letter."""
    return next((str(line)[2:] for line in reversed(row.get("before", []))), "")


def task_rows(data: Data, task: Task) -> list[Row]:
    """Training rows of a task: whole turns, or clauses where the task looks for the shortest span."""
    read = {"red_lines": _red_line_rows, "complaint": _grievance_rows, "refund": _grievance_rows}
    rows = read.get(task.name, _clause_rows)(data, task)
    return [row for row in rows if row.text.strip()]


def _turn_items(data: Data, task: Task) -> Iterator[tuple[Labelled | None, int, str, str, str, Mapping[str, Any]]]:
    """Conversation (None for a single turn), index, text, before, group and single-turn labels."""
    for conversation in data.conversations:
        for index, turn in enumerate(conversation.turns):
            if turn.speaker == task.speaker and task.name in conversation.gold:
                yield conversation, index, turn.text, conversation.before(index), conversation.sop, {}
    for single in data.single_turns:
        if single["speaker"] == task.speaker and (task.name in single["labels"]):
            yield (
                None,
                0,
                single["text"],
                _said_before(single),
                str(single.get("group", single["id"])),
                single["labels"],
            )


def _red_line_rows(data: Data, task: Task) -> Iterator[Row]:
    for conversation, index, text, before, group, labels in _turn_items(data, task):
        found = labels.get("red_lines", []) if conversation is None else conversation.gold["red_lines"]
        here = [mark for mark in found if conversation is None or mark["turn"] == index]
        ids = frozenset(mark["id"] for mark in here if mark["id"] in task.labels)
        owner = conversation.id if conversation else None
        yield Row(text, before, ids, group, owner)
        pieces = list(clauses(text))
        for start, end in pieces if len(pieces) > 1 else ():
            clause = text[start:end]
            proves = frozenset(
                m["id"] for m in here if m["id"] in ids and (clause in m["quote"] or m["quote"] in clause)
            )
            yield Row(clause, before, proves, group, owner, whole=False)


def _grievance_rows(data: Data, task: Task) -> Iterator[Row]:
    for conversation, index, text, before, group, labels in _turn_items(data, task):
        if conversation is None:
            reasons = labels[task.name]
            holds = set() if reasons is None else {DETECTED, *reasons}
        else:
            gold = conversation.gold[task.name]
            holds = {reason["id"] for reason in gold["reasons"] if index in reason["turns"]}
            holds |= {DETECTED} if holds or index in gold.get("turns", ()) else set()
        owner = conversation.id if conversation else None
        yield Row(text, before, frozenset(holds & set(task.labels)), group, owner)


def _clause_rows(data: Data, task: Task) -> Iterator[Row]:
    """Clauses that say a need or a promise, and clauses that do not."""
    key = "text" if task.name == "needs" else "quote"
    for conversation, index, text, before, group, labels in _turn_items(data, task):
        if conversation is None:
            marks = [(mark["quote"], mark["kind"]) for mark in labels[task.name] or ()]
        else:
            marks = [(m[key], m["kind"]) for m in conversation.gold[task.name] if m["turn"] == index]
        for start, end in clauses(text):
            kinds = frozenset(kind for quote, kind in marks if _half_shared(text, quote, start, end))
            yield Row(text[start:end], before, kinds, group, conversation.id if conversation else None, whole=False)


def _half_shared(text: str, quote: str, start: int, end: int) -> bool:
    """Whether a clause lies at least half inside the quote, or holds most of it."""
    at = text.find(quote)
    shared = min(end, at + len(quote)) - max(start, at)
    return at >= 0 and shared > 0 and (shared >= 0.5 * (end - start) or shared >= 0.8 * len(quote))


def step_acts(sop: Json) -> list[ActText]:
    """The steps of an SOP as acts, as the service makes them."""
    last = max(1, len(sop["steps"]) - 1)
    return [
        act("step", "agent", step.get("title", step["id"]), step.get("description", ""), step, place=index / last)
        for index, step in enumerate(sop["steps"])
    ]


def obligation_acts(sop: Json, part: str) -> list[ActText]:
    """The triggers (`trigger`) or responses (`response`) of an SOP's obligations as acts."""
    speaker = "customer" if part == "trigger" else "agent"
    obligations = [(o.get("title", o["id"]), o[part]) for o in sop.get("obligations", [])]
    return [act(part, speaker, title, title, wording) for title, wording in obligations]


def own_red_line_acts(sop: Json, built_in: Sequence[str]) -> list[ActText]:
    """The red lines that an SOP defines itself."""
    own = [line for line in sop.get("red_lines", []) if isinstance(line, dict) and line["id"] not in built_in]
    return [act("red_line", "agent", str(r.get("title", r["id"])), str(r.get("description", "")), r) for r in own]


def act(
    kind: str, speaker: str, title: str, description: str, wording: Mapping[str, Any], *, place: float | None = None
) -> ActText:
    """An act from the texts of a YAML mapping."""
    examples, counters, keywords = (
        tuple(map(str, wording.get(key) or ())) for key in ("examples", "counter_examples", "keywords")
    )
    return ActText(kind, speaker, title, description or title, examples, counters, keywords, place=place)

"""Compile hand-annotated conversations (format: `datasets/ANNOTATION.md`) into the contract's JSONL with `gold`.

python -m training.annotated_text FILE.txt... --sops DIR --out FILE.jsonl
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from models.tasks import COMPLAINT_REASONS, NEED_KINDS, PROMISE_KINDS, RED_LINES, REFUND_REASONS, STANCES

Json = dict[str, Any]

SPEAKERS = {"A": "agent", "C": "customer", "S": "system"}
SPEAKER_OF = {
    "s": "agent",
    "r": "agent",
    "p": "agent",
    "o": "customer",
    "c": "customer",
    "f": "customer",
    "n": "customer",
}
OUTCOMES = {"converted", "trial_attended", "refunded", "complained"}
PLAIN_KEYS = {"scenario", "stage", "direction"}

TURN = re.compile(r"^(\d+)\s+([ACS])\s(.*)$")
MARK = re.compile(r"^([sorcfnpk]):([^=>]*)(?:=(.*?))?(?:>([a-z]*)@?(\d+|-)?)?$", re.DOTALL)


class AnnotationError(ValueError):
    """A line that breaks the format; the message names file and line."""


@dataclass
class Mark:
    """One label behind a turn."""

    turn: int
    kind: str
    name: str
    quote: str | None
    handled: str | None
    target: int | None


@dataclass
class Block:
    """One annotated conversation while it is being read."""

    header: Json
    turns: list[Json] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


def read_blocks(lines: Sequence[str], where: str) -> Iterator[Block]:
    """Split a file into conversations."""
    block: Block | None = None
    for number, raw in enumerate(lines, 1):
        line = raw.strip("\n\r ")
        if not line or line.startswith("#"):
            continue
        if line.startswith("@"):
            if block:
                yield block
            block = Block(_header(line[1:], f"{where}:{number}"))
        elif block is None:
            raise AnnotationError(f"{where}:{number}: a turn before any @ header")
        else:
            _add_turn(block, line, f"{where}:{number}")
    if block:
        yield block


def compile_block(block: Block, sops: Mapping[str, Json]) -> Json:
    """Make the contract object with gold labels; raises AnnotationError when a label contradicts the SOP."""
    header = dict(block.header)
    sop = sops.get(header["sop"])
    if sop is None:
        raise AnnotationError(f"{header['id']}: no SOP named {header['sop']!r}")
    agent = _present(id=header.pop("agent"), name=header.pop("name", None), team=header.pop("team", None))
    body: Json = {key: header.pop(key) for key in ("id", "sop", "channel", "product")}
    body |= {key: header.pop(key) for key in sorted(PLAIN_KEYS & set(header))}
    body |= {"agent": agent, "customer": {"id": header.pop("customer")}, "started_at": _time(header.pop("at"))}
    outcome: Json = {key: header.pop(key) == "1" for key in sorted(OUTCOMES & set(header))}
    if "amount" in header:
        outcome["amount"] = float(header.pop("amount"))
    return body | {"outcome": outcome, "tags": header, "turns": block.turns, "gold": _gold(block, sop)}


def _header(text: str, where: str) -> Json:
    header = dict(part.split("=", 1) for part in text.split() if "=" in part)
    missing = {"id", "sop", "channel", "product", "agent", "customer", "at"} - set(header)
    if missing:
        raise AnnotationError(f"{where}: header lacks {', '.join(sorted(missing))}")
    return dict(header)


def _add_turn(block: Block, line: str, where: str) -> None:
    match = TURN.match(line)
    if not match:
        raise AnnotationError(f"{where}: not a turn (NUMBER A|C|S TEXT): {line[:40]!r}")
    number, speaker, rest = int(match[1]), SPEAKERS[match[2]], match[3]
    if number != len(block.turns):
        raise AnnotationError(f"{where}: turn {number} where {len(block.turns)} was expected")
    text, _, labels = rest.partition("||")
    block.turns.append({"speaker": speaker, "text": text.strip()})
    for label in filter(None, (part.strip() for part in labels.split(" ; "))):
        block.marks.append(read_mark(label.strip(" ;"), number, speaker, text, where))


def read_mark(label: str, turn: int, speaker: str, text: str, where: str) -> Mark:
    """Read one label of a turn; raises AnnotationError when it is unknown or its quote does not stand there."""
    match = MARK.match(label)
    if not match:
        raise AnnotationError(f"{where}: cannot read the label {label!r}")
    kind, name, quote, handled, target = match.groups()
    if SPEAKER_OF.get(kind, speaker) != speaker:
        raise AnnotationError(f"{where}: {label!r} cannot stand on a turn of the {speaker}")
    if quote is not None and quote.strip() not in text:
        raise AnnotationError(f"{where}: the quote of {label!r} does not stand in the turn")
    _check_name(kind, name.strip(), f"{where}: {label!r}")
    number = int(target) if target and target != "-" else None
    return Mark(turn, kind, name.strip(), quote.strip() if quote is not None else None, handled or None, number)


def _check_name(kind: str, name: str, where: str) -> None:
    allowed = {"p": PROMISE_KINDS, "k": STANCES, "n": NEED_KINDS}.get(kind)
    if kind == "c" and name:
        allowed = COMPLAINT_REASONS
    if kind == "f" and name:
        allowed = REFUND_REASONS
    if allowed is not None and name.split(":")[0] not in allowed:
        raise AnnotationError(f"{where}: {name!r} is not one of {', '.join(allowed)}")


def _gold(block: Block, sop: Json) -> Json:
    marks = block.marks
    gold: Json = {
        "steps": _steps(block, sop),
        "obligations": _obligations(block, sop),
        "red_lines": _red_lines(block, sop),
    }
    questions = {mark.turn for mark in marks if mark.kind == "n" and mark.name.startswith("question")}
    gold["order_violations"] = _order_violations(gold["steps"], sop, questions, block.turns)
    gold |= {"complaint": _grievance(marks, "c"), "refund": _grievance(marks, "f")}
    gold["needs"] = [_need(mark, block) for mark in marks if mark.kind == "n"]
    gold["promises"] = [{"turn": m.turn, "kind": m.name, "quote": m.quote} for m in marks if m.kind == "p"]
    gold["competitors"] = [{"turn": m.turn, "quote": m.quote, "stance": m.name} for m in marks if m.kind == "k"]
    return gold


def _steps(block: Block, sop: Json) -> list[Json]:
    known = [step["id"] for step in sop["steps"]]
    turns: dict[str, list[int]] = {}
    for mark in block.marks:
        if mark.kind == "s":
            _require(mark.name in known, block, mark, f"the SOP has no step {mark.name!r}")
            turns.setdefault(mark.name, []).append(mark.turn)
    return [{"id": step, "turns": turns[step]} for step in known if step in turns]


def _order_violations(steps: list[Json], sop: Json, questions: set[int], turns: Sequence[Json]) -> list[Json]:
    """Pairs whose `after` comes first; an answer to a question does not count where the pair says `unless_asked`."""
    done = {step["id"]: step["turns"] for step in steps}
    found = []
    for pair in sop.get("order", []):
        before, after = (pair["before"], pair["after"]) if isinstance(pair, dict) else pair
        if before not in done or after not in done:
            continue
        unless_asked = isinstance(pair, dict) and pair.get("unless_asked", False)
        counted = [turn for turn in done[after] if not (unless_asked and _asked(turn, questions, turns))]
        if counted and done[before][0] > counted[0]:
            found.append({"before": before, "after": after})
    return found


def _asked(turn: int, questions: set[int], turns: Sequence[Json]) -> bool:
    """Whether one of the two moves before a turn is a customer's that asks something."""
    changes, last = 0, turns[turn]["speaker"]
    for earlier in range(turn - 1, -1, -1):
        speaker = turns[earlier]["speaker"]
        changes += speaker not in ("system", last)
        last = speaker if speaker != "system" else last
        if changes > 2:
            return False
        if earlier in questions:
            return True
    return False


def _obligations(block: Block, sop: Json) -> list[Json]:
    known = {obligation["id"] for obligation in sop.get("obligations", [])}
    episodes = []
    for mark in block.marks:
        if mark.kind == "o":
            _require(mark.name in known, block, mark, f"the SOP has no obligation {mark.name!r}")
            _require(
                mark.target is None or mark.target > mark.turn, block, mark, "the response comes before the trigger"
            )
            met = mark.target is not None
            episodes.append({"id": mark.name, "trigger_turn": mark.turn, "response_turn": mark.target, "met": met})
    return episodes


def _red_lines(block: Block, sop: Json) -> list[Json]:
    own = {line["id"] for line in sop.get("red_lines", []) if isinstance(line, dict)}
    found = [mark for mark in block.marks if mark.kind == "r"]
    for mark in found:
        _require(mark.name in {*RED_LINES, *own}, block, mark, f"no red line {mark.name!r}")
        _require(bool(mark.quote), block, mark, "a red line needs its quote")
    listed = {line["id"] if isinstance(line, dict) else line for line in sop.get("red_lines", [])}
    return [{"turn": m.turn, "id": m.name, "quote": m.quote} for m in found if m.name in listed]


def _grievance(marks: Sequence[Mark], kind: str) -> Json:
    found = [mark for mark in marks if mark.kind == kind]
    turns: dict[str, list[int]] = {}
    for mark in found:
        if mark.name:
            turns.setdefault(mark.name, []).append(mark.turn)
    reasons = [{"id": reason, "turns": sorted(set(where))} for reason, where in turns.items()]
    return {"detected": bool(found), "turns": sorted({mark.turn for mark in found}), "reasons": reasons}


def _need(mark: Mark, block: Block) -> Json:
    kind, _, topic = mark.name.partition(":")
    _require(bool(mark.quote), block, mark, "a need needs its quote")
    need: Json = {"turn": mark.turn, "kind": kind, "topic": topic or "other", "text": mark.quote}
    if mark.handled:
        need |= {"handled": mark.handled, "response_turn": mark.target}
    return need


def _require(condition: bool, block: Block, mark: Mark, reason: str) -> None:
    if not condition:
        raise AnnotationError(f"{block.header['id']}, turn {mark.turn}: {reason}")


def _present(**values: str | None) -> Json:
    return {key: value for key, value in values.items() if value is not None}


def _time(text: str) -> str:
    return text if "+" in text else f"{text}{':00' if text.count(':') == 1 else ''}+08:00"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compile files; every problem is printed, and nothing is written when there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--sops", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    sops = {sop["sop"]: sop for path in options.sops.glob("*.yaml") if (sop := yaml.safe_load(path.read_text("utf-8")))}
    compiled: list[Json] = []
    problems: list[str] = []
    for path in options.files:
        for block in _blocks_or_problem(path, problems):
            try:
                compiled.append(compile_block(block, sops))
            except AnnotationError as error:
                problems.append(str(error))
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        return 1
    options.out.write_text("".join(json.dumps(body, ensure_ascii=False) + "\n" for body in compiled), "utf-8")
    sys.stdout.write(f"{len(compiled)} conversations, {sum(len(b['turns']) for b in compiled)} turns\n")
    return 0


def _blocks_or_problem(path: Path, problems: list[str]) -> list[Block]:
    """Every block of a file; lines that cannot be read are collected and skipped so that all are seen at once."""
    lines = path.read_text("utf-8").splitlines()
    while True:
        try:
            return list(read_blocks(lines, path.name))
        except AnnotationError as error:
            problems.append(str(error))
            match = re.match(r".*?:(\d+): ", str(error))
            if match is None:
                return []
            keep = TURN.match(lines[int(match[1]) - 1].strip())
            lines[int(match[1]) - 1] = f"{keep[1]} {keep[2]} {keep[3].partition('||')[0]}" if keep else "#"
            if "was expected" in str(error):
                return []


if __name__ == "__main__":
    sys.exit(main())

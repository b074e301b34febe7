"""Compile hand-labelled single turns (format: `datasets/ANNOTATION.md`) into JSONL.

python -m training.single_turns FILE.txt... [--sops DIR] [--tasks red_lines] [--prefix rc] [--out FILE.jsonl]
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from models.tasks import RED_LINES
from training.annotated_text import SPEAKERS, AnnotationError, Mark, read_mark

Json = dict[str, Any]

LINE = re.compile(r"^([ACS])\s+(.*?)\s*\|\s*(?:([ACS])\s+(.*?)\s*>>\s*)?(\S.*)$")
# Steps and responses are the agent's, triggers the customer's.
ACT_SPEAKER = {"s": "agent", "a": "agent", "t": "customer"}
PARTS = {"s": "steps", "t": "obligations", "a": "obligations"}


def compile_lines(
    lines: Sequence[str], where: str, *, sops: Mapping[str, Json], tasks: Sequence[str]
) -> Iterator[Json | AnnotationError]:
    """One row a line, or what is wrong with the line; lines without a blank line between them are one group."""
    sop, about, group = None, "", 0
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        group += not line
        try:
            if line.startswith("@"):
                sop = _sop(line, sops)
            elif line.startswith("="):
                about = _about(line[1:].strip(), sop)
            elif line and not line.startswith("#"):
                row = _row(line, sop, tasks)
                yield row | ({"sop": sop["sop"], "about": about} if sop else {"group": f"{where}-{group}"})
        except AnnotationError as error:
            yield AnnotationError(f"{where}:{number}: {error}")


def _sop(line: str, sops: Mapping[str, Json]) -> Json:
    name = dict(part.split("=", 1) for part in line[1:].split() if "=" in part).get("sop", "")
    if name not in sops:
        raise AnnotationError(f"no SOP named {name!r}")
    return sops[name]


def _about(label: str, sop: Json | None) -> str:
    kind = label.partition(":")[0]
    if sop is None or kind not in ACT_SPEAKER:
        raise AnnotationError(f"`= {label}` opens no section of an SOP's acts")
    return _act(label, ACT_SPEAKER[kind], sop)


def _row(line: str, sop: Json | None, tasks: Sequence[str]) -> Json:
    match = LINE.match(line)
    if not match:
        raise AnnotationError(f"not a turn (A|C LABELS | [A|C BEFORE >> ]TEXT): {line[:40]!r}")
    speaker, labels, side, earlier, text = match.groups()
    row: Json = {"speaker": SPEAKERS[speaker], "before": [f"{side} {earlier}"] if side else [], "text": text}
    if sop is None:
        return row | {"labels": _task_labels(labels, row, tasks)}
    return row | {"acts": [_act(label, row["speaker"], sop) for label in labels.split() if label != "-"]}


def _act(label: str, speaker: str, sop: Json) -> str:
    kind, _, name = label.partition(":")
    if kind not in ACT_SPEAKER:
        raise AnnotationError(f"cannot read the label {label!r}")
    if name not in {part["id"] for part in sop.get(PARTS[kind], ())}:
        raise AnnotationError(f"{sop['sop']} has no {label!r}")
    if ACT_SPEAKER[kind] != speaker:
        raise AnnotationError(f"{label!r} cannot stand on a turn of the {speaker}")
    return label


def _task_labels(labels: str, row: Json, tasks: Sequence[str]) -> Json:
    parts = [] if labels == "-" else [part.strip() for part in labels.split(" ; ")]
    marks = [read_mark(part, 0, row["speaker"], row["text"], "label") for part in parts]
    for mark in marks:
        if mark.kind == "r" and mark.name not in RED_LINES:
            raise AnnotationError(f"no red line {mark.name!r}")
        if mark.kind in "rnpk" and not mark.quote:
            raise AnnotationError(f"{mark.kind}:{mark.name} needs its quote")
    return {task: _labels_of(task, marks) for task in tasks}


def _labels_of(task: str, marks: Sequence[Mark]) -> Any:
    if task == "red_lines":
        return [{"id": m.name, "quote": m.quote} for m in marks if m.kind == "r"]
    if task == "promises":
        return [{"kind": m.name, "quote": m.quote} for m in marks if m.kind == "p"]
    if task == "competitors":
        return [{"stance": m.name, "quote": m.quote} for m in marks if m.kind == "k"]
    if task == "needs":
        return [_need(m) for m in marks if m.kind == "n"]
    mine = [m.name for m in marks if m.kind == {"complaint": "c", "refund": "f"}[task]]
    return [name for name in mine if name] if mine else None


def _need(mark: Mark) -> Json:
    kind, _, topic = mark.name.partition(":")
    return {"kind": kind, "quote": mark.quote} | ({"topic": topic} if topic else {})


def main(arguments: Sequence[str] | None = None) -> int:
    """Compile files; every problem is printed, and nothing is written when there is one."""
    options = _options(arguments)
    sops = {}
    if options.sops:
        found = (yaml.safe_load(path.read_text("utf-8")) for path in options.sops.glob("*.yaml"))
        sops = {sop["sop"]: sop for sop in found if sop}
    rows: list[Json] = []
    problems: list[str] = []
    for path in options.files:
        for row in compile_lines(
            path.read_text("utf-8").splitlines(), path.stem, sops=sops, tasks=options.tasks.split(",")
        ):
            if isinstance(row, AnnotationError):
                problems.append(str(row))
            else:
                rows.append({"id": f"{options.prefix or path.stem}-{len(rows) + 1:04d}"} | row)
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        return 1
    if options.out:
        options.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    sys.stdout.write(f"{len(rows)} turns, {len({row['text'] for row in rows})} different\n")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--sops", type=Path, help="the SOPs whose acts the turns are labelled with")
    parser.add_argument("--tasks", default="red_lines", help="what was labelled, where the turns are under no SOP")
    parser.add_argument("--prefix", help="beginning of the ids; the file's name otherwise")
    parser.add_argument("--out", type=Path)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

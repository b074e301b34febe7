"""A company's own labelled conversations: read with care, and a part set aside to judge by.

The folder is laid out as `datasets/`: `conversations/*.jsonl`, their SOPs in `conversations/sops/*.yaml`, and, where
there are any, `turns/*.jsonl` and `acts/*.jsonl`. Settled reviews come in this form (`GET /v1/reviews/labels`).
"""

import json
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from training.data import Json

SET_ASIDE = 5
"""One conversation in so many is not learnt from."""
MIN_AGENTS = 3
"""From so many on, those of one agent are set aside together: the next ones are by other agents, too."""
SPEAKERS = ("agent", "customer", "system")


@dataclass(frozen=True)
class OwnData:
    """The conversations that can be learnt from, and why others cannot."""

    conversations: tuple[Json, ...]
    left_out: tuple[str, ...]


def read_own(folder: Path) -> OwnData:
    """Read the conversations of a folder; raises ValueError when it has no SOP, or no conversation that fits."""
    sops = {sop["sop"]: sop for sop in map(_yaml, sop_files(folder))}
    if not sops:
        raise ValueError(f"{folder}/conversations/sops holds no SOP (*.yaml)")
    conversations, left_out = [], []
    for path in sorted((folder / "conversations").glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            body, reason = _checked(line, sops) if line.strip() else ({}, None)
            if reason:
                left_out.append(f"{path}:{number}: {reason}")
            elif body:
                conversations.append(body)
    if not conversations:
        raise ValueError(f"{folder}/conversations holds nothing to learn from{f': {left_out[0]}' if left_out else ''}")
    return OwnData(tuple(conversations), tuple(left_out))


def sop_files(folder: Path) -> list[Path]:
    """The SOPs of a folder."""
    return sorted((folder / "conversations" / "sops").glob("*.yaml"))


def set_aside(conversations: Sequence[Json]) -> frozenset[str]:
    """The ids of a fifth of the conversations, always the same ones; whole agents where agents are known."""
    agents = {agent for one in conversations if (agent := _agent(one))}
    groups: dict[str, list[str]] = {}
    for one in conversations:
        name = f"agent {_agent(one)}" if len(agents) >= MIN_AGENTS and _agent(one) else f"conversation {one['id']}"
        groups.setdefault(name, []).append(one["id"])
    taken: list[str] = []
    for _, ids in sorted(groups.items(), key=lambda group: (zlib.crc32(group[0].encode()), group[0])):
        if len(taken) + len(ids) <= len(conversations) // SET_ASIDE:
            taken += ids
    return frozenset(taken or sorted(groups.values(), key=len)[0])


def write_parts(folder: Path, own: OwnData, aside: frozenset[str], target: Path) -> tuple[Path, Path]:
    """Under `target` a folder like `folder` to learn from, and the file of the conversations set aside."""
    learnt, held_out = target / "learnt", target / "held_out.jsonl"
    (learnt / "conversations").mkdir(parents=True, exist_ok=True)
    for name in ("conversations/sops", "turns", "acts"):
        if (folder / name).is_dir():
            shutil.copytree(folder / name, learnt / name, dirs_exist_ok=True)
    _write(learnt / "conversations" / "own.jsonl", (one for one in own.conversations if one["id"] not in aside))
    _write(held_out, (one for one in own.conversations if one["id"] in aside))
    return learnt, held_out


def _write(path: Path, bodies: Iterable[Json]) -> None:
    path.write_text("".join(json.dumps(body, ensure_ascii=False) + "\n" for body in bodies), "utf-8")


def _yaml(path: Path) -> Json:
    try:
        sop = yaml.safe_load(path.read_text("utf-8"))
        return {**sop, "sop": sop["sop"], "steps": sop["steps"]}
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no SOP; see `qa-service rulebook check`") from error


def _agent(body: Json) -> str:
    agent = body.get("agent")
    return str(agent.get("id") or "") if isinstance(agent, dict) else ""


def _checked(line: str, sops: Mapping[str, Json]) -> tuple[Json, str | None]:
    """A conversation, or why it cannot be learnt from."""
    try:
        body = json.loads(line)
        sop = sops.get(body["sop"])
        if sop is None:
            return body, f"no SOP {body['sop']} in conversations/sops"
        if not body["turns"] or any(turn["speaker"] not in SPEAKERS or not turn["text"] for turn in body["turns"]):
            return body, f"a turn of {body['id']} has no text, or a speaker other than {', '.join(SPEAKERS)}"
        return body, _gold_defect(body, sop)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        return {}, f"no labelled conversation (id, sop, turns, gold.steps): {error!r}"


def _gold_defect(body: Json, sop: Json) -> str | None:
    gold = body["gold"]
    steps = {step["id"] for step in sop["steps"]}
    done = {step["id"]: step["turns"] for step in gold["steps"]}
    if unknown := sorted(done.keys() - steps):
        return f"{body['id']}: {sop['sop']} has no step {', '.join(unknown)}"
    if nowhere := sorted(name for name, turns in done.items() if not turns):
        return f"{body['id']}: nobody said in which turns {', '.join(nowhere)} was done"
    said = {*done, *gold.get("missed", steps), *gold.get("not_applicable", ())}
    if unsaid := sorted(steps - said):
        return f"{body['id']}: the labels say nothing about the steps {', '.join(unsaid)}"
    if unknown := sorted({one["id"] for one in gold.get("obligations", ())} - _obligations(sop)):
        return f"{body['id']}: {sop['sop']} has no obligation {', '.join(unknown)}"
    beyond = [turn for turn in _turns_named(gold) if not 0 <= turn < len(body["turns"])]
    return f"{body['id']}: gold names the turn {beyond[0]}, of {len(body['turns'])}" if beyond else None


def _obligations(sop: Json) -> set[str]:
    return {one["id"] for one in sop.get("obligations", ())}


def _turns_named(gold: Any) -> Iterator[int]:
    """Every turn number that labels name, however deep."""
    for key, value in gold.items() if isinstance(gold, dict) else ():
        if key in ("turn", "trigger_turn", "response_turn") and isinstance(value, int):
            yield value
        elif key == "turns":
            yield from value
        elif isinstance(value, dict):
            yield from _turns_named(value)
        elif isinstance(value, list):
            yield from (turn for item in value for turn in _turns_named(item))

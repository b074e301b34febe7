"""What a re-score moved, summed up: by agent, by team, by check, by cause and by SOP version."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa_service.domain.move import Move, Shift


@dataclass
class _Tally:
    """Conversations that moved, and how."""

    n: int = 0
    n_scored: int = 0
    up: int = 0
    down: int = 0
    newly_passed: int = 0
    newly_failed: int = 0
    contradicted: int = 0
    points: float = 0.0

    def add(self, move: Move) -> None:
        self.n += 1
        self.contradicted += bool(move.contradicted)
        self.newly_passed += move.before.passed is False and move.after.passed is True
        self.newly_failed += move.before.passed is True and move.after.passed is False
        if move.difference is not None:
            self.n_scored += 1
            self.up += move.difference > 0
            self.down += move.difference < 0
            self.points += move.difference

    def told(self) -> dict[str, Any]:
        names = ("n", "n_scored", "up", "down", "newly_passed", "newly_failed", "contradicted")
        mean = round(self.points / self.n_scored, 2) if self.n_scored else None
        return {name: getattr(self, name) for name in names} | {"mean_difference": mean}


class MovesReport:
    """Takes moves one by one and tells about all of them; memory grows with agents and checks, not conversations."""

    def __init__(self) -> None:
        self._whole = _Tally()
        self._agents: dict[Hashable, _Tally] = {}
        self._teams: dict[Hashable, _Tally] = {}
        self._causes: dict[Hashable, _Tally] = {}
        self._versions: dict[Hashable, _Tally] = {}
        self._names: dict[str | None, tuple[str | None, str | None]] = {}
        self._checks: dict[tuple[str, str], Counter[str]] = {}

    def add(self, move: Move) -> None:
        """Count one move."""
        self._names[move.agent_id] = (move.agent_name, move.team)
        before, after = move.before, move.after
        versions = (before.sop, before.sop_version, after.sop, after.sop_version)
        self._whole.add(move)
        for tallies, key in (
            (self._agents, move.agent_id),
            (self._teams, move.team),
            (self._causes, move.causes),
            (self._versions, versions),
        ):
            tallies.setdefault(key, _Tally()).add(move)
        for change in move.changes:
            self._checks.setdefault((change.kind, change.id), Counter())[change.shift.value] += 1

    def told(self) -> dict[str, Any]:
        """The report as a plain object; the heaviest lines first, each with its n."""
        names = ("from_sop", "from_version", "to_sop", "to_version")
        return {
            "whole": self._whole.told(),
            "by_agent": [self._agent(key) | tally for key, tally in _sorted(self._agents)],
            "by_team": [{"team": key} | tally for key, tally in _sorted(self._teams)],
            "by_check": self._by_check(),
            "by_cause": [{"causes": list(key)} | tally for key, tally in _sorted(self._causes)],
            "by_sop": [dict(zip(names, key, strict=True)) | tally for key, tally in _sorted(self._versions)],
        }

    def _agent(self, agent_id: Any) -> dict[str, Any]:
        name, team = self._names[agent_id]
        return {"agent_id": agent_id, "agent_name": name, "team": team}

    def _by_check(self) -> Sequence[Mapping[str, Any]]:
        shifts = [shift.value for shift in Shift]
        rows = [
            {"kind": kind, "id": one_id, "n": sum(counts.values())} | {name: counts[name] for name in shifts}
            for (kind, one_id), counts in self._checks.items()
        ]
        # Another confidence alone weighs nothing.
        return sorted(rows, key=lambda row: (row["confidence"] - row["n"], -row["n"], row["kind"], row["id"]))


def report_moves(moves: Iterable[Move]) -> dict[str, Any]:
    """The report of all moves of a re-score."""
    report = MovesReport()
    for move in moves:
        report.add(move)
    return report.told()


def _sorted(tallies: Mapping[Hashable, _Tally]) -> list[tuple[Any, dict[str, Any]]]:
    return [(key, tally.told()) for key, tally in sorted(tallies.items(), key=lambda one: (-one[1].n, str(one[0])))]

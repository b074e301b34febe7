"""What a re-score moved, summed up: by agent, by team, by check, by cause and by SOP version."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa_service.domain.rescored import Rescored, Shift


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

    def add(self, entry: Rescored) -> None:
        self.n += 1
        self.contradicted += bool(entry.contradicted)
        self.newly_passed += entry.before.passed is False and entry.after.passed is True
        self.newly_failed += entry.before.passed is True and entry.after.passed is False
        if entry.difference is not None:
            self.n_scored += 1
            self.up += entry.difference > 0
            self.down += entry.difference < 0
            self.points += entry.difference

    def told(self) -> dict[str, Any]:
        names = ("n", "n_scored", "up", "down", "newly_passed", "newly_failed", "contradicted")
        mean = round(self.points / self.n_scored, 2) if self.n_scored else None
        return {name: getattr(self, name) for name in names} | {"mean_difference": mean}


class RescoreReport:
    """Takes entries one by one and tells about all of them; memory grows with agents and checks, not conversations."""

    def __init__(self) -> None:
        self._whole = _Tally()
        self._agents: dict[Hashable, _Tally] = {}
        self._teams: dict[Hashable, _Tally] = {}
        self._causes: dict[Hashable, _Tally] = {}
        self._versions: dict[Hashable, _Tally] = {}
        self._names: dict[str | None, tuple[str | None, str | None]] = {}
        self._checks: dict[tuple[str, str], Counter[str]] = {}

    def add(self, entry: Rescored) -> None:
        """Count one entry."""
        self._names[entry.agent_id] = (entry.agent_name, entry.team)
        before, after = entry.before, entry.after
        versions = (before.sop, before.sop_version, after.sop, after.sop_version)
        self._whole.add(entry)
        for tallies, key in (
            (self._agents, entry.agent_id),
            (self._teams, entry.team),
            (self._causes, entry.causes),
            (self._versions, versions),
        ):
            tallies.setdefault(key, _Tally()).add(entry)
        for change in entry.changes:
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


def report_rescored(entries: Iterable[Rescored]) -> dict[str, Any]:
    """The report of all entries of a re-score."""
    report = RescoreReport()
    for entry in entries:
        report.add(entry)
    return report.told()


def _sorted(tallies: Mapping[Hashable, _Tally]) -> list[tuple[Any, dict[str, Any]]]:
    return [(key, tally.told()) for key, tally in sorted(tallies.items(), key=lambda one: (-one[1].n, str(one[0])))]

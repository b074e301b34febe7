"""What a trial tells, as a plain object: every share with its n and its interval, and where there is too little."""

from collections.abc import Iterator, Mapping
from typing import Any

from qa_service.aggregate.trial_tallies import Agreed, Moved, Tallies, heaviest
from qa_service.domain.counted import rate_to_json
from qa_service.domain.metrics import rate
from qa_service.domain.sop import Sop
from qa_service.domain.trial import TrialBounds

Titles = Mapping[str, str]
Row = dict[str, Any]


def titles_of(*sops: Sop) -> dict[str, str]:
    """The titles of all parts of some SOPs by `kind/id`; of two the later counts."""
    titles: dict[str, str] = {}
    for sop in sops:
        titles |= {f"step/{one.id}": one.title for one in sop.steps}
        titles |= {f"obligation/{one.id}": one.title for one in sop.obligations}
        titles |= {f"red_line/{one.id}": one.title for one in sop.red_lines}
        titles |= {f"check/{one.id}": one.title for one in sop.checks}
        for pair in sop.order:
            before, after = (titles.get(f"step/{name}", name) for name in (pair.before, pair.after))
            titles[f"order/{pair.id}"] = f"{before} → {after}"
    return titles


def report_trial(tallies: Tallies, draft: Sop, bounds: TrialBounds, titles: Titles) -> dict[str, Any]:
    """The report of a trial."""
    return {
        "n": {
            "conversations": tallies.conversations,
            "compared": tallies.compared,
            "reviewed": tallies.reviewed,
            "few": bounds.few,
        },
        "scores": {
            "before": tallies.before.told() if tallies.before.n else None,
            "after": tallies.after.told(),
        },
        "moved": {
            "whole": tallies.whole.told(),
            "by_team": [{"team": key or None} | one.told() for key, one in heaviest(tallies.teams, "moved")],
            "by_agent": [_agent(key, one) for key, one in heaviest(tallies.agents, "moved")],
        },
        "findings": [_named(key, titles) | one.told() for key, one in heaviest(tallies.changes, "n")],
        "reviews": list(_reviews(tallies, bounds, titles)),
        "conflicts": {
            "step_and_forbidden": list(_both(tallies, titles)),
            "one_sided": list(_one_sided(tallies, bounds, titles)),
            "too_long": list(_too_long(tallies, draft)),
        },
    }


def _agent(key: str, one: Moved) -> Row:
    return {"agent_id": key or None, "agent_name": one.name, "team": one.team} | one.told()


def _named(key: str, titles: Titles) -> Row:
    kind, _, name = key.partition("/")
    return {"kind": kind, "id": name, "title": titles.get(key, name)}


def _reviews(tallies: Tallies, bounds: TrialBounds, titles: Titles) -> Iterator[Row]:
    """Precision and recall of each claim under both versions; few cases are shown and said to be few."""
    reworded = set(tallies.reworded)
    places = {key: place for place, key in enumerate(titles)}
    whats = {key.partition("\t")[2] for key in tallies.agreed}
    for what in sorted(whats, key=lambda one: (places.get(one.partition("\t")[2], len(places)), one)):
        claim, key = what.split("\t")
        found = {side: tallies.agreed.get(f"{side}\t{what}") for side in ("before", "after")}
        sides = [one for one in found.values() if one]
        yield {
            **_named(key, titles),
            "claim": claim,
            "n": max(one.n for one in sides),
            **{side: one.told() if one else None for side, one in found.items()},
            "silent": not any(one.tp + one.fp + one.fn for one in sides),
            "too_few": max(map(_least, sides)) < bounds.few,
            "reworded": not _acts_of(key).isdisjoint(reworded),
        }


def _least(one: Agreed) -> int:
    """The smaller of the two numbers that precision and recall stand on."""
    return min(one.tp + one.fp, one.tp + one.fn)


def _acts_of(key: str) -> set[str]:
    """The acts that a claim depends on."""
    kind, _, name = key.partition("/")
    return {f"trigger/{name}", f"response/{name}"} if kind == "obligation" else {key}


def _both(tallies: Tallies, titles: Titles) -> Iterator[Row]:
    for key, both in heaviest(tallies.both, "n"):
        step, forbidden = key.split("\t")
        yield {
            "step": _named(f"step/{step}", titles),
            "forbidden": _named(forbidden, titles),
            "n": both.n,
            "examples": both.examples,
        }


def _one_sided(tallies: Tallies, bounds: TrialBounds, titles: Titles) -> Iterator[Row]:
    """What no conversation ever does, and what every one does."""
    for key, one in sorted(tallies.occurred.items()):
        kind = key.partition("/")[0]
        never = one.k == 0 and kind != "red_line"
        always = one.k == one.n and kind != "obligation"
        if one.n and (never or always):
            yield {
                **_named(key, titles),
                "what": "never" if never else "always",
                **rate_to_json(rate(one.k, one.n)),
                "too_few": one.n < bounds.few,
            }


def _too_long(tallies: Tallies, draft: Sop) -> Iterator[Row]:
    """Bounds in moves beyond the longest conversation of the trial."""
    if not tallies.conversations:
        return
    bounds = [("step", one.id, one.title, "first_turns", one.first_turns) for one in draft.steps]
    bounds += [("obligation", one.id, one.title, "within", one.within) for one in draft.obligations]
    for kind, name, title, key, value in bounds:
        if value is not None and value > tallies.longest_moves:
            row = {"kind": kind, "id": name, "title": title, "key": key, "value": value}
            yield row | {"longest": tallies.longest_moves}

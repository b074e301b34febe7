"""Planted truth in suggested revisions: what is planted is found, and where nothing is, nothing is claimed.

    python -m tests.validate.suggestions [--runs 100] [--large 20] [--only nothing]

Each row is a world of `tests/suggest/planted.py`, simulated anew for each seed.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qa_service.domain.effect import OUTCOMES
from qa_service.domain.metrics import rate
from qa_service.domain.suggestion import RevisionSuggestion, SuggestionKind
from qa_service.workflows.compute_effects import EffectsQuestion
from qa_service.workflows.open_encoder import open_encoder
from qa_service.workflows.suggest_revisions import revision_to_json, suggest_revisions
from tests.suggest.planted import BETTER, HABIT, HARM, World, judged, sop

CLAIMS = frozenset(
    {
        SuggestionKind.ENFORCE_STEP,
        SuggestionKind.ADD_STEP,
        SuggestionKind.REWORD_STEP,
        SuggestionKind.REORDER,
        SuggestionKind.ADD_RED_LINE,
        SuggestionKind.ADD_OBLIGATION,
        SuggestionKind.ADD_FAQ,
    }
)
HELPFUL = {"class_match": 0.06, "needs_focus": 0.06}
# Steps that nearly all conversations reach; of later ones too few are left for anything to be shown.
REACHED = ("opening", "reason_consent", "reader_profile", "evidence", "eye_care")
Found = Sequence[RevisionSuggestion]


@dataclass(frozen=True)
class Trial:
    """A world, what counts as a success in a run, and how often at least it must come."""

    name: str
    world: World
    counts: Callable[[Found], tuple[int, int]]
    wanted: str
    large: bool = False


def run(world: World, seed: int) -> Found:
    """The suggestions of one simulated world; each patch is checked to be an SOP."""
    found = suggest_revisions(judged(world, seed), EffectsQuestion(tuple(OUTCOMES), [sop()]), open_encoder())
    for one in found:
        revision_to_json(one)
    return found


def claims(found: Found) -> Counter[str]:
    """How many suggestions of each kind that claims something."""
    return Counter(one.kind.value for one in found if one.kind in CLAIMS)


def nothing_claimed(found: Found) -> tuple[int, int]:
    """One success where nothing is claimed."""
    return int(not claims(found)), 1


def shows(found: Found, kind: SuggestionKind, words: Sequence[str]) -> tuple[int, int]:
    """One success where a suggestion of that kind quotes what was planted, and nothing else of that kind is there."""
    mine = [one for one in found if one.kind is kind]
    planted = [one for one in mine if any(_said(quote.text, words) for quote in one.evidence.examples)]
    return int(bool(planted) and len(planted) == len(mine)), 1


def relaxed(found: Found, steps: Sequence[str]) -> tuple[int, int]:
    """How many of the steps may be relaxed."""
    loose = {one.target_id for one in found if one.kind is SuggestionKind.RELAX_STEP}
    return len(loose & set(steps)), len(steps)


PLANTED = World(
    conversations=6000,
    skill=0.07,
    habit=(0.6, 0.05),
    habit_effect=0.1,
    harm=0.15,
    harm_refunds=0.25,
    better="needs_focus",
    better_effect=0.1,
)
LARGE = World(conversations=20000, skill=0.07, step_effects=HELPFUL)
TRIALS = (
    Trial("nothing planted, 4,000", World(skill=0.07), nothing_claimed, "≥ 95%"),
    Trial(
        "nothing that helps or harms, said alike by all, 4,000",
        World(skill=0.07, habit=(0.2, 0.2), harm=0.1, better="needs_focus"),
        nothing_claimed,
        "≥ 95%",
    ),
    Trial(
        "labels 98% right, 10 agents, nothing planted", World(agents=10, best=2, right=0.98), nothing_claimed, "≥ 95%"
    ),
    Trial(
        "habit of the best sellers: `add_step`", PLANTED, lambda f: shows(f, SuggestionKind.ADD_STEP, HABIT), "≥ 80%"
    ),
    Trial("harmful words: `add_red_line`", PLANTED, lambda f: shows(f, SuggestionKind.ADD_RED_LINE, HARM), "≥ 80%"),
    Trial("better words: `reword_step`", PLANTED, lambda f: shows(f, SuggestionKind.REWORD_STEP, BETTER), "≥ 80%"),
    Trial("20,000: `relax_step` of steps without effect", LARGE, lambda f: relaxed(f, REACHED), "≥ 80%", large=True),
    Trial("20,000: `relax_step` of steps of 6 points", LARGE, lambda f: relaxed(f, tuple(HELPFUL)), "≤ 5%", large=True),
)


def results(runs: int, large: int, only: str) -> Iterator[tuple[Trial, int, int, float]]:
    """Each trial with successes and chances; worlds that several trials share are simulated once a seed."""
    chosen = [trial for trial in TRIALS if only in trial.name]
    totals = {trial.name: [0, 0] for trial in chosen}
    for world in dict.fromkeys(id(trial.world) for trial in chosen):
        mine = [trial for trial in chosen if id(trial.world) == world]
        for seed in range(1, 1 + (large if mine[0].large else runs)):
            found = run(mine[0].world, seed)
            for trial in mine:
                hits, chances = trial.counts(found)
                totals[trial.name][0] += hits
                totals[trial.name][1] += chances
            sys.stderr.write(f"{mine[0].name} seed {seed}: {[(o.kind.value, o.target_id) for o in found]}\n")
        for trial in mine:
            hits, chances = totals[trial.name]
            yield trial, hits, chances, rate(hits, chances).value or 0.0


def main() -> None:
    """Print the table, a line as soon as its world is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--large", type=int, default=20)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    sys.stdout.write("| planted | wanted | found | share |\n|---|---|---|---|\n")
    for trial, hits, chances, share in results(given.runs, given.large, given.only):
        sys.stdout.write(f"| {trial.name} | {trial.wanted} | {hits} of {chances} | {share:.1%} |\n")
        sys.stdout.flush()


def _said(text: str, words: Sequence[str]) -> bool:
    return any(text in one or one in text for one in words)


if __name__ == "__main__":
    main()

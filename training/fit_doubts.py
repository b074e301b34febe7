"""Weights of the cues for swapped roles and for the stage, and how right they are on SOPs they were not learnt from.

python -m training.fit_doubts [--datasets DIR] [--weights]

The cues and the bounds stand in the shipped rulebook (`doubts.yaml`). Who is the agent is learnt from conversations as
they are and with their roles swapped. The stage of a conversation is the one it gives, else that of its SOP: what
`applies_to` says, or its title and scenarios (complaints and refunds are after sales, renewals speak of renewing).
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from models.cues import AGENT, CUSTOMER, RoleCues, StageCues, role_cues, stage_cues
from training.data import Json, read_lines
from training.rulebook_files import FOLDER

DATASETS = Path(__file__).parents[1] / "datasets"
STAGES = ("presale", "aftersale", "renewal")
AFTERSALE, RENEWAL = re.compile("售后|退费|退款|投诉|接诉|诉求受理"), re.compile("续费|续报|到期续|renewal")
FOLDS = 10
# Inverse strength of the L2 penalty on standardised cues; between 0.03 and 3 little changes.
ROLE_C, STAGE_C = 0.3, 0.1
SHORT = 8

Features = NDArray[np.float64]


@dataclass(frozen=True)
class Talk:
    """What each side says in a conversation, its SOP and its stage."""

    agent: tuple[str, ...]
    customer: tuple[str, ...]
    sop: str
    stage: str

    def first(self, turns: int) -> "Talk":
        """Its beginning: so many turns of both sides together, half each."""
        return Talk(self.agent[: turns // 2], self.customer[: turns // 2], self.sop, self.stage)


def read_talks(datasets: Path) -> list[Talk]:
    """The conversations below a datasets folder."""
    files = sorted(datasets.glob("conversations/sops/*.yaml"))
    sops = {body["sop"]: body for body in (yaml.safe_load(path.read_text("utf-8")) for path in files)}
    bodies = [body for path in sorted(datasets.glob("conversations/*.jsonl")) for body in read_lines(path)]
    return [_talk(body, sops[body["sop"]]) for body in bodies]


def stage_of(body: Json, sop: Json) -> str:
    """The stage of a conversation under an SOP."""
    applies = sop.get("applies_to") or {}
    given = body.get("stage") or next(iter(applies.get("stage") or ()), None)
    words = f"{sop.get('title', '')} {applies.get('scenario', '')}"
    told = "aftersale" if AFTERSALE.search(words) else "renewal" if RENEWAL.search(words) else "presale"
    return str(given or told)


def _talk(body: Json, sop: Json) -> Talk:
    said: dict[str, list[str]] = {AGENT: [], CUSTOMER: []}
    for turn in body["turns"]:
        if turn["speaker"] in said and turn["text"].strip():
            said[turn["speaker"]].append(turn["text"])
    return Talk(tuple(said[AGENT]), tuple(said[CUSTOMER]), body["sop"], stage_of(body, sop))


def fit_roles(features: Features) -> tuple[float, ...]:
    """A weight for each cue, from conversations as they are and swapped: without a bias both ways are alike."""
    spread = np.sqrt((features**2).mean(axis=0)) + 1e-9
    both = np.concatenate([features, -features]) / spread
    swapped = np.repeat([False, True], len(features))
    model = LogisticRegression(C=ROLE_C, fit_intercept=False, max_iter=2000).fit(both, swapped)
    return tuple(float(weight) for weight in (model.coef_[0] / spread).round(2))


def fit_stages(features: Features, stages: Sequence[str]) -> tuple[dict[str, tuple[float, ...]], dict[str, float]]:
    """Weights of each cue and a bias, for each stage."""
    spread = features.std(axis=0) + 1e-9
    model = LogisticRegression(C=STAGE_C, max_iter=5000).fit(features / spread, np.array(stages))
    names = [str(name) for name in model.classes_]
    weights = {s: tuple(map(float, (w / spread).round(2))) for s, w in zip(names, model.coef_, strict=True)}
    return weights, {s: round(float(b), 2) for s, b in zip(names, model.intercept_, strict=True)}


def learn_roles(cues: RoleCues, talks: Sequence[Talk]) -> RoleCues:
    """The cues with weights learnt from these conversations."""
    weights = fit_roles(np.array([cues.features(talk.agent, talk.customer) for talk in talks]))
    return RoleCues(cues.patterns, weights, cues.smoothing)


def learn_stages(cues: StageCues, talks: Sequence[Talk]) -> StageCues:
    """The cues with weights learnt from these conversations."""
    features = np.array([cues.features(talk.agent, talk.customer) for talk in talks])
    weights, bias = fit_stages(features, [talk.stage for talk in talks])
    return StageCues(cues.patterns, weights, bias, cues.smoothing)


def swapped_held_out(cues: RoleCues, talks: Sequence[Talk]) -> list[tuple[Talk, RoleCues]]:
    """Each conversation with cues weighed without its SOP."""
    return [(talk, learnt) for learnt, held in _folds(talks, lambda rest: learn_roles(cues, rest)) for talk in held]


def stages_held_out(cues: StageCues, talks: Sequence[Talk]) -> list[tuple[Talk, dict[str, float]]]:
    """Each conversation with the probabilities of its stage, by cues weighed without its SOP."""
    found = []
    for learnt, held in _folds(talks, lambda rest: learn_stages(cues, rest)):
        found += [(talk, learnt.probabilities(talk.agent, talk.customer)) for talk in held]
    return found


def _folds(talks: Sequence[Talk], learn: Callable[[Sequence[Talk]], Any]) -> Iterator[tuple[Any, list[Talk]]]:
    groups = [talk.sop for talk in talks]
    splits = GroupKFold(min(FOLDS, len(set(groups)))).split(np.zeros(len(talks)), groups=groups)
    for rest, held in splits:
        yield learn([talks[i] for i in rest]), [talks[i] for i in held]


def role_figures(cues: RoleCues, talks: Sequence[Talk], at: float, turns: int) -> Iterator[str]:
    """How often roles that are right are doubted, and swapped ones are; whole, and of a beginning alone."""
    held = swapped_held_out(cues, talks)
    for name, cut in (("whole conversations", None), (f"their first {SHORT} turns", SHORT)):
        pairs = [(talk.first(cut) if cut else talk, learnt) for talk, learnt in held]
        pairs = [(talk, learnt) for talk, learnt in pairs if min(len(talk.agent), len(talk.customer)) >= turns]
        doubted = sum(learnt.p_swapped(talk.agent, talk.customer) >= at for talk, learnt in pairs)
        found = sum(learnt.p_swapped(talk.customer, talk.agent) >= at for talk, learnt in pairs)
        yield f"swapped roles, {name}: false alarms {share(doubted, len(pairs))}, found {share(found, len(pairs))}"


def stage_figures(cues: StageCues, talks: Sequence[Talk], bounds: Json) -> Iterator[str]:
    """How often the guess is right: all guesses, those that are taken, and those that contradict the stage."""
    held = stages_held_out(cues, talks)
    right = {stage: [max(p, key=p.__getitem__) == stage for talk, p in held if talk.stage == stage] for stage in STAGES}
    yield f"stage, every guess: right {share(sum(map(sum, right.values())), len(held))}"
    for stage, told in right.items():
        yield f"  of {stage}: right {share(sum(told), len(told))}"
    taken = [(talk, p) for talk, p in held if max(p.values()) >= bounds["guess_from"]]
    yield f"  guesses taken: {share(len(taken), len(held))}"
    yield f"  right of those: {share(sum(max(p, key=p.__getitem__) == t.stage for t, p in taken), len(taken))}"
    yield from _contradictions(held, bounds["contradict_from"])


def _contradictions(held: Sequence[tuple[Talk, Mapping[str, float]]], bounds: Mapping[str, float]) -> Iterator[str]:
    """How often what is said contradicts the stage of an SOP: the right one, and each wrong one."""
    alarms = sum(1 - p[talk.stage] >= bounds[talk.stage] for talk, p in held)
    yield f"contradicts the SOP's stage, though it is right: {share(alarms, len(held))}"
    for stage, other in permutations(STAGES, 2):
        mine = [p for talk, p in held if talk.stage == stage]
        found = sum(1 - p[other] >= bounds[other] for p in mine)
        yield f"  {stage} judged by an SOP for {other}: contradicted {share(found, len(mine))}"


def share(k: int, n: int) -> str:
    """So many of n, with its 95% interval (Wilson 1927)."""
    if not n:
        return "0 of 0"
    interval = binomtest(k, n).proportion_ci(method="wilson")
    return f"{k} of {n} ({100 * k / n:.1f}%, 95% {100 * interval.low:.1f} to {100 * interval.high:.1f}%)"


def weighed(document: Json, talks: Sequence[Talk]) -> Json:
    """The rulebook file with the weights learnt from all conversations."""
    roles, stages = document["swapped_roles"], document["stage"]
    role_weights = learn_roles(role_cues(roles), talks).weights
    learnt = learn_stages(stage_cues(stages), talks)
    roles["cues"] = [cue | {"weight": weight} for cue, weight in zip(roles["cues"], role_weights, strict=True)]
    by_cue = [{stage: learnt.weights[stage][i] for stage in STAGES} for i in range(len(stages["cues"]))]
    stages["cues"] = [cue | {"weights": weights} for cue, weights in zip(stages["cues"], by_cue, strict=True)]
    stages["bias"] = {stage: learnt.bias[stage] for stage in STAGES}
    return document


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures, and with `--weights` the cues with their weights."""
    parser = argparse.ArgumentParser(prog="python -m training.fit_doubts", description=__doc__)
    parser.add_argument("--datasets", type=Path, default=DATASETS)
    parser.add_argument("--weights", action="store_true", help="print the cues with the weights learnt, as YAML")
    options = parser.parse_args(arguments)
    document, talks = yaml.safe_load((FOLDER / "doubts.yaml").read_text("utf-8")), read_talks(options.datasets)
    with threadpool_limits(1):
        roles = document["swapped_roles"]
        lines = [*role_figures(role_cues(roles), talks, roles["from"], roles["turns"])]
        lines += stage_figures(stage_cues(document["stage"]), talks, document["stage"])
        sys.stdout.write("\n".join(lines) + "\n")
        if options.weights:
            learnt = weighed(document, talks)
            sys.stdout.write(yaml.safe_dump(learnt, allow_unicode=True, sort_keys=False, width=1000))
    return 0


if __name__ == "__main__":
    sys.exit(main())

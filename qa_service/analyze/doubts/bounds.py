"""The bounds and cues of `doubts.yaml`, ready to be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.cues import RoleCues, StageCues, role_cues, stage_cues


@dataclass(frozen=True, slots=True)
class DoubtBounds:
    """From where on something about a transcript is doubtful; `sop_stages` keeps what SOPs were taken for."""

    fewest_moves: int
    fewest_characters: int
    asr_confidence: float
    unreadable: float
    role_confidence: float
    swapped_from: float
    swapped_turns: int
    roles: RoleCues
    guess_from: float
    contradict_from: Mapping[str, float]
    sop_from: float
    stages: StageCues
    scenarios: Mapping[str, str]
    sop_stages: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)


def doubt_bounds(document: Mapping[str, Any]) -> DoubtBounds:
    """Compile `doubts.yaml`."""
    short, recognition = document["very_short"], document["low_recognition"]
    swapped, stage = document["swapped_roles"], document["stage"]
    return DoubtBounds(
        fewest_moves=short["moves"],
        fewest_characters=short["characters"],
        asr_confidence=recognition["asr_confidence"],
        unreadable=recognition["unreadable"],
        role_confidence=document["uncertain_roles"]["role_confidence"],
        swapped_from=swapped["from"],
        swapped_turns=swapped["turns"],
        roles=role_cues(swapped),
        guess_from=stage["guess_from"],
        contradict_from=stage["contradict_from"],
        sop_from=stage["sop_from"],
        stages=stage_cues(stage),
        scenarios={word: name for name, words in stage["scenarios"].items() for word in words.split()},
    )

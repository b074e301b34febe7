"""What training needs of the shipped rulebook, read from its files: it meets the service in files alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from models.ngrams import fold
from training.data import Json

FOLDER = Path(__file__).parents[1] / "qa_service" / "rulebook" / "default"
# Checked only where an SOP lists it, as the service does.
ONLY_WHERE_LISTED = ("minor_overcharge",)


@dataclass(frozen=True)
class Rulebook:
    """Bounds of what is reported and of what is left to a person; what words deny a red line."""

    detect_at: Mapping[str, float]
    unsure_below: Mapping[str, float]
    denied_by: Mapping[str, tuple[str, ...]]

    def watched(self, sop: Json | None) -> tuple[str, ...]:
        """The built-in red lines that hold under an SOP, or without one."""
        if sop is None:
            return tuple(name for name in self.denied_by if name not in ONLY_WHERE_LISTED)
        listed = [line["id"] if isinstance(line, dict) else line for line in sop.get("red_lines") or ()]
        return tuple(name for name in listed if name in self.denied_by)

    def denies(self, name: str, clause: str) -> bool:
        """Whether a clause denies a red line."""
        folded = fold(clause)
        return any(fold(word) in folded for word in self.denied_by[name])


def load_rulebook(folder: Path = FOLDER) -> Rulebook:
    """Read the shipped rulebook, or one of the same files elsewhere."""
    bounds = yaml.safe_load((folder / "judgement.yaml").read_text("utf-8"))
    lines = yaml.safe_load((folder / "red_lines.yaml").read_text("utf-8"))
    denied = {line["id"]: tuple(map(str, line.get("denied_by", ()))) for line in lines}
    return Rulebook(bounds["detect_at"], bounds["unsure_below"], denied)

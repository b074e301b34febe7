"""Where the stages of one size find their files and leave them for the next ones."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folder:
    """The files of one size."""

    path: Path

    @property
    def conversations(self) -> Path:
        return self.path / "conversations.jsonl"

    @property
    def first_conversations(self) -> Path:
        """The beginning of the conversations, for baselines that would take too long on all."""
        return self.path / "first.jsonl"

    @property
    def judged(self) -> Path:
        """Conversations of equal length."""
        return self.path / "judged.jsonl"

    @property
    def first_judged(self) -> Path:
        """The beginning of those of equal length."""
        return self.path / "first-judged.jsonl"

    def half_judged(self, half: int) -> Path:
        """One half (0 or 1) of those of equal length."""
        return self.path / f"half-judged-{half}.jsonl"

    @property
    def results(self) -> Path:
        return self.path / "results.jsonl"

    @property
    def database(self) -> Path:
        return self.path / "store.db"

    @property
    def reports(self) -> Path:
        return self.path / "out"

    def scratch(self, name: str) -> Path:
        """A file that nothing else reads; there is none when a stage begins."""
        scratch = self.path / f"scratch-{name}"
        scratch.unlink(missing_ok=True)
        return scratch

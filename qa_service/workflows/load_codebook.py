"""The codebook of a deployment: the shipped one, with the company's own taxonomy where the settings name one."""

from functools import lru_cache
from pathlib import Path

from qa_service.config import Settings
from qa_service.domain.codebook import Codebook
from qa_service.rulebook import codebook
from qa_service.rulebook.taxonomy_file import load_taxonomy, with_taxonomy


def load_codebook(settings: Settings | None = None) -> Codebook:
    """All labels that count here; raises InvalidSop when the taxonomy cannot be used.

    Read once a process: what judges, what is counted and what is shown must be one version.
    """
    path = (settings or Settings()).taxonomy
    return _with_own(path) if path else codebook()


@lru_cache(maxsize=8)
def _with_own(path: Path) -> Codebook:
    return with_taxonomy(codebook(), load_taxonomy(path))

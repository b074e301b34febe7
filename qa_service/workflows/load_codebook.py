"""The codebook of a deployment: the shipped one, with the company's own taxonomy where there is one."""

from dataclasses import dataclass
from pathlib import Path

from qa_service.config import Settings
from qa_service.domain.codebook import Codebook
from qa_service.errors import InvalidSop
from qa_service.logs import logger
from qa_service.rulebook import codebook
from qa_service.rulebook.taxonomy_file import parse_taxonomy, taxonomy_text, with_taxonomy

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class OwnTaxonomy:
    """The company's taxonomy as its file says, in the codebook; `problem`: why the file as it is now does not count."""

    text: str
    book: Codebook
    stamp: tuple[int, ...]
    problem: str | None = None


# By file, as last read. Whoever reads one in between gets the one before or after, both whole.
_READ: dict[Path, OwnTaxonomy] = {}


def load_codebook(settings: Settings | None = None) -> Codebook:
    """All labels that count here now; raises InvalidSop when the taxonomy cannot be used.

    The same object until the file changes: whoever needs one version for all of a piece of work keeps it, or compares.
    """
    own = load_own_taxonomy(settings)
    return own.book if own else codebook()


def load_own_taxonomy(settings: Settings | None = None) -> OwnTaxonomy | None:
    """The company's own taxonomy, None where there is none; read again when its file has changed.

    A file that has become unusable while it counts is told and logged, and what it said before goes on to count.
    """
    given = settings or Settings()
    path = given.taxonomy_file
    if given.taxonomy is None and not path.exists():
        return None
    held, stamp = _READ.get(path), _stamp(path)
    if held is None or held.stamp != stamp:
        held = _READ[path] = _read_again(path, stamp, held)
    return held


def _read_again(path: Path, stamp: tuple[int, ...], before: OwnTaxonomy | None) -> OwnTaxonomy:
    try:
        text = taxonomy_text(path)
        taxonomy = parse_taxonomy(text, str(path))
    except InvalidSop as error:
        if before is None:
            raise
        log.error("taxonomy_unusable", error=error)
        return OwnTaxonomy(before.text, before.book, stamp, error.detail)
    if before is not None and taxonomy == before.book.taxonomy:
        return OwnTaxonomy(text, before.book, stamp)
    log.info("taxonomy_read", version=taxonomy.name)
    return OwnTaxonomy(text, with_taxonomy(codebook(), taxonomy), stamp)


def _stamp(path: Path) -> tuple[int, ...]:
    """What differs when a file was written, or another one put in its place."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino

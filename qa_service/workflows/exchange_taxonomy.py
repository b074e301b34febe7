"""The company's taxonomy as part of a rulebook: out of a service with its SOPs, and into another one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_service.config import Settings
from qa_service.domain.role import Action, Caller
from qa_service.domain.taxonomy import Taxonomy, TaxonomyKind
from qa_service.errors import Forbidden, InvalidInput, InvalidSop
from qa_service.rulebook.archive import TAXONOMY
from qa_service.rulebook.taxonomy_file import parse_taxonomy
from qa_service.store import UnitOfWork
from qa_service.workflows.load_codebook import load_own_taxonomy
from qa_service.workflows.review_conversation import note
from qa_service.workflows.whole_file import write_bytes


@dataclass(frozen=True, slots=True)
class ReadTaxonomy:
    """A taxonomy that came with a rulebook; `known`: it is the one that counts here already."""

    text: str
    taxonomy: Taxonomy
    known: bool


@dataclass(frozen=True, slots=True)
class ImportedTaxonomy:
    """The taxonomy that counts after an import; `changed`: since that import."""

    taxonomy: str
    version: int
    name: str
    changed: bool


def taxonomy_out() -> tuple[dict[str, str], dict[str, Any] | None]:
    """The file of the taxonomy that counts, by its name in a rulebook, and what the index says of it."""
    own = load_own_taxonomy()
    if own is None:
        return {}, None
    taxonomy = own.book.taxonomy
    told = {"file": TAXONOMY, "taxonomy": taxonomy.id, "version": taxonomy.version, "name": taxonomy.name}
    return {TAXONOMY: own.text}, told


def read_taxonomies(texts: Mapping[str, str]) -> tuple[ReadTaxonomy | None, list[str]]:
    """The taxonomy among the files of a rulebook, and what is wrong with it, each mistake with its file."""
    if not texts:
        return None, []
    if len(texts) > 1:
        return None, [f"{name}: a rulebook has one taxonomy; leave out all but one" for name in texts]
    [(name, text)] = texts.items()
    try:
        taxonomy = parse_taxonomy(text, name)
    except InvalidSop as error:
        return None, [error.detail]
    own = load_own_taxonomy()
    present = own.book.taxonomy if own else None
    problems = [f"{name}: {one}" for one in _refusals(taxonomy, present)] if present else []
    return ReadTaxonomy(text, taxonomy, taxonomy == present), problems


def keep_taxonomy(work: UnitOfWork, caller: Caller, read: ReadTaxonomy, *, reason: str) -> ImportedTaxonomy:
    """Put a taxonomy in force from now on, and log it; raises Forbidden for who may not publish."""
    taxonomy = read.taxonomy
    if not read.known:
        if not caller.may(Action.PUBLISH_SOP):
            raise Forbidden("a taxonomy counts at once, so importing one takes the right to publish; leave it out")
        note(work, caller, "import_taxonomy", f"taxonomy/{taxonomy.name}", reason)
        _write(Settings().taxonomy_file, read.text)
    return ImportedTaxonomy(taxonomy.id, taxonomy.version, taxonomy.name, changed=not read.known)


def _write(path: Path, text: str) -> None:
    try:
        write_bytes(path, text.encode())
    except OSError as error:
        reason = f"{error.strerror}; let QA_TAXONOMY name a file that the service may write"
        raise InvalidInput(f"the taxonomy cannot be kept: {reason}") from error


def _refusals(new: Taxonomy, present: Taxonomy) -> Iterator[str]:
    """Why a taxonomy may not follow the one that counts: what was counted under it must stay comparable."""
    if new == present:
        return
    if new.id != present.id:
        yield f"is taxonomy {new.id}, but {present.id} counts here; go on with that one, or change its file yourself"
        return
    if new.version <= present.version:
        found = f"version {present.version} of taxonomy {present.id} counts here"
        yield f"is version {new.version} with other content, and {found}; give it version {present.version + 1}"
    gone = _ids(present) - _ids(new) - {(one.kind, old) for one in new.changes for old in one.before}
    for kind, label in sorted(gone):
        yield f"{kind.value} {label} is gone; keep it with `retired: true`, or say under `changes` what became of it"


def _ids(taxonomy: Taxonomy) -> set[tuple[TaxonomyKind, str]]:
    return {(kind, one) for kind, ids in taxonomy.ids().items() for one in ids}

"""A rulebook out of one service and into another: every version of every SOP and the company's taxonomy, as one zip or
file by file.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qa_service.domain.role import Action, Caller
from qa_service.domain.rollout import Rollout
from qa_service.domain.sop import Sop
from qa_service.domain.sop_version import SopState, SopVersion
from qa_service.errors import InvalidRulebook, InvalidSop
from qa_service.rulebook import parse_new_sop
from qa_service.rulebook.archive import INDEX, is_archive, pack, sop_file_name, unpack
from qa_service.rulebook.taxonomy_file import says_taxonomy
from qa_service.store import Store, UnitOfWork
from qa_service.workflows.exchange_taxonomy import ImportedTaxonomy, keep_taxonomy, read_taxonomies, taxonomy_out
from qa_service.workflows.manage_sops import keep_draft
from qa_service.workflows.review_conversation import note


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file of a rulebook that was read, and what it says."""

    name: str
    text: str
    sop: Sop


@dataclass(frozen=True, slots=True)
class ImportedRulebook:
    """What became of the files: new or changed drafts, versions that were there already, and the taxonomy, if any."""

    drafts: tuple[SopVersion, ...]
    unchanged: tuple[SopVersion, ...]
    taxonomy: ImportedTaxonomy | None = None


def export_rulebook(store: Store, caller: Caller) -> bytes:
    """Every version of every SOP and the taxonomy as a zip; its index tells states and rollouts.

    The same rulebook is the same bytes.
    """
    caller.reach(Action.READ_SOP)
    with store.reading() as work:
        versions, rollouts = work.sops.versions(), work.sops.rollouts.all()
    files = {sop_file_name(one.slug, one.version): one.yaml for one in versions}
    taxonomy, told = taxonomy_out()
    index = {
        "taxonomy": told,
        "versions": [_described(one) for one in versions],
        "rollouts": [_planned(one) for one in rollouts],
    }
    return pack(files | taxonomy | {INDEX: json.dumps(index, ensure_ascii=False, indent=1)})


def import_rulebook(store: Store, caller: Caller, name: str, content: bytes, *, reason: str = "") -> ImportedRulebook:
    """Take in a zip of SOPs, or one SOP file, as drafts; raises InvalidRulebook naming each mistake, then takes none.

    A version that is there already with the same content is left alone, whatever its state. A taxonomy counts from
    now on, where the caller may publish.
    """
    caller.reach(Action.EDIT_SOP)
    texts = _texts(name, content)
    labels, wrong = read_taxonomies({one: text for one, text in texts.items() if says_taxonomy(text)})
    files = _checked({one: text for one, text in texts.items() if not says_taxonomy(text)}, wrong)
    with store.unit_of_work() as work:
        known = {(one.slug, one.version): one for one in work.sops.versions()}
        problems = [told for file in files if (told := _refusal(work, file, known))]
        if problems:
            raise InvalidRulebook(problems)
        same = [file for file in files if _is_known(file, known)]
        fresh = [file for file in files if file not in same]
        drafts = tuple(keep_draft(work, caller, one.sop, one.text, reason=reason) for one in fresh)
        note(work, caller, "import_rulebook", f"rulebook/{name[:200]}", reason)
        taxonomy = keep_taxonomy(work, caller, labels, reason=reason) if labels else None
        return ImportedRulebook(drafts, tuple(known[_pair(file)] for file in same), taxonomy)


def _texts(name: str, content: bytes) -> dict[str, str]:
    if is_archive(content):
        return unpack(content)
    try:
        return {name: content.decode("utf-8-sig")}
    except UnicodeDecodeError as error:
        raise InvalidRulebook([f"{name}:1: neither a zip nor UTF-8 text; send a zip, or an SOP as YAML"]) from error


def _checked(texts: Mapping[str, str], wrong: Iterable[str]) -> list[ReadFile]:
    """Every SOP read; raises InvalidRulebook with the mistakes of all, beside those found already."""
    files: list[ReadFile] = []
    problems = list(wrong)
    named: dict[tuple[str, int], str] = {}
    for name, text in texts.items():
        try:
            file = ReadFile(name, text, parse_new_sop(text, name))
        except InvalidSop as error:
            problems.append(error.detail)
            continue
        if _pair(file) in named:
            problems.append(f"{name}: is version {file.sop.version} of {file.sop.id}, as is {named[_pair(file)]}")
        named[_pair(file)] = name
        files.append(file)
    if problems:
        raise InvalidRulebook(problems)
    return files


def _pair(file: ReadFile) -> tuple[str, int]:
    return file.sop.id, file.sop.version


def _is_known(file: ReadFile, known: Mapping[tuple[str, int], SopVersion]) -> bool:
    there = known.get(_pair(file))
    return there is not None and (there.digest == file.sop.digest or there.yaml == file.text)


def _refusal(work: UnitOfWork, file: ReadFile, known: Mapping[tuple[str, int], SopVersion]) -> str | None:
    there = known.get(_pair(file))
    if there is None or there.state is SopState.DRAFT or _is_known(file, known):
        return None
    return (
        f"{file.name}: version {there.version} of SOP {there.slug} is {there.state.value} here with other content"
        f" and never changes; give it version {work.sops.next_version(there.slug)}"
    )


def _described(one: SopVersion) -> dict[str, Any]:
    names = ("slug", "version", "digest", "written_by", "reason", "published_by")
    moments = ("written_at", "published_at", "retired_at")
    body = {"file": sop_file_name(one.slug, one.version), "state": one.state.value}
    body |= {name: getattr(one, name) for name in names}
    return body | dict(_moments(one, moments))


def _planned(one: Rollout) -> dict[str, Any]:
    names = ("id", "slug", "version", "replaces", "by", "reason", "ended_by", "end_reason")
    body: dict[str, Any] = {name: getattr(one, name) for name in names} | {"kind": one.kind.value}
    body |= {"org": list(one.place.org), "products": sorted(one.place.products)}
    return body | dict(_moments(one, ("starts_at", "ends_at", "at")))


def _moments(thing: Any, names: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    for name in names:
        moment = getattr(thing, name)
        yield name, moment.isoformat() if moment else None

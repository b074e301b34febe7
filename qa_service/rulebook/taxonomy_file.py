"""A company's own taxonomy from its YAML; every refusal names file, line and reason."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from qa_service.domain.codebook import Codebook
from qa_service.domain.reason import Reason
from qa_service.domain.severity import Severity
from qa_service.domain.sop import RedLine
from qa_service.domain.taxonomy import Fate, Taxonomy, TaxonomyChange, TaxonomyKind
from qa_service.domain.wording import Wording
from qa_service.errors import InvalidSop
from qa_service.rulebook.codebook import codebook
from qa_service.rulebook.fields import Section
from qa_service.rulebook.taxonomy_check import check_taxonomy
from qa_service.rulebook.yaml_lines import read_yaml

WORDING = ("examples", "counter_examples", "keywords")
TOP_KEYS = ("taxonomy", "version", "title", "departments", "complaint", "refund", "red_lines", "changes")
REASON_KEYS = ("id", "title", "department", *WORDING, "since", "retired")
RED_LINE_KEYS = ("id", "title", "description", "severity", "points", *WORDING, "since", "retired")
FATES: Mapping[Fate, str] = {Fate.RENAMED: "to", Fate.MERGED: "into", Fate.SPLIT: "into"}
CHANGE_KEYS = ("date", "kind", *(fate.value for fate in Fate), "to", "into")
LISTS: Mapping[str, TaxonomyKind] = {
    "complaint": TaxonomyKind.COMPLAINT,
    "refund": TaxonomyKind.REFUND,
    "red_lines": TaxonomyKind.RED_LINE,
}
MAX_FILE_CHARACTERS = 1_000_000


def load_taxonomy(path: Path) -> Taxonomy:
    """Read a taxonomy file; raises InvalidSop when it cannot be read or contradicts itself."""
    return parse_taxonomy(taxonomy_text(path), str(path))


def taxonomy_text(path: Path) -> str:
    """What a taxonomy file says; raises InvalidSop when it cannot be read."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSop(f"{path}:1: not UTF-8 text; save the file as UTF-8") from error
    except OSError as error:
        raise InvalidSop(f"{path}: cannot be read: {error.strerror}") from error


def is_taxonomy(path: Path) -> bool:
    """Whether a file is meant as a taxonomy, not as an SOP: it says so on a line of its own."""
    try:
        return says_taxonomy(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return False


def says_taxonomy(text: str) -> bool:
    """The same of what a file says."""
    return any(line.startswith("taxonomy:") for line in text.splitlines())


def parse_taxonomy(text: str, file_name: str) -> Taxonomy:
    """Read a taxonomy from its YAML text."""
    if len(text) > MAX_FILE_CHARACTERS:
        raise InvalidSop(f"{file_name}: over {MAX_FILE_CHARACTERS} characters; a taxonomy is far smaller")
    document = read_yaml(text, file_name)
    top = Section(document, (), TOP_KEYS)
    changes = [_change(one) for one in top.sections("changes", CHANGE_KEYS)]
    taxonomy = Taxonomy(
        id=top.text("taxonomy"),
        version=top.whole("version", 1),
        complaint=tuple(_reason(one) for one in top.sections("complaint", REASON_KEYS)),
        refund=tuple(_reason(one) for one in top.sections("refund", REASON_KEYS)),
        red_lines=tuple(_red_line(one) for one in top.sections("red_lines", RED_LINE_KEYS)),
        departments=_departments(top),
        changes=tuple(sorted(changes, key=lambda change: change.on)),
        retired=frozenset((kind, one.text("id")) for kind, one in _entries(top) if one.truth("retired", default=False)),
        since={(kind, one.text("id")): _day(one, "since") for kind, one in _entries(top) if "since" in one.value},
        digest=_digest(document.value),
    )
    check_taxonomy(top, taxonomy, changes, codebook())
    return taxonomy


def with_taxonomy(book: Codebook, taxonomy: Taxonomy) -> Codebook:
    """The codebook with a company's own labels among its own."""
    return replace(
        book,
        red_lines={**book.red_lines, **{line.id: line for line in taxonomy.red_lines}},
        complaint_reasons={**book.complaint_reasons, **{one.id: one for one in taxonomy.complaint}},
        refund_reasons={**book.refund_reasons, **{one.id: one for one in taxonomy.refund}},
        departments={**book.departments, **taxonomy.departments},
        taxonomy=taxonomy,
    )


def _entries(top: Section) -> Iterator[tuple[TaxonomyKind, Section]]:
    for key, kind in LISTS.items():
        known = RED_LINE_KEYS if kind is TaxonomyKind.RED_LINE else REASON_KEYS
        yield from ((kind, section) for section in top.sections(key, known))


def _departments(top: Section) -> dict[str, str]:
    value = top.value.get("departments") or {}
    if not isinstance(value, dict):
        raise top.error("`departments` must be a mapping of ids to names", "departments")
    section = Section(top.document, ("departments",), value) if value else None
    return {str(key): section.text(key) for key in value} if section else {}


def _reason(section: Section) -> Reason:
    reason_id = section.text("id")
    return Reason(reason_id, section.text("title", reason_id), section.texts("department"), _wording(section))


def _red_line(section: Section) -> RedLine:
    line_id = section.text("id")
    severity = section.choice("severity", Severity, Severity.MAJOR)
    return RedLine(
        id=line_id,
        title=section.text("title", line_id),
        severity=severity,
        points=section.number("points", codebook().judgement.severity_points[severity]),
        wording=_wording(section),
        description=section.text("description", ""),
    )


def _wording(section: Section) -> Wording:
    wording = Wording(*(section.texts(key) for key in WORDING))
    if not (wording.examples or wording.keywords or section.truth("retired", default=False)):
        raise section.error(f"{section.text('id')!r} needs `examples` or `keywords`, so that it can be recognised")
    return wording


def _change(section: Section) -> TaxonomyChange:
    named = [fate for fate in Fate if fate.value in section.value]
    if len(named) != 1:
        raise section.error("a change is one of `renamed` with `to`, `merged` with `into`, `split` with `into`")
    fate = named[0]
    before, after = section.texts(fate.value), section.texts(FATES[fate])
    fits, told = {
        Fate.RENAMED: (len(before) == len(after) == 1, "one id `to` one"),
        Fate.MERGED: (bool(before) and len(after) == 1, "ids `into` one"),
        Fate.SPLIT: (len(before) == 1 and len(after) > 1, "one id `into` several"),
    }[fate]
    if not fits:
        raise section.error(f"`{fate.value}` takes {told}")
    return TaxonomyChange(_day(section, "date"), _kind(section), fate, before, after)


def _kind(section: Section) -> TaxonomyKind:
    section.text("kind")
    return section.choice("kind", TaxonomyKind, "")


def _day(section: Section, key: str) -> date:
    try:
        return date.fromisoformat(section.text(key))
    except ValueError as error:
        raise section.error(f"`{key}` must be a day, as 2026-10-01", key) from error


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

"""The labels that count in this deployment, for whoever shows or sends them."""

from typing import Any

from qa_service.domain.codebook import Codebook
from qa_service.domain.reason import Reason
from qa_service.domain.role import Action, Caller
from qa_service.domain.sop import RedLine
from qa_service.domain.taxonomy import TaxonomyKind
from qa_service.rulebook import codebook
from qa_service.workflows.load_codebook import load_own_taxonomy


def read_taxonomy(caller: Caller) -> dict[str, Any]:
    """Reasons and red lines, built in and the company's own, and what became of earlier ids."""
    caller.reach(Action.READ_SOP)
    own = load_own_taxonomy()
    book = own.book if own else codebook()
    taxonomy = book.taxonomy
    return {
        "taxonomy": taxonomy.id or None,
        "version": taxonomy.version or None,
        "name": taxonomy.name if taxonomy.id else None,
        "problem": own.problem if own else None,
        "complaint": [_reason(book, TaxonomyKind.COMPLAINT, one) for one in book.complaint_reasons.values()],
        "refund": [_reason(book, TaxonomyKind.REFUND, one) for one in book.refund_reasons.values()],
        "red_lines": [_red_line(book, line) for line in book.red_lines.values()],
        "departments": dict(book.departments),
        "changes": [
            {
                "date": change.on.isoformat(),
                "kind": change.kind.value,
                "fate": change.fate.value,
                "before": list(change.before),
                "after": list(change.after),
            }
            for change in taxonomy.changes
        ],
    }


def _reason(book: Codebook, kind: TaxonomyKind, reason: Reason) -> dict[str, Any]:
    own = reason in (book.taxonomy.complaint if kind is TaxonomyKind.COMPLAINT else book.taxonomy.refund)
    body = {"id": reason.id, "title": reason.title, "departments": list(reason.departments), "own": own}
    return body | _use(book, kind, reason.id)


def _red_line(book: Codebook, line: RedLine) -> dict[str, Any]:
    body = {"id": line.id, "title": line.title, "severity": line.severity.value, "points": line.points}
    return body | {"own": not line.built_in} | _use(book, TaxonomyKind.RED_LINE, line.id)


def _use(book: Codebook, kind: TaxonomyKind, name: str) -> dict[str, Any]:
    since = book.taxonomy.comparable_from(kind, name)
    retired = (kind, name) in book.taxonomy.retired
    return {"retired": retired, "comparable_from": since.isoformat() if since else None}

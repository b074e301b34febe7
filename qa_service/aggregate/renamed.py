"""What was counted under ids of earlier taxonomies, under those of today."""

from datetime import date

from qa_service.domain.taxonomy import Taxonomy, TaxonomyKind
from qa_service.domain.weekly import What

KINDS = {
    "complaint_reason": TaxonomyKind.COMPLAINT,
    "refund_reason": TaxonomyKind.REFUND,
    "complaint": TaxonomyKind.COMPLAINT,
    "refund": TaxonomyKind.REFUND,
    "red_line": TaxonomyKind.RED_LINE,
}


def counted_as(what: What, taxonomy: Taxonomy) -> tuple[What, ...]:
    """What an occurrence counts for today; what no taxonomy names stays as it is."""
    kind = _kind(what)
    return (what,) if kind is None else tuple((what[0], one) for one in taxonomy.counted_as(kind, what[1]))


def comparable_from(what: What, taxonomy: Taxonomy) -> date | None:
    """The day before which a count says nothing about it, None where there is no such day."""
    kind = _kind(what)
    return None if kind is None else taxonomy.comparable_from(kind, what[1])


def _kind(what: What) -> TaxonomyKind | None:
    return KINDS.get(what[0]) if len(what) == 2 and what[1] else None

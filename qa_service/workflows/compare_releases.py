"""Compare a new release with the present one on labelled conversations that it did not learn from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa_service.aggregate.evaluation import Comparison, Difference, compare_said, differences, objections
from qa_service.domain.sop import Sop
from qa_service.workflows.adapt_models import MIN_CONVERSATIONS, Labelled
from qa_service.workflows.analyze_conversations import Analyzer

Asked = Sequence[tuple[Sop, Labelled]]
"""Labelled conversations, each with its SOP."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a new release does beside the present one; `refusal` says why it is not to be used, None when it may be."""

    conversations: int
    differences: tuple[Difference, ...] = ()
    refusal: str | None = None


def compare_releases(
    present: Analyzer, new: Analyzer, asked: Asked, *, advance: Callable[[int], None] = lambda _: None
) -> Verdict:
    """Judge every conversation with both; refused is what is not better, or worse in anything, by its interval."""
    if len(asked) < MIN_CONVERSATIONS:
        refusal = f"{len(asked)} labelled conversations held out; at least {MIN_CONVERSATIONS} are needed"
        return Verdict(len(asked), refusal=refusal)
    before, after = [], []
    for sop, one in asked:
        before.append(_compared(present, sop, one))
        after.append(_compared(new, sop, one))
        advance(1)
    found = tuple(differences(before, after))
    return Verdict(len(asked), found, "; ".join(objections(found)) or None)


def _compared(analyzer: Analyzer, sop: Sop, one: Labelled) -> Comparison:
    return compare_said(one.conversation, analyzer.analyze_under(one.conversation, sop), sop, one.unsaid)

"""Promises that go with refunds and complaints: candidates for red lines."""

from collections.abc import Iterator, Mapping
from typing import Any

from qa_service.domain.codebook import Codebook
from qa_service.domain.effect import BAD_OUTCOMES, EffectVerdict, Target, TargetKind
from qa_service.domain.insight import SuggestionBounds
from qa_service.domain.sop import Sop
from qa_service.domain.suggestion import RevisionSuggestion, SuggestionEvidence, SuggestionKind
from qa_service.suggest.evidence import Numbers
from qa_service.suggest.patches import with_red_line
from qa_service.suggest.wording import Statements, stated, suggestion_id

# A promise of this kind, where it does harm, is what the codebook already has a red line for.
BUILT_IN = {"effect": "guarantee_outcome", "refund": "refund_overpromise"}


def suggest_red_lines(
    sop: Sop, numbers: Numbers, bounds: SuggestionBounds, statements: Statements, codebook: Codebook
) -> Iterator[RevisionSuggestion]:
    """One suggestion for each kind of promise that goes with more refunds or complaints."""
    listed = {line.id for line in sop.red_lines}
    for kind, name in codebook.promise_kinds.items():
        target = Target(TargetKind.PHRASE, f"promise/{kind}")
        line_id = BUILT_IN.get(kind, f"promise_{kind}")
        examples = numbers.evidence.examples(target)
        for effect in numbers.effects_on(target, BAD_OUTCOMES):
            strong = effect.q_value is not None and effect.q_value <= bounds.significant_q
            if effect.verdict is not EffectVerdict.HURTS or not strong or not numbers.sign_kept(effect):
                continue
            if line_id in listed or len(examples) < 2 or effect.n_exposed < bounds.red_line_conversations:
                continue
            line = _line(line_id, name, [quote.text for quote in examples], codebook, statements)
            title = codebook.red_lines[line_id].title if isinstance(line, str) else str(line["title"])
            yield RevisionSuggestion(
                id=suggestion_id(sop.id, SuggestionKind.ADD_RED_LINE, target.id),
                sop=sop.id,
                kind=SuggestionKind.ADD_RED_LINE,
                target_kind=target.kind.value,
                target_id=target.id,
                statement=stated(statements, "add_red_line", effect, title=title),
                evidence=SuggestionEvidence(effect.n_exposed + effect.n_unexposed, effect, examples),
                document=with_red_line(sop.document, line),
            )
            break


def _line(
    line_id: str, name: str, examples: list[str], codebook: Codebook, statements: Statements
) -> str | Mapping[str, Any]:
    if line_id in codebook.red_lines:
        return line_id
    title = stated(statements, "own_red_line", None, promise=name)
    return {"id": line_id, "title": title, "severity": "major", "examples": examples}

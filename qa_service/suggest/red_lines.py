"""Promises that go with refunds and complaints: candidates for red lines."""

from collections.abc import Iterator, Mapping
from typing import Any

from qa_service.domain.codebook import Codebook
from qa_service.domain.effect import BAD_OUTCOMES, EffectVerdict, Target, TargetKind
from qa_service.domain.suggestion import RevisionSuggestion, SuggestionKind
from qa_service.suggest.grounds import Change, Grounds, share_of
from qa_service.suggest.patches import with_red_line
from qa_service.suggest.wording import Statements, stated

# A promise of this kind, where it does harm, is what the codebook already has a red line for.
BUILT_IN = {"effect": "guarantee_outcome", "refund": "refund_overpromise"}


def suggest_promise_lines(grounds: Grounds, codebook: Codebook) -> Iterator[RevisionSuggestion]:
    """One suggestion for each kind of promise that goes with more refunds or complaints."""
    sop, statements, evidence = grounds.sop, grounds.statements, grounds.numbers.evidence
    listed = {line.id for line in sop.red_lines}
    for kind, name in codebook.promise_kinds.items():
        target = Target(TargetKind.PHRASE, f"promise/{kind}")
        line_id = BUILT_IN.get(kind, f"promise_{kind}")
        examples = evidence.examples(target)
        effect = grounds.surest(target, EffectVerdict.HURTS, tuple(sorted(BAD_OUTCOMES)))
        if effect is None or line_id in listed or len(examples) < 2:
            continue
        if effect.n_exposed < grounds.bounds.red_line_conversations:
            continue
        line = _line(line_id, name, [quote.text for quote in examples], codebook, statements)
        title = codebook.red_lines[line_id].title if isinstance(line, str) else str(line["title"])
        text = stated(statements, "add_red_line", effect, title=title)
        change = Change(SuggestionKind.ADD_RED_LINE, ("phrase", target.id), text, with_red_line(sop.document, line))
        yield grounds.suggestion(change, effect, share=share_of(effect.n_exposed, effect))


def _line(
    line_id: str, name: str, examples: list[str], codebook: Codebook, statements: Statements
) -> str | Mapping[str, Any]:
    if line_id in codebook.red_lines:
        return line_id
    title = stated(statements, "own_red_line", None, promise=name)
    return {"id": line_id, "title": title, "severity": "major", "examples": examples}

"""Suggested revisions of SOPs, each with its evidence and the whole SOP as it would be."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from qa_service.aggregate.needs import group_statements
from qa_service.domain.effect import OUTCOMES, Effect
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.suggestion import RevisionSuggestion, suggestion_to_json
from qa_service.effects import Contacts, Gathering, effects_of, judge_together
from qa_service.rulebook import default_file, dump_sop, parse_sop
from qa_service.suggest import Numbers, SopEvidence, suggest
from qa_service.workflows.compute_effects import EffectsQuestion, effects_run
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.whole_file import write_lines

# A suggestion must point the same way in this latest part of the contacts.
LATEST = 1 / 3


def suggest_revisions(judged: Iterable[JudgedConversation], question: EffectsQuestion) -> list[RevisionSuggestion]:
    """Suggestions for each of the question's SOPs, in one pass; its outcomes are those that suggestions may rest on."""
    insight = load_insight()
    gathering = Gathering(effects_run(question, promises=True))
    evidence = {sop.id: SopEvidence(sop.id, insight.suggest.examples) for sop in question.sops}
    for pair in judged:
        if pair.analysis.sop in evidence:
            gathering.add(pair)
            evidence[pair.analysis.sop].add(pair)
    # Topics are those of all conversations: the needs of one SOP alone are often too few to be told apart.
    topics = group_statements([s for one in evidence.values() for s in one.statements], insight.needs).topics
    contacts = {table.sop: table for table in gathering.finish()}
    found: list[RevisionSuggestion] = []
    for sop in question.sops:
        table, mine = contacts.get(sop.id), evidence[sop.id]
        effects = _all_outcomes(table, latest=1.0) if table else []
        later = _all_outcomes(table, latest=LATEST) if table and effects else []
        numbers = Numbers(mine, effects, later, mine.own(topics))
        statements = default_file("statements.yaml")
        found += suggest(sop, numbers, insight.suggest, statements=statements, codebook=load_codebook())
    return found


def revision_to_json(suggestion: RevisionSuggestion) -> dict[str, Any]:
    """The contract object; its patch is checked to be a valid SOP."""
    patch = dump_sop(suggestion.document)
    parse_sop(patch, f"the patch of suggestion {suggestion.id}")
    return suggestion_to_json(suggestion, patch)


def write_suggestions(suggestions: Iterable[RevisionSuggestion], out: Path) -> int:
    """Write one suggestion a line; returns how many."""
    return write_lines(out, (json.dumps(revision_to_json(one), ensure_ascii=False) for one in suggestions))


def _all_outcomes(contacts: Contacts, latest: float) -> list[Effect]:
    """The effects on every known outcome, judged as one family."""
    bounds = load_insight().effects
    known = [outcome for outcome in OUTCOMES if outcome in contacts.outcomes]
    effects = [effect for outcome in known for effect in effects_of(contacts, outcome, bounds, latest=latest)]
    return judge_together(effects, bounds)

"""Suggested revisions of SOPs, each with its evidence and the whole SOP as it would be."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa_service.aggregate.habits import Speech, Vectors, find_habits
from qa_service.aggregate.needs import group_statements
from qa_service.domain.insight import Insight
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.sop import Sop
from qa_service.domain.suggestion import RevisionSuggestion, suggestion_to_json
from qa_service.domain.weighed import Weighed
from qa_service.effects import Contacts, Gathering
from qa_service.rulebook import default_file, dump_sop, parse_sop
from qa_service.suggest import Numbers, SopEvidence, suggest
from qa_service.workflows.compute_effects import EffectsQuestion, effects_run
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.weigh_evidence import weigh
from qa_service.workflows.whole_file import write_lines


@dataclass
class _OneSop:
    """What is gathered of the conversations of one SOP."""

    sop: Sop
    evidence: SopEvidence
    speech: Speech
    rows: int = 0

    def add(self, pair: JudgedConversation) -> None:
        """Take a conversation that is counted among the contacts too."""
        self.evidence.add(pair)
        if not pair.analysis.doubtful:
            self.speech.add(self.rows, pair)
            self.rows += 1


@dataclass
class _Gathered:
    """One pass over the conversations: contacts of each SOP, and what suggestions need beside them."""

    gathering: Gathering
    sops: dict[str, _OneSop] = field(default_factory=dict)

    def add(self, pair: JudgedConversation) -> None:
        one = self.sops.get(pair.analysis.sop or "")
        if one is not None:
            self.gathering.add(pair)
            one.add(pair)


def suggest_revisions(
    judged: Iterable[JudgedConversation], question: EffectsQuestion, encode: Vectors | None = None
) -> list[RevisionSuggestion]:
    """Suggestions for each of the question's SOPs, in one pass; its outcomes are those that suggestions may rest on.

    `encode` tells wordings of one meaning; without it they are compared by their characters.
    """
    insight = load_insight()
    gathered = _Gathered(Gathering(effects_run(question, promises=True)))
    for sop in question.sops:
        speech = Speech(insight.habits.most_conversations)
        gathered.sops[sop.id] = _OneSop(sop, SopEvidence(sop.id, insight.suggest.examples), speech)
    for pair in judged:
        gathered.add(pair)
    # Topics are those of all conversations: the needs of one SOP alone are often too few to be told apart.
    statements = [s for one in gathered.sops.values() for s in one.evidence.statements]
    topics = group_statements(statements, insight.needs).topics if statements else ()
    contacts = {table.sop: table for table in gathered.gathering.finish()}
    words, book = default_file("statements.yaml"), load_codebook()
    found: list[RevisionSuggestion] = []
    for one in gathered.sops.values():
        weighed = _weighed(one, contacts.get(one.sop.id), insight, encode)
        numbers = Numbers(one.evidence, weighed, one.evidence.own(topics))
        found += suggest(one.sop, numbers, insight, statements=words, codebook=book)
    return found


def revision_to_json(suggestion: RevisionSuggestion) -> dict[str, Any]:
    """The contract object; its patch is checked to be a valid SOP."""
    patch = dump_sop(suggestion.document)
    parse_sop(patch, f"the patch of suggestion {suggestion.id}")
    return suggestion_to_json(suggestion, patch)


def write_suggestions(suggestions: Iterable[RevisionSuggestion], out: Path) -> int:
    """Write one suggestion a line; returns how many."""
    return write_lines(out, (json.dumps(revision_to_json(one), ensure_ascii=False) for one in suggestions))


def _weighed(one: _OneSop, contacts: Contacts | None, insight: Insight, encode: Vectors | None) -> Weighed:
    if contacts is None:
        return Weighed()
    return weigh(contacts, find_habits(one.speech, one.sop, insight.habits, encode), insight, encode)

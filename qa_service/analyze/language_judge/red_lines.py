"""Red lines before the judge: those found, and, when asked about everything, those of which nothing was found.

The judge alone never strikes out a fatal red line: such a finding waits for a person anyway, and whoever is judged may
have written into the conversation what the judge reads.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from qa_service.analyze.language_judge.case import Case
from qa_service.analyze.language_judge.claims import UNMEASURED, claim, claim_of_addition
from qa_service.analyze.language_judge.items import Decision, Decisions, Item, Option, wording_texts
from qa_service.analyze.red_lines.find import watched
from qa_service.domain.finding import LANGUAGE_MODEL, RedLineFinding, RemovedFinding
from qa_service.domain.severity import Severity
from qa_service.domain.sop import RedLine

CROSSED, NOT_CROSSED = "crossed", "not_crossed"


def red_line_items(case: Case) -> Iterator[Item]:
    """The red lines that the judge is asked about."""
    lines = _lines(case)
    for finding in case.analysis.red_lines:
        if case.asks(finding):
            there = Option(frozenset((finding.span.turn,)))
            yield Item(finding.key, _texts(lines[finding.id]), {CROSSED: there, NOT_CROSSED: there})
    found = {finding.id for finding in case.analysis.red_lines}
    for line in lines.values():
        if case.every and line.id not in found:
            yield Item(f"red_line/{line.id}", _texts(line), {CROSSED: Option(case.agent)})


def judged_red_lines(case: Case, decisions: Decisions) -> tuple[tuple[RedLineFinding, ...], list[RemovedFinding]]:
    """Red lines with what the judge decided in them, and those it struck out."""
    lines = _lines(case)
    kept: list[RedLineFinding] = []
    removed: list[RemovedFinding] = []
    for finding in case.analysis.red_lines:
        decision = decisions.get(finding.key)
        if decision is None:
            kept.append(finding)
        elif decision.verdict == CROSSED:
            kept.append(replace(finding, **claim(finding, agrees=True)))
        elif finding.unsure and lines[finding.id].severity is not Severity.FATAL:
            removed.append(RemovedFinding(finding.key, decision.turns, LANGUAGE_MODEL))
        else:
            kept.append(replace(finding, confidence=min(finding.confidence, UNMEASURED), unsure=True))
    kept += [new for line in lines for new in _new(case, line, decisions.get(f"red_line/{line}"))]
    return tuple(sorted(kept, key=lambda finding: (finding.span, finding.id))), removed


def _lines(case: Case) -> dict[str, RedLine]:
    return {line.id: line for line in watched(case.sop, case.codebook)}


def _texts(line: RedLine) -> dict[str, Any]:
    return {"title": line.title, "description": line.description, **wording_texts(line.wording)}


def _new(case: Case, line_id: str, decision: Decision | None) -> Iterator[RedLineFinding]:
    """What the judge found beyond the models: the quote is the whole turn, cut from the text as stored."""
    for turn in decision.turns if decision else ():
        span = case.read.wholes[turn]
        if span is not None:
            yield RedLineFinding(line_id, span, case.read.quote(span), **claim_of_addition(unsure=True))

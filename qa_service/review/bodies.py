"""Findings as objects of the contract, by key: overrides carry the same fields, so the two can be merged."""

from collections.abc import Mapping
from typing import Any

from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_from_json, analysis_to_json
from qa_service.domain.finding import Finding

# Attribute of an Analysis, field of the contract object, first part of the finding key.
LISTS = (
    ("steps", "steps", "step"),
    ("orders", "order_violations", "order"),
    ("obligations", "obligations", "obligation"),
    ("red_lines", "red_lines", "red_line"),
    ("needs", "needs", "need"),
    ("promises", "promises", "promise"),
    ("competitors", "competitors", "competitor"),
    ("checks", "checks", "check"),
)
GRIEVANCES = ("complaint", "refund")
KINDS = (*(kind for _, _, kind in LISTS), *GRIEVANCES)

Body = dict[str, Any]
_EMPTY: Body = {"conversation_id": "", "sop": None}


def kind_at(key: str) -> str:
    """The kind of finding that a key names."""
    return key.partition("/")[0]


def finding_bodies(analysis: Analysis) -> dict[str, Body]:
    """Every finding as its contract object, by key."""
    body = analysis_to_json(analysis)
    bodies: dict[str, Body] = {}
    for attribute, field, _ in LISTS:
        keys = [finding.key for finding in getattr(analysis, attribute)]
        bodies |= zip(keys, body.get(field, []), strict=True)
    return bodies | {kind: body[kind] for kind in GRIEVANCES}


def keyed_json(analysis: Analysis) -> Body:
    """The contract object of an analysis in which every finding also tells its key."""
    body = analysis_to_json(analysis)
    for attribute, field, _ in LISTS:
        if field in body:
            pairs = zip(getattr(analysis, attribute), body[field], strict=True)
            body[field] = [{"key": finding.key} | one for finding, one in pairs]
    return body | {kind: {"key": kind} | body[kind] for kind in GRIEVANCES}


def finding_of(kind: str, body: Mapping[str, Any]) -> Finding:
    """The finding that a contract object is; raises InvalidInput when fields are missing."""
    if kind in GRIEVANCES:
        grievance: Finding = getattr(analysis_from_json(_EMPTY | {kind: dict(body)}), kind)
        return grievance
    attribute, field = next((attribute, field) for attribute, field, name in LISTS if name == kind)
    finding: Finding = getattr(analysis_from_json(_EMPTY | {field: [dict(body)]}), attribute)[0]
    return finding

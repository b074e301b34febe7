"""Which findings of an analysis cost nothing, since others cost for the same words."""

from dataclasses import replace

from qa_service.domain.analysis import Analysis
from qa_service.domain.score import ScoredFindings, charged_elsewhere
from qa_service.domain.sop import Sop


def telling_charges(analysis: Analysis, sop: Sop) -> Analysis:
    """The analysis whose findings say where they are charged, if not by themselves."""
    parts = (analysis.steps, analysis.orders, analysis.obligations, analysis.red_lines, analysis.checks)
    elsewhere = charged_elsewhere(sop, ScoredFindings(*parts))
    told = any(one.same_as for one in analysis.checks) or any(one.same_as for one in analysis.red_lines)
    if not elsewhere and not told:
        return analysis
    first = {line.id: line.key for line in reversed(analysis.red_lines)}
    lines = (replace(line, same_as=elsewhere.get(first[line.id])) for line in analysis.red_lines)
    checks = (
        replace(one, same_as=elsewhere.get(one.key)) if one.same_as or one.key in elsewhere else one
        for one in analysis.checks
    )
    return replace(analysis, red_lines=tuple(lines), checks=tuple(checks))

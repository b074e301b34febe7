"""Asks a language model about a case, and writes into the analysis what it decided with valid evidence.

Whatever goes wrong costs the second opinion alone: the analysis then stays, byte for byte, as the models judged it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from qa_service.analyze.language_judge.answer import Opinion, read_answer
from qa_service.analyze.language_judge.case import Case
from qa_service.analyze.language_judge.grievances import grievance_items, judged_grievance
from qa_service.analyze.language_judge.items import Decisions, Item
from qa_service.analyze.language_judge.obligations import judged_obligations, obligation_items
from qa_service.analyze.language_judge.question import inquiry_about, prompt_version
from qa_service.analyze.language_judge.red_lines import judged_red_lines, red_line_items
from qa_service.analyze.language_judge.steps import judged_steps, step_items
from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.inquiry import Inquiry
from qa_service.domain.score import ScoredFindings, score
from qa_service.errors import NoAnswer
from qa_service.logs import logger

log = logger("language_judge")


class LanguageModel(Protocol):
    """Answers questions put in words; may be shared between threads."""

    def answer(self, inquiry: Inquiry) -> str:
        """The text of the answer; raises NoAnswer."""
        ...


@dataclass(frozen=True, slots=True)
class LanguageJudge:
    """A language model as second judge. `mask` covers personal data; `every`: it is asked about sure items too."""

    model: LanguageModel
    name: str
    mask: Callable[[Conversation], Conversation]
    every: bool = False

    @property
    def versions(self) -> Mapping[str, str]:
        """What an analysis says about the judge that took part in it."""
        scope = "all" if self.every else "unsure"
        return {"judge": self.name, "judge_items": scope, "judge_prompts": prompt_version()}

    def decide(self, case: Case) -> Analysis:
        """The analysis with the decisions of the judge in it; unchanged when there is nothing to ask, or no answer."""
        case = replace(case, every=self.every)
        conversation_id = case.analysis.conversation_id
        try:
            items = tuple(item for item in _items(case) if any(option.turns for option in item.options.values()))
            if not items:
                return case.analysis
            opinion = self._opinion(case, items)
            judged = _judged(case, opinion.decisions)
        except NoAnswer as error:
            log.warning("judge_gave_no_answer", conversation_id=conversation_id, code=error.reason)
            return case.analysis
        except Exception as error:
            # An optional part must not cost what the models found, whatever its fault.
            log.error("judge_failed", conversation_id=conversation_id, error=error)
            return case.analysis
        decided, rejected = sorted(opinion.decisions), dict(opinion.rejected)
        log.info("judge_answered", conversation_id=conversation_id, decided=decided, rejected=rejected)
        return replace(judged, versions={**judged.versions, **self.versions})

    def _opinion(self, case: Case, items: tuple[Item, ...]) -> Opinion:
        conversation = case.read.conversation
        answer = self.model.answer(inquiry_about(case, items, self.mask(conversation)))
        return read_answer(answer, items, conversation.turns)


def _items(case: Case) -> Iterator[Item]:
    if case.sop:
        yield from step_items(case, case.sop)
        yield from obligation_items(case, case.sop)
    yield from red_line_items(case)
    yield from grievance_items(case, case.analysis.complaint)
    yield from grievance_items(case, case.analysis.refund)


def _judged(case: Case, decisions: Decisions) -> Analysis:
    """The analysis with decisions in it, what follows from the steps, and its score."""
    analysis, sop = case.analysis, case.sop
    red_lines, removed = judged_red_lines(case, decisions)
    complaint, complaint_removed = judged_grievance(case, analysis.complaint, decisions)
    refund, refund_removed = judged_grievance(case, analysis.refund, decisions)
    judged = replace(analysis, red_lines=red_lines, complaint=complaint, refund=refund)
    if sop:
        steps = judged_steps(case, sop, decisions)
        follows = case.derive(steps)
        obligations, obligations_removed = judged_obligations(case, sop, decisions, follows.obligations)
        found = ScoredFindings(follows.steps, follows.orders, obligations, red_lines, follows.checks)
        judged = replace(
            judged,
            steps=follows.steps,
            orders=follows.orders,
            obligations=obligations,
            checks=follows.checks,
            score=score(sop, found, doubtful=analysis.doubtful),
        )
        removed = obligations_removed + removed
    return replace(judged, removed=(*removed, *complaint_removed, *refund_removed))

"""Questions that many customers ask and that stay open: candidates for the SOP's questions and answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from qa_service.domain.insight import SuggestionBounds
from qa_service.domain.metrics import rate
from qa_service.domain.quote import Quote
from qa_service.domain.sop import Sop
from qa_service.domain.suggestion import RevisionSuggestion, SuggestionEvidence, SuggestionKind
from qa_service.domain.topic import ASKING, OPEN, Statement, Topic
from qa_service.suggest.evidence import Numbers
from qa_service.suggest.grounds import Change, Grounds
from qa_service.suggest.patches import MOST_EXAMPLES, with_faq, with_obligation
from qa_service.suggest.plan import Aim
from qa_service.suggest.wording import Statements, alike, pairs_of, short, stated

SHORTEST = 4
# An obligation is met by an answer within so many moves, and shows at least so many.
WITHIN, FEWEST_ANSWERS = 4, 2
UNANSWERED = "unanswered"


@dataclass(frozen=True)
class _Gap:
    """A topic as far as it asks for an answer: all that asked, and those who got none."""

    topic: Topic
    asked: list[Statement]
    left: list[Statement]

    @property
    def n(self) -> int:
        return _conversations(self.asked)

    @property
    def n_open(self) -> int:
        return _conversations(self.left)

    def wide_enough(self, bounds: SuggestionBounds) -> bool:
        """Several customers of several agents, and a fair share of all who asked."""
        agents = {member.agent_id for member in self.left}
        several = len(agents) >= bounds.faq_agents or agents == {""}
        recurs = len({member.customer_key for member in self.left}) >= bounds.faq_conversations
        return recurs and several and rate(self.n_open, self.n).low >= bounds.faq_share_unanswered

    @property
    def objects(self) -> bool:
        """Whether it is an objection more often than a question."""
        return 2 * sum(member.kind == "objection" for member in self.asked) > len(self.asked)

    @cached_property
    def question(self) -> str:
        """The question as a customer put it who put it most like the others; a short one, if it can be."""
        texts = sorted({member.text for member in self.asked if member.kind == "question"})
        texts = texts or sorted({member.text for member in self.asked})
        pairs = {text: pairs_of(text) for text in texts}

        def worth(text: str) -> tuple[float, str]:
            shared = sum(len(pairs[text] & other) > 0 for other in pairs.values()) / len(pairs)
            length = len(text)
            return shared - 0.01 * length - 0.1 * max(0, SHORTEST - length), text

        return max(texts, key=worth)


def suggest_answers(grounds: Grounds) -> Iterator[RevisionSuggestion]:
    """The recurring questions that stay open in most conversations, one suggestion each.

    A question that the SOP does not answer wants an answer there; one that it answers already, or an objection, wants
    an obligation to say so.
    """
    bounds, sop = grounds.bounds, grounds.sop
    gaps = [gap for gap in map(_gap, grounds.numbers.topics) if gap is not None and gap.wide_enough(bounds)]
    open_gaps = [gap for gap in gaps if not _owed_already(gap, sop)]
    for gap in sorted(open_gaps, key=lambda gap: (-gap.n_open, gap.topic.id))[: bounds.faq_at_most]:
        answered = any(alike(gap.question, faq["question"]) for faq in sop.faq)
        answers = _answers(gap.topic, grounds.numbers)
        if (answered or gap.objects) and len(answers) >= FEWEST_ANSWERS:
            yield _suggestion(grounds, gap, SuggestionKind.ADD_OBLIGATION, _with_obligation(grounds, gap, answers))
        elif not answered:
            answer = answers[len(answers) // 2] if answers else str(grounds.statements["answer_wanted"])
            yield _suggestion(grounds, gap, SuggestionKind.ADD_FAQ, with_faq(sop.document, gap.question, answer))


def _suggestion(grounds: Grounds, gap: _Gap, kind: SuggestionKind, document: Mapping[str, Any]) -> RevisionSuggestion:
    change = Change(kind, ("topic", gap.topic.id), _statement(gap, kind, grounds.statements), document)
    examples = _examples(gap.left, grounds.bounds.examples)
    # A change is worth having if it halves what stays open.
    share = rate(gap.n_open, gap.n)
    aim = Aim(UNANSWERED, (share.value or 0.0) / 2, base=share)
    return grounds.finished(change, SuggestionEvidence(gap.n, None, examples), aim, None)


def _with_obligation(grounds: Grounds, gap: _Gap, answers: list[str]) -> Mapping[str, Any]:
    asked = list(dict.fromkeys(quote.text for quote in _examples(gap.asked, MOST_EXAMPLES)))
    title = stated(grounds.statements, "answer_title", question=short(gap.question))
    obligation = {
        "id": f"answer_{gap.topic.id.removeprefix('t-')[:8]}",
        "title": title,
        "within": WITHIN,
        "trigger": {"examples": asked},
        "response": {"examples": answers[:MOST_EXAMPLES]},
    }
    return with_obligation(grounds.sop.document, obligation)


def _owed_already(gap: _Gap, sop: Sop) -> bool:
    """Whether the question triggers an obligation of the SOP: then agents need coaching, not the SOP a change."""
    question = gap.question
    for obligation in sop.obligations:
        named = any(keyword in question for keyword in obligation.trigger.keywords)
        if named or any(alike(question, example) for example in obligation.trigger.examples):
            return True
    return False


def _gap(topic: Topic) -> _Gap | None:
    """The topic as a gap, None where most of its statements ask for no answer."""
    asked = [member for member in topic.members if member.kind in ASKING and member.handled is not None]
    if not asked or 2 * len(asked) < len(topic.members):
        return None
    return _Gap(topic, asked, [member for member in asked if member.handled in OPEN])


def _statement(gap: _Gap, kind: SuggestionKind, statements: Statements) -> str:
    share = rate(gap.n_open, gap.n)
    percent = {"share": gap.n_open / gap.n, "low": share.low, "high": share.high}
    parts = {name: round(100 * value) for name, value in percent.items()}
    return stated(statements, kind.value, None, question=gap.question, n=gap.n, n_open=gap.n_open, **parts)


def _conversations(members: list[Statement]) -> int:
    return len({member.conversation_id for member in members})


def _examples(members: list[Statement], count: int) -> tuple[Quote, ...]:
    """Open questions of different conversations, in different words as far as there are some."""
    by_conversation: dict[str, Quote] = {}
    for member in sorted(members, key=lambda m: (m.conversation_id, m.turn)):
        by_conversation.setdefault(member.conversation_id, Quote(member.conversation_id, member.turn, member.text))
    first = {quote.text: quote for quote in reversed(by_conversation.values())}
    ranked = sorted(by_conversation.values(), key=lambda quote: first[quote.text] is not quote)
    return tuple(ranked)[: max(2, count)]


def _answers(topic: Topic, numbers: Numbers) -> list[str]:
    """Answers that colleagues gave, those of middling length in the middle: neither grunts nor speeches."""
    known = [numbers.evidence.answers.get((member.conversation_id, member.turn)) for member in topic.members]
    return sorted({answer for answer in known if answer}, key=lambda answer: (len(answer), answer))

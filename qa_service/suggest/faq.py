"""Questions that many customers ask and that stay open: candidates for the SOP's questions and answers."""

from collections.abc import Iterator
from dataclasses import dataclass

from qa_service.domain.insight import SuggestionBounds
from qa_service.domain.metrics import rate
from qa_service.domain.quote import Quote
from qa_service.domain.sop import Sop
from qa_service.domain.suggestion import RevisionSuggestion, SuggestionEvidence, SuggestionKind
from qa_service.domain.topic import Statement, Topic
from qa_service.suggest.evidence import Numbers
from qa_service.suggest.patches import with_faq
from qa_service.suggest.wording import Statements, stated, suggestion_id

ASKING = frozenset({"question", "objection"})
OPEN = frozenset({"evaded", "none"})
ALIKE = 0.5
SHORTEST = 4


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
        return recurs and several and self.n_open >= bounds.faq_share_unanswered * self.n

    def question(self) -> str:
        """The question as a customer put it who put it most like the others; a short one, if it can be."""
        texts = sorted({member.text for member in self.asked if member.kind == "question"})
        texts = texts or sorted({member.text for member in self.asked})
        pairs = {text: _pairs(text) for text in texts}

        def worth(text: str) -> tuple[float, str]:
            shared = sum(len(pairs[text] & other) > 0 for other in pairs.values()) / len(pairs)
            length = len(text)
            return shared - 0.01 * length - 0.1 * max(0, SHORTEST - length), text

        return max(texts, key=worth)


def suggest_faq(
    sop: Sop, numbers: Numbers, bounds: SuggestionBounds, statements: Statements
) -> Iterator[RevisionSuggestion]:
    """The recurring questions that stay open in most conversations, one suggestion each."""
    gaps = [gap for gap in map(_gap, numbers.topics) if gap is not None and gap.wide_enough(bounds)]
    new = [gap for gap in gaps if not any(_alike(gap.question(), faq["question"]) for faq in sop.faq)]
    for gap in sorted(new, key=lambda gap: (-gap.n_open, gap.topic.id))[: bounds.faq_at_most]:
        answer = _answer(gap.topic, numbers) or str(statements["answer_wanted"])
        yield RevisionSuggestion(
            id=suggestion_id(sop.id, SuggestionKind.ADD_FAQ, gap.topic.id),
            sop=sop.id,
            kind=SuggestionKind.ADD_FAQ,
            target_kind="topic",
            target_id=gap.topic.id,
            statement=_statement(gap, statements),
            evidence=SuggestionEvidence(gap.n, None, _examples(gap.left, bounds.examples)),
            document=with_faq(sop.document, gap.question(), answer),
        )


def _gap(topic: Topic) -> _Gap | None:
    """The topic as a gap, None where most of its statements ask for no answer."""
    asked = [member for member in topic.members if member.kind in ASKING and member.handled is not None]
    if not asked or 2 * len(asked) < len(topic.members):
        return None
    return _Gap(topic, asked, [member for member in asked if member.handled in OPEN])


def _statement(gap: _Gap, statements: Statements) -> str:
    share = rate(gap.n_open, gap.n)
    percent = {"share": gap.n_open / gap.n, "low": share.low, "high": share.high}
    parts = {name: round(100 * value) for name, value in percent.items()}
    return stated(statements, "add_faq", None, question=gap.question(), n=gap.n, n_open=gap.n_open, **parts)


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


def _answer(topic: Topic, numbers: Numbers) -> str | None:
    """An answer that a colleague gave, of middling length: neither a grunt nor a speech."""
    known = [numbers.evidence.answers.get((member.conversation_id, member.turn)) for member in topic.members]
    answers = sorted({answer for answer in known if answer}, key=lambda answer: (len(answer), answer))
    return answers[len(answers) // 2] if answers else None


def _alike(one: str, other: str) -> bool:
    """Whether two questions share most of their pairs of characters."""
    first, second = _pairs(one), _pairs(other)
    return bool(first & second) and len(first & second) >= ALIKE * min(len(first), len(second))


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}

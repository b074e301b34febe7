"""Questions that many customers ask and that stay open: candidates for the SOP's questions and answers."""

from collections.abc import Iterator

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


def suggest_faq(
    sop: Sop, numbers: Numbers, bounds: SuggestionBounds, statements: Statements
) -> Iterator[RevisionSuggestion]:
    """One suggestion for each recurring question that is left open in enough distinct conversations."""
    found = sorted(_candidates(sop, numbers, bounds, statements), key=lambda pair: (-pair[0], pair[1].id))
    yield from (suggestion for _, suggestion in found[: bounds.faq_at_most])


def _candidates(
    sop: Sop, numbers: Numbers, bounds: SuggestionBounds, statements: Statements
) -> Iterator[tuple[int, RevisionSuggestion]]:
    """Suggestions with the number of conversations in which the question stayed open."""
    for topic in numbers.topics:
        asked = [member for member in topic.members if member.kind in ASKING and member.handled is not None]
        left = [member for member in asked if member.handled in OPEN]
        n, n_open = _conversations(asked), _conversations(left)
        if not _enough(left, n_open / n if n else 0.0, bounds) or any(
            _alike(topic.label, faq["question"]) for faq in sop.faq
        ):
            continue
        share = rate(n_open, n)
        numbers_of = {"share": round(100 * n_open / n), "low": round(100 * share.low), "high": round(100 * share.high)}
        text = stated(statements, "add_faq", None, question=topic.label, n=n, n_open=n_open, **numbers_of)
        answer = _answer(topic, numbers) or str(statements["answer_wanted"])
        yield (
            n_open,
            RevisionSuggestion(
                id=suggestion_id(sop.id, SuggestionKind.ADD_FAQ, topic.id),
                sop=sop.id,
                kind=SuggestionKind.ADD_FAQ,
                target_kind="topic",
                target_id=topic.id,
                statement=text,
                evidence=SuggestionEvidence(n, None, _examples(left, bounds.examples)),
                document=with_faq(sop.document, topic.label, answer),
            ),
        )


def _enough(left: list[Statement], share_open: float, bounds: SuggestionBounds) -> bool:
    customers = {member.customer_key for member in left}
    agents = {member.agent_id for member in left}
    several = len(agents) >= bounds.faq_agents or agents == {""}
    recurs = len(customers) >= bounds.faq_conversations and several
    return recurs and share_open >= bounds.faq_share_unanswered


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

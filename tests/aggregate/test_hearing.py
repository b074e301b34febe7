from dataclasses import replace
from datetime import date

from qa_service.aggregate.coaching import CoachingQuestion, observe_agent
from qa_service.aggregate.hearing import Hearing
from qa_service.aggregate.voice import hear_week
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import ALWAYS
from qa_service.workflows.load_insight import load_insight
from tests.judged_cases import CHINA, Case, judged

WEEK, MONDAY = "2026-W39", date(2026, 9, 21)
BOUNDS = load_insight()


def asking(number: int, *, agent: str = "A1", question: str | None = "学费多少钱") -> JudgedConversation:
    needs = [(question, "question", "answered")] if question else []
    return judged(Case(id=f"c{number:03d}", day=MONDAY, agent=agent, needs=needs))


def heard(keep: int, pairs: list[JudgedConversation]) -> Hearing:
    hearing = Hearing(keep, with_answers=True)
    for pair in pairs:
        hearing.add(pair)
    return hearing


def test_up_to_the_limit_everything_is_heard() -> None:
    hearing = heard(30, [asking(n) for n in range(30)])
    assert (hearing.n, len(hearing.statements()), len(hearing.answers())) == (30, 30, 30)


def test_of_more_a_sample_is_heard_that_is_the_same_in_any_order() -> None:
    pairs = [asking(n) for n in range(200)]
    one, other = heard(50, pairs), heard(50, pairs[::-1])
    assert one.n == 50
    assert one.statements() == other.statements()
    among_first = sum(statement.conversation_id < "c100" for statement in one.statements())
    assert 15 <= among_first <= 35


def test_who_states_nothing_is_heard_too() -> None:
    hearing = heard(50, [asking(n, question=None if n % 2 else "学费多少钱") for n in range(200)])
    assert hearing.n == 50
    assert 15 <= len(hearing.statements()) <= 35


def test_the_share_of_a_topic_is_of_the_conversations_heard_and_says_so() -> None:
    pairs = [asking(n, question=None if n % 2 else "学费多少钱") for n in range(200)]
    voice = hear_week(pairs, WEEK, CHINA, bounds=replace(BOUNDS.voice, needs_read=60), needs=BOUNDS.needs)
    rate = voice.topics[0].figure.counted.rate
    assert rate.n == 60
    assert rate.low <= 0.5 <= rate.high
    assert voice.n == 200


def test_an_agent_is_heard_apart_from_the_many_others() -> None:
    pairs = [asking(n, agent="A1" if n < 20 else "A2") for n in range(200)]
    question = CoachingQuestion("A1", ALWAYS, CHINA)
    sheet = observe_agent(pairs, question, bounds=replace(BOUNDS.coaching, needs_read=20), needs=BOUNDS.needs)
    answered = sheet.needs[0].answered.difference
    assert (answered.now.n, answered.before.n) == (20, 20)
    assert sheet.n_colleagues == 180

"""Five weeks of a small team, by hand: quiet ones, then one in which complaints about changed lessons rise."""

from datetime import date, timedelta

from qa_service.domain.judged import JudgedConversation
from tests.judged_cases import Case, judged

WEEK = "2026-W39"
MONDAY = date(2026, 9, 21)
AGENTS = (("A1", "一组"), ("A2", "一组"), ("A3", "二组"), ("A4", "二组"))
QUESTIONS = ("试听怎么约", "怎么约试听课", "学费多少钱", "你们怎么收费", "孩子近视能上吗")


def conversations() -> list[JudgedConversation]:
    """30 conversations a week; agent A1 seldom asks for needs, everybody else nearly always does."""
    return [judged(_case(back, number)) for back in range(5) for number in range(30)]


def _case(back: int, number: int) -> Case:
    agent, team = AGENTS[number % 4]
    asks = number == 0 if agent == "A1" else number != 1
    done = ["greeting", *(["needs", "pitch"] if asks else []), *(["book"] if number % 3 else [])]
    angry = back == 0 and number % 3 == 0
    question = QUESTIONS[number % 5]
    return Case(
        id=f"w{back}-{number:02d}",
        day=MONDAY - timedelta(weeks=back) + timedelta(days=number % 7),
        agent=agent,
        team=team,
        done=done,
        needs=[(question, "question", "evaded" if number % 4 == 0 else "answered")],
        complaint=["schedule_change"] if angry else ["slow_response"] if number == 29 else [],
        refund=["no_time"] if number in (7, 8) else [],
        red_lines=[("guarantee_outcome", "我们这边是保过的")] if (back, number) == (0, 4) else [],
        competitors=[("小书童阅读", "better")] if number in (3, 14) else [],
        promises=[("effect", "三个月一定见效")] if number in (7, 12) else [],
        price_met=number % 2 == 0 if number % 5 in (2, 3) else None,
        score=60.0 if agent == "A1" else 82.0,
        settled=number % 6 != 5,
    )

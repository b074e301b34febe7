"""Weekly counts of topics with known shares: one may be new. The numbers alone, without words."""

from collections.abc import Sequence
from random import Random

from qa_service.aggregate.emergence import judge_emergence
from qa_service.domain.emergence import Course
from qa_service.workflows.load_insight import load_insight

TOPICS, STATEMENTS, NEW_SHARE, AGENTS = 40, 2000, 0.005, 40
SHOWN = load_insight().voice.weeks_shown
BOUNDS = load_insight().voice.emergence


def found_by_second_week(seed: int, *, before: int, swing: float = 0.0) -> bool:
    """Whether a topic with a new share is called emerging in its first or second week."""
    weeks = _weeks(seed, before, 2, new=True, swing=swing)
    return any(TOPICS in _emerging(weeks[: before + number]) for number in (1, 2))


def alarms(seed: int, *, before: int, swing: float = 0.0) -> list[int]:
    """How many topics are called emerging in each of four weeks with nothing new."""
    weeks = _weeks(seed, before, 4, new=False, swing=swing)
    return [len(_emerging(weeks[: before + number])) for number in range(1, 5)]


def _weeks(seed: int, before: int, after: int, *, new: bool, swing: float) -> list[list[int]]:
    """The counts of every topic, week by week; the new one is the last."""
    rng = Random(f"counts/{seed}/{new}")
    shares = [rng.gammavariate(0.7, 1.0) for _ in range(TOPICS)]
    weeks = []
    for week in range(before + after):
        swung = [share * rng.lognormvariate(0.0, swing) for share in shares]
        planted = NEW_SHARE / (1 - NEW_SHARE) * sum(swung) if new and week >= before else 0.0
        said = rng.choices(range(TOPICS + 1), [*swung, planted], k=STATEMENTS)
        weeks.append([said.count(topic) for topic in range(TOPICS + 1)])
    return weeks


def _emerging(weeks: Sequence[Sequence[int]]) -> set[int]:
    shown = weeks[-SHOWN:]
    courses = []
    for topic in range(TOPICS + 1):
        counts = tuple(week[topic] for week in shown)
        lately = sum(counts[-BOUNDS.recent_weeks :])
        courses.append(Course(counts, (STATEMENTS,) * len(counts), lately, min(lately, AGENTS)))
    return {topic for topic, one in enumerate(judge_emergence(courses, BOUNDS)) if one.emerging}

"""Emerging or not: a test repeated every week with a stated rate of false alarms, over all topics of a week at once.

Nothing is new where a topic's share of each week's customers stays at most `growth` times what it was before. Then,
given how often it was stated at all, how much of that lies in the weeks since a possible beginning is binomial (exact
conditional test of rates: Przyborowski and Wilenski 1940). The ratio of likelihoods against faster growth is an
e-variable: its mean is at most 1 (Gruenwald, de Heide and Koolen 2024, "Safe testing"; Turner, Ly and Gruenwald 2024
for two samples). Averaged over the possible beginnings it stays one, in every week (Shin, Ramdas and Rinaldo 2024,
"E-detectors", average over beginnings likewise). Where all topics swing from week to week more than chance has it
(holidays, campaigns), so much more growth is ordinary. Over all topics e-BH (Wang and Ramdas 2022) holds the false
discovery rate whatever the dependence between topics: in each week with nothing new the chance of any false alarm is
at most `false_alarms`, so that looking every week for a year gives at most 52 times that many on average.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import exp, inf, log, sqrt
from statistics import median

from qa_service.domain.emergence import Course, Emergence, EmergenceBounds
from qa_service.domain.topic import TopicWeek

# Multiples of the growth that is still ordinary: what growth is looked for. A wrong guess costs evidence, not validity.
FASTER = (3.0, 10.0, 100.0)
# Growth is ordinary up to so many usual swings beyond the bound.
USUAL_SWING = 2.0
# A swing is told from so many weeks with so many statements each, and what is usual from so many topics.
FEWEST_WEEKS, FEWEST_A_WEEK, FEWEST_SWINGS = 3, 5, 5
# Beyond this a float overflows; nothing depends on so much evidence.
LARGEST = 300.0


def judge_emergence(courses: Sequence[Course], bounds: EmergenceBounds) -> list[Emergence]:
    """Judge the last week of all courses as one family; they end in the same week."""
    growth = bounds.growth * exp(USUAL_SWING * swing(courses))
    found = [_strongest(course, growth, bounds.recent_weeks) for course in courses]
    # How often something was stated at all says nothing of when, so the rare may be left out beforehand.
    known = [sum(course.counts) >= bounds.fewest_customers for course in courses]
    family = [value for (value, _), enough in zip(found, known, strict=True) if enough]
    least = _least_evidence(family, bounds.false_alarms)
    return [
        Emergence(
            (emerging := value >= least and enough and _many(course, bounds)),
            value,
            since if emerging else None,
            course.customers,
            course.agents,
            bounds.recent_weeks,
        )
        for course, (value, since), enough in zip(courses, found, known, strict=True)
    ]


def emerging_topics(weeks: Iterable[TopicWeek], bounds: EmergenceBounds) -> dict[str, Emergence]:
    """Every topic of these weeks, judged for the last of them; a week that does not name a topic did not hear it.

    Customers of several weeks are taken as others, agents as the same: of agents at least so many.
    """
    by_topic: dict[str, dict[str, TopicWeek]] = {}
    heard: dict[str, int] = {}
    for one in weeks:
        heard[one.week] = max(heard.get(one.week, 0), one.customers_heard)
        if one.topic_id is not None:
            by_topic.setdefault(one.topic_id, {})[one.week] = one
    names = sorted(by_topic)
    found = judge_emergence([_course(by_topic[name], sorted(heard), heard, bounds) for name in names], bounds)
    return dict(zip(names, found, strict=True))


def _course(
    topic: Mapping[str, TopicWeek], weeks: Sequence[str], heard: Mapping[str, int], bounds: EmergenceBounds
) -> Course:
    counts = tuple(topic[week].customers if week in topic else 0 for week in weeks)
    recent = [topic[week] for week in weeks[-bounds.recent_weeks :] if week in topic]
    sizes = tuple(heard[week] for week in weeks)
    customers, agents = sum(one.customers for one in recent), max((one.agents for one in recent), default=0)
    return Course(counts, sizes, customers, agents)


def first_heard(sizes: Sequence[int]) -> int:
    """The place of the week with which courses begin: the first in which anybody was heard, else the last."""
    return next((place for place, n in enumerate(sizes) if n), len(sizes) - 1)


def swing(courses: Sequence[Course]) -> float:
    """How much shares swing from week to week beyond chance: the usual standard deviation of their logarithm.

    Of each topic by the method of moments; the median, since what emerges is among them.
    """
    swings = [one for course in courses if (one := _swing(course)) is not None]
    return sqrt(max(0.0, median(swings))) if len(swings) >= FEWEST_SWINGS else 0.0


def evidence_of_growth(counts: Sequence[int], sizes: Sequence[int], *, growth: float, recent_weeks: int) -> float:
    """The e-value that the share grew, by more than `growth` times, within the recent weeks of a course."""
    return _averaged(_by_beginning(counts, sizes, growth, recent_weeks), recent_weeks)


def _swing(course: Course) -> float | None:
    """The squared swing of one topic; None where it is stated too seldom to tell."""
    weeks, total, heard = len(course.counts), sum(course.counts), sum(course.sizes)
    if weeks < FEWEST_WEEKS or total < FEWEST_A_WEEK * weeks:
        return None
    expected = [total * size / heard for size in course.sizes]
    beyond = sum((k - e) ** 2 - e * (1 - e / total) for k, e in zip(course.counts, expected, strict=True))
    return beyond / sum(e * e for e in expected)


def _strongest(course: Course, growth: float, recent_weeks: int) -> tuple[float, int | None]:
    """The evidence, and how many weeks ago the growth is best seen to have begun."""
    values = _by_beginning(course.counts, course.sizes, growth, recent_weeks)
    if not values:
        return 0.0, None
    best = max(range(len(values)), key=values.__getitem__)
    return _averaged(values, recent_weeks), best + 1


def _averaged(values: Sequence[float], recent_weeks: int) -> float:
    """Over the beginnings; the last two weeks count most, since what is new should be told by the end of its second."""
    weights = [1 / max(2, place) for place in range(1, recent_weeks + 1)]
    return sum(value * weight for value, weight in zip(values, weights, strict=False)) / sum(weights)


def _by_beginning(counts: Sequence[int], sizes: Sequence[int], growth: float, recent_weeks: int) -> list[float]:
    """The evidence of each possible beginning, the last week first; the first week of all has no before."""
    last = len(counts) - 1
    return [_ratio(counts, sizes, week, growth) for week in range(last, max(0, last - recent_weeks), -1)]


def _ratio(counts: Sequence[int], sizes: Sequence[int], week: int, growth: float) -> float:
    """The likelihood of faster growth since a week, averaged, against that of the fastest ordinary one."""
    before, since = sum(sizes[:week]), sum(sizes[week:])
    if not before or not since:
        return 1.0
    ordinary, now, total = growth * since / before, sum(counts[week:]), sum(counts)
    ratios = (_log_ratio(now, total, ordinary, ordinary * faster) for faster in FASTER)
    return sum(exp(min(one, LARGEST)) for one in ratios) / len(FASTER)


def _log_ratio(now: int, total: int, odds: float, faster: float) -> float:
    """Of `now` among `total` under two odds that a statement is a recent one."""
    return now * log(faster / odds) - total * log((1 + faster) / (1 + odds))


def _least_evidence(values: Sequence[float], rate: float) -> float:
    """The e-value from which on e-BH discovers; beyond all where it discovers nothing."""
    ranked = sorted(values, reverse=True)
    enough = [value for rank, value in enumerate(ranked, 1) if value * rank * rate >= len(ranked)]
    return min(enough, default=inf)


def _many(course: Course, bounds: EmergenceBounds) -> bool:
    """One customer who asks often, or one agent's way of noting things, is no news."""
    return course.customers >= bounds.fewest_customers and course.agents >= bounds.fewest_agents

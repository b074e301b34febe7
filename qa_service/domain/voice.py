"""One week of customers' voices in numbers: how much of what, and whether it changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from qa_service.domain.change import Change
from qa_service.domain.counted import Counted, CountRow
from qa_service.domain.emergence import Emergence
from qa_service.domain.metrics import Rate
from qa_service.domain.period import Period
from qa_service.domain.quote import Quote
from qa_service.domain.topic import Topic
from qa_service.domain.trend import LevelTrend, Split

What = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the week: its count, its change against the weeks before, its course over the weeks shown.

    Before `comparable_from` it was not told apart from others: the taxonomy split it off, or it was new. `split` takes
    the change apart; `emergence` is judged of reasons.
    """

    what: What
    counted: Counted
    change: Change
    series: tuple[Rate, ...]
    comparable_from: date | None = None
    split: Split | None = None
    emergence: Emergence | None = None


@dataclass(frozen=True, slots=True)
class TopicFigure:
    """A topic of the week; `answered` is of its questions and objections of the week, `open_in` where it was not."""

    topic: Topic
    figure: Figure
    answered: Rate
    open_in: Counted
    quotes: tuple[Quote, ...]
    emergence: Emergence | None = None


@dataclass(frozen=True, slots=True)
class WeeklyVoice:
    """The week, the weeks shown before it (oldest first, the week itself last) and all figures.

    `emerging` are topics, among those shown or not; `levels` tell courses by product, channel and team.
    `n_misheard` conversations of the week are in none of them: it is doubtful who said what there.
    """

    week: str
    period: Period
    weeks: tuple[str, ...]
    sizes: tuple[int, ...]
    weeks_compared: int
    n_customers: int
    n_agents: int
    figures: tuple[Figure, ...]
    topics: tuple[TopicFigure, ...]
    groups: tuple[CountRow, ...]
    quotes: Mapping[What, tuple[Quote, ...]]
    n_misheard: int = 0
    emerging: tuple[TopicFigure, ...] = ()
    levels: tuple[LevelTrend, ...] = ()

    @property
    def n(self) -> int:
        """Conversations of the week."""
        return self.sizes[-1]

    def figure(self, *what: str) -> Figure | None:
        """The figure of that name."""
        return next((figure for figure in self.figures if figure.what == what), None)

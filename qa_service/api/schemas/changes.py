"""Bodies about what changed: figures before and after, where something new was in force and where not."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.body import Body, Day, shows

CHANGE: dict[str, Any] = {
    "figure": "converted",
    "unit": "share",
    "higher_is_better": True,
    "changed": {"before": {"mean": 0.121, "n": 1830}, "after": {"mean": 0.168, "n": 1204}},
    "others": {"before": {"mean": 0.118, "n": 2010}, "after": {"mean": 0.12, "n": 1310}},
    "difference": 0.044,
    "ci_low": 0.009,
    "ci_high": 0.079,
    "verdict": "better",
    "because": [],
    "grade": "C",
    "method": "staggered_differences",
    "n_agents": 42,
    "n_teams": {"changed": 4, "others": 5},
    "worthwhile": 0.03,
    "needed": 5210,
    "statement": {"zh": "成交率：之前 12.1%（n=1,830），之后 16.8%（n=1,204）…确有好转。", "en": "Conversion: …"},
}
EFFECT: dict[str, Any] = {
    "sop": "moya-trial-call",
    "version": 2,
    "since_version": 1,
    "since": "2026-09-01",
    "as_of": "2026-10-31",
    "left_out": {"not_comparable": 12},
    "items": [CHANGE],
}
WATCHED: dict[str, Any] = {
    "figure": "refund_request",
    "dimension": "team",
    "level": "一组",
    "usual": 0.041,
    "n_before": 3910,
    "raised": "2026-W40",
    "rising_since": "2026-W38",
    "k": 38,
    "n": 450,
    "expected": 18.6,
    "ratio": 2.0,
    "false_alarms": 0.05,
    "delay": 3.0,
    "found": 0.98,
}


class EffectQuery(BaseModel):
    """As of which day; what came later is not looked at."""

    model_config = ConfigDict(extra="forbid")
    as_of: Day | None = None


class LevelBody(Body):
    """A mean over n conversations or customers; null of nobody, or where it is not shown to you."""

    model_config = shows({"mean": 0.121, "n": 1830})
    mean: float | None
    n: int


class SidesBody(Body):
    """Before and after."""

    model_config = shows(CHANGE["changed"])
    before: LevelBody
    after: LevelBody


class TeamsBody(Body):
    """How many teams changed, and how many did not."""

    model_config = shows(CHANGE["n_teams"])
    changed: int
    others: int


class StatementBody(Body):
    """One sentence for readers, in both languages."""

    model_config = shows(CHANGE["statement"])
    zh: str
    en: str


class ChangeBody(Body):
    """What became of one figure; shares are 0 to 1, points 0 to 100.

    `difference` is the change beside that of the others. Its interval stays valid however often you look, and leaves
    out zero exactly where the verdict is `better` or `worse`. `because` says why a verdict is missing or weak.
    """

    model_config = shows(CHANGE)
    figure: str
    unit: str
    higher_is_better: bool
    changed: SidesBody
    others: SidesBody
    difference: float | None
    ci_low: float | None
    ci_high: float | None
    verdict: str = Field(description="better, worse, no_difference or cannot_tell")
    because: list[str]
    grade: str = Field(description="A randomised, B as if random, C beside others, D association only")
    method: str
    n_agents: int
    n_teams: TeamsBody
    worthwhile: float = Field(description="The smallest difference that matters")
    needed: int | None = Field(description="Conversations under the new one, and as many beside it, to see that much")
    statement: StatementBody


class VersionEffectBody(Body):
    """What a version of an SOP changed; `since` is null where it is in force nowhere yet, or was ever since."""

    model_config = shows(EFFECT)
    sop: str
    version: int
    since_version: int | None
    since: date | None
    as_of: date
    left_out: dict[str, int]
    items: list[ChangeBody]


class WatchedBody(Body):
    """A figure that should stay low, of the whole (dimension and level empty), a product or a team.

    refund_request, red_line and complaint are of conversations; refunded is of buyers, each counted once for every week
    in which a refund was still possible, and is told to those who see the whole organisation.

    `raised`: the week of the alarm, null where there is none; `rising_since`: where the rise began, with k of n
    conversations since, of which `expected` would be usual. `found`: the share of rises by the factor `ratio` that
    would be found within a quarter here, half of all within `delay` weeks; `false_alarms`: the share of quarters in
    which the figure raises an alarm by chance, in any of its parts.
    """

    model_config = shows(WATCHED)
    figure: str
    dimension: str
    level: str
    usual: float
    n_before: int
    raised: str | None
    rising_since: str | None
    k: int
    n: int
    expected: float
    ratio: float
    false_alarms: float
    delay: float | None
    found: float


class AlarmsBody(Body):
    """Every watched figure, those with an alarm first; a part with too little counted before is not watched."""

    model_config = shows({"items": [WATCHED]})
    items: list[WatchedBody]

"""Alarms for what should stay rare: seldom false, soon when it doubles, never for a mix that changed."""

from dataclasses import replace

import numpy as np
import pytest

from qa_service.domain.alarm import AlarmBounds
from qa_service.domain.weekly import Stratum
from qa_service.effects.before_after.cusum import Watch, Weekly, watch
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.watch_figures import Counted, watch_counts
from tests.effects.before_after.planted_weeks import RATES, draw_weeks

BOUNDS = load_insight().alarms
BEFORE, SINCE = BOUNDS.weeks_before, BOUNDS.weeks_watched


def weeks(seed: int, *, factor: float = 1.0, unrest: float = 0.0, n: int = 200) -> tuple[Weekly, Weekly]:
    """Three strata of their own risk; from the fourth week watched on the risk is so many times as high."""
    sizes, events = draw_weeks(seed, BEFORE + SINCE, rises_at=BEFORE + 3, factor=factor, unrest=unrest, n=n)
    return Weekly(sizes[:BEFORE], events[:BEFORE]), Weekly(sizes[BEFORE:], events[BEFORE:])


def seen(pair: tuple[Weekly, Weekly], **options: float) -> Watch:
    found = watch(*pair, false_alarms=options.get("false_alarms", 0.05), bounds=BOUNDS, seed=1)
    assert found is not None
    return found


@pytest.mark.parametrize("unrest", [0.0, 0.05], ids=["even weeks", "good and bad weeks"])
def test_quarters_without_a_change_seldom_raise_an_alarm(unrest: float) -> None:
    alarms = sum(seen(weeks(seed, unrest=unrest)).raised is not None for seed in range(120))
    # At 5%, more than 13 of 120 happen once in two hundred times.
    assert alarms <= 13


def test_a_doubling_is_found_within_weeks_and_its_begin_is_told() -> None:
    watched = [seen(weeks(seed, factor=2.0)) for seed in range(20)]
    found = [one for one in watched if one.raised is not None]
    assert len(found) >= 19
    assert np.median([one.began for one in found if one.began is not None]) in (2.0, 3.0, 4.0)
    assert all(one.delay is not None and one.delay <= 4 and one.found > 0.95 for one in watched)


def test_with_many_events_nothing_is_missed() -> None:
    watched = [seen(weeks(seed, factor=2.0, n=4000)) for seed in range(5)]
    assert [one.raised for one in watched] == [3] * 5 and min(one.limit for one in watched) >= 2.9


def test_a_mix_that_changed_towards_the_risky_is_no_alarm() -> None:
    before, since = weeks(3, n=400)
    sizes = since.n * np.array([0.1, 3.0, 0.2])
    events = np.random.default_rng(3).binomial(sizes.astype(int), RATES).astype(float)
    assert seen((before, Weekly(sizes, events))).raised is None
    plain = [
        Weekly(one.n.sum(1, keepdims=True), one.k.sum(1, keepdims=True)) for one in (before, Weekly(sizes, events))
    ]
    assert seen((plain[0], plain[1])).raised is not None, "without the mix it would look like one"


def test_too_little_before_is_not_watched() -> None:
    before, since = weeks(1)
    few = Weekly(before.n / 100, before.k * 0)
    assert watch(few, since, false_alarms=0.05, bounds=BOUNDS, seed=1) is None


def counted(rise: dict[str, float]) -> Counted:
    """Two teams with one product; refund requests of 4%, times a factor in the last weeks."""
    rng = np.random.default_rng(5)
    names = tuple(f"2026-W{week:02d}" for week in range(1, BEFORE + SINCE + 1))
    strata = {team: Stratum(agent=f"A{team}", team=team, product="编程", channel="call") for team in ("一组", "二组")}
    sizes, refunds = {}, {}
    for number, week in enumerate(names):
        for team, stratum in strata.items():
            sizes[week, stratum] = 150
            factor = rise.get(team, 1.0) if number >= BEFORE + 6 else 1.0
            refunds[week, stratum] = int(rng.binomial(150, 0.04 * factor))
    return Counted(names, sizes, {("refund",): refunds, ("red_line",): {}, ("complaint",): {}})


def test_the_team_that_rose_is_named_and_what_never_happened_is_not_watched() -> None:
    found = watch_counts(counted({"二组": 3.0}), BOUNDS)
    assert {one.figure for one in found} == {"refund_request"}
    alarms = {(one.dimension, one.level): one for one in found if one.raised}
    assert ("team", "二组") in alarms and ("team", "一组") not in alarms
    team = alarms["team", "二组"]
    assert team.rising_since is not None and team.rising_since >= "2026-W31"
    assert team.k > 2 * team.expected and 0.03 < team.usual < 0.05 and team.n_before == 150 * BEFORE


def test_the_same_counts_give_the_same_answer() -> None:
    assert watch_counts(counted({}), BOUNDS) == watch_counts(counted({}), BOUNDS)


def test_more_false_alarms_allowed_find_sooner() -> None:
    loose: AlarmBounds = replace(BOUNDS, false_alarms=0.5)
    limits = [
        found.limit
        for share in (0.005, 0.05, loose.false_alarms)
        if (found := watch(*weeks(2), false_alarms=share, bounds=loose, seed=1)) is not None
    ]
    assert limits == sorted(limits, reverse=True) and len(limits) == 3

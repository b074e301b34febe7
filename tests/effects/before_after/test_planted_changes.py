"""Changes of known size, looked at day after day. Longer runs of the same belong to `make validate`."""

from dataclasses import replace

import numpy as np
import pytest

from qa_service.domain.before_after import ChangeVerdict, MeasuredChange, Uncertainty
from tests.effects.before_after.planted import Change, play

REAL = (ChangeVerdict.BETTER, ChangeVerdict.WORSE)
TEAMS_DRIFT = Change(team_drift=0.01, drift=0.01, odd_week=0.01)


def looks(world: Change, seed: int, *, every: int) -> list[MeasuredChange]:
    played = play(world, seed)
    return [played.look(day) for day in range(played.first + 3, world.before + world.after, every)]


def test_looking_again_and_again_at_nothing_finds_nothing() -> None:
    runs = [looks(TEAMS_DRIFT, seed, every=7) for seed in range(20)]
    alarms = sum(any(look.verdict in REAL for look in run) for run in runs)
    # At 5% four or more of 20 happen once in sixty times: the claim itself is checked by the long run.
    assert alarms <= 3
    assert all(look.because for look in runs[0] if look.verdict is ChangeVerdict.CANNOT_TELL)


def test_a_change_of_ten_points_is_found_and_its_size_is_right() -> None:
    found, held = 0, 0
    for seed in range(12):
        last = play(replace(TEAMS_DRIFT, effect=0.1), seed).look(143)
        found += last.verdict is ChangeVerdict.BETTER
        held += last.ci_low <= 0.1 <= last.ci_high
        assert last.method == "staggered_differences" and last.grade == "C"
    assert found >= 10 and held >= 11


def test_a_worse_figure_is_called_worse() -> None:
    assert play(Change(effect=-0.12), 1).look(143).verdict is ChangeVerdict.WORSE


def test_agents_who_sell_better_anyway_make_no_effect() -> None:
    world = Change(effect=0.0, skill=0.1, changing=4)
    estimates = [play(world, seed).look(143).difference for seed in range(12)]
    assert abs(np.mean(estimates)) < 0.015


def test_those_who_moved_apart_before_are_not_compared() -> None:
    last = play(Change(trend_apart=0.015, a_day=4.0), 2).look(143)
    assert last.verdict is ChangeVerdict.CANNOT_TELL
    assert Uncertainty.MOVED_BEFORE in last.because and last.grade == "D"


def test_agents_of_the_same_team_may_be_compared() -> None:
    played = play(Change(teams=40, changing=20), 3)
    one_team = replace(played, whole=replace(played.whole, teams=np.zeros_like(played.whole.teams)))
    last = one_team.look(143)
    assert (last.n_teams, last.grade) == ((1, 1), "C")
    assert Uncertainty.FEW_TEAMS not in last.because


def test_where_everybody_changes_at_once_the_trend_of_before_is_all_there_is() -> None:
    world = Change(changing=8, waves=1, before=112, effect=0.1)
    last = play(world, 3).look(171)
    assert (last.method, last.grade) == ("interrupted_series", "D")
    assert Uncertainty.NO_COMPARISON in last.because
    assert last.verdict is ChangeVerdict.BETTER


def test_where_everybody_changes_in_the_end_only_the_time_with_others_counts() -> None:
    world = Change(changing=8, waves=3, effect=0.08)
    played = play(world, 5)
    last, earlier = played.look(143), played.look(world.before + 28)
    assert last.method == "staggered_differences"
    assert last.others[1].n == 0 and last.n_teams == (8, 0)
    assert last.difference == pytest.approx(earlier.difference, abs=0.03)


@pytest.mark.parametrize(
    ("world", "day", "why"),
    [
        (Change(), 85, Uncertainty.FEW_CONVERSATIONS),
        (Change(agents=6, teams=6, changing=3, a_day=9), 143, Uncertainty.FEW_AGENTS),
        (Change(teams=2, changing=1), 100, Uncertainty.SHORT_TIME),
        (Change(before=35, changing=8, waves=1), 94, Uncertainty.NO_TIME_BEFORE),
    ],
    ids=["two days", "six agents", "one team for two weeks", "all at once after five weeks"],
)
def test_too_little_to_tell_is_told(world: Change, day: int, why: Uncertainty) -> None:
    look = play(world, 1).look(day)
    assert look.verdict is ChangeVerdict.CANNOT_TELL
    assert why in look.because


def test_how_many_conversations_it_takes_is_told_with_what_agents_and_daily_looks_cost() -> None:
    look = play(Change(), 1).look(143)
    # Two proportions around 20%, 3 points apart, four times in five, one look: 2,790 a side.
    assert look.needed is not None and 3_000 < look.needed < 30_000


def test_the_same_conversations_in_another_order_give_the_same_numbers() -> None:
    played = play(TEAMS_DRIFT, 4)
    shuffled = np.random.default_rng(1).permutation(len(played.days))
    turned = replace(played, whole=played.whole.chosen(shuffled), days=played.days[shuffled])
    assert played.look(120) == turned.look(120)

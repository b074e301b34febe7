from collections.abc import Mapping

import pytest

from qa_service.aggregate.trends import agent_spread, level_trends, split_change
from qa_service.domain.change import ChangeBounds, Direction
from qa_service.domain.comparison import difference
from qa_service.domain.metrics import rate
from qa_service.domain.weekly import Stratum

CHANGES = ChangeBounds(fewest=15, significant_q=0.1, widest_half=0.1)
Counts = Mapping[Stratum, int]


def side(**products: tuple[int, int]) -> tuple[Counts, Counts]:
    """Of each product k of n."""
    named = {Stratum(product=name): counts for name, counts in products.items()}
    return {one: k for one, (k, _) in named.items()}, {one: n for one, (_, n) in named.items()}


def test_a_change_is_rate_effect_and_mix_effect_together() -> None:
    found = split_change(side(a=(30, 100), b=(10, 100)), side(a=(20, 100), b=(4, 200)))
    assert found is not None
    # By hand: mean weights 5/12 and 7/12, mean rates 0.25 and 0.06; weights go from 1/3 to 1/2 and 2/3 to 1/2.
    assert found.rate_effect == pytest.approx(5 / 12 * 0.1 + 7 / 12 * 0.08)
    assert found.mix_effect == pytest.approx(0.25 / 6 - 0.06 / 6)
    assert found.rate_effect + found.mix_effect == pytest.approx(40 / 200 - 24 / 300)
    assert not found.reversed


def test_another_mix_alone_is_no_rate_effect() -> None:
    found = split_change(side(a=(60, 300), b=(2, 100)), side(a=(20, 100), b=(6, 300)))
    assert found is not None
    assert (found.rate_effect, found.mix_effect) == (pytest.approx(0.0), pytest.approx(0.09))


def test_a_reversal_is_flagged() -> None:
    # Every product got better, the total got worse: more conversations are of the worse product.
    found = split_change(side(a=(900, 6000), b=(6, 600)), side(a=(120, 600), b=(240, 6000)))
    assert found is not None and found.reversed
    assert found.rate_effect < 0 < found.mix_effect


def test_without_data_on_a_side_nothing_is_taken_apart() -> None:
    assert split_change(side(a=(1, 10)), side()) is None


def by_agent(*counts: tuple[int, int]) -> tuple[Counts, Counts]:
    named = {Stratum(agent=f"A{place}"): one for place, one in enumerate(counts)}
    return {one: k for one, (k, _) in named.items()}, {one: n for one, (_, n) in named.items()}


def test_agents_who_differ_from_week_to_week_widen_the_interval() -> None:
    now = by_agent(*[(20, 40), (0, 40)] * 5)
    before = by_agent(*[(0, 160), (40, 160)] * 5)
    assert agent_spread(now, before, 8) > 5
    assert agent_spread(now, before, 11) == 1.0


def test_habits_that_agents_keep_cost_nothing() -> None:
    # Agents differ, but each is as before: the difference of the weeks is as sure as with conversations alone.
    habits = [(12, 40), (4, 40)] * 5
    assert agent_spread(by_agent(*habits), by_agent(*[(4 * k, 4 * n) for k, n in habits]), 8) == 1.0


def test_spread_makes_a_difference_less_sure() -> None:
    plain, wide = (difference(rate(30, 200), rate(60, 800), spread=spread) for spread in (1.0, 4.0))
    assert plain.p_value is not None and wide.p_value is not None
    assert plain.p_value < 0.01 < wide.p_value
    assert wide.high - wide.low == pytest.approx(2 * (plain.high - plain.low))


def test_courses_within_groups_are_judged_as_one_family() -> None:
    def week(a: int, b: int) -> Counts:
        return {Stratum(team="甲", channel="call"): a, Stratum(team="乙", channel="chat"): b}

    weeks = [f"2026-W{number}" for number in range(30, 35)]
    counts = {name: week(2, 2) for name in weeks[:-1]} | {weeks[-1]: week(40, 2)}
    sizes = dict.fromkeys(weeks, week(100, 100))
    found = level_trends({("complaint",): counts}, lambda _: sizes, weeks, compared=4, levels_shown=8, changes=CHANGES)
    told = {(one.dimension, one.level): one.change.direction for one in found}
    assert told["team", "甲"] is told["channel", "call"] is Direction.HIGHER
    assert told["team", "乙"] is Direction.NO_CLEAR_CHANGE
    assert [one.k for one in found[0].series] in ([2, 2, 2, 2, 40], [2, 2, 2, 2, 2])

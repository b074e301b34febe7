"""Which version of an SOP is in force for a conversation: the one for its team, at its time."""

from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as some

from qa_service.domain.conversation import Agent, Conversation, Speaker, Turn
from qa_service.domain.rollout import (
    Place,
    Rollout,
    RolloutKind,
    ended_by_publication,
    in_force,
    most_widely,
    rollback,
    states,
)
from qa_service.errors import Conflict

NUMBERS = count(1)
FIRST, SECOND = ("公司", "一部"), ("公司", "二部")
TEAM = (*FIRST, "一组")


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, number, hour, tzinfo=UTC)


def rollout(version: int, starts: int | None, *org: str, ends: int | None = None, **more) -> Rollout:
    products = frozenset(more.pop("products", ()))
    given = {"slug": "trial", "kind": RolloutKind.PLAN, "by": "孙经理", "at": day(1), "id": next(NUMBERS)} | more
    return Rollout(
        version=version,
        starts_at=None if starts is None else day(starts),
        ends_at=None if ends is None else day(ends),
        place=Place(org, products),
        **given,
    )


def at(number: int | None, org: tuple[str, ...] = FIRST, product: str | None = None) -> Conversation:
    turns = (Turn(Speaker.AGENT, "您好"),)
    started = None if number is None else day(number, 12)
    return Conversation("c-1", turns, product=product, agent=Agent(org=org), started_at=started)


def version(rollouts: list[Rollout], conversation: Conversation, *, now: int = 28) -> int | None:
    return in_force(rollouts, conversation, now=day(now)).get("trial")


STAGGERED = [rollout(1, None), rollout(2, 5, *FIRST), rollout(2, 10)]


@pytest.mark.parametrize(
    ("number", "org", "wanted"),
    [(4, FIRST, 1), (5, FIRST, 2), (5, SECOND, 1), (9, TEAM, 2), (10, SECOND, 2), (10, (), 2), (9, (), 1)],
)
def test_some_teams_come_earlier_and_others_later(number: int, org: tuple[str, ...], wanted: int) -> None:
    assert version(STAGGERED, at(number, org)) == wanted


def test_a_conversation_keeps_the_version_of_its_time_whenever_it_is_judged() -> None:
    for now in (1, 6, 28):
        assert version(STAGGERED, at(7), now=now) == 2
        assert version(STAGGERED, at(3), now=now) == 1


def test_without_a_time_a_conversation_is_judged_as_of_now() -> None:
    assert [version(STAGGERED, at(None), now=now) for now in (4, 6)] == [1, 2]


def test_the_most_specific_wins_then_the_latest_start_then_the_latest_record() -> None:
    pilot = rollout(3, 6, *TEAM)
    assert version([pilot, *STAGGERED], at(12, TEAM)) == 3, "a later rollout for everybody leaves a pilot alone"
    assert version([*STAGGERED, rollout(4, 8, *TEAM), pilot], at(12, TEAM)) == 4
    assert version([*STAGGERED, pilot, rollout(4, 6, *TEAM)], at(12, TEAM)) == 4
    branded = rollout(5, 2, products=["小学阅读"])
    assert version([branded, *STAGGERED], at(12, SECOND, "小学阅读")) == 5
    assert version([branded, *STAGGERED], at(12, SECOND, "初中作文")) == 2
    assert version([branded, *STAGGERED], at(12, FIRST, "小学阅读")) == 2, "a branch is narrower than a product"


def test_a_rollout_that_replaces_leaves_nothing_narrower_of_before_standing() -> None:
    pilot, later = rollout(3, 6, *TEAM), rollout(5, 20, *TEAM)
    everybody = rollout(4, 15, replaces=True)
    known = [*STAGGERED, pilot, everybody, later]
    assert [version(known, at(number, TEAM)) for number in (14, 15, 20)] == [3, 4, 5]
    only_here = rollout(4, 15, *SECOND, replaces=True)
    assert version([*STAGGERED, pilot, only_here], at(16, TEAM)) == 3
    other = rollout(9, 15, slug="other", replaces=True)
    assert version([*STAGGERED, pilot, other], at(16, TEAM)) == 3, "another SOP is no business of this one"


def test_a_plan_recorded_later_counts_for_the_days_it_covers() -> None:
    running, team = rollout(2, 10, ends=20), rollout(2, 12, *TEAM)
    withdrawn = [rollout(1, None), running, rollout(1, 20, kind=RolloutKind.ROLLBACK)]
    early = rollout(3, 5, at=day(25))
    known = [*withdrawn, early]
    assert [version(known, at(number)) for number in (4, 5, 12, 20, 26)] == [1, 3, 3, 3, 3], "also the days withdrawn"
    assert version([*known, team], at(12, TEAM)) == 2, "a wider plan leaves a narrower one alone"
    assert version([*known, team, rollout(3, 5, at=day(25), replaces=True)], at(12, TEAM)) == 3, "unless it replaces"
    here = rollout(4, 6, *FIRST, at=day(26))
    assert [version([*known, here], at(7, org)) for org in (FIRST, SECOND)] == [4, 3]
    again = rollout(5, 15, at=day(27))
    assert [version([*known, again], at(number)) for number in (14, 15)] == [3, 5]


def test_a_plan_for_days_gone_by_leaves_what_is_planned_after_it_was_recorded() -> None:
    planned, early = rollout(3, 20), rollout(2, 2, at=day(9))
    assert [version([rollout(1, None), planned, early], at(number)) for number in (1, 3, 19, 20)] == [1, 2, 2, 3]


def test_a_plan_for_days_gone_by_is_what_a_rollback_withdraws() -> None:
    first, second, early = rollout(1, None, ends=10), rollout(2, 10), rollout(3, 5, at=day(25))
    back = rollback([first, second, early], "trial", now=day(26))
    assert (back.withdrawn, back.ends, back.begins) == (3, (early,), ()), "version 2 still stands beneath"


def test_an_end_counts_from_its_moment_on_and_old_conversations_keep_what_was() -> None:
    known = [rollout(1, None, ends=8)]
    assert [version(known, at(number)) for number in (7, 8)] == [1, None]
    dropped = rollout(2, 20, ends=9)
    assert version([*known, dropped], at(21)) is None, "a plan dropped before its start never was"


def test_the_version_of_reports_is_the_one_most_work_by() -> None:
    pilot = rollout(3, 6, *TEAM)
    assert most_widely([*STAGGERED, pilot], now=day(7)) == {"trial": 1}
    assert most_widely([*STAGGERED, pilot], now=day(11)) == {"trial": 2}
    assert most_widely([pilot], now=day(7)) == {"trial": 3}
    assert most_widely([pilot], now=day(2)) == {}


def test_publishing_ends_what_is_in_force_and_leaves_what_is_only_planned() -> None:
    planned_pilot = rollout(4, 20, *TEAM)
    ends = ended_by_publication([*STAGGERED, planned_pilot], 3, now=day(7))
    assert ends == STAGGERED, "the second wave of a version that is withdrawn is dropped with it"


def test_a_version_is_published_while_one_of_its_rollouts_is_open() -> None:
    assert states([rollout(1, None, ends=3), rollout(2, 5), rollout(2, 6, ends=7)]) == {1: False, 2: True}


def test_going_back_ends_a_staggered_version_everywhere() -> None:
    back = rollback(STAGGERED, "trial", now=day(7))
    assert (back.withdrawn, back.ends, back.begins) == (2, tuple(STAGGERED[1:]), ()), "version 1 still stands beneath"


def test_going_back_brings_back_all_that_a_publication_ended() -> None:
    first, pilot = rollout(1, None, ends=9), rollout(2, 5, *TEAM, ends=9)
    third = rollout(3, 9)
    back = rollback([first, pilot, third], "trial", now=day(12))
    assert (back.withdrawn, back.ends, back.begins) == (3, (third,), (first, pilot))


def test_going_back_twice_goes_two_versions_back() -> None:
    known = [rollout(1, None, ends=5), rollout(2, 5, ends=9), rollout(3, 9, ends=12)]
    again = rollout(2, 12, kind=RolloutKind.ROLLBACK)
    back = rollback([*known, again], "trial", now=day(14))
    assert (back.withdrawn, [one.version for one in back.begins]) == (2, [1])


def test_a_version_published_again_goes_back_to_the_one_between() -> None:
    known = [rollout(1, None, ends=5), rollout(2, 5, ends=9), rollout(1, 9, kind=RolloutKind.PUBLICATION)]
    back = rollback(known, "trial", now=day(14))
    assert (back.withdrawn, [one.version for one in back.begins]) == (1, [2])


def test_a_pilot_that_came_last_is_what_goes() -> None:
    pilot = rollout(3, 7, *TEAM)
    back = rollback([*STAGGERED, pilot], "trial", now=day(12))
    assert (back.withdrawn, back.ends) == (3, (pilot,)), "the second wave of version 2 came later, version 2 did not"


def test_there_must_be_something_to_go_back_to() -> None:
    with pytest.raises(Conflict, match="before version 1"):
        rollback([rollout(1, None)], "trial", now=day(3))
    with pytest.raises(Conflict, match="no version"):
        rollback([rollout(1, 20)], "trial", now=day(3))


ORGS = some.sampled_from([(), ("公司",), FIRST, SECOND, TEAM])
ROLLOUTS = some.lists(
    some.builds(
        lambda version, starts, org, length: rollout(
            version, starts, *org, ends=None if length is None else starts + length
        ),
        some.integers(1, 4),
        some.integers(1, 12),
        ORGS,
        some.none() | some.integers(0, 6),
    ),
    max_size=8,
)


@given(ROLLOUTS, some.integers(1, 20), ORGS, some.randoms())
def test_the_choice_does_not_depend_on_the_order_of_the_rollouts(rollouts, number, org, random) -> None:
    shuffled = list(rollouts)
    random.shuffle(shuffled)
    found = version(rollouts, at(number, org))
    assert version(shuffled, at(number, org)) == found
    held = [one for one in rollouts if one.runs(day(number, 12)) and org[: len(one.place.org)] == one.place.org]
    assert (found is None) == (not held)
    if held:
        deepest = max(len(one.place.org) for one in held)
        narrow = [one for one in held if len(one.place.org) == deepest]
        assert found in {one.version for one in narrow if one.start == max(other.start for other in narrow)}

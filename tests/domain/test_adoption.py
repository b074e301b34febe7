"""Where conversations stand by the rollouts of a version: before it, under it, beside it, or of no use."""

from datetime import UTC, datetime, timedelta

from qa_service.domain.adoption import Placed, VersionPlacement
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.rollout import Place, Rollout, RolloutKind

START = datetime(2026, 6, 1, tzinfo=UTC)
NOW = START + timedelta(days=100)
ONE, TWO, THREE = ("公司", "一组"), ("公司", "二组"), ("公司", "三组")


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def rollout(version: int, at: datetime | None, place: Place | None = None, ends: datetime | None = None) -> Rollout:
    kind = RolloutKind.PUBLICATION if at is None else RolloutKind.PLAN
    place = place or Place()
    return Rollout(
        slug="trial",
        version=version,
        kind=kind,
        starts_at=at,
        by="x",
        at=at or START,
        place=place,
        ends_at=ends,
        id=version,
    )


def placed(rollouts: list[Rollout], org: tuple[str, ...], at: datetime, product: str | None = None) -> Placed | None:
    body = {"id": "c", "turns": [{"speaker": "agent", "text": "您好"}], "agent": {"id": "A", "org": list(org)}}
    body |= {"started_at": at.isoformat(), "product": product}
    return VersionPlacement(rollouts, "trial", 2, NOW, UTC).of(conversation_from_json(body))


STAGGERED = [rollout(1, None), rollout(2, day(10), Place(ONE)), rollout(2, day(30), Place(TWO))]


def test_a_team_is_before_then_under_and_another_beside() -> None:
    assert placed(STAGGERED, ONE, day(9)) == Placed(False, True)
    assert placed(STAGGERED, ONE, day(10)) == Placed(True, True)
    assert placed(STAGGERED, TWO, day(20)) == Placed(False, True), "not yet: beside the first team"
    assert placed(STAGGERED, THREE, day(50)) == Placed(False, False)


def test_what_was_not_begun_by_now_is_no_adoption() -> None:
    later = [rollout(1, None), rollout(2, day(10), Place(ONE)), rollout(2, day(200), Place(TWO))]
    assert placed(later, TWO, day(50)) == Placed(False, False)
    placement = VersionPlacement(later, "trial", 2, day(5), UTC)
    assert placement.since is None


def test_another_version_ends_the_time_that_can_be_compared() -> None:
    mixed = [*STAGGERED, rollout(3, day(40), Place(THREE)), rollout(3, day(60), Place(ONE))]
    assert placed(mixed, THREE, day(39)) == Placed(False, False)
    assert placed(mixed, THREE, day(41)) is None
    assert placed(mixed, ONE, day(59)) == Placed(True, True)
    assert placed(mixed, ONE, day(61)) is None


def test_a_version_that_was_withdrawn_counts_for_its_time() -> None:
    back = [rollout(1, None), rollout(2, day(10), Place(ONE), ends=day(20))]
    assert placed(back, ONE, day(15)) == Placed(True, True)
    assert placed(back, ONE, day(25)) is None


def test_one_that_had_it_ever_since_tells_nothing() -> None:
    assert placed([rollout(2, None), rollout(3, day(10), Place(ONE))], TWO, day(5)) is None
    placement = VersionPlacement([rollout(2, None)], "trial", 2, NOW, UTC)
    assert (placement.since, placement.base()) == (None, None)


def test_where_rollouts_name_products_each_product_has_its_own_time() -> None:
    reading = [rollout(1, None), rollout(2, day(10), Place((), frozenset({"阅读"})))]
    assert placed(reading, ONE, day(20), "阅读") == Placed(True, True)
    assert placed(reading, ONE, day(20), "写作") == Placed(False, False)
    placement = VersionPlacement(reading, "trial", 2, NOW, UTC)
    assert placement.by_product and placement.base() == 1
    assert placement.since == day(10).date()

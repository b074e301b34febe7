"""Versions in force: published for everybody, rolled out place by place, taken back, never deleted."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import text

from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.rollout import Place, RolloutKind, Wave, in_force
from qa_service.domain.sop_version import SopState, SopVersion
from qa_service.errors import Conflict, NotFound
from qa_service.store import Store
from qa_service.store.database import open_engine
from qa_service.store.migrate import config

TEAM = Place(("公司", "一组"))


@pytest.fixture
def three(store: Store, clock) -> Store:
    """A store with three drafts of one SOP."""
    with store.unit_of_work() as work:
        for version in (1, 2, 3):
            work.sops.save_draft(
                SopVersion("trial", version, f"v{version}", "d", SopState.DRAFT, "林晓", clock(), "改")
            )
    return store


def judged_by(store: Store, at: datetime | None, org: tuple[str, ...] = ("公司", "一组")) -> int | None:
    body = {"id": "c", "turns": [{"speaker": "agent", "text": "您好"}], "agent": {"org": list(org)}}
    conversation = conversation_from_json(body | ({"started_at": at.isoformat()} if at else {}))
    with store.reading() as work:
        return in_force(work.sops.rollouts.all(), conversation, now=work.sops.clock()).get("trial")


def states(store: Store) -> list[str]:
    with store.reading() as work:
        return [one.state.value for one in work.sops.versions("trial")]


def test_old_conversations_keep_the_version_of_their_time(three: Store, clock):
    long_ago = clock() - timedelta(days=400)
    with three.unit_of_work() as work:
        work.sops.publish("trial", 1, by="王主管")
    clock.step(3600)
    with three.unit_of_work() as work:
        published = work.sops.publish("trial", 2, by="王主管", reason="推广")
    assert (published.published_at, published.reason) == (clock(), "改"), "the reason it was written for stays"
    assert states(three) == ["retired", "published", "draft"]
    assert judged_by(three, long_ago) == 1, "nothing was in force before the first version, so it counts"
    assert judged_by(three, clock() - timedelta(seconds=1)) == 1
    assert judged_by(three, clock()) == judged_by(three, None) == 2
    with three.reading() as work:
        first, second = work.sops.rollouts.all("trial")
    assert (first.kind, first.starts_at, first.ends_at, first.ended_by) == (
        RolloutKind.PUBLICATION,
        None,
        clock(),
        "王主管",
    )
    assert (second.starts_at, second.ends_at, second.reason) == (clock(), None, "推广")


def test_publishing_again_what_everybody_works_by_changes_nothing(three: Store, clock):
    for _ in range(2):
        with three.unit_of_work() as work:
            work.sops.publish("trial", 1, by="a")
        clock.step(60)
    with three.reading() as work:
        assert len(work.sops.rollouts.all("trial")) == 1


def test_several_versions_are_in_force_for_different_teams(three: Store, clock):
    with three.unit_of_work() as work:
        work.sops.publish("trial", 1, by="a")
    clock.step(60)
    later = clock() + timedelta(days=7)
    with three.unit_of_work() as work:
        added = work.sops.roll_out("trial", 2, [Wave(TEAM), Wave(starts_at=later)], by="孙经理", reason="试点")
    assert [(one.place, one.starts_at) for one in added] == [(TEAM, clock()), (Place(), later)]
    assert states(three) == ["published", "published", "draft"]
    with pytest.raises(Conflict, match="never changes"), three.unit_of_work() as work:
        work.sops.save_draft(SopVersion("trial", 2, "v2b", "d", SopState.DRAFT, "林晓", clock()))
    assert (judged_by(three, clock()), judged_by(three, clock(), ("公司", "二组"))) == (2, 1)
    assert judged_by(three, later, ("公司", "二组")) == 2
    assert judged_by(three, clock() - timedelta(days=1)) == 1


def test_a_plan_honours_its_date_also_for_the_first_version(three: Store, clock):
    start = clock() + timedelta(days=1)
    with three.unit_of_work() as work:
        work.sops.roll_out("trial", 1, [Wave(starts_at=start)], by="a")
    assert [judged_by(three, at) for at in (clock(), start)] == [None, 1]


def test_a_product_is_a_place_too(three: Store, clock):
    place = Place(("公司",), frozenset(["作文", "阅读"]))
    with three.unit_of_work() as work:
        work.sops.roll_out("trial", 1, [Wave(place, replaces=True)], by="a")
    with three.reading() as work:
        (kept,) = work.sops.rollouts.all()
    assert (kept.place, kept.replaces) == (place, True)


def test_a_rollback_is_recorded_and_deletes_nothing(three: Store, clock):
    for version in (1, 2):
        with three.unit_of_work() as work:
            work.sops.publish("trial", version, by="a")
        clock.step(3600)
    with three.unit_of_work() as work:
        back = work.sops.roll_back("trial", by="赵主管", reason="话术有误")
    assert (back.withdrawn, [one.version for one in back.begins]) == (2, [1])
    assert states(three) == ["published", "retired", "draft"]
    assert judged_by(three, clock()) == 1
    assert judged_by(three, clock() - timedelta(seconds=1)) == 2, "what was judged by version 2 still is"
    with three.reading() as work:
        kept = work.sops.rollouts.all("trial")
    assert [(one.version, one.kind.value) for one in kept] == [(1, "publication"), (2, "publication"), (1, "rollback")]
    assert (kept[1].ended_by, kept[1].end_reason, kept[2].reason) == ("赵主管", "话术有误", "话术有误")
    with pytest.raises(Conflict, match="before version 1"), three.unit_of_work() as work:
        work.sops.roll_back("trial", by="a", reason="再退")


def test_a_plan_for_days_gone_by_counts_against_a_version_that_was_withdrawn(three: Store, clock):
    begun = clock()
    for version in (1, 2):
        with three.unit_of_work() as work:
            work.sops.publish("trial", version, by="a")
        clock.step(3600)
    with three.unit_of_work() as work:
        work.sops.roll_back("trial", by="a", reason="话术有误")
    clock.step(3600)
    with three.unit_of_work() as work:
        work.sops.roll_out("trial", 3, [Wave(starts_at=begun + timedelta(minutes=90))], by="a")
    minutes = [judged_by(three, begun + timedelta(minutes=minute)) for minute in (0, 80, 95, 125, 200)]
    assert minutes == [1, 2, 3, 3, 3]
    with three.unit_of_work() as work:
        back = work.sops.roll_back("trial", by="a", reason="还是不行")
    assert (back.withdrawn, back.begins, judged_by(three, clock())) == (3, (), 1)
    assert judged_by(three, begun + timedelta(minutes=95)) == 3, "what is past is taken back only by a plan of its own"


def test_a_retired_version_is_in_force_nowhere_and_stays_known(three: Store, clock):
    with three.unit_of_work() as work:
        work.sops.publish("trial", 1, by="a")
        work.sops.roll_out("trial", 2, [Wave(TEAM), Wave(starts_at=clock() + timedelta(days=7))], by="a")
    clock.step(60)
    with three.unit_of_work() as work:
        work.sops.retire("trial", 2, by="b", reason="撤下")
    assert states(three) == ["published", "retired", "draft"]
    assert judged_by(three, clock()) == judged_by(three, clock() + timedelta(days=8)) == 1
    assert judged_by(three, clock() - timedelta(seconds=1)) == 2


def test_one_rollout_is_ended_once(three: Store, clock):
    with three.unit_of_work() as work:
        work.sops.publish("trial", 1, by="a")
        (pilot,) = work.sops.roll_out("trial", 2, [Wave(TEAM)], by="a")
    clock.step(60)
    with three.unit_of_work() as work:
        ended = work.sops.end_rollout("trial", pilot.id, by="b", reason="试点结束")
    assert (ended.ends_at, ended.ended_by, ended.end_reason) == (clock(), "b", "试点结束")
    assert states(three)[1] == "retired"
    with three.unit_of_work() as work:
        with pytest.raises(Conflict, match="ended already"):
            work.sops.end_rollout("trial", pilot.id, by="b")
        with pytest.raises(NotFound, match="no rollout 99"):
            work.sops.end_rollout("trial", 99, by="b")


def test_texts_are_read_for_the_versions_asked_for(three: Store):
    with three.reading() as work:
        assert work.sops.texts([("trial", 2), ("trial", 9), ("gone", 1)]) == {("trial", 2): "v2"}
        assert work.sops.texts([]) == {}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_published_before_there_were_rollouts_is_in_force_as_it_was(kind, tmp_path, request):
    cluster = request.getfixturevalue("cluster") if kind == "postgresql" else None
    url = cluster.new_database() if cluster else f"sqlite:///{tmp_path / 'old.db'}"
    engine = open_engine(url)
    with engine.begin() as connection:
        command.upgrade(config(connection), "0001")
        row = text(
            "INSERT INTO sop_version (slug, version, yaml, digest, state, written_by, written_at, reason,"
            " published_by, published_at, retired_at)"
            " VALUES ('trial', :n, 'x', 'd', :state, 'a', '2026-10-01 00:00:00', 'r', :by, :published, :retired)"
        )
        for n, state, published, retired in (
            (1, "retired", "2026-10-02 00:00:00", "2026-10-05 00:00:00"),
            (2, "published", "2026-10-05 00:00:00", None),
            (3, "draft", None, None),
        ):
            values = {"n": n, "state": state, "by": published and "b", "published": published, "retired": retired}
            connection.execute(row, values)
    engine.dispose()
    with Store.open(url) as store:
        store.migrate()
        moments = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((9, 1), (10, 3), (10, 6))]
        assert [judged_by(store, at) for at in moments] == [1, 1, 2]
        with store.unit_of_work() as work:
            assert [one.version for one in work.sops.published()] == [2]
            work.sops.publish("trial", 3, by="c")


def test_two_who_publish_at_once_publish_once(three: Store, clock):
    with three.unit_of_work() as work:
        work.sops.publish("trial", 1, by="a")
    clock.step(60)
    failed: list[Exception] = []

    def run(by: str) -> None:
        try:
            with three.unit_of_work() as work:
                work.sops.get("trial", 2)
                work.sops.publish("trial", 2, by=by)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(by,)) for by in "bcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with three.reading() as work:
        assert [one.version for one in work.sops.rollouts.all("trial")] == [1, 2]

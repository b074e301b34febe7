"""Problem projects in the store: on both databases, and without a deleted customer's name."""

from datetime import date

import pytest

from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.project import Project, ProjectAction, ProjectState, Span
from qa_service.domain.rollout import Place
from qa_service.errors import Conflict, NotFound
from qa_service.store import Store
from qa_service.workflows.delete_customer import delete_customer


def project(clock, **changes) -> Project:
    fields = {
        "title": "转化偏低",
        "problem": "客户 CUST-9312 等人无人跟进",
        "figure": "converted",
        "target": 0.2,
        "begins_on": date(2026, 10, 1),
        "due_on": date(2026, 12, 1),
        "department": "sales",
        "owner": "sun",
        "by": "ops",
        "at": clock(),
        "place": Place(("公司", "一部"), frozenset({"阅读", "写作"})),
        "baseline": Span(date(2026, 8, 1), date(2026, 9, 30), 0.12, 0.1, 0.14, 900, 11),
        "actions": (ProjectAction("回访 CUST-9312", "sun", date(2026, 10, 9)), ProjectAction("复盘")),
    }
    return Project(**{**fields, **changes})


def test_a_project_is_read_as_it_was_written(store: Store, clock):
    with store.unit_of_work() as work:
        made = work.projects.add(project(clock))
        work.projects.add(project(clock, title="后来的", baseline=None, place=Place(), actions=()))
    with store.reading() as work:
        read = work.projects.get(made.id)
        titles = [one.title for one in work.projects.all()]
    assert read == made and [one.text for one in read.actions] == ["回访 CUST-9312", "复盘"]
    assert (read.place, read.baseline) == (project(clock).place, project(clock).baseline)
    assert titles == ["后来的", "转化偏低"]


def test_a_closed_project_never_changes(store: Store, clock):
    closed = {"state": ProjectState.CLOSED, "closed_at": clock(), "closed_by": "ops", "closing": {"reached": "yes"}}
    with store.unit_of_work() as work:
        made = work.projects.add(project(clock))
        done = work.projects.change(project(clock, id=made.id, conclusion="有效", **closed))
    assert (done.state, done.closing, done.conclusion) == (ProjectState.CLOSED, {"reached": "yes"}, "有效")
    with store.unit_of_work() as work, pytest.raises(Conflict):
        work.projects.add_action(made.id, ProjectAction("再来"))
    with store.reading() as work:
        assert [one.id for one in work.projects.all(state=ProjectState.CLOSED)] == [made.id]
        assert work.projects.all(state=ProjectState.OPEN) == []


def test_a_deleted_project_takes_its_actions_along(store: Store, clock):
    with store.unit_of_work() as work:
        made = work.projects.add(project(clock))
        work.projects.delete(made.id)
    with store.unit_of_work() as work, pytest.raises(NotFound):
        work.projects.delete(made.id)


def test_a_deleted_customer_is_named_in_no_project(store: Store, clock, tmp_path):
    body = {"id": "c-1", "turns": [{"speaker": "agent", "text": "您好"}], "customer": {"id": "CUST-9312"}}
    with store.unit_of_work() as work:
        work.conversations.add(conversation_from_json(body))
        made = work.projects.add(project(clock, conclusion="CUST-9312 已回访"))
    delete_customer(store, "CUST-9312", by="admin", out_dir=tmp_path)
    with store.reading() as work:
        kept = work.projects.get(made.id)
    assert (kept.title, kept.problem, kept.conclusion) == ("转化偏低", "", "")
    assert [one.text for one in kept.actions] == ["", "复盘"]

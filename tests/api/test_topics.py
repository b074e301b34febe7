"""Stored topics from the outside: counted, opened, named, merged, divided, taken back, and forgotten."""

from datetime import date
from typing import Any

import pytest

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import NeedFinding
from qa_service.workflows.update_topics import update_topics
from tests.api.conftest import Service

PRICE = ("一共多少钱", "学费怎么收", "价格是多少", "二十四节多少钱", "这个课多少钱")
# The service at hand has three conversations in which the price is asked, each with an agent of its own.
OTHERS = 3
TIME = ("周六几点上课", "周末上课是几点", "周日几点有课", "周末几点上课")


def keep(service: Service, conversation_id: str, text: str, *, agent: str = "A1", day: int = 5) -> None:
    body = {
        "id": conversation_id,
        "agent": {"id": agent, "org": ["一部", "一组"]},
        "customer": {"id": f"U-{conversation_id}"},
        "started_at": f"2026-10-{day:02d}T10:00:00+08:00",
        "turns": [{"speaker": "customer", "text": text}],
    }
    need = NeedFinding(span=EvidenceSpan(0, 0, len(text)), text=text, kind="question", confidence=0.9)
    with service.store.unit_of_work() as work:
        work.conversations.add(conversation_from_json(body))
        one = work.conversations.numbered(conversation_id)
        analysis = Analysis(
            conversation_id, needs=(need,), sop=None, sop_version=None, versions={"models": "m", "code": "c"}
        )
        work.analyses.add(analysis, number=one.number, turns_digest=one.digest, sop_digest=None)


@pytest.fixture
def topics(service: Service) -> Service:
    for n, text in enumerate((*PRICE, *TIME)):
        keep(service, f"t-{n}", text, agent=f"A{n % 2}")
    update_topics(service.store, at=date(2026, 10, 12))
    return service


def lines(service: Service, person: str = "qa_lead") -> dict[str, Any]:
    return {one["label"]: one for one in service.as_(person).get("/v1/topics").json()["items"]}


def test_topics_are_counted_in_conversations_customers_and_agents(topics: Service) -> None:
    price = lines(topics)["价格"]
    assert (price["n_conversations"], price["n_customers"], price["n_agents"]) == (OTHERS + 5, OTHERS + 5, OTHERS + 2)
    told = topics.as_("qa_lead").get(f"/v1/topics/{price['topic_id']}").json()
    (week,) = told["weeks"]
    assert (week["week"], week["customers"]) == ("2026-W41", OTHERS + 5)
    assert week["customers_heard"] >= 9
    assert [event["kind"] for event in told["events"]] == ["born"]
    page = topics.as_("qa_lead").get(f"/v1/topics/{price['topic_id']}/statements", params={"limit": 3}).json()
    assert len(page["items"]) == 3 and page["next_cursor"]


@pytest.mark.parametrize("cursor", ["nonsense", "-1", "\u00b2", str(2**63)], ids=["word", "minus", "power", "far"])
def test_a_foreign_cursor_of_statements_is_refused(topics: Service, cursor: str) -> None:
    answer = topics.as_("qa_lead").get("/v1/topics/none/statements", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text


def test_a_second_update_places_only_what_is_new_and_keeps_every_id(topics: Service) -> None:
    before = lines(topics)
    keep(topics, "t-new", "价格多少", day=13)
    assert update_topics(topics.store, at=date(2026, 10, 19)) == ()
    after = lines(topics)
    assert after["价格"]["topic_id"] == before["价格"]["topic_id"]
    assert after["价格"]["n_conversations"] == before["价格"]["n_conversations"] + 1


def test_a_name_given_by_a_person_outlives_updates(topics: Service) -> None:
    topic = lines(topics)["价格"]["topic_id"]
    named = topics.as_("ops").post(f"/v1/topics/{topic}/name", json={"label": "学费多少"})
    assert named.status_code == 200
    keep(topics, "t-new", "价格多少")
    update_topics(topics.store, at=date(2026, 10, 19))
    assert lines(topics)["学费多少"]["named_by"] and lines(topics)["学费多少"]["version"] == 2
    undone = topics.as_("ops").post(f"/v1/topics/events/{named.json()['id']}/undoing")
    assert undone.status_code == 200
    assert "价格" in lines(topics)


def test_merged_topics_stay_merged_and_undoing_parts_them_for_ever(topics: Service) -> None:
    both = lines(topics)
    price, time = both["价格"]["topic_id"], both["上课时间"]["topic_id"]
    event = topics.as_("qa_lead").post(f"/v1/topics/{time}/merger", json={"into": price}).json()
    keep(topics, "t-new", "周六上课几点")
    update_topics(topics.store, at=date(2026, 10, 19))
    assert list(lines(topics)) == ["价格"]
    assert lines(topics)["价格"]["n_conversations"] == OTHERS + 10
    assert topics.as_("qa_lead").post(f"/v1/topics/{time}/name", json={"label": "时间"}).status_code == 409
    topics.as_("qa_lead").post(f"/v1/topics/events/{event['id']}/undoing")
    assert lines(topics)["上课时间"]["n_conversations"] == 5
    with topics.store.reading() as work:
        assert {topic.id: topic.apart for topic in work.topics.all()} == {price: (time,), time: (price,)}


def test_a_divided_topic_keeps_its_id_and_the_part_gets_its_own(topics: Service) -> None:
    topic = lines(topics)["价格"]["topic_id"]
    said = topics.as_("qa_lead").get(f"/v1/topics/{topic}/statements").json()["items"]
    chosen = [one["id"] for one in said if one["text"] == "二十四节多少钱"]
    body = {"statements": chosen, "label": "课包总价"}
    event = topics.as_("qa_lead").post(f"/v1/topics/{topic}/division", json=body).json()
    assert lines(topics)["课包总价"]["n_statements"] == 1 and lines(topics)["价格"]["n_statements"] == OTHERS + 4
    keep(topics, "t-new", "二十四节多少钱")
    update_topics(topics.store, at=date(2026, 10, 19))
    assert lines(topics)["课包总价"]["n_statements"] == 2
    topics.as_("qa_lead").post(f"/v1/topics/events/{event['id']}/undoing")
    assert "课包总价" not in lines(topics) and lines(topics)["价格"]["n_statements"] == OTHERS + 6


def test_a_birth_taken_back_is_no_topic_any_more(topics: Service) -> None:
    price = lines(topics)["价格"]["topic_id"]
    events = topics.as_("qa_lead").get("/v1/topics/events").json()["items"]
    born = next(event for event in events if event["topic_id"] == price)
    assert topics.as_("qa_lead").post(f"/v1/topics/events/{born['id']}/confirmation").json()["confirmed_by"]
    topics.as_("qa_lead").post(f"/v1/topics/events/{born['id']}/undoing")
    keep(topics, "t-new", "价格是多少")
    update_topics(topics.store, at=date(2026, 10, 19))
    assert "价格" not in lines(topics)
    assert topics.as_("qa_lead").get("/v1/topics").json()["unassigned"]["n_statements"] == OTHERS + 6
    assert topics.as_("qa_lead").post(f"/v1/topics/events/{born['id']}/undoing").status_code == 409


def test_an_update_asked_for_is_done_by_a_worker(service: Service) -> None:
    for n, text in enumerate(PRICE):
        keep(service, f"t-{n}", text)
    answer = service.as_("ops").post("/v1/topics/updates")
    assert answer.status_code == 202 and answer.headers["Location"] == f"/v1/jobs/{answer.json()['job']}"
    service.work()
    assert list(lines(service)) == ["价格"]


def test_of_a_deleted_customer_no_statement_and_no_exemplar_is_left(topics: Service) -> None:
    assert topics.as_("admin").delete("/v1/customers/U-t-0").status_code in (200, 202)
    service = topics.store
    with service.reading() as work:
        kept = [one.text for topic in work.topics.all() for one in topic.exemplars]
        said = [one.statement.text for topic in work.topics.all() for one in work.topics.statements_of(topic.id)]
    assert PRICE[0] not in kept and PRICE[0] not in said
    assert len(said) == OTHERS + 8

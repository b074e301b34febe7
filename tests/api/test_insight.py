"""Reports over HTTP: each over what the caller may see."""

from typing import Any

import pytest

from tests.api.conftest import Service


def test_the_voice_of_a_week_is_told_as_json_and_as_a_page(shared: Service) -> None:
    client = shared.as_("ops")
    document = client.get("/v1/voc/2026-W41").json()
    assert (document["report"], document["n_conversations"]) == ("voc", 3)
    page = client.get("/v1/voc/2026-W41", params={"format": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "script" not in page.headers["content-security-policy"]
    assert "/conversations/c-own" in page.text
    assert client.get("/v1/voc/2026-W99").status_code == 422
    assert client.get("/v1/voc/soon").status_code == 422


def test_a_coaching_report_shows_no_more_than_its_reader_may_see(shared: Service) -> None:
    def compared(person: str) -> Any:
        return shared.as_(person).get("/v1/coaching/A01").json()["compared_with"]["n_conversations"]

    assert (compared("trainer"), compared("team_lead")) == (2, 1)
    own = shared.as_("agent").get("/v1/coaching/A01")
    assert (own.status_code, own.json()["n_conversations"]) == (200, 1)
    assert "c-beside" not in own.text
    assert shared.as_("agent").get("/v1/coaching/A02").status_code == 404
    assert shared.as_("far_manager").get("/v1/coaching/A01").status_code == 404


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"from": "2026-10-01", "to": "2026-10-31"}, 200),
        ({"from": "2026-10-31", "to": "2026-10-01"}, 422),
        ({"format": "html"}, 200),
        ({"format": "docx"}, 422),
    ],
    ids=["a month", "backwards", "page", "unknown format"],
)
def test_a_coaching_report_is_asked_for_by_days(params: dict[str, str], status: int, shared: Service) -> None:
    assert shared.as_("trainer").get("/v1/coaching/A01", params=params).status_code == status


def test_courses_are_counted_by_what_is_asked(shared: Service) -> None:
    client = shared.as_("ops")
    body = client.get("/v1/course", params={"by": "team"}).json()
    fitness = {row["level"]: row["n"] for row in body["items"] if row["kind"] == "fitness"}
    assert (fitness, body["unknown_versions"]) == ({"一组": 2, "三组": 1}, 0)
    assert {row["dimension"] for row in client.get("/v1/course").json()["items"]} == {""}
    assert client.get("/v1/course", params={"sop": "absent"}).json()["items"] == []
    assert client.get("/v1/course", params={"by": "mood"}).status_code == 422
    lead = shared.as_("team_lead").get("/v1/course").json()["items"]
    assert max(row["n"] for row in lead) == 2


def test_needs_are_grouped_and_counted(shared: Service) -> None:
    body = shared.as_("ops").get("/v1/needs/topics").json()
    texts = [member["text"] for topic in [*body["items"], body["unassigned"]] for member in topic["members"]]
    assert texts == ["你们课多少钱"] * 3


def test_too_little_data_makes_no_claim(shared: Service) -> None:
    effects = shared.as_("ops").get("/v1/effects", params={"outcome": "refunded"}).json()["items"]
    assert {one["verdict"] for one in effects} <= {"not_enough_data"}
    assert shared.as_("ops").get("/v1/effects", params={"outcome": "happy"}).status_code == 422


@pytest.mark.parametrize("by", ["all", "product", "channel", "team"])
def test_courses_over_weeks_are_told_whole_and_by_group(by: str, shared: Service) -> None:
    items = shared.as_("ops").get("/v1/trends/2026-W41", params={"by": by}).json()["items"]
    assert items and {item["dimension"] for item in items} == {"" if by == "all" else by}
    assert all(point["n"] >= point["k"] for item in items for point in item["series"])
    assert shared.as_("ops").get("/v1/trends/2026-W41", params={"by": "mood"}).status_code == 422
    assert shared.as_("ops").get("/v1/trends/2026-W99").status_code == 422


def test_what_came_of_sales_is_told_with_its_n(shared: Service) -> None:
    body = shared.as_("ops").get("/v1/sales/2026-W41").json()
    assert body["times"]["n"] == body["n"]
    assert shared.as_("ops").get("/v1/sales/soon").status_code == 422


@pytest.mark.parametrize("by", ["channel", "version", "department"])
def test_reasons_are_counted_by_channel_version_and_department(by: str, shared: Service) -> None:
    items = shared.as_("ops").get("/v1/reasons", params={"by": by}).json()["items"]
    assert {item["dimension"] for item in items} <= {by}
    assert all(item["per_1000"] is not None for item in items)

"""The pages over HTTP, without a browser."""

import re
from dataclasses import replace
from importlib import resources
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from qa_service.domain.doubt import StageGuess, TranscriptDoubt
from qa_service.web.texts import LANGUAGES, translator
from tests.api.conftest import Service, conversation
from tests.workflows.test_rescore import Newer, misses_greeting

VETO = "red_line/guarantee_outcome/2"
GUESS = StageGuess("aftersale", 0.97)


class Browser:
    """Signs in, keeps cookies, sends forms with the token of the page."""

    def __init__(self, service: Service, person: str) -> None:
        self.client = TestClient(service.app, raise_server_exceptions=False)
        self.sign_in(service.secrets[person])

    def sign_in(self, secret: str) -> Any:
        token = self.token(self.client.get("/sign-in").text)
        return self.client.post("/sign-in", data={"key": secret, "csrf": token})

    def token(self, page: str) -> str:
        found = re.search(r'name="csrf" value="(\w+)"', page)
        assert found
        return found[1]

    def read(self, path: str = "/conversations/c-own") -> str:
        response = self.client.get(path)
        assert response.status_code == 200, response.text
        return response.text

    def send(self, path: str, **form: Any) -> Any:
        return self.client.post(path, data={"csrf": self.token(self.read())} | form)


def finding(page: str, key: str) -> str:
    """The part of the page about one finding."""
    found = re.search(rf'<li class="finding[^>]* id="{re.escape(key)}">.*?</li>\n(?=<li|</ul)', page, re.S)
    assert found, key
    return found[0]


def test_pages_ask_to_sign_in(shared: Service) -> None:
    client = shared.as_("")
    for path in ("/", "/conversations/c-own"):
        response = client.get(path, follow_redirects=False)
        assert (response.status_code, response.headers["location"]) == (303, "/sign-in")


def test_a_key_opens_the_pages_and_is_not_kept_in_the_browser(shared: Service) -> None:
    client = TestClient(shared.app)
    token = re.search(r'name="csrf" value="(\w+)"', client.get("/sign-in").text)
    assert token
    wrong = client.post("/sign-in", data={"key": "qa_wrong", "csrf": token[1]})
    assert (wrong.status_code, "密钥不存在或已停用" in wrong.text) == (401, True)
    right = client.post("/sign-in", data={"key": shared.secrets["qa"], "csrf": token[1]}, follow_redirects=False)
    cookie = right.headers["set-cookie"]
    assert right.status_code == 303
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert shared.secrets["qa"] not in cookie


def test_an_ended_key_signs_out(service: Service) -> None:
    browser = Browser(service, "qa")
    browser.read("/")
    key = next(one for one in service.as_("admin").get("/v1/keys").json()["items"] if one["holder"] == "qa-wang")
    service.as_("admin").delete(f"/v1/keys/{key['id']}")
    assert browser.client.get("/", follow_redirects=False).status_code == 303


def test_signing_out_forgets_the_cookie(shared: Service) -> None:
    browser = Browser(shared, "qa")
    assert browser.send("/sign-out").status_code == 200
    assert browser.client.get("/", follow_redirects=False).headers["location"] == "/sign-in"


def test_a_form_of_another_site_is_refused(service: Service) -> None:
    browser = Browser(service, "qa")
    path = "/conversations/c-own/comments"
    assert browser.client.post(path, data={"text": "x"}).status_code == 403
    assert browser.client.post(path, data={"text": "x", "csrf": "0" * 64}).status_code == 403
    token = browser.token(browser.read())
    cross = browser.client.post(path, data={"text": "x", "csrf": token}, headers={"sec-fetch-site": "cross-site"})
    assert cross.status_code == 403
    assert service.as_("qa").get("/v1/reviews/c-own").json()["comments"] == []


def test_the_list_shows_what_waits_and_stays_within_reach(shared: Service) -> None:
    assert "c-far" in Browser(shared, "qa").read("/")
    own = Browser(shared, "agent").read("/")
    assert "c-own" in own
    assert "c-beside" not in own
    assert "待复核" not in own
    outside = Browser(shared, "agent").client.get("/conversations/c-beside")
    assert (outside.status_code, "不在您能看的范围内" in outside.text) == (404, True)


def test_evidence_is_marked_in_place_and_doubt_shown_as_doubt(shared: Service) -> None:
    page = Browser(shared, "qa").read()
    marked = re.search(
        r'我们<mark class="red_line promise" data-key="red_line/guarantee_outcome/2"[^>]*>保证提分</mark>', page
    )
    assert marked
    assert "一票否决 · 待人工确认" in page
    needs = finding(page, "step/needs")
    assert "待人工确认" in needs
    assert "未做到" in needs
    assert 'href="#turn-4"' in needs
    assert "合格线 60" in page


def test_a_finding_is_overridden_and_the_three_verdicts_stand_apart(service: Service) -> None:
    browser = Browser(service, "qa")
    path = "/conversations/c-own/overrides"
    form = {"finding_key": "step/needs", "decision": "change", "status": "done", "turns": "#4，4", "reason": "问了年级"}
    sent = browser.send(path, **form)
    assert (sent.status_code, sent.url.fragment) == (200, "step/needs")
    needs = finding(sent.text, "step/needs")
    trail = re.findall(r"<dd>(?:<b>)?(\w+)", needs)
    assert trail == ["未做到", "已做到", "已做到"]
    assert "qa-wang" in needs
    assert browser.send(path, finding_key=VETO, decision="confirm").status_code == 200
    assert "一票否决 · 已确认" in browser.read()


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"finding_key": "step/needs", "decision": "change", "status": "done", "turns": ""}, "要写明是坐席的哪几句"),
        (
            {"finding_key": "step/needs", "decision": "change", "status": "done", "turns": "x"},
            "'x' 不是句号",
        ),
        ({"finding_key": "step/absent", "decision": "confirm"}, "没有这一项（step/absent）"),
    ],
    ids=["no evidence", "no number", "unknown finding"],
)
def test_a_mistake_is_told_on_the_page_itself(form: dict[str, str], message: str, shared: Service) -> None:
    response = Browser(shared, "qa").send("/conversations/c-own/overrides", **form)
    assert response.status_code in (404, 422)
    assert message in response.text.replace("&#39;", "'")
    assert 'role="alert"' in response.text
    assert "您好，我是墨芽的林晓" in response.text


def test_other_kinds_of_findings_have_their_forms(service: Service) -> None:
    browser = Browser(service, "qa")
    path = "/conversations/c-own/overrides"
    sent = browser.send(
        path, finding_key="refund", decision="change", detected="true", turns="3", reasons=["no_time", "other"]
    )
    assert "没时间/工作忙、其他" in finding(sent.text, "refund")
    gone = browser.send(path, finding_key=VETO, decision="remove", reason="念条款")
    assert 'class="finding gone"' in finding(gone.text, VETO)
    added = browser.send("/conversations/c-own/findings", choice="need/question", quote="多少钱", turn="1")
    assert "多少钱" in added.text
    placed = browser.send(
        "/conversations/c-own/findings", choice="red_line/false_urgency", quote="周六", turn="2", start="7", end="9"
    )
    assert "虚假稀缺" in placed.text
    assert browser.send("/conversations/c-own/findings", choice="step/x", quote="x", turn="1").status_code == 422


def test_an_appeal_is_filed_decided_taken_further_and_ended(service: Service) -> None:
    agent, first, second = (Browser(service, person) for person in ("agent", "qa", "qa_lead"))
    filed = agent.send("/conversations/c-own/appeals", finding_key=VETO, reason="我在念条款")
    assert "待一级裁定" in filed.text
    assert "支持申诉" not in filed.text
    appeal_id = service.as_("qa").get("/v1/appeals").json()["items"][0]["id"]
    assert appeal_id in first.read()
    assert "c-own" in first.read("/?view=appeals")
    rejected = first.send(f"/appeals/{appeal_id}/decision", accepted="false", reason="听过了")
    assert "一级已裁定" in rejected.text
    assert "提请二级裁定" in agent.read()
    assert "待二级裁定" in agent.send(f"/appeals/{appeal_id}/escalation").text
    assert "支持申诉" not in first.read()
    final = second.send(f"/appeals/{appeal_id}/decision", accepted="true", reason="确为条款")
    assert 'class="finding gone"' in finding(final.text, VETO)
    assert first.send("/appeals/absent/decision", accepted="true", reason="x").status_code == 404


def test_a_review_is_settled_when_nothing_waits(service: Service) -> None:
    browser = Browser(service, "qa")
    assert browser.send("/conversations/c-own/settlement").status_code == 409
    for key in (VETO, "step/needs", "step/booking"):
        browser.send("/conversations/c-own/overrides", finding_key=key, decision="confirm")
    settled = browser.send("/conversations/c-own/settlement")
    assert "已由 qa-wang 完成复核" in settled.text
    assert "完成复核</button>" not in settled.text


def test_everybody_sees_only_what_they_may_do(shared: Service) -> None:
    trainer, agent = Browser(shared, "trainer").read(), Browser(shared, "agent").read()
    assert "评论" in trainer
    assert "申诉</summary>" in agent
    for page in (trainer, agent):
        assert "改判" not in page
        assert "完成复核" not in page


def test_what_customers_say_is_text_and_never_markup(service: Service) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    body = conversation("c-evil", turns=[{"speaker": "customer", "text": evil}], product=evil)
    service.send(body | {"agent": {"id": "A01", "name": evil, "org": [evil]}, "tags": {"x": evil}})
    qa = Browser(service, "qa")
    qa.client.post("/conversations/c-evil/comments", data={"csrf": qa.token(qa.read()), "text": evil})
    for page in (qa.read("/conversations/c-evil"), qa.read("/?view=all")):
        assert "<script>alert" not in page
        assert "<img" not in page
    headers = qa.client.get("/conversations/c-evil").headers
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert headers["cache-control"] == "no-store"


def test_a_conversation_without_an_analysis_or_an_sop_has_its_page(service: Service) -> None:
    service.as_("ops").post("/v1/conversations", json=conversation("c-raw"))
    qa = Browser(service, "qa")
    assert "分析排队中" in qa.read("/conversations/c-raw")
    service.send(conversation("c-free", product="别的"))
    assert "没有适用的 SOP" in qa.read("/conversations/c-free")


def test_the_pages_speak_english_too(shared: Service) -> None:
    browser = Browser(shared, "qa")
    token = browser.token(browser.read())
    page = browser.client.post(
        "/language", data={"to": "en", "csrf": token}, headers={"referer": "http://x/conversations/c-own"}
    )
    assert "A person should decide" in page.text
    assert "待人工确认" not in page.text
    assert page.url.path == "/conversations/c-own"
    refused = browser.send("/conversations/c-own/overrides", finding_key="step/absent", decision="confirm")
    assert "has no finding step/absent" in refused.text


def test_every_text_stands_in_both_languages() -> None:
    texts = yaml.safe_load((resources.files("qa_service.web") / "texts.yaml").read_text("utf-8"))
    for key, both in texts.items():
        assert len(both) == len(LANGUAGES), key
        assert all(isinstance(text, str) and text for text in both), key
    assert translator("fr")("brand") == translator("zh")("brand")


def test_the_documentation_page_loads_nothing_from_elsewhere(shared: Service) -> None:
    page = shared.as_("").get("/docs").text
    assert "/v1/conversations/batch" in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


def test_a_browser_at_an_address_where_nothing_is_gets_a_page_and_a_program_a_problem(shared: Service) -> None:
    client = shared.as_("")
    page = client.get("/nowhere", headers={"accept": "text/html,*/*"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "这个地址没有内容" in page.text
    assert client.get("/nowhere").json()["code"] == "not_found"
    assert client.put("/sign-in", headers={"accept": "text/html"}).json()["code"] == "method_not_allowed"


def test_static_files_are_served(shared: Service) -> None:
    for name in ("workbench.css", "workbench.js", "icon.svg"):
        assert shared.as_("").get(f"/static/{name}").status_code == 200


def test_what_contradicts_a_decision_and_a_closed_period_are_told_on_the_page(service: Service) -> None:
    browser = Browser(service, "qa")
    browser.send("/conversations/c-own/overrides", finding_key="step/greeting", decision="confirm")
    service.analyzer = Newer(misses_greeting)
    assert service.as_("qa_lead").post("/v1/rescores", json={}).status_code == 202
    service.work()
    page = browser.read()
    assert "新的分析与人工结论矛盾" in page and "qa-wang 判为“已做到”，新的分析为“未做到”" in page
    assert "与人工结论矛盾" in browser.read("/?view=waiting")
    closing = {"from": "2026-10-08", "to": "2026-10-08", "reason": "日结", "force": True}
    assert service.as_("qa_lead").post("/v1/periods", json=closing).status_code == 201
    page = browser.read()
    assert "所在周期已封账" in page and "判为不成立" not in page
    refused = browser.send("/conversations/c-own/overrides", finding_key="step/greeting", decision="confirm")
    assert refused.status_code == 409 and "已封账" in refused.text


def test_a_doubtful_transcript_is_told_in_both_languages_until_it_is_settled(service: Service) -> None:
    service.analyzer = Newer(lambda made: replace(made, doubts=("swapped_roles", "stage_contradicts_sop"), stage=GUESS))
    assert service.as_("qa_lead").post("/v1/rescores", json={}).status_code == 202
    service.work()
    browser = Browser(service, "qa")
    page = browser.read()
    assert "坐席和客户可能标反了" in page and "从内容看像是售后（可信度 97%）" in page
    assert "不计入排名、报表和辅导" in page
    for key, decision in (("step/needs", "confirm"), (VETO, "remove")):
        browser.send("/conversations/c-own/overrides", finding_key=key, decision=decision)
    browser.send("/conversations/c-own/settlement")
    assert "坐席和客户可能标反了" not in browser.read()


def test_every_doubt_has_its_sentence() -> None:
    for doubt in TranscriptDoubt:
        for language in LANGUAGES:
            assert translator(language)(f"doubt.{doubt.value}")

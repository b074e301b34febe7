"""A service with three agents in two branches, one key for each role, and no models."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa_service.api.app import create_app
from qa_service.config import Settings
from qa_service.domain.conversation import Conversation
from qa_service.domain.role import Caller, Role
from qa_service.jobs import Worker
from qa_service.store import Store
from qa_service.workflows.import_conversations import Intake
from qa_service.workflows.job_handlers import build_handlers
from qa_service.workflows.manage_keys import SYSTEM, KeyRequest, create_key
from qa_service.workflows.manage_sops import publish, save_draft
from tests.conftest import StepClock
from tests.keyword_analyzer import KeywordAnalyzer

SOP = """
sop: trial-call
version: 1
title: 试听邀约
product: 阅读
channel: call
pass_score: 60
steps:
  - {id: greeting, title: 开场, description: 问好并报姓名, weight: 10, examples: [您好, 我是], keywords: [您好]}
  - {id: needs, title: 挖需求, description: 问孩子的情况, weight: 30, examples: [几年级, 考多少], keywords: [几年级]}
  - {id: booking, title: 约时间, description: 约定试听时间, weight: 20, examples: [周六, 周日], keywords: [周六]}
order:
  - [needs, booking]
red_lines: [guarantee_outcome, false_urgency]
"""
ORG = ["公司", "一部", "一组"]
FAR = ["公司", "二部", "三组"]
PEOPLE = {
    "admin": KeyRequest("boss", Role.ADMIN),
    "qa_lead": KeyRequest("lead-zhao", Role.QA_LEAD),
    "qa": KeyRequest("qa-wang", Role.QA),
    "trainer": KeyRequest("trainer-hu", Role.TRAINER),
    "ops": KeyRequest("ops-chen", Role.OPS),
    "sales_manager": KeyRequest("manager-sun", Role.SALES_MANAGER, ("公司", "一部")),
    "team_lead": KeyRequest("lead-qian", Role.TEAM_LEAD, tuple(ORG)),
    "agent": KeyRequest("lin", Role.AGENT, agent_id="A01"),
    "qa_2": KeyRequest("qa-li", Role.QA),
    "qa_lead_2": KeyRequest("lead-wu", Role.QA_LEAD),
    "agent_2": KeyRequest("ma", Role.AGENT, agent_id="A02"),
    "far_manager": KeyRequest("manager-far", Role.SALES_MANAGER, ("公司", "二部")),
}


def conversation(
    conversation_id: str = "c-own", agent: str = "A01", org: list[str] | None = None, **more: Any
) -> dict[str, Any]:
    """A conversation in which the agent guarantees an outcome and asks nothing."""
    body = {
        "id": conversation_id,
        "channel": "call",
        "product": "阅读",
        "agent": {"id": agent, "name": "林晓", "org": org or ORG},
        "customer": {"id": f"U-{conversation_id}"},
        "started_at": "2026-10-08T19:32:00+08:00",
        "turns": [
            {"speaker": "agent", "text": "您好，我是墨芽的林晓"},
            {"speaker": "customer", "text": "你们课多少钱"},
            {"speaker": "agent", "text": "我们保证提分，周六可以试听"},
            {"speaker": "customer", "text": "上次那个课我要投诉，退费吧"},
            {"speaker": "agent", "text": "孩子上四年级吗，平时读什么书"},
        ],
    }
    return body | more


def star_phones(one: Conversation) -> Conversation:
    """A masker that is easy to see at work."""

    turns = tuple(replace(turn, text=turn.text.replace("13800138000", "●" * 11)) for turn in one.turns)
    return replace(one, turns=turns)


class TickingClock(StepClock):
    """A clock that moves a little whenever someone looks at it, as time does."""

    def __call__(self) -> datetime:
        self.step(0.001)
        return self.now


@dataclass
class Service:
    """The app, its store, and a client for each person."""

    app: FastAPI
    store: Store
    clock: StepClock
    secrets: dict[str, str]
    analyzer: KeywordAnalyzer = field(default_factory=KeywordAnalyzer)

    def as_(self, person: str) -> TestClient:
        """A client with that person's key; nobody's for an empty name."""
        headers = {"Authorization": f"Bearer {self.secrets[person]}"} if person else {}
        return TestClient(self.app, headers=headers, raise_server_exceptions=False)

    def work(self) -> None:
        """Run every job that is due."""
        Worker(self.store, build_handlers(self.store, self.analyzer, intake=INTAKE)).run_until_idle()

    def send(self, *bodies: dict[str, Any]) -> None:
        """Store and analyse conversations."""
        for body in bodies:
            assert self.as_("ops").post("/v1/conversations", json=body).status_code == 201
        self.work()


INTAKE = Intake(star_phones)
LEAD = Caller("lead-zhao", Role.QA_LEAD)


def make_service(url: str, clock: StepClock, **settings: Any) -> Service:
    store = Store.open(url, clock=clock, master_key=b"k" * 32)
    defaults: dict[str, Any] = {"database_url": url, "worker_in_process": False, "secret": "s" * 32}
    # Deleting a customer searches the exports: not those of a developer who runs the tests.
    defaults["exports_dir"] = tempfile.mkdtemp()
    given = Settings(**defaults | settings)
    intake = Intake(star_phones, given.keep_originals)
    app = create_app(given, store=store, intake=intake, analyzer=KeywordAnalyzer())  # type: ignore[arg-type]
    secrets = {name: create_key(store, SYSTEM, wanted).secret for name, wanted in PEOPLE.items()}
    service = Service(app, store, clock, secrets)
    save_draft(store, LEAD, SOP)
    publish(store, LEAD, "trial-call", 1)
    return service


@pytest.fixture
def service(sqlite_url: str) -> Iterator[Service]:
    """A service of a test's own, with three conversations that are analysed."""
    made = make_service(sqlite_url, TickingClock())
    made.send(conversation(), conversation("c-beside", "A02"), conversation("c-far", "A09", FAR))
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Service]:
    """The same for tests that change nothing that others look at."""
    path = tmp_path_factory.mktemp("shared") / "qa.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    made = make_service(f"sqlite:///{path}", TickingClock())
    made.send(conversation(), conversation("c-beside", "A02"), conversation("c-far", "A09", FAR))
    yield made
    made.store.close()

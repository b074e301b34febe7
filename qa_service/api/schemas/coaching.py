"""Bodies about coaching: cases, sets of them, talks, wordings."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.body import Body, Day, RequestBody, asks, shows
from qa_service.api.schemas.queries import Text
from qa_service.domain.coaching_case import CaseKind, CaseQuery, Difficulty
from qa_service.store import MAX_PAGE

CASE: dict[str, Any] = {
    "id": "5d2c",
    "kind": "answer",
    "difficulty": "medium",
    "sop": "moya-trial-call",
    "step": "price_objection",
    "objection": "太贵了",
    "product": "少儿编程",
    "conversation_id": "c-001",
    "turn": 15,
    "quote": "一节课算下来八十多，先上四节看看",
    "context": [{"turn": 14, "speaker": "customer", "text": "太贵了"}],
    "agent_id": "A07",
    "team": "一组",
    "note": "先算到每节课",
    "shared_with": ["A11"],
    "created_by": "trainer-hu",
    "created_at": "2026-10-08T03:00:00Z",
}
SET = {
    "id": "9a31",
    "title": "嫌贵怎么答",
    "created_by": "trainer-hu",
    "created_at": "2026-10-08T03:00:00Z",
    "cases": ["5d2c"],
}
TALK: dict[str, Any] = {
    "id": "77ab",
    "agent_id": "A07",
    "on": "2026-10-09",
    "points": [{"sop": "moya-trial-call", "kind": "step", "id": "needs_discovery", "k": 20, "n": 50}],
    "note": "约好下周一起听三通",
    "by": "lead-wu",
    "at": "2026-10-09T03:00:00Z",
}
WORDING = {
    "id": "c1f0",
    "objection": "太贵了",
    "text": "一节课算下来八十多，先上四节看看，不合适随时停",
    "product": None,
    "proposed_by": "lead-wu",
    "proposed_at": "2026-10-08T03:00:00Z",
    "approved_by": None,
    "approved_at": None,
}


class CaseRequestBody(RequestBody):
    """A moment of a conversation, and what it is about; what is left out is told by the analysis."""

    model_config = asks(
        {"conversation_id": "c-001", "turn": 15, "kind": "answer", "objection": "太贵了", "shared_with": ["A11"]}
    )
    conversation_id: str = Field(max_length=500)
    turn: int = Field(ge=0, le=10**6)
    kind: CaseKind
    step: str | None = Field(None, max_length=200, description="Step, obligation or red line of the SOP")
    objection: str | None = Field(None, max_length=500, description="What the customer raised")
    difficulty: Difficulty | None = None
    note: str | None = Field(None, max_length=5000)
    around: int = Field(2, ge=0, le=6, description="How many turns before and after are kept with it")
    shared_with: list[str] = Field(default_factory=list, max_length=500, description="Agents who may read it")


class SharingBody(RequestBody):
    """The agents who may read a case, all of them."""

    model_config = asks({"agents": ["A11", "A12"]})
    agents: list[str] = Field(max_length=500)


class ContextBody(Body):
    """A turn beside the quote."""

    turn: int
    speaker: str
    text: str


class CaseBody(Body):
    """A coaching case; the words are masked."""

    model_config = shows(CASE)
    id: str
    kind: CaseKind
    difficulty: Difficulty
    sop: str | None
    step: str | None
    objection: str | None
    product: str | None
    conversation_id: str
    turn: int
    quote: str
    context: list[ContextBody]
    agent_id: str | None
    team: str | None
    note: str | None
    shared_with: list[str]
    created_by: str
    created_at: datetime


class CaseFilter(BaseModel):
    """Which cases; `q` is looked for in the words, the note, the product and what the customer raised."""

    model_config = ConfigDict(extra="forbid")
    q: Text = Field(None, examples=["太贵"])
    kind: CaseKind | None = None
    sop: Text = None
    step: Text = None
    objection: Text = None
    product: Text = None
    difficulty: Difficulty | None = None
    agent: Text = None
    limit: int = Field(50, ge=1, le=MAX_PAGE)

    def wanted(self) -> CaseQuery:
        """The conditions as the store's."""
        return CaseQuery(
            kind=self.kind,
            sop=self.sop,
            step=self.step,
            objection=self.objection,
            product=self.product,
            difficulty=self.difficulty,
            agent_id=self.agent,
            text=self.q,
        )


class CasesBody(Body):
    """Cases, newest first."""

    model_config = shows({"items": [CASE]})
    items: list[CaseBody]


class SetRequestBody(RequestBody):
    """A title and the cases under it, in their order."""

    model_config = asks({"title": "嫌贵怎么答", "cases": ["5d2c"]})
    title: str = Field(min_length=1, max_length=200)
    cases: list[str] = Field(default_factory=list, max_length=500)


class SetCasesBody(RequestBody):
    """The cases of a set, all of them, in their order."""

    model_config = asks({"cases": ["5d2c", "61aa"]})
    cases: list[str] = Field(max_length=500)


class SetBody(Body):
    """A set: the cases of it that you may see."""

    model_config = shows(SET)
    id: str
    title: str
    created_by: str
    created_at: datetime
    cases: list[str]


class SetsBody(Body):
    """Sets, newest first."""

    model_config = shows({"items": [SET]})
    items: list[SetBody]


class TalkRequestBody(RequestBody):
    """An agent was coached on what the report of these days says matters most."""

    model_config = asks(
        {"agent_id": "A07", "from": "2026-09-01", "to": "2026-09-30", "on": "2026-10-09", "note": "约好下周一起听三通"}
    )
    agent_id: str = Field(max_length=200)
    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")
    on: Day | None = Field(None, description="Default: today")
    note: str = Field("", max_length=5000)


class TalkPointBody(Body):
    """A point, and the agent's share then: k of n."""

    sop: str
    kind: str
    id: str
    k: float
    n: int


class TalkBody(Body):
    """A talk that was held; the next report tells whether its points moved."""

    model_config = shows(TALK)
    id: str
    agent_id: str
    on: date
    points: list[TalkPointBody]
    note: str
    by: str
    at: datetime


class TalksBody(Body):
    """Talks, latest first."""

    model_config = shows({"items": [TALK]})
    items: list[TalkBody]


class WordingRequestBody(RequestBody):
    """What customers say, and what to answer."""

    model_config = asks({"objection": "太贵了", "text": "一节课算下来八十多，先上四节看看，不合适随时停"})
    objection: str = Field(max_length=500)
    text: str = Field(max_length=5000)
    product: str | None = Field(None, max_length=200, description="Absent: for all products")


class WordingBody(Body):
    """A wording; coaching reports show it once it is approved."""

    model_config = shows(WORDING)
    id: str
    objection: str
    text: str
    product: str | None
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None


class WordingsBody(Body):
    """Wordings, oldest first."""

    model_config = shows({"items": [WORDING]})
    items: list[WordingBody]

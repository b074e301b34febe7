"""Bodies about keys, the people who hold them, the access log and deletions."""

from datetime import datetime

from pydantic import Field

from qa_service.api.schemas.body import Body, RequestBody, asks, shows
from qa_service.domain.role import Role

KEY = {
    "id": "4be0c1d2e3f4",
    "holder": "lead-zhao",
    "role": "team_lead",
    "org": ["墨芽", "销售部", "一组"],
    "agent_id": None,
    "created_at": "2026-10-08T01:00:00Z",
    "revoked_at": None,
}
PERSON = {"id": "lead-zhao", "role": "team_lead", "org": ["墨芽", "销售部", "一组"], "agent_id": None, "keys": 1}


class KeyRequestBody(RequestBody):
    """Whose key. `org` is the node that a manager or team lead answers for, `agent_id` the agent it belongs to."""

    model_config = asks({"holder": "lead-zhao", "role": "team_lead", "org": ["墨芽", "销售部", "一组"]})
    holder: str = Field(min_length=1, max_length=200)
    role: Role
    org: list[str] = Field(default_factory=list, max_length=20)
    agent_id: str | None = Field(None, max_length=500)


class KeyBody(Body):
    """A key, without its secret."""

    model_config = shows(KEY)
    id: str
    holder: str
    role: Role
    org: list[str]
    agent_id: str | None
    created_at: datetime
    revoked_at: datetime | None


class NewKeyBody(KeyBody):
    """A key just made; `secret` is shown this once."""

    model_config = shows({**KEY, "secret": "qa_Zm9v…"})
    secret: str


class KeysBody(Body):
    """Every key, oldest first."""

    model_config = shows({"items": [KEY]})
    items: list[KeyBody]


class PersonBody(Body):
    """A person with at least one key in force."""

    model_config = shows(PERSON)
    id: str
    role: Role
    org: list[str]
    agent_id: str | None
    keys: int


class PeopleBody(Body):
    """The people who can use the service."""

    model_config = shows({"items": [PERSON]})
    items: list[PersonBody]


class AccessEntryBody(Body):
    """One line of the access log."""

    at: datetime
    caller: str
    action: str
    target: str
    reason: str


class AccessLogPage(Body):
    """Who did what, newest first."""

    model_config = shows(
        {
            "items": [
                {
                    "at": "2026-10-08T05:00:00Z",
                    "caller": "lead-zhao",
                    "action": "see_unmasked",
                    "target": "conversation/c-001",
                    "reason": "客户投诉核实",
                }
            ],
            "next_cursor": None,
        }
    )
    items: list[AccessEntryBody]
    next_cursor: str | None


class DeletionBody(Body):
    """What a deletion emptied; counts and scores stay, text and names are gone."""

    model_config = shows({"conversations": 3, "analyses": 3, "outcome_events": 1})
    conversations: int
    analyses: int
    outcome_events: int

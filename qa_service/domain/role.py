"""Who may do what, and how far: the contract's permission table, in this one place.

A caller's reach is a part of the organisation: everything, the branch or team under a node of the organisation
path, or one agent's own conversations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qa_service.errors import Forbidden


class Role(StrEnum):
    """What a person (or a system with a key) is in the organisation."""

    ADMIN = "admin"
    QA_LEAD = "qa_lead"
    QA = "qa"
    TRAINER = "trainer"
    OPS = "ops"
    SALES_MANAGER = "sales_manager"
    TEAM_LEAD = "team_lead"
    AGENT = "agent"


class Action(StrEnum):
    """What can be asked of the service; a refusal names it."""

    READ = "read conversations and analyses"
    SEE_UNMASKED = "see unmasked text"
    OVERRIDE = "override a finding"
    COMMENT = "comment"
    APPEAL = "file an appeal"
    DECIDE_FIRST = "decide an appeal at the first level"
    DECIDE_SECOND = "decide an appeal at the second level"
    CLOSE_PERIOD = "close a period"
    READ_SOP = "read SOPs"
    EDIT_SOP = "edit an SOP draft"
    PUBLISH_SOP = "publish, roll out or roll back an SOP"
    DECIDE_SUGGESTION = "decide suggestions"
    READ_COACHING = "read coaching cases"
    WRITE_COACHING = "write coaching cases"
    REPORT = "read reports and exports"
    COACHING_REPORT = "read the coaching report"
    ADMINISTER = "manage users, keys and retention, or delete a customer"
    LOAD = "load conversations and outcomes"
    RESCORE = "re-score conversations"
    READ_PROJECT = "read problem projects"
    MANAGE_PROJECT = "manage problem projects"
    CURATE_TOPICS = "name, merge or split topics"
    SEND = "say where reports and urgent notices go"
    READ_TICKET = "read tickets"
    MANAGE_TICKET = "hand tickets to departments"


class Reach(StrEnum):
    """How much of the organisation a permission covers."""

    ALL = "all"
    BRANCH = "branch"
    TEAM = "team"
    OWN = "own"


# One column per role, in the order of Role; "-" refuses. The contract's table is silent on the last three rows:
# whoever is judged by an SOP may read it, and those who run the service or its operations load data and re-score it.
_TABLE = {
    Action.READ: "all all all all all branch team own",
    Action.SEE_UNMASKED: "all all - - - - - -",
    Action.OVERRIDE: "- all all - - - - -",
    Action.COMMENT: "- all all all all branch team own",
    Action.APPEAL: "- all - - - branch team own",
    Action.DECIDE_FIRST: "- all all - - - - -",
    Action.DECIDE_SECOND: "- all - - - - - -",
    Action.CLOSE_PERIOD: "- all - - - - - -",
    Action.EDIT_SOP: "- all all all all all - -",
    Action.PUBLISH_SOP: "- all - - - all - -",
    Action.DECIDE_SUGGESTION: "- all - - - all - -",
    Action.READ_COACHING: "- all all all all branch team own",
    Action.WRITE_COACHING: "- all all all - branch team -",
    Action.REPORT: "all all - - all branch team own",
    Action.COACHING_REPORT: "all all - all all branch team own",
    Action.ADMINISTER: "all - - - - - - -",
    Action.READ_SOP: "all all all all all all all all",
    Action.LOAD: "all all - - all - - -",
    Action.RESCORE: "all all - - all - - -",
    Action.READ_PROJECT: "all all all all all branch team own",
    Action.MANAGE_PROJECT: "- all - - all branch - -",
    Action.CURATE_TOPICS: "- all all - all - - -",
    Action.SEND: "all all - - all branch - -",
    Action.READ_TICKET: "all all all all all branch team own",
    Action.MANAGE_TICKET: "- all - - all branch - -",
}

PERMISSIONS: Mapping[Action, Mapping[Role, Reach]] = {
    action: {role: Reach(cell) for role, cell in zip(Role, row.split(), strict=True) if cell != "-"}
    for action, row in _TABLE.items()
}


@dataclass(frozen=True, slots=True)
class Caller:
    """The person behind a request; `org` is the node of the organisation path that a line manager answers for."""

    id: str
    role: Role
    org: tuple[str, ...] = ()
    agent_id: str | None = None

    def may(self, action: Action) -> bool:
        """Whether the role allows the action at all, somewhere."""
        return self.role in PERMISSIONS[action]

    def reach(self, action: Action) -> "Scope":
        """The part of the organisation in which the caller may do this; raises Forbidden when there is none."""
        reach = PERMISSIONS[action].get(self.role)
        if reach is None:
            raise Forbidden(f"the role {self.role.value} may not {action.value}; ask an admin for another role")
        if reach is Reach.ALL:
            return EVERYTHING
        if reach is Reach.OWN:
            return Scope(agent_id=self.agent_id or "", whole=False)
        return Scope(org=self.org, whole=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the organisation: all of it (`whole`), what stands under the node `org`, or one agent's own."""

    org: tuple[str, ...] = ()
    agent_id: str | None = None
    whole: bool = True

    def holds(self, path: tuple[str, ...], agent_id: str | None) -> bool:
        """Whether a conversation of this agent, at this place of the organisation, lies inside."""
        if self.whole:
            return True
        if self.agent_id is not None:
            return bool(self.agent_id) and agent_id == self.agent_id
        return bool(self.org) and path[: len(self.org)] == self.org


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as stored: only a digest of its secret. `holder` is the person; one person may hold several keys."""

    id: str
    digest: str
    holder: str
    role: Role
    created_at: datetime
    org: tuple[str, ...] = ()
    agent_id: str | None = None
    revoked_at: datetime | None = None

    @property
    def caller(self) -> Caller:
        """Who acts when this key is used."""
        return Caller(self.holder, self.role, self.org, self.agent_id)


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One line of the access log: who did what to which thing, when, and why. Never customer text."""

    at: datetime
    caller: str
    action: str
    target: str
    reason: str = ""

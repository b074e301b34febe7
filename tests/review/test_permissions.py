"""The permission table of the contract, cell by cell, written out again on purpose."""

import pytest

from qa_service.domain.role import EVERYTHING, PERMISSIONS, Action, Caller, Role, Scope
from qa_service.errors import Forbidden

COLUMNS = ("admin", "qa_lead", "qa", "trainer", "ops", "sales_manager", "team_lead", "agent")
CONTRACT = {
    Action.READ: ("all", "all", "all", "all", "all", "branch", "team", "own"),
    Action.SEE_UNMASKED: ("all", "all", None, None, None, None, None, None),
    Action.OVERRIDE: (None, "all", "all", None, None, None, None, None),
    Action.COMMENT: (None, "all", "all", "all", "all", "branch", "team", "own"),
    Action.APPEAL: (None, "all", None, None, None, "branch", "team", "own"),
    Action.DECIDE_FIRST: (None, "all", "all", None, None, None, None, None),
    Action.DECIDE_SECOND: (None, "all", None, None, None, None, None, None),
    Action.CLOSE_PERIOD: (None, "all", None, None, None, None, None, None),
    Action.EDIT_SOP: (None, "all", "all", "all", "all", "all", None, None),
    Action.PUBLISH_SOP: (None, "all", None, None, None, "all", None, None),
    Action.DECIDE_SUGGESTION: (None, "all", None, None, None, "all", None, None),
    Action.READ_COACHING: (None, "all", "all", "all", "all", "branch", "team", "own"),
    Action.WRITE_COACHING: (None, "all", "all", "all", None, "branch", "team", None),
    Action.REPORT: ("all", "all", None, None, "all", "branch", "team", "own"),
    Action.COACHING_REPORT: ("all", "all", None, "all", "all", "branch", "team", "own"),
    Action.ADMINISTER: ("all", None, None, None, None, None, None, None),
    Action.READ_SOP: ("all",) * 8,
    Action.LOAD: ("all", "all", None, None, "all", None, None, None),
    Action.CURATE_TOPICS: (None, "all", "all", None, "all", None, None, None),
    Action.RESCORE: ("all", "all", None, None, "all", None, None, None),
    Action.READ_PROJECT: ("all", "all", "all", "all", "all", "branch", "team", "own"),
    Action.MANAGE_PROJECT: (None, "all", None, None, "all", "branch", None, None),
    Action.SEND: ("all", "all", None, None, "all", "branch", None, None),
    Action.READ_TICKET: ("all", "all", "all", "all", "all", "branch", "team", "own"),
    Action.MANAGE_TICKET: (None, "all", None, None, "all", "branch", None, None),
}
CELLS = [(action, role, reach) for action, row in CONTRACT.items() for role, reach in zip(COLUMNS, row, strict=True)]


@pytest.mark.parametrize(
    ("action", "role", "reach"), CELLS, ids=[f"{action.name.lower()}-{role}" for action, role, _ in CELLS]
)
def test_a_cell_of_the_permission_table(action: Action, role: str, reach: str | None) -> None:
    caller = Caller("p-1", Role(role), ("公司", "一部"), "A01")
    assert caller.may(action) == (reach is not None)
    if reach is None:
        with pytest.raises(Forbidden, match=role):
            caller.reach(action)
        return
    scope = caller.reach(action)
    assert PERMISSIONS[action][caller.role].value == reach
    under, beside, own = (("公司", "一部", "一组"), "A02"), (("公司", "二部"), "A03"), (("公司", "二部"), "A01")
    assert [scope.holds(*place) for place in (under, beside, own)] == {
        "all": [True, True, True],
        "branch": [True, False, False],
        "team": [True, False, False],
        "own": [False, False, True],
    }[reach]


def test_every_action_has_its_row() -> None:
    assert set(CONTRACT) == set(PERMISSIONS) == set(Action)


def test_a_line_manager_without_a_node_and_an_agent_without_an_id_see_nothing() -> None:
    for role in (Role.SALES_MANAGER, Role.TEAM_LEAD, Role.AGENT):
        scope = Caller("p-1", role).reach(Action.READ)
        assert not scope.holds(("公司",), "A01")
        assert not scope.holds((), None)


def test_everything_holds_a_conversation_of_nobody() -> None:
    assert EVERYTHING.holds((), None)
    assert not Scope(org=("公司",), whole=False).holds((), None)

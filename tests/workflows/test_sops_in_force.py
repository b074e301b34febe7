"""Which versions a stored conversation is judged by, and what a version that cannot be read any more costs."""

from datetime import timedelta

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.rollout import Place, Wave
from qa_service.domain.sop_version import SopState, SopVersion
from qa_service.errors import InvalidSop
from qa_service.jobs import Worker
from qa_service.store import Store
from qa_service.workflows.import_conversations import Intake, add_conversations
from qa_service.workflows.job_handlers import build_handlers
from qa_service.workflows.sops_in_force import published_sops, sops_in_force

TEXT = "sop: trial\nversion: {n}\ntitle: 试听{n}\nsteps: [{{id: greet, title: 开场, weight: 10, examples: [您好]}}]\n"
INTAKE = Intake(lambda one: one)


class Watcher:
    """Says only by which SOP a conversation was judged."""

    def analyze(self, conversation, sops):
        (sop,) = sops
        return Analysis(conversation.id, sop.id, sop.version, {"models": "m", "code": "c"})


def keep(store: Store, version: int, text: str = TEXT) -> None:
    with store.unit_of_work() as work:
        yaml = text.format(n=version)
        work.sops.save_draft(SopVersion("trial", version, yaml, f"d{version}", SopState.DRAFT, "a", store.clock()))


def conversation(name: str, at=None, team: str = "一组"):
    body = {"id": name, "turns": [{"speaker": "agent", "text": "您好"}], "agent": {"org": ["公司", team]}}
    return conversation_from_json(body | ({"started_at": at.isoformat()} if at else {}))


def test_the_worker_judges_each_conversation_by_the_version_of_its_team_at_its_time(store: Store, clock):
    for version in (1, 2):
        keep(store, version)
    with store.unit_of_work() as work:
        work.sops.publish("trial", 1, by="a")
        work.sops.roll_out(
            "trial", 2, [Wave(Place(("公司", "一组")), clock()), Wave(starts_at=clock() + timedelta(9))], by="a"
        )
    soon, later = clock() + timedelta(1), clock() + timedelta(10)
    cases = {
        "before": (clock() - timedelta(1), "一组", 1),
        "pilot": (soon, "一组", 2),
        "beside": (soon, "二组", 1),
        "all": (later, "二组", 2),
        "undated": (None, "二组", 1),
    }
    add_conversations(store, [conversation(name, at, team) for name, (at, team, _) in cases.items()], intake=INTAKE)
    Worker(store, build_handlers(store, Watcher(), intake=INTAKE)).run_until_idle()
    with store.reading() as work:
        judged = {name: work.analyses.get(name).sop_version for name in cases}
        assert [sop.version for sop in published_sops(work)] == [1], "reports speak of what most work by"
    assert judged == {name: version for name, (_, _, version) in cases.items()}


def test_a_plan_for_days_gone_by_is_what_a_new_analysis_goes_by(store: Store, clock):
    for version in (1, 2, 3):
        keep(store, version)
        with store.unit_of_work() as work:
            if version < 3:
                work.sops.publish("trial", version, by="a")
        clock.step(3600)
    one = conversation("late", clock() - timedelta(minutes=30))
    add_conversations(store, [one], intake=INTAKE)
    Worker(store, build_handlers(store, Watcher(), intake=INTAKE)).run_until_idle()
    with store.unit_of_work() as work:
        work.sops.roll_out("trial", 3, [Wave(starts_at=clock() - timedelta(minutes=40))], by="a")
    with store.reading() as work:
        assert work.analyses.get("late").sop_version == 2, "what was judged keeps its analysis"
        assert [sop.version for sop in sops_in_force(work, [one])[0]] == [3]


def test_an_old_version_that_cannot_be_read_costs_only_the_conversations_of_its_time(store: Store, clock):
    keep(store, 1, "sop: trial\nversion: 1\nof_old: 1\n")
    keep(store, 2)
    with store.unit_of_work() as work:
        work.sops.publish("trial", 1, by="a")
    clock.step(3600)
    with store.unit_of_work() as work:
        work.sops.publish("trial", 2, by="a")
    both = [conversation("old", clock() - timedelta(1)), conversation("new", clock())]
    with store.reading() as work:
        old, new = sops_in_force(work, both)
    assert isinstance(old, InvalidSop)
    assert [sop.version for sop in new] == [2]
    add_conversations(store, both, intake=INTAKE)
    Worker(store, build_handlers(store, Watcher(), intake=INTAKE)).run_until_idle()
    with store.reading() as work:
        assert work.analyses.get("new").sop_version == 2
        assert work.analyses.problem("old").code == "invalid_sop"

"""What jobs do: import a file, analyse what arrived, and say what went wrong."""

import json
from datetime import timedelta

import pytest

from qa_service.domain.sop_version import SopState, SopVersion
from qa_service.errors import Conflict, InvalidInput
from qa_service.jobs import Worker
from qa_service.rulebook import default_sops, dump_sop
from qa_service.store import Arrival, ConversationFilter, ImportState, JobState, Store
from qa_service.store.jobs import MAX_ATTEMPTS
from qa_service.workflows.import_conversations import (
    Following,
    Intake,
    add_conversations,
    begin_import,
    import_conversations,
    import_file,
    request_analyses,
)
from qa_service.workflows.job_handlers import build_handlers
from qa_service.workflows.sops_in_force import published_sops

EVERYTHING = ConversationFilter()


def conversation(number: int, *lines: str, **fields):
    from qa_service.domain.conversation_json import conversation_from_json

    turns = [{"speaker": "customer", "text": text} for text in lines or ("周末有课吗",)]
    return conversation_from_json({"id": f"c-{number}", "turns": turns, **fields})


def work_off(store: Store, analyzer, intake) -> int:
    return Worker(store, build_handlers(store, analyzer, intake=intake)).run_until_idle()


def test_what_is_added_is_masked_and_analysed(store: Store, analyzer, intake):
    added = add_conversations(store, [conversation(1, "我是13812345678", "周末有课吗")], intake=intake)
    assert [one.arrival for one in added] == [Arrival.NEW]
    assert work_off(store, analyzer, intake) == 1
    with store.reading() as work:
        assert work.conversations.get("c-1").turns[0].text == "我是●●●●●●●●●●●"
        assert [need.text for need in work.analyses.get("c-1").needs] == ["周末有课吗"]


def test_a_conversation_that_cannot_be_analysed_keeps_no_neighbour_back(store: Store, analyzer, intake):
    given = [conversation(1), conversation(2, "两个流程"), conversation(3, "出错"), conversation(4)]
    add_conversations(store, given, intake=intake)
    work_off(store, analyzer, intake)
    with store.reading() as work:
        assert work.analyses.problem("c-2").code == "ambiguous_sop"
        failed = work.analyses.problem("c-3")
        assert (failed.code, "出错" in failed.detail) == ("internal_error", False)
        assert [one.id for one, _ in work.analyses.pairs(EVERYTHING)] == ["c-1", "c-4"]
        assert work.jobs.counts()[JobState.DONE] == 1


def test_a_batch_that_kills_workers_is_tried_one_by_one(store: Store, clock, intake):
    class Killer:
        def analyze(self, conversation, sops):
            if conversation.id == "c-2":
                raise SystemExit("killed")
            from qa_service.domain.analysis import Analysis

            return Analysis(conversation.id, None, None, {"models": "m", "code": "c"})

    add_conversations(store, [conversation(n) for n in range(1, 5)], intake=intake)
    handlers = build_handlers(store, Killer(), intake=intake)
    for _ in range(4 * MAX_ATTEMPTS):
        try:
            Worker(store, handlers, lease=timedelta(seconds=5)).run_until_idle()
        except SystemExit:
            clock.step(6)
    with store.reading() as work:
        assert [one.id for one, _ in work.analyses.pairs(EVERYTHING)] == ["c-1", "c-3", "c-4"]
        (dead,) = work.jobs.find(state=JobState.DEAD)
        assert len(dead.payload["numbers"]) == 1
        assert work.analyses.problem("c-2").code == "worker_died"


def test_an_import_reports_bad_lines_masked_and_keeps_their_neighbours(store: Store, analyzer, intake, transcripts):
    lines = {1: '{"id": "x"}', 3: "{", 5: json.dumps({"id": "p", "turns": [{"speaker": "13812345678", "text": ""}]})}
    path = transcripts(8, lines=lines)
    done = import_file(store, path, by="cli", intake=intake)
    assert (done.state, done.read, done.new, done.defects) == (ImportState.DONE, 8, 5, 3)
    with store.reading() as work:
        defects = work.imports.defects(done.id)
        assert [(one.position, one.row) for one in defects] == [(1, 2), (3, 4), (5, 6)]
        assert not any("13812345678" in one.reason for one in defects)
        assert work.imports.defects(done.id, after=3)[0].position == 5
        assert work.conversations.count(EVERYTHING) == 5
        assert work.jobs.counts(f"import/{done.id}")[JobState.QUEUED] == 1


def test_importing_again_changes_nothing(store: Store, intake, transcripts):
    path = transcripts(5)
    first, second = (import_file(store, path, by="cli", intake=intake) for _ in range(2))
    assert (first.new, second.new, second.unchanged) == (5, 0, 5)
    assert second.id != first.id
    changed = transcripts(5, name="other.jsonl", outcome={"converted": True})
    assert import_file(store, changed, by="cli", intake=intake).updated == 5
    with store.reading() as work:
        assert sum(work.jobs.counts().values()) == 1


def test_a_conflict_in_a_file_is_a_defect(store: Store, intake, transcripts):
    import_file(store, transcripts(3), by="cli", intake=intake)
    other = json.dumps({"id": "c-00001", "turns": [{"speaker": "agent", "text": "别的"}]})
    done = import_file(store, transcripts(3, name="b.jsonl", lines={1: other}), by="cli", intake=intake)
    assert (done.unchanged, done.defects) == (2, 1)
    with store.reading() as work:
        (defect,) = work.imports.defects(done.id)
        assert (defect.code, defect.file) == ("conflict", "b.jsonl")


def test_an_import_cut_short_goes_on_where_it_stopped(store: Store, intake, transcripts):
    path = transcripts(1000)
    masked: list[str] = []

    def mask(one):
        masked.append(one.id)
        return intake.mask(one)

    def stop_after(record):
        if record.read >= 400:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(store, path, by="cli", intake=Intake(mask), following=Following(done=stop_after))
    done = import_file(store, path, by="cli", intake=Intake(mask))
    assert (done.read, done.new, done.unchanged) == (1000, 1000, 0)
    assert len(masked) == len(set(masked)) == 1000
    with store.reading() as work:
        assert len(work.imports.page().items) == 1


def test_two_processes_cannot_run_one_import(store: Store, intake):
    record = begin_import(store, "calls", by="a", digest="d")
    assert begin_import(store, "calls", by="a", digest="d") == record
    import_conversations(store, [conversation(1)], record, intake=intake)
    with pytest.raises(Conflict, match="another process"):
        import_conversations(store, [conversation(2)], record, intake=intake)
    with store.reading() as work:
        assert work.conversations.find("c-2") is None
        assert work.imports.get(record.id).state is ImportState.DONE


def test_a_missing_file_makes_a_dead_job_with_a_reason(store: Store, analyzer, intake, tmp_path):
    with store.unit_of_work() as work:
        job_id = work.jobs.enqueue("import", {"path": str(tmp_path / "gone.jsonl")})
    work_off(store, analyzer, intake)
    with store.reading() as work:
        assert work.jobs.get(job_id).state is JobState.DEAD
        assert "check the path" in work.jobs.get(job_id).reason
    with pytest.raises(InvalidInput):
        import_file(store, tmp_path, by="cli", intake=intake)


def test_originals_are_kept_where_the_deployment_wants_them(store: Store, intake):
    given = conversation(1, "我是13812345678", customer={"id": "U1"})
    add_conversations(store, [given, given], intake=Intake(intake.mask, keep_originals=True))
    with store.reading() as work:
        assert work.originals.get("c-1") == given


def test_analyses_use_the_published_sops(store: Store, clock, intake):
    seen = []

    class Watcher:
        def analyze(self, conversation, sops):
            from qa_service.domain.analysis import Analysis

            seen.append([sop.id for sop in sops])
            return Analysis(conversation.id, sops[0].id, sops[0].version, {"models": "m", "code": "c"})

    sop = default_sops()[0]
    version = SopVersion(sop.id, sop.version, dump_sop(sop.document), sop.digest, SopState.DRAFT, "a", clock())
    with store.unit_of_work() as work:
        work.sops.save_draft(version)
        assert published_sops(work) == ()
        work.sops.publish(sop.id, sop.version, by="a")
    add_conversations(store, [conversation(1)], intake=intake)
    work_off(store, Watcher(), intake)
    assert seen == [[sop.id]]
    with store.unit_of_work() as work:
        assert work.conversations.listed("c-1").sop == sop.id
        numbers = work.conversations.numbers(EVERYTHING)
        assert request_analyses(work, numbers) == 1
    work_off(store, Watcher(), intake)
    with store.reading() as work:
        assert len(work.analyses.history("c-1")) == 1

"""Deleting a customer: nothing that was said or known of them remains in any file; counts and scores do."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from qa_service.domain.analysis import Analysis
from qa_service.domain.appeal import Appeal, AppealDecision, AppealState
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import CompetitorFinding, NeedFinding, PromiseFinding, RedLineFinding
from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.domain.review import Comment, Decision, Override, Review
from qa_service.domain.role import AccessEntry
from qa_service.domain.score import Score, ScoreState
from qa_service.errors import NotFound
from qa_service.jobs import Worker
from qa_service.store import ConversationFilter, ImportDefect, Store
from qa_service.workflows.delete_customer import begin_deletion, delete_customer, resume_deletions
from qa_service.workflows.import_conversations import Intake, add_conversations
from qa_service.workflows.job_handlers import build_handlers

EVERYTHING = ConversationFilter()
OTHERS = 90
# Each stands in another place of the store; none may remain anywhere.
SECRETS = {
    name: f"绝密{name}不可留下"
    for name in (
        *("turn", "original", "tag", "extra", "history", "red_line", "need", "promise", "competitor", "override"),
        *("value", "comment", "appeal", "decision", "problem", "reason_text", "order_id", "access_reason", "defect"),
    )
}
IDS = ("CUST-9312", "conv-of-9312")


def fill(store: Store, clock) -> None:
    """One customer with something in every table, among others that must stay."""
    clean = Intake(lambda one: one, keep_originals=True)
    others = [body(f"other-{n}", f"别人说的话{n}", customer={"id": f"OTHER-{n % 7}"}) for n in range(OTHERS)]
    mine = [
        body(f"{IDS[1]}-{n}", SECRETS["turn"] * (1 + n), customer={"id": IDS[0]}, **secret_fields()) for n in range(3)
    ]
    mixed = [*others[:30], mine[0], *others[30:60], mine[1], *others[60:], mine[2]]
    add_conversations(store, [conversation_from_json(one) for one in mixed], intake=clean)
    with store.unit_of_work() as work:
        changed = mine[0] | {"tags": {"remark": SECRETS["history"]}}
        work.conversations.add(conversation_from_json(changed))
        for one in [*mine, others[5]]:
            numbered = work.conversations.numbered(one["id"])
            for models in ("m1", "m2"):
                analysis = quoting(one["id"], models)
                work.analyses.add(analysis, number=numbered.number, turns_digest=numbered.digest, sop_digest=None)
        work.analyses.add_problem(work.conversations.numbered(mine[2]["id"]).number, "x", SECRETS["problem"])
        fill_reviews(work, clock(), mine[0]["id"])
        fill_lists(work, clock())


def body(conversation_id: str, text: str, **fields):
    turns = [{"speaker": "agent", "text": "您好"}, {"speaker": "customer", "text": text}]
    return {"id": conversation_id, "turns": turns, "agent": {"id": "A1", "name": "林晓"}, **fields}


def secret_fields():
    return {
        "tags": {"remark": SECRETS["tag"]},
        "note": SECRETS["extra"],
        "outcome": {"converted": True},
        "started_at": "2026-10-08T19:32:00+08:00",
        "product": "编程",
    }


def quoting(conversation_id: str, models: str) -> Analysis:
    def span(name: str) -> EvidenceSpan:
        return EvidenceSpan(1, 0, len(SECRETS[name]))

    if conversation_id.startswith("other"):
        need = NeedFinding(EvidenceSpan(1, 0, 4), "question", "别人说的", 0.9)
        return Analysis(conversation_id, None, None, {"models": models, "code": "c"}, needs=(need,))
    return Analysis(
        conversation_id,
        "trial",
        1,
        {"models": models, "code": "c"},
        score=Score(61.5, 60, 70, ScoreState.SETTLED, False, None),
        red_lines=(RedLineFinding("pressure", span("red_line"), SECRETS["red_line"], 0.9),),
        needs=(NeedFinding(span("need"), "question", SECRETS["need"], 0.9),),
        promises=(PromiseFinding("effect", span("promise"), SECRETS["promise"], 0.9),),
        competitors=(CompetitorFinding(span("competitor"), SECRETS["competitor"], "better", 0.9),),
    )


def fill_reviews(work, now, conversation_id: str) -> None:
    key = "red_line/pressure/1"
    work.reviews.open(Review(conversation_id, "qa-1", now))
    change = Override("o", conversation_id, key, Decision.CHANGE, SECRETS["override"], "qa-1", now)
    work.reviews.add_override(change)
    value = {"quote": SECRETS["value"]}
    work.reviews.add_override(Override("p", conversation_id, key, Decision.ADD, "", "qa-1", now, value=value))
    work.reviews.add_comment(Comment("k", conversation_id, SECRETS["comment"], "qa-1", now))
    decision = AppealDecision(1, accepted=True, reason=SECRETS["decision"], by="qa-2", at=now)
    appeal = Appeal("ap", conversation_id, key, SECRETS["appeal"], "A1", now, AppealState.DECIDED, (decision,))
    work.appeals.save(appeal)


def fill_lists(work, now) -> None:
    order, reason = SECRETS["order_id"], SECRETS["reason_text"]
    event = OutcomeEvent(IDS[0], OutcomeKind.REFUNDED, now, "编程", 99.0, order, reason)
    work.outcomes.add_many([event, OutcomeEvent("OTHER-1", OutcomeKind.PAID, now, "编程", 99.0, "O-7", "别人的理由")])
    target = f"conversation/{IDS[1]}-0"
    work.access_log.add(AccessEntry(now, "lead", "see unmasked text", f"{target}/original", "投诉核实"))
    work.access_log.add(AccessEntry(now, "admin", "read", f"customer/{IDS[0]}", f"{SECRETS['access_reason']} {IDS[0]}"))
    record = work.imports.begin(f"{IDS[0]}.vtt", by="cli")
    defect = ImportDefect(0, "a.jsonl", 1, "conflict", f"{IDS[1]}-1 {SECRETS['defect']}")
    work.imports.advance(record.id, {"read": 1, "defects": 1}, [defect], after=0)


def traces(files: Iterator[Path]) -> list[str]:
    """What of the customer is still found in files."""
    found = []
    for path in files:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for name in (*SECRETS.values(), *IDS):
            if name.encode() in content or json.dumps(name)[1:-1].encode() in content:
                found.append(f"{name} in {path.name}")
    return found


def database_files(store: Store, request) -> Iterator[Path]:
    if store.files():
        yield from (path for path in store.files() if path.exists())
        return
    cluster = request.getfixturevalue("cluster")
    cluster.write_everything_out()
    # The write-ahead log is overwritten in time; a deployment that archives it deletes there too.
    yield from (path for path in (cluster.data / "base").rglob("*") if path.is_file())


def test_nothing_of_a_deleted_customer_remains_in_the_database(store: Store, clock, request):
    fill(store, clock)
    with store.unit_of_work() as work:
        # Its statistics hold values of columns: PostgreSQL does this by itself from time to time.
        work.conversations.session.execute(text("ANALYZE"))
    assert len(traces(database_files(store, request))) > len(SECRETS) - 2
    deletion = delete_customer(store, IDS[0], by="admin")
    assert (deletion.conversations, deletion.analyses, deletion.outcome_events) == (3, 6, 1)
    assert deletion.customer_id is None
    assert deletion.ended_at == clock()
    assert traces(database_files(store, request)) == []


def test_counts_and_scores_of_a_deleted_customer_remain(store: Store, clock):
    fill(store, clock)
    delete_customer(store, IDS[0], by="admin")
    with store.reading() as work:
        assert work.conversations.count(EVERYTHING) == OTHERS + 3
        lines = work.conversations.page(ConversationFilter(product="编程")).items
        assert len(lines) == 3 and all(one.deleted and one.customer_id is None for one in lines)
        assert {(one.agent_id, one.week, one.score, one.turn_count) for one in lines} == {("A1", "2026-W41", 61.5, 2)}
        gone = work.conversations.get(lines[0].id)
        assert [(turn.speaker.value, turn.text) for turn in gone.turns] == [("agent", ""), ("customer", "")]
        analysis = work.analyses.get(lines[0].id)
        assert (analysis.red_lines[0].id, analysis.red_lines[0].quote, analysis.score.value) == ("pressure", "", 61.5)
        assert len(list(work.conversations.stream(EVERYTHING))) == OTHERS
        assert [one.id for one, _ in work.analyses.pairs(EVERYTHING)] == ["other-5"]
        assert len(list(work.outcomes.stream())) == 1
        reviewed = next(one.id for one in lines if work.reviews.find(one.id))
        assert [one.decision.value for one in work.reviews.overrides(reviewed)] == ["change", "add"]
        assert len(work.appeals.of_conversation(reviewed)[0].decisions) == 1
        targets = {one.target.split("/")[0] for one in work.access_log.page().items}
        assert targets == {"conversation", "customer"}


def test_other_customers_keep_everything(store: Store, clock):
    fill(store, clock)
    delete_customer(store, IDS[0], by="admin")
    with store.reading() as work:
        assert work.conversations.get("other-5").turns[1].text == "别人说的话5"
        assert work.originals.get("other-5").customer.id == "OTHER-5"
        assert work.analyses.get("other-5").needs[0].text == "别人说的"
        assert work.outcomes.of_customer("OTHER-1")[0].reason_text == "别人的理由"


def test_an_unknown_customer_is_not_found_and_neither_is_a_deleted_one(store: Store, clock):
    fill(store, clock)
    with pytest.raises(NotFound):
        delete_customer(store, "nobody", by="admin")
    delete_customer(store, IDS[0], by="admin")
    with pytest.raises(NotFound):
        delete_customer(store, IDS[0], by="admin")


class Killed(BaseException):
    """Ends the process wherever it stands."""


def kill_at(store: Store, monkeypatch, step: int) -> None:
    """Die at the n-th thing that the deletion does with the store."""
    steps = iter(range(10**6))

    def dying(method):
        def run(*args):
            if next(steps) == step:
                raise Killed
            return method(*args)

        return run

    for name in ("unit_of_work", "reading", "wipe_free_space"):
        monkeypatch.setattr(store, name, dying(getattr(store, name)))


@pytest.mark.parametrize("step", range(1, 8))
def test_a_deletion_killed_at_any_step_is_finished_later(store: Store, clock, monkeypatch, request, step, tmp_path):
    fill(store, clock)
    export = tmp_path / "out" / "r.jsonl"
    export.parent.mkdir()
    export.write_text(f'{{"conversation_id": "{IDS[1]}-0"}}\n{{"conversation_id": "other-1"}}\n')
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_at(store, patch, step)
        delete_customer(store, IDS[0], by="admin", out_dir=export.parent)
    assert resume_deletions(store, out_dir=export.parent) == 1
    assert traces(database_files(store, request)) == []
    assert export.read_text() == '{"conversation_id": "other-1"}\n'
    assert resume_deletions(store) == 0
    with store.reading() as work:
        assert sum(one.deleted for one in work.conversations.page(ConversationFilter(product="编程")).items) == 3


def test_a_worker_deletes_and_the_queue_never_knows_whom(store: Store, clock, analyzer, intake, request):
    fill(store, clock)
    deletion = begin_deletion(store, IDS[0], by="admin", queued=True)
    with store.reading() as work:
        assert {"deletion": deletion.id} in [one.payload for one in work.jobs.find(limit=50)]
    Worker(store, build_handlers(store, analyzer, intake=intake)).run_until_idle()
    with store.reading() as work:
        assert work.deletions.get(deletion.id).conversations == 3
    assert traces(database_files(store, request)) == []


def test_while_somebody_reads_for_long_the_free_space_waits_for_the_worker(
    sqlite_url, clock, analyzer, intake, monkeypatch, request
):
    monkeypatch.setattr("qa_service.store.database.BUSY_TIMEOUT_MS", 200)
    with Store.open(sqlite_url, clock=clock, master_key=b"k" * 32) as store:
        fill(store, clock)
        with store.reading() as reader:
            assert reader.conversations.count(EVERYTHING) == OTHERS + 3
            deletion = delete_customer(store, IDS[0], by="admin")
            assert (deletion.conversations, deletion.ended_at) == (3, None)
        Worker(store, build_handlers(store, analyzer, intake=intake)).run_until_idle()
        with store.reading() as work:
            assert work.deletions.get(deletion.id).ended_at is not None
        assert traces(database_files(store, request)) == []


def test_an_analysis_under_way_does_not_bring_the_words_back(store: Store, clock, request):
    fill(store, clock)
    with store.reading() as work:
        before = work.conversations.numbered(f"{IDS[1]}-1")
    delete_customer(store, IDS[0], by="admin")
    with store.unit_of_work() as work:
        late = quoting(before.conversation.id, "m3")
        stored = work.analyses.add(late, number=before.number, turns_digest=before.digest, sop_digest=None)
    assert stored is None
    assert traces(database_files(store, request)) == []


def test_exports_lose_the_lines_and_files_that_speak_of_the_customer(sqlite_url, clock, tmp_path):
    out = tmp_path / "out"
    (out / "week").mkdir(parents=True)
    line, other = f'{{"id": "{IDS[1]}-0", "need": "x"}}\n', '{"id": "other-1"}\n'
    longer = f'{{"id": "{IDS[1]}-00"}}\n'
    (out / "r.jsonl").write_text(line + other + longer)
    with gzip.open(out / "r.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(other + line)
    (out / "r.csv").write_text(f"{IDS[0]},1\nOTHER-1,2\n")
    (out / "week" / "voc.json").write_text(json.dumps({"quotes": [SECRETS["turn"]]}))
    (out / "week" / "voc.html").write_text(f"<p>{SECRETS['need']}</p>", encoding="utf-8")
    (out / "week" / "voc.pdf").write_bytes(b"%PDF compressed")
    (out / "week" / "coach.json").write_text('{"quotes": ["别人说的话"]}')
    (out / "week" / "coach.pdf").write_bytes(b"%PDF compressed")
    with Store.open(sqlite_url, clock=clock, master_key=b"k" * 32) as store:
        fill(store, clock)
        delete_customer(store, IDS[0], by="admin", out_dir=out)
        assert (out / "r.jsonl").read_text() == other + longer
        assert gzip.decompress((out / "r.jsonl.gz").read_bytes()).decode() == other
        assert (out / "r.csv").read_text() == "OTHER-1,2\n"
        assert sorted(path.name for path in (out / "week").iterdir()) == ["coach.json", "coach.pdf"]


def test_a_database_among_the_exports_is_left_alone(tmp_path, clock):
    with Store.open(f"sqlite:///{tmp_path / 'qa.db'}", clock=clock, master_key=b"k" * 32) as store:
        store.migrate()
        fill(store, clock)
        delete_customer(store, IDS[0], by="admin", out_dir=tmp_path)
        with store.reading() as work:
            assert work.conversations.count(EVERYTHING) == OTHERS + 3

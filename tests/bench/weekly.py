"""`python -m tests.bench.weekly`: the report of a week from a million counted analyses in a store, beside reading all.

The analyses are copies of a thousand judged ones under names and times of their own.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import Connection, insert

from qa_service.aggregate.occurrences import heard
from qa_service.domain.analysis_json import analysis_to_json
from qa_service.domain.conversation import Outcome
from qa_service.domain.conversation_json import conversation_to_json
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import iso_week, local_day
from qa_service.domain.weekly import ASKED, SETTLED
from qa_service.store import Store
from qa_service.store.counts import StratumRow
from qa_service.store.topics import TopicRow
from qa_service.workflows.count_stored import basis_of
from qa_service.workflows.load_codebook import load_codebook
from tests.aggregate.planted_needs import TOPICS, Weeks, told
from tests.bench.beside import Beside
from tests.bench.folder import Folder
from tests.bench.inputs import FIRST_MONDAY, WEEKS
from tests.judged_cases import CHINA, Case, judged

AGENTS, AT_ONCE = 400, 5000
PRODUCTS = ("阅读", "少儿编程", "考研")
COMPLAINTS = ("slow_response", "teaching_quality", "billing_dispute", "misleading_promise")
REFUNDS = ("no_time", "poor_result", "promise_mismatch")
PATTERNS = 1000
SALES, REPEATED = 0.12, 0.3
TURNS = 3
# Written as text: a million rows through the store's own types would take an hour.
COLUMNS = {
    "conversation": "number, id, body, digest, channel, product, agent_id, team, org, customer_id, started_at, week,"
    " received_at, listed_at, turn_count, current",
    "analysis": "id, conversation, turns_digest, sop_digest, models, code, body, sop, sop_version, unsure, complaint,"
    " refund, analysed_at",
    "counted": "conversation, week, stratum, customer, misheard, settled, asked, at, bought, spread, basis",
    "occurrence": "week, what, stratum, conversation, confidence, turn",
    "topic_statement": "conversation, turn, text, kind, handled, joined, topic",
    "topic_placed": "conversation, analysis",
}


@dataclass(frozen=True)
class Pattern:
    """One judged conversation as it is written; names stand where each copy has its own."""

    conversation: str
    analysis: str
    product: str
    words: str
    topic: str
    handled: str
    grievances: tuple[bool, bool]
    bases: tuple[bool, bool]
    bought: bool | None
    occurrences: tuple[tuple[str, float, int | None], ...]


def fill(folder: Folder, count: int, *, seed: int) -> None:
    """Make the store of a folder hold so many conversations of eight weeks, all judged, counted, placed in topics."""
    with Store.open(f"sqlite:///{folder.database}") as store:
        store.migrate()
        patterns = list(_patterns(seed))
        with store.unit_of_work() as work:
            connection = work.counts.session.connection()
            _topics(connection)
            _strata(connection)
            made = _rows(patterns, count, seed)
            while some := list(islice(made, AT_ONCE)):
                _insert(connection, some)


def _patterns(seed: int) -> Iterator[Pattern]:
    """Judged conversations of every kind, as they are written."""
    rng = Random(f"weekly/{seed}")
    for number, (_, topic, words, _, _) in enumerate(told(Weeks(weeks=1, statements=PATTERNS, seed=seed))):
        handled = rng.choice(("answered", "answered", "evaded"))
        case = Case(
            id="PATTERN",
            day=local_day(FIRST_MONDAY, CHINA),
            agent="AGENT",
            customer="CUSTOMER",
            product=PRODUCTS[number % len(PRODUCTS)],
            done=["greeting", *(["needs", "pitch"] if rng.random() < 0.7 else [])],
            needs=[(words, "question", handled)],
            complaint=[rng.choice(COMPLAINTS)] if rng.random() < 0.05 else [],
            refund=[rng.choice(REFUNDS)] if rng.random() < 0.04 else [],
            promises=[(rng.choice(("effect", "gift", "refund")), "三个月一定见效")] if rng.random() < 0.2 else [],
            competitors=[(f"第{rng.randrange(9)}家", "better")] if rng.random() < 0.05 else [],
            score=rng.choice((55.0, 82.0)),
            settled=rng.random() < 0.8,
            outcome=Outcome(converted=rng.random() < SALES),
        )
        yield _pattern(judged(case), f"t-{topic}", words, handled)


def _pattern(pair: JudgedConversation, topic: str, words: str, handled: str) -> Pattern:
    found = heard(pair, CHINA, reasons=load_codebook().complaint_reasons)
    assert found is not None
    return Pattern(
        conversation=json.dumps(conversation_to_json(pair.conversation), ensure_ascii=False),
        analysis=json.dumps(analysis_to_json(pair.analysis), ensure_ascii=False),
        product=pair.conversation.product or "",
        words=words,
        topic=topic,
        handled=handled,
        grievances=(pair.analysis.complaint.detected, pair.analysis.refund.detected),
        bases=(SETTLED in found.bases, ASKED in found.bases),
        bought=found.bought,
        occurrences=tuple(("/".join(thing.what), thing.confidence, thing.turn) for thing in found.occurrences),
    )


def _rows(patterns: Sequence[Pattern], count: int, seed: int) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """The rows of each conversation, by table."""
    rng = Random(f"weekly/rows/{seed}")
    basis = basis_of(load_codebook())
    weeks = [iso_week(local_day(FIRST_MONDAY + timedelta(weeks=week), CHINA)) for week in range(WEEKS)]
    for number in range(1, count + 1):
        one, agent, week = rng.choice(patterns), number % AGENTS, rng.randrange(WEEKS)
        at = (FIRST_MONDAY + timedelta(weeks=week, minutes=rng.randrange(6 * 24 * 60))).astimezone(UTC)
        customer = f"U{number if rng.random() > REPEATED else rng.randrange(1, number + 1):07d}"
        name, seller, team = f"b{number:07d}", f"A{agent:03d}", f"第{agent // 10}组"
        moment = at.strftime("%Y-%m-%d %H:%M:%S.000000")
        stratum = 1 + agent * len(PRODUCTS) + PRODUCTS.index(one.product)
        times = (moment, weeks[week], moment, moment, 3, number)
        bodies = [
            text.replace("PATTERN", name).replace("AGENT", seller).replace("CUSTOMER", customer)
            for text in (one.conversation, one.analysis)
        ]
        place = (weeks[week], stratum)
        yield {
            "conversation": [
                (number, name, bodies[0], "d", "call", one.product, seller, team, f"公司/{team}/", customer, *times)
            ],
            "analysis": [
                (number, number, "d", "s", "m", "c", bodies[1], "trial", 3, 0, *one.grievances, moment),
            ],
            "counted": [(number, *place, customer, 0, *one.bases, moment, one.bought, rng.getrandbits(62), basis)],
            "occurrence": [(weeks[week], what, stratum, number, sure, turn) for what, sure, turn in one.occurrences],
            "topic_statement": [(number, 1, one.words, "question", one.handled, one.topic, one.topic)],
            "topic_placed": [(number, number)],
        }


def _insert(connection: Connection, some: Sequence[dict[str, list[tuple[Any, ...]]]]) -> None:
    for table, columns in COLUMNS.items():
        marks = ", ".join("?" * len(columns.split(",")))
        rows = [row for one in some for row in one[table]]
        connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def _strata(connection: Connection) -> None:
    rows = [
        {"org": f"公司/第{agent // 10}组/", "agent": f"A{agent:03d}", "team": f"第{agent // 10}组"}
        | {"id": 1 + agent * len(PRODUCTS) + place, "product": product, "channel": "call", "version": "trial@3"}
        for agent in range(AGENTS)
        for place, product in enumerate(PRODUCTS)
    ]
    connection.execute(insert(StratumRow), rows)


def _topics(connection: Connection) -> None:
    day = local_day(FIRST_MONDAY, CHINA).isoformat()
    plain = {"born": day, "last_seen": day, "dormant": False, "named_by": "", "definition": "", "version": 1}
    plain |= {"dismissed": False, "apart": [], "whole": False}
    rows = [
        {"id": f"t-{place}", "label": things[0], "keywords": list(things)[:3], **plain}
        for place, (things, _) in enumerate(TOPICS)
    ]
    connection.execute(insert(TopicRow), rows)


def last_week(moment: datetime = FIRST_MONDAY) -> str:
    """The last of the eight weeks."""
    return iso_week(local_day(moment + timedelta(weeks=WEEKS - 1), CHINA))


def report(folder: Folder) -> Callable[[], None]:
    """The report of the last week, as a document."""
    from qa_service.store import ConversationFilter
    from qa_service.workflows.write_voice_of_customer import prepare_stored_voice

    store = Store.open(f"sqlite:///{folder.database}")

    def work() -> None:
        prepare_stored_voice(store, ConversationFilter(), last_week())

    return work


def filled(folder: Folder, count: int, seed: int) -> tuple[int, int]:
    """A store of so many analyses; how many conversations and turns."""
    fill(folder, count, seed=seed)
    return count, count * TURNS


BESIDE = Beside(
    name="weekly",
    title="voc, from counts of the store",
    plain="SELECT, JSON parse",
    step="voc-counted",
    plain_step="store-plainly",
    sizes="100000,1000000",
    fill=filled,
)
main = BESIDE.main


if __name__ == "__main__":
    main()

"""Journeys of many customers from analyses and conversations: one a line, the same bytes in any order."""

import json
from pathlib import Path
from typing import Any

from qa_service.domain.judged import JudgedConversation
from qa_service.domain.outcome_event import OutcomeEvent, OutcomeKind
from qa_service.domain.period import end_of, moment_until
from qa_service.rulebook import parse_sop
from qa_service.store.store import CHINA
from qa_service.workflows.write_journeys import JourneyTally, sops_of_files, write_journeys
from tests.analyze.journey.told import FIRST, contact

SOP = parse_sop(
    """
sop: sale
steps: [{id: greeting, weight: 10}, {id: price, weight: 10, scope: journey}]
red_lines: [rude]
""",
    "sale.yaml",
)


def judged(name: str, customer: str | None, text: str = "A 您好[greeting]\nC 嗯", *, day: float = 0) -> Any:
    one = contact(name, text, SOP, day=day)
    body = JudgedConversation(one.conversation, one.analysis)  # type: ignore[arg-type]
    object.__setattr__(body.conversation.customer, "id", customer)
    return body


PAIRS = [
    judged("b-1", "U-2"),
    judged("a-2", "U-1", "A 三千[price]，您好[greeting]\nC 嗯", day=3),
    judged("a-1", "U-1"),
    judged("n-1", None),
]


def run(tmp_path: Path, pairs: Any = PAIRS, **options: Any) -> tuple[JourneyTally, list[dict[str, Any]]]:
    out = tmp_path / "journeys.jsonl"
    tally = write_journeys(pairs, out, sop_of=options.pop("sop_of", sops_of_files([SOP])), **options)
    return tally, [json.loads(line) for line in out.read_text("utf-8").splitlines()]


def test_one_line_a_journey_by_customer(tmp_path: Path) -> None:
    tally, lines = run(tmp_path)
    assert [(one["customer_id"], [c["conversation_id"] for c in one["contacts"]]) for one in lines] == [
        ("U-1", ["a-1", "a-2"]),
        ("U-2", ["b-1"]),
    ]
    assert [one["parts"][0]["score"] for one in lines] == [100.0, 50.0]
    assert [c["score"] for c in lines[0]["contacts"]] == [50.0, 100.0]
    assert (tally.journeys, tally.customers, tally.nameless) == (2, 2, 1)
    assert tally.warnings() == ["1 conversations carry no customer id and lie in no journey"]


def test_the_same_input_in_another_order_is_the_same_bytes(tmp_path: Path) -> None:
    out = tmp_path / "journeys.jsonl"
    made = set()
    for pairs in (PAIRS, PAIRS[::-1], PAIRS[2:] + PAIRS[:2]):
        write_journeys(pairs, out, sop_of=sops_of_files([SOP]))
        made.add(out.read_bytes())
    assert len(made) == 1


def test_as_of_a_day_holds_what_began_on_it_and_without_one_all(tmp_path: Path) -> None:
    _, lines = run(tmp_path, as_of=end_of(FIRST.date(), CHINA))
    assert [len(one["contacts"]) for one in lines] == [1, 1]
    _, lines = run(tmp_path)
    assert {one["as_of"] for one in lines} == {"2026-10-04T10:00:00+08:00"}


def test_an_order_paid_parts_what_came_before_from_what_comes_after(tmp_path: Path) -> None:
    paid = OutcomeEvent("U-1", OutcomeKind.PAID, moment_until("2026-10-02", CHINA))
    _, lines = run(tmp_path, events=[paid])
    assert [part["contacts"] for part in lines[0]["parts"]] == [["a-1"], ["a-2"]]


def test_an_sop_that_is_not_given_is_told(tmp_path: Path) -> None:
    tally, lines = run(tmp_path, sop_of=sops_of_files([]))
    assert [one["parts"] for one in lines] == [[], []]
    assert tally.warnings()[-1] == (
        "not known, so that what they judged is not joined: sale version 1; give them with --sop"
    )

"""Facts of the SOPs under datasets/ beside their conversations: what is stated right is not called wrong.

Nobody states a price or a term wrong there; with one fact changed, those who stated it have it wrong.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from qa_service.analyze.sop.facts import stated_facts
from qa_service.analyze.transcript import Transcript, transcript
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.fact import Fact
from qa_service.domain.finding import FactFinding, FactVerdict
from qa_service.normalize.text import clean
from qa_service.rulebook import codebook, parse_sop

ROOT = Path(__file__).parents[4]
FACTS = yaml.safe_load((ROOT / "tests" / "cases" / "facts" / "datasets.yaml").read_text("utf-8"))
FOLDERS = ("conversations", "demo", "eval")


def facts_of(name: str) -> tuple[Fact, ...]:
    document = {"sop": name, "steps": [{"id": "a"}], "facts": FACTS[name]}
    return parse_sop(yaml.safe_dump(document, allow_unicode=True), name).fact_values


def sop_of(body: dict[str, Any]) -> str:
    if body["id"].startswith("demo") or "sop" not in body:
        stage = body.get("stage")
        return (
            "moya-aftersales"
            if stage == "aftersale"
            else f"moya-{'trial-call' if body['channel'] == 'call' else 'after-trial-chat'}"
        )
    return str(body["sop"])


@cache
def talk() -> list[tuple[Transcript, tuple[Fact, ...]]]:
    facts = {name: facts_of(name) for name in FACTS}
    bodies = [json.loads(line) for folder in FOLDERS for line in lines(ROOT / "datasets" / folder)]
    known = [(body, facts[sop_of(body)]) for body in bodies if sop_of(body) in facts]
    return [(transcript(conversation_from_json(body), clean), values) for body, values in known]


def lines(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("*.jsonl")):
        yield from file.read_text("utf-8").splitlines()


def stated(read: Transcript, facts: tuple[Fact, ...]) -> tuple[FactFinding, ...]:
    return stated_facts(read, facts, codebook().judgement)


def changed(fact: Fact) -> Fact:
    """Another value, as far from the true one as people err."""
    number = fact.number
    others = {"price": round(number * 1.13 + 3), "percentage": number * 1.4, "days": number * 2 + 3}
    return replace(fact, number=others.get(fact.kind, number + 7))


def test_nothing_that_is_stated_right_is_called_wrong() -> None:
    found = [(read, one) for read, facts in talk() for one in stated(read, facts)]
    wrong = [(read.conversation.id, one.id, one.quote) for read, one in found if one.verdict is FactVerdict.WRONG]
    assert wrong == []
    assert sum(one.verdict is FactVerdict.RIGHT for _, one in found) > 300
    assert sum(one.verdict is FactVerdict.UNCLEAR for _, one in found) < 20


def test_most_statements_of_a_fact_that_changed_are_wrong() -> None:
    verdicts = []
    for read, facts in talk():
        right = [one for one in stated(read, facts) if one.verdict is FactVerdict.RIGHT]
        for name in sorted({one.id for one in right}):
            now = {one.span: one for one in stated(read, tuple(changed(f) if f.id == name else f for f in facts))}
            verdicts += [now[one.span].verdict if one.span in now else None for one in right if one.id == name]
    assert len(verdicts) > 300
    assert verdicts.count(FactVerdict.WRONG) / len(verdicts) > 0.85
    assert verdicts.count(FactVerdict.RIGHT) / len(verdicts) < 0.02

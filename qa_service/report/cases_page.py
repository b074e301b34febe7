"""Coaching cases as blocks: each with what it shows, the words, and the turns around them."""

from typing import Any

from qa_service.report.blocks import Box, Card, Cards, Cell, Note, Report, Said, Section, Words
from qa_service.report.texts import Both, beside, same, say

Document = Any


def cases_page(doc: Document) -> Report:
    """A set of cases, from its document."""
    scope = say("scope.coaching_cases", n=len(doc["cases"]))
    cards = Cards(say("title.coaching_cases"), tuple(_card(case) for case in doc["cases"]))
    block = cards if doc["cases"] else Note(say("cases.none"))
    sections = (Section(say("title.coaching_cases"), (block,)),)
    heading = same(doc["title"]) if doc["title"] else say("title.coaching_cases")
    return Report(say("title.coaching_cases"), heading, "", scope, sections, say("method.coaching_cases"))


def _card(case: Document) -> Card:
    title = same(case["step_title"] or case["objection"] or case["conversation_id"])
    kinds = [say(f"case.{case['kind']}"), say(f"difficulty.{case['difficulty']}")]
    parts = kinds + [same(case[key]) for key in ("product", "agent_id") if case[key]]
    cell: Cell = ()
    if case["objection"]:
        cell += (Words(say("cases.objection", objection=case["objection"]), "muted"),)
    cell += (Said(case["quote"], case["conversation_id"], case["turn"]),)
    if case["note"]:
        cell += (Words(same(case["note"])),)
    context = tuple(Words(_turn(turn), "muted") for turn in case["context"])
    boxes = (Box(say("cases.context"), context),) if context else ()
    return Card(title, beside(*parts), cell, None, boxes)


def _turn(turn: Document) -> Both:
    speaker = say(f"speaker.{turn['speaker']}")
    return {"zh": f"{speaker['zh']}：{turn['text']}", "en": f"{speaker['en']}: {turn['text']}"}

"""Documents to PDF: the blocks of a report set by typst, with a font that comes with a Python package.

What people said goes into the document as data, never as markup. No font of the machine is used, so that the same
document gives the same bytes everywhere.
"""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

import typst

from qa_service.report import charts
from qa_service.report.blocks import (
    Amount,
    Badge,
    Block,
    Box,
    Card,
    Cards,
    Chart,
    Item,
    Lines,
    Opens,
    Report,
    Said,
    Section,
    Share,
    Table,
    Tiles,
)
from qa_service.report.fonts import FONT_FOLDER
from qa_service.report.links import conversation_url
from qa_service.report.pages import page_of
from qa_service.report.texts import Both, say

Json = dict[str, Any]
# On paper, so many of the conversations behind a number are listed.
LISTED = 8


def render_pdf(document: Mapping[str, Any], *, base_url: str | None = None, language: str = "zh") -> bytes:
    """The PDF of a report in one language. With `base_url` conversations are links."""
    body = _Setter(language, base_url).report(page_of(document))
    template = (resources.files("qa_service.report") / "templates" / "report.typ").read_bytes()
    inputs: Any = {"report": json.dumps(body, ensure_ascii=False)}
    options: Any = {"ignore_system_fonts": True, "font_paths": [str(FONT_FOLDER)], "sys_inputs": inputs}
    made: Any = typst.compile(template, None, **options)
    return bytes(made)


class _Setter:
    """Blocks as the plain objects that the template reads, in one language."""

    def __init__(self, language: str, base_url: str | None) -> None:
        self._language, self._base_url = language, base_url
        # What each number opens, in the order of the report: its name and its conversations.
        self._opened: list[Json] = []

    def report(self, report: Report) -> Json:
        """The whole document."""
        return {
            "language": self._language,
            "title": self._say(report.title),
            "heading": self._say(report.heading),
            "aside": report.aside,
            "scope": self._say(report.scope),
            "sections": [self._section(section) for section in report.sections],
            "method_title": self._say(say("section.method")),
            "method": self._say(report.method),
            "appendix_title": self._say(say("appendix")),
            "appendix": self._opened,
        }

    def _say(self, text: Both) -> str:
        return text[self._language]

    def _section(self, section: Section) -> Json:
        return {
            "title": self._say(section.title),
            "note": self._say(section.note) if section.note else None,
            "half": section.half,
            "tone": section.tone,
            "head": [self._item(item, section.title) for item in section.head],
            "blocks": [self._block(block) for block in section.blocks],
        }

    def _block(self, block: Block) -> Json:
        if isinstance(block, Lines):
            lines = [{"badge": self._mark(mark), "text": self._say(text)} for mark, text in block.lines]
            return {"kind": "lines", "ordered": block.ordered, "lines": lines}
        if isinstance(block, Tiles):
            return {"kind": "tiles", "tiles": [self._tile(block, place) for place in range(len(block.tiles))]}
        if isinstance(block, Table):
            return self._table(block)
        if isinstance(block, Chart):
            return self._chart(block)
        if isinstance(block, Cards):
            return {"kind": "cards", "cards": [self._card(card) for card in block.cards]}
        return {"kind": "note", "text": self._say(block.text)}

    def _tile(self, block: Tiles, place: int) -> Json:
        tile = block.tiles[place]
        return {
            "name": self._say(tile.name),
            "share": self._item(tile.share, tile.name),
            "badge": self._mark(tile.badge),
            "before": self._say(tile.before.text),
            "svg": charts.trend(tile.series, f"{block.key}-{place}"),
        }

    def _table(self, table: Table) -> Json:
        rows = [[[self._item(item, table.name_of(row)) for item in cell] for cell in row] for row in table.rows]
        return {"kind": "table", "columns": [self._say(one) for one in table.columns], "rows": rows}

    def _chart(self, chart: Chart) -> Json:
        svg = charts.DRAWINGS[chart.kind](chart.rows, self._language, chart.key, **chart.options)
        return {"kind": "chart", "svg": svg, "legend": [self._say(one) for one in chart.legend]}

    def _card(self, card: Card) -> Json:
        return {
            "title": self._say(card.title),
            "subtitle": self._say(card.subtitle) if card.subtitle else None,
            "badge": self._mark(card.badge) if card.badge else None,
            "items": [self._item(item, card.title) for item in card.cell],
            "boxes": [self._box(box, card.title) for box in card.boxes],
        }

    def _box(self, box: Box, name: Both) -> Json:
        return {"title": self._say(box.title), "tone": box.tone, "items": [self._item(item, name) for item in box.cell]}

    def _mark(self, mark: Badge | None) -> Json | None:
        return {"text": self._say(mark.text), "tone": mark.tone, "arrow": mark.arrow} if mark else None

    def _item(self, item: Item, name: Both) -> Json:
        if isinstance(item, Badge):
            return {"kind": "badge", "badge": self._mark(item)}
        if isinstance(item, Said):
            return {"kind": "said", "quote": item.quote, "by": item.by} | self._place(item.conversation_id, item.turn)
        if isinstance(item, Share):
            interval = self._say(item.interval) if item.interval else None
            body = {"kind": "share", "percent": item.percent, "count": self._say(item.count), "interval": interval}
            return body | {"opens": self._opens(name, item.conversations)}
        if isinstance(item, Opens):
            return {"kind": "opens", "text": self._say(item.text), "opens": self._opens(name, item.conversations)}
        style = "" if isinstance(item, Amount) else item.style
        return {"kind": "words", "text": self._say(item.text), "style": style}

    def _opens(self, name: Both, conversations: tuple[str, ...]) -> int | None:
        """The number under which the appendix lists the conversations."""
        if not conversations:
            return None
        listed = [self._place(one) for one in conversations[:LISTED]]
        self._opened.append({"name": self._say(name), "places": listed, "more": len(conversations) - len(listed)})
        return len(self._opened)

    def _place(self, conversation_id: str, turn: int = -1) -> Json:
        url = conversation_url(self._base_url, conversation_id, turn) if self._base_url else None
        return {"id": conversation_id, "url": url}

"""Reports as workbooks and PDFs."""

import io
import json
import re
from collections.abc import Mapping
from typing import Any

import openpyxl
import pytest
import typst

from qa_service.report import render_pdf, render_xlsx
from qa_service.report.fonts import FAMILY, FONT_FOLDER
from qa_service.workflows.write_coaching import coach_agent
from qa_service.workflows.write_voice_of_customer import prepare_voice_of_customer
from tests.judged_cases import SOP, Case, judged
from tests.report.weeks import MONDAY, WEEK, conversations


@pytest.fixture(scope="module")
def voice() -> dict[str, Any]:
    return prepare_voice_of_customer(conversations(), WEEK, sops=[SOP])


@pytest.fixture(scope="module")
def coaching() -> dict[str, Any]:
    return coach_agent(conversations(), "A1", sops=[SOP])


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_each_table_is_a_sheet_and_figures_are_numbers_with_n_and_interval(voice: Mapping[str, Any]) -> None:
    book = opened(render_xlsx(voice))
    assert book.sheetnames[0] == "概要" and "客户最关心什么" in book.sheetnames
    rows = list(book["投诉 · 原因"].values)
    assert rows[0][:7] == (
        "原因",
        "会话 · 次数",
        "会话 · 总数",
        "会话 · 比例",
        "会话 · 区间下限",
        "会话 · 区间上限",
        "与此前相比",
    )
    top = voice["complaints"]["reasons"][0]
    assert rows[1][1:6] == (top["k"], top["n"], top["rate"], top["ci_low"], top["ci_high"])


def test_every_conversation_behind_a_number_is_linked(voice: Mapping[str, Any]) -> None:
    sheet = opened(render_xlsx(voice, base_url="https://qa.example"))["会话"]
    behind = {(row[0].value, row[1].value, row[3].value): row[3].hyperlink for row in sheet.iter_rows(min_row=2)}
    top = voice["complaints"]["reasons"][0]
    for one in top["conversations"]:
        link = behind["投诉 · 原因", top["name"]["zh"], one]
        assert link is not None and link.target == f"https://qa.example/conversations/{one}"


def test_words_that_look_like_formulas_stay_words() -> None:
    nasty = '=HYPERLINK("http://evil","多少钱")'
    pairs = [judged(Case(id=f"=1+{n}", day=MONDAY, team="@组", needs=[(nasty, "question", None)])) for n in range(3)]
    book = opened(render_xlsx(prepare_voice_of_customer(pairs, WEEK)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}


def test_control_characters_break_neither_workbook_nor_pdf() -> None:
    odd = "多少钱\x00\x0b\ufffe#[typst] $x$ *b*"
    pairs = [judged(Case(id=f"c\x01{n}", day=MONDAY, needs=[(odd, "question", None)])) for n in range(3)]
    document = prepare_voice_of_customer(pairs, WEEK)
    assert opened(render_xlsx(document, base_url="https://qa.example")).sheetnames
    assert render_pdf(document, base_url="https://qa.example").startswith(b"%PDF")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_reports_are_set_in_both_languages(
    voice: Mapping[str, Any], coaching: Mapping[str, Any], language: str
) -> None:
    for document in (voice, coaching):
        assert render_pdf(document, language=language).startswith(b"%PDF")
        assert opened(render_xlsx(document, language=language)).sheetnames


def test_the_same_document_gives_the_same_bytes(voice: Mapping[str, Any]) -> None:
    again = json.loads(json.dumps(voice))
    assert render_pdf(voice) == render_pdf(again)
    assert render_xlsx(voice) == render_xlsx(again)


def test_rare_characters_of_names_have_their_own_glyphs_without_a_font_of_the_machine() -> None:
    source = f'#set text(font: "{FAMILY}", fallback: false)\n喆堃珺镕'.encode()
    drawn: Any = typst.compile(source, format="svg", ignore_system_fonts=True, font_paths=[str(FONT_FOLDER)])
    glyphs = set(re.findall(r'xlink:href="#(g[^"]+)"', drawn.decode()))
    assert len(glyphs) == 4


def test_links_of_a_pdf_open_the_conversations(voice: Mapping[str, Any]) -> None:
    made = render_pdf(voice, base_url="https://qa.example")
    assert b"https://qa.example/conversations/w0-00" in made
    assert b"https://qa.example" not in render_pdf(voice)

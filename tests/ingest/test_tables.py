"""CSV and Excel tables, one row a turn or one row a conversation."""

import zipfile
from datetime import date, datetime, time
from io import BytesIO

import pytest

from qa_service.ingest.column_mapping import ColumnMapping
from tests.ingest.files import conversations, defects, read, said, workbook

TABLE = "会话ID,时间,角色,内容\na,2026-03-01 10:00:00,客服,您好\na,2026-03-01 10:00:05,客户,你好\n"
BOTH_SIDES = [("agent", "您好"), ("customer", "你好")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encodings_and_delimiters_are_told_from_the_file(encoding: str, delimiter: str) -> None:
    found = read(TABLE.replace(",", delimiter).encode(encoding), "a.csv")
    assert [said(one) for one in conversations(found)] == [BOTH_SIDES]
    assert defects(found) == []


@pytest.mark.parametrize(
    "header",
    [
        "会话编号,发言人,消息内容",
        "通话ID,说话人,文本",
        "conversation_id,role,text",
        "Call ID,Speaker,Content",
        "录音编号,角色,话语",
        "id,participant,utterance",
    ],
    ids=["session", "call", "english", "spaced_english", "recording", "short_english"],
)
def test_common_headers_of_turns_are_understood(header: str) -> None:
    found = read(f"{header}\na,客服,您好\na,客户,你好\n", "a.csv")
    assert [said(one) for one in conversations(found)] == [BOTH_SIDES]


def test_the_microsoft_layout_of_whole_conversations_is_understood() -> None:
    content = "ClientId,ConversationId,StartTime,EndTime,Content\nu,a,2026-03-01 10:00,,客服：您好\n"
    [one] = conversations(read(content, "a.csv"))
    assert (one.id, one.customer.id, said(one)) == ("a", "u", [("agent", "您好")])


def test_a_header_that_cannot_be_mapped_is_one_defect_that_names_what_was_seen() -> None:
    found = read("甲,乙,丙\n1,2,3\n4,5,6\n", "a.csv")
    assert [(one.row, one.code) for one in found] == [(1, "unknown_columns")]
    assert "甲, 乙, 丙" in found[0].reason
    assert "column mapping" in found[0].reason


def test_a_saved_mapping_reads_a_strange_header_strange_roles_and_tags() -> None:
    mapping = ColumnMapping(
        columns={"conversation_id": "甲", "speaker": "乙", "text": "丙"}, tags={"city": "丁"}, roles={"小周": "agent"}
    )
    found = read("甲,乙,丙,丁,手机号\na,小周,您好,上海,13800000000\na,客户,你好,上海,\n", "a.csv", mapping=mapping)
    [one] = conversations(found)
    assert said(one) == BOTH_SIDES
    assert one.tags == {"city": "上海"}
    assert "13800000000" not in repr(one), "columns that nobody mapped are not read"


def test_a_mapping_that_does_not_fit_the_file_is_one_defect() -> None:
    mapping = ColumnMapping({"conversation_id": "会话ID", "speaker": "谁", "text": "内容"})
    found = read(TABLE, "a.csv", mapping=mapping)
    assert [one.code for one in found] == ["unknown_columns"]
    assert "'谁'" in found[0].reason


def test_a_header_that_stands_twice_is_refused_when_it_is_needed() -> None:
    found = read("会话ID,角色,内容,内容\na,客服,您好,x\n", "a.csv")
    assert [one.code for one in found] == ["unknown_columns"]


def test_trailing_empty_cells_are_no_extra_column() -> None:
    assert defects(read("会话ID,角色,内容,,\na,客服,您好,,\nb,客服,您好,,,,\n", "a.csv")) == []


def test_a_value_under_an_empty_header_is_an_extra_column() -> None:
    found = read("会话ID,角色,内容,\na,客服,您好,谢谢\n", "a.csv")
    assert [one.row for one in defects(found)] == [2]


def test_rows_count_as_a_spreadsheet_shows_them() -> None:
    content = '会话ID,角色,内容\n\na,客服,"两\n行"\nb,路人,您好\n'
    assert [one.row for one in defects(read(content, "a.csv"))] == [4]


def test_rows_of_one_conversation_must_stand_together() -> None:
    found = read("会话ID,角色,内容\na,客服,一\nb,客服,二\na,客服,三\na,客服,四\nc,客服,五\n", "a.csv")
    assert [one.id for one in conversations(found)] == ["a", "b", "c"]
    assert [(one.row, one.code) for one in defects(found)] == [(4, "duplicate")]
    assert "stand together" in defects(found)[0].reason


def test_turns_are_put_in_order_of_time_where_all_have_one() -> None:
    newest_first = "会话ID,时间,角色,内容\na,2026-03-01 10:00:05,客户,你好\na,2026-03-01 10:00:00,客服,您好\n"
    one_without = newest_first.replace("2026-03-01 10:00:05", "")
    assert said(conversations(read(newest_first, "a.csv"))[0]) == BOTH_SIDES
    assert said(conversations(read(one_without, "a.csv"))[0]) == BOTH_SIDES[::-1]


def test_a_cell_that_cannot_be_read_is_told_and_its_turn_kept() -> None:
    found = read("会话ID,时间,角色,内容\na,昨天下午,客服,您好\n", "a.csv")
    assert [said(one) for one in conversations(found)] == [[("agent", "您好")]]
    assert "'时间'" in defects(found)[0].reason


def test_offsets_in_seconds_milliseconds_and_clock_times() -> None:
    in_seconds = read("id,speaker,text,start,end\na,agent,x,1.5,2\n", "a.csv")
    in_milliseconds = read("id,speaker,text,开始时间(ms),结束时间(ms)\na,agent,x,1500,2000\n", "a.csv")
    as_clock = read("id,speaker,text,begin,end\na,agent,x,00:01.5,00:00:02\n", "a.csv")
    for found in (in_seconds, in_milliseconds, as_clock):
        turn = conversations(found)[0].turns[0]
        assert (turn.start_ms, turn.end_ms) == (1500, 2000)


def test_turns_without_words_show_what_they_are() -> None:
    [one] = conversations(read("会话ID,角色,类型,内容\na,客服,图片,\na,客服,文件,报价.pdf\n", "a.csv"))
    assert [(turn.type, turn.text) for turn in one.turns] == [("image", "[图片]"), ("file", "报价.pdf")]


def test_an_open_quote_does_not_swallow_the_rows_after_it() -> None:
    rows = "".join(f'c{n},客服,"第{n}句"\n' for n in range(50))
    found = read(f'会话ID,角色,内容\nx,客服,"没有关\n{rows}', "a.csv")
    assert [one.id for one in conversations(found)] == [f"c{n}" for n in range(50)]
    assert [one.row for one in defects(found)] == [2]


def test_an_open_quote_before_a_cell_of_two_lines_does_not_swallow_the_rows_between() -> None:
    rows = "".join(f"c{n},客服,第{n}句\n" for n in range(5))
    found = read(f'会话ID,角色,内容\nx,客服,"没有关\n{rows}y,客服,"两\n行"\n', "a.csv")
    assert [one.id for one in conversations(found)] == [*(f"c{n}" for n in range(5)), "y"]


def test_many_open_quotes_are_told_in_time() -> None:
    rows = "".join(f'x{n},客服,"没有关\n' for n in range(3_000))
    found = read(f"会话ID,角色,内容\n{rows}a,客服,您好\n", "a.csv")
    assert [one.id for one in conversations(found)] == ["a"]
    assert len(defects(found)) == 3_000


def test_a_long_transcript_in_a_quoted_cell_is_one_row() -> None:
    lines = "\n".join(f'{"客服" if n % 2 else "客户"}：第{n}句，他说""好"",再见' for n in range(1_000))
    found = read(f'通话ID,坐席,通话内容\na,小周,"{lines}"\nb,小李,客服：您好\n', "a.csv")
    assert [len(one.turns) for one in conversations(found)] == [1_000, 1]
    assert conversations(found)[0].turns[0].text == '第0句，他说"好",再见'


def test_transcript_lines_of_strangers_are_told_and_left_out() -> None:
    found = read('通话ID,通话内容\na,"客服：您好\n路人：甲\n路人：乙\n客户：你好"\n', "a.csv")
    [one] = conversations(found)
    assert said(one) == BOTH_SIDES
    assert one.extra == {"left_out": [2, 3]}
    assert "(路人)" in defects(found)[0].reason


def test_conversations_without_an_id_column_are_named_by_file_and_row() -> None:
    found = read("坐席,通话内容\n小周,客服：您好\n小李,客服：您好\n", "三月.csv")
    assert [one.id for one in conversations(found)] == ["三月-2", "三月-3"]


def test_a_second_row_with_a_known_id_is_told() -> None:
    found = read("通话ID,通话内容\na,客服：您好\na,客服：您好\na,客服：别的\n", "a.csv")
    assert [(one.row, one.code) for one in defects(found)] == [(3, "duplicate"), (4, "conflict")]


def test_ids_protected_against_excel_lose_their_protection_only() -> None:
    found = read('会话ID,角色,内容\n="202611880000012345",客服,您好\n\'0012,客服,您好\n', "a.csv")
    assert [one.id for one in conversations(found)] == ["202611880000012345", "0012"]


@pytest.mark.parametrize(
    "cell",
    [
        datetime(2026, 3, 1, 10),
        46082.416666666664,
        "2026/3/1 10:00",
        "2026年3月1日 上午10点00分",
        1772330400,
        20260301100000,
    ],
    ids=["datetime", "serial", "slashes", "chinese", "epoch", "compact"],
)
def test_excel_dates_come_in_many_shapes(cell: object) -> None:
    [one] = conversations(read(workbook(["会话ID", "时间", "角色", "内容"], ["a", cell, "客服", "您好"]), "a.xlsx"))
    assert one.started_at is not None
    assert one.started_at.isoformat() == "2026-03-01T10:00:00+08:00"


def test_excel_days_and_clock_times() -> None:
    header = ["通话ID", "坐席", "入职日期", "通话时长", "通话内容"]
    [one] = conversations(
        read(workbook(header, ["a", "小周", date(2025, 9, 1), time(0, 5, 12), "客服：您好"]), "a.xlsx")
    )
    assert (one.agent.hired_on, one.duration_s) == (date(2025, 9, 1), 312.0)


def test_ids_of_18_digits_are_kept_as_text_and_reported_as_numbers() -> None:
    header = ["会话ID", "客户ID", "角色", "内容"]
    kept = read(workbook(header, ["a", "202611880000012345", "客服", "您好"]), "a.xlsx")
    lost = read(workbook(header, ["a", 202611880000012345, "客服", "您好"], ["b", "u", "客服", "您好"]), "a.xlsx")
    assert conversations(kept)[0].customer.id == "202611880000012345"
    assert [one.customer.id for one in conversations(lost)] == [None, "u"]
    assert [(one.row, one.code) for one in defects(lost)] == [(2, "digits_lost")]
    assert "format the column as text" in defects(lost)[0].reason


def test_a_conversation_id_whose_digits_are_lost_costs_its_row() -> None:
    found = read(
        workbook(["会话ID", "角色", "内容"], [202611880000012345, "客服", "您好"], [7, "客服", "您好"]), "a.xlsx"
    )
    assert [one.id for one in conversations(found)] == ["7"]
    assert [(one.row, one.code) for one in defects(found)] == [(2, "digits_lost")]


def test_an_excel_row_with_a_value_beyond_the_header_is_reported_and_never_shifted() -> None:
    found = read(workbook(["会话ID", "角色", "内容"], ["a", "客服", "您好", "谢谢"], ["b", "客服", "您好"]), "a.xlsx")
    assert [one.id for one in conversations(found)] == ["b"]
    assert [one.row for one in defects(found)] == [2]


def test_every_sheet_that_is_a_table_is_read_and_notes_are_passed_over() -> None:
    table = [["会话ID", "角色", "内容"], ["b", "客服", "您好"]]
    strange = [["甲", "乙"], ["1", "2"]]
    found = read(
        workbook(["会话ID", "角色", "内容"], ["a", "客服", "您好"], sheets=[table, [["说明"]], strange]), "a.xlsx"
    )
    assert [one.id for one in conversations(found)] == ["a", "b"]
    assert [(one.file, one.code) for one in defects(found)] == [("a.xlsx#Sheet3", "unknown_columns")]


def test_a_stray_cell_in_the_last_corner_is_refused_before_it_eats_the_memory() -> None:
    content = _edited(workbook(["会话ID", "角色", "内容"], ["a", "客服", "您好"]), b'r="A2"', b'r="XFD1048576"')
    found = read(content, "a.xlsx")
    assert [one.code for one in found] == ["too_large"]
    assert "stray cells" in found[0].reason


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"</t>", b""),
        (b'r="A2"', b'r="ZZZZ9999999"'),
        (b"</sheetData>", b"<"),
        (b"<sheetData>", b"<sheetData><row r='1048576'>" + b"<c/>" * 16_000),
    ],
    ids=["unclosed", "beyond_excel", "cut", "implicit_corner"],
)
def test_a_damaged_sheet_is_told(old: bytes, new: bytes) -> None:
    found = read(_edited(workbook(["会话ID", "角色", "内容"], ["a", "客服", "您好"]), old, new), "a.xlsx")
    assert defects(found)
    assert conversations(found) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "save it as .xlsx"), (b"id,text\n1,2\n", "not an Excel workbook")],
    ids=["old_or_locked", "csv_in_disguise"],
)
def test_what_is_no_workbook_is_told(content: bytes, words: str) -> None:
    found = read(content, "a.xlsx", format="xlsx")
    assert [words in one.reason for one in found] == [True]


def _edited(book: bytes, old: bytes, new: bytes) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(BytesIO(book)) as given, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for part in given.infolist():
            body = given.read(part)
            made.writestr(part.filename, body.replace(old, new) if "worksheets/" in part.filename else body)
    return held.getvalue()

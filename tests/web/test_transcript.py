from qa_service.domain.evidence import EvidenceSpan
from qa_service.web.transcript import Mark, pieces


def mark(key: str, start: int, end: int) -> Mark:
    return Mark(key, key.split("/")[0], EvidenceSpan(0, start, end))


def test_a_text_without_marks_is_one_piece() -> None:
    assert [(piece.text, piece.keys) for piece in pieces("您好", [])] == [("您好", ())]
    assert pieces("", []) == ()


def test_words_are_marked_where_they_stand() -> None:
    cut = pieces("我们保证提分的", [mark("red_line/a", 2, 6)])
    assert [(piece.text, piece.keys) for piece in cut] == [("我们", ()), ("保证提分", ("red_line/a",)), ("的", ())]


def test_overlapping_marks_share_a_piece() -> None:
    cut = pieces("甲乙丙丁戊", [mark("red_line/a", 1, 4), mark("promise/b", 2, 5)])
    assert [(piece.text, piece.kinds) for piece in cut] == [
        ("甲", ()),
        ("乙", ("red_line",)),
        ("丙丁", ("red_line", "promise")),
        ("戊", ("promise",)),
    ]
    assert "".join(piece.text for piece in cut) == "甲乙丙丁戊"


def test_a_mark_beyond_the_text_changes_nothing() -> None:
    assert "".join(piece.text for piece in pieces("甲乙", [mark("need/a", 1, 9)])) == "甲乙"

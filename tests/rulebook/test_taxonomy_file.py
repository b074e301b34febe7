"""A company's own taxonomy, read from YAML."""

import re
from pathlib import Path

import pytest

from qa_service.domain.severity import Severity
from qa_service.domain.taxonomy import TaxonomyKind
from qa_service.errors import InvalidSop
from qa_service.rulebook import codebook
from qa_service.rulebook.taxonomy_file import parse_taxonomy, with_taxonomy

HEAD = "taxonomy: lark\nversion: 3\n"
WHOLE = (
    HEAD
    + """
departments: {campus: 校区后勤}
complaint:
  - {id: dorm, title: 宿舍卫生, department: campus, since: 2026-09-01, examples: [有蟑螂], counter_examples: [几人一间]}
  - {id: canteen, title: 食堂, department: [campus, service], keywords: [食堂]}
  - {id: lodging, title: 食宿, retired: true}
refund:
  - {id: medical, title: 体检不合格, examples: [体检没过]}
red_lines:
  - {id: single_room, title: 承诺单人间, severity: minor, examples: [给您安排单人间]}
changes:
  - {date: 2026-09-01, kind: complaint, split: lodging, into: [dorm, canteen]}
  - {date: 2026-07-01, kind: complaint, renamed: board, to: lodging}
  - {date: 2026-07-01, kind: refund, merged: [level_mismatch, learner_unwilling], into: learner_unwilling}
"""
)


def test_own_reasons_stand_beside_the_built_in_ones() -> None:
    book = with_taxonomy(codebook(), parse_taxonomy(WHOLE, "t.yaml"))
    assert book.complaint_reasons["dorm"].departments == ("campus",)
    assert book.complaint_reasons["dorm"].wording.counter_examples == ("几人一间",)
    assert book.departments["campus"] == "校区后勤"
    assert list(book.refund_reasons)[-1] == "medical"
    assert (book.red_lines["single_room"].severity, book.red_lines["single_room"].points) == (Severity.MINOR, 5)
    assert list(codebook().complaint_reasons)[-1] == "other", "the shipped codebook stays as it is"


def test_what_is_retired_keeps_its_name_and_is_not_looked_for() -> None:
    taxonomy = parse_taxonomy(WHOLE, "t.yaml")
    assert [reason.id for reason in taxonomy.reasons("complaint")] == ["dorm", "canteen"]
    assert with_taxonomy(codebook(), taxonomy).complaint_reasons["lodging"].title == "食宿"


def test_changes_follow_each_other_by_day_however_they_stand() -> None:
    taxonomy = parse_taxonomy(WHOLE, "t.yaml")
    assert taxonomy.counted_as(TaxonomyKind.COMPLAINT, "board") == ("lodging",)
    assert taxonomy.counted_as(TaxonomyKind.REFUND, "level_mismatch") == ("learner_unwilling",)


def test_the_version_names_the_content() -> None:
    one, other = parse_taxonomy(WHOLE, "a.yaml"), parse_taxonomy(WHOLE.replace("蟑螂", "老鼠"), "a.yaml")
    assert one.name.startswith("lark-3-")
    assert one.name != other.name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("taxonomy: t\nreasons: []", "t.yaml:2: unknown key 'reasons'"),
        ("taxonomy: t\ncomplaint: [{id: a}]", "t.yaml:2: 'a' needs `examples` or `keywords`"),
        ("taxonomy: t\ncomplaint: [{id: privacy, keywords: [x]}]", "t.yaml:2: 'privacy' is built in"),
        (
            "taxonomy: t\nrefund:\n- {id: a, keywords: [x]}\n- {id: a, keywords: [x]}",
            "t.yaml:4: the id 'a' stands twice",
        ),
        ("taxonomy: t\nrefund: [{id: a, keywords: [x], department: moon}]", "t.yaml:2: no department 'moon'"),
        ("taxonomy: t\nrefund: [{id: a, keywords: [x], since: soon}]", "t.yaml:2: `since` must be a day"),
        ("taxonomy: t\nchanges: [{date: 2026-01-01, kind: refund, to: other}]", "t.yaml:2: a change is one of"),
        ("taxonomy: t\nchanges: [{date: 2026-01-01, kind: refund, renamed: a, to: b}]", "nothing in use is called 'b'"),
        ("taxonomy: t\nchanges: [{date: 2026-01-01, kind: moon, renamed: a, to: other}]", "`kind` must be one of"),
        ("taxonomy: t\nchanges: [{date: 2026-01-01, kind: refund, split: other, into: [other, x]}]", "nothing in use"),
        ("taxonomy: t\nchanges: [{date: 2026-01-01, kind: refund, split: z, into: [other, no_time]}]", "keep 'z' with"),
        ("taxonomy: t\nchanges: [{date: 2026-01-01, kind: refund, split: z, into: other}]", "`split` takes one id"),
        (
            "taxonomy: t\nrefund: [{id: a, keywords: [x]}]\n"
            "changes: [{date: 2026-01-01, kind: refund, renamed: a, to: other}]",
            "t.yaml:3: 'a' is still in use",
        ),
    ],
    ids=range(13),
)
def test_mistakes_are_told_with_file_and_line(text: str, told: str) -> None:
    with pytest.raises(InvalidSop) as refused:
        parse_taxonomy(text, "t.yaml")
    assert told in str(refused.value)


@pytest.mark.parametrize("name", ["taxonomy.md", "taxonomy.zh-CN.md"])
def test_the_example_of_the_guide_is_read(name: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / name).read_text("utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    taxonomy = parse_taxonomy(blocks[0], name)
    assert taxonomy.counted_as(TaxonomyKind.COMPLAINT, "canteen") == ("canteen", "lodging")

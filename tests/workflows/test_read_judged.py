import gzip
import json
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from qa_service.domain.analysis_json import analysis_to_line
from qa_service.domain.conversation_json import conversation_to_json
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import period_between, week_period, weeks_before
from qa_service.errors import InvalidInput
from qa_service.workflows.read_judged import JudgedFiles, read_analyses
from tests.judged_cases import Case, judged

PAIRS = [judged(Case(id=f"c{n:02d}", day=date(2026, 9, 14 + n), done=["greeting"])) for n in range(14)]


def conversations(folder: Path, pairs: Sequence[JudgedConversation], name: str = "in.jsonl") -> Path:
    path = folder / name
    lines = [json.dumps(conversation_to_json(pair.conversation), ensure_ascii=False) + "\n" for pair in pairs]
    path.write_text("".join(lines), "utf-8")
    return path


def analyses(folder: Path, pairs: Sequence[JudgedConversation], name: str = "out.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(analysis_to_line(pair.analysis) + "\n" for pair in pairs), "utf-8")
    return path


def test_pairs_come_in_the_order_of_the_analyses_whatever_that_of_the_conversations(tmp_path: Path) -> None:
    shuffled = random.Random(1).sample(PAIRS, len(PAIRS))
    files = JudgedFiles([analyses(tmp_path, PAIRS)], [conversations(tmp_path, shuffled)])
    assert list(files) == PAIRS
    assert list(files) == PAIRS
    assert files.problems.warnings() == []


def test_several_files_and_compressed_ones_are_read(tmp_path: Path) -> None:
    plain = conversations(tmp_path, PAIRS[:5])
    packed = tmp_path / "more.jsonl.gz"
    packed.write_bytes(gzip.compress(conversations(tmp_path, PAIRS[5:], "rest.jsonl").read_bytes()))
    results = [analyses(tmp_path, PAIRS[8:], "a.jsonl"), analyses(tmp_path, PAIRS[:8], "b.jsonl")]
    assert list(JudgedFiles(results, [packed, plain])) == PAIRS[8:] + PAIRS[:8]


def test_missing_partners_are_told_and_cost_nothing_else(tmp_path: Path) -> None:
    files = JudgedFiles([analyses(tmp_path, PAIRS[:6])], [conversations(tmp_path, PAIRS[2:9])])
    assert list(files) == PAIRS[2:6]
    missing, unused = files.problems.warnings()
    assert missing.startswith("2 analyses have no conversation") and "c00, c01" in missing
    assert unused.startswith("3 conversations have no analysis")


def test_files_that_do_not_belong_together_are_an_error(tmp_path: Path) -> None:
    files = JudgedFiles([analyses(tmp_path, PAIRS[:3])], [conversations(tmp_path, PAIRS[3:])])
    with pytest.raises(InvalidInput, match=r"none of the 3 analyses .*pass the file that was analysed"):
        list(files)


def test_bad_lines_are_named_and_their_neighbours_are_kept(tmp_path: Path) -> None:
    results, texts = analyses(tmp_path, PAIRS[:3]), conversations(tmp_path, PAIRS[:3])
    results.write_text("{broken\n" + results.read_text("utf-8") + "[]\n", "utf-8")
    texts.write_text("no json\n" + texts.read_text("utf-8"), "utf-8")
    files = JudgedFiles([results], [texts])
    assert list(files) == PAIRS[:3]
    told = files.problems.warnings()
    assert any(f"{results}:1:" in line for line in told) and any(f"{results}:5:" in line for line in told)
    assert any("at byte 0" in line for line in told)


def test_a_period_includes_both_of_its_days(tmp_path: Path) -> None:
    files = [analyses(tmp_path, PAIRS)], [conversations(tmp_path, PAIRS)]
    chosen = list(JudgedFiles(*files, period=period_between("2026-09-16", "2026-09-18")))
    assert [pair.id for pair in chosen] == ["c02", "c03", "c04"]
    assert [pair.id for pair in JudgedFiles(*files, period=week_period("2026-W39"))] == [p.id for p in PAIRS[7:]]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nothing\.jsonl"):
        list(JudgedFiles([tmp_path / "nothing.jsonl"], [conversations(tmp_path, PAIRS)]))


def test_analyses_alone_stop_at_the_first_bad_line(tmp_path: Path) -> None:
    path = analyses(tmp_path, PAIRS[:1])
    assert [analysis.conversation_id for analysis in read_analyses([path])] == ["c00"]
    path.write_text("{}\n", "utf-8")
    with pytest.raises(InvalidInput, match=r"out\.jsonl:1"):
        list(read_analyses([path]))


@pytest.mark.parametrize("week", ["2026-40", "2026-W60", "W40", "2026-W4"])
def test_a_week_is_written_in_one_way(week: str) -> None:
    with pytest.raises(InvalidInput, match="2026-W40"):
        week_period(week)


def test_weeks_before_cross_the_year() -> None:
    assert weeks_before("2027-W01", 2) == ("2026-W52", "2026-W53")


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidInput, match="swap"):
        period_between("2026-10-02", "2026-10-01")

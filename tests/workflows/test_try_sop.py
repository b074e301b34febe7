"""A draft tried on files: what changes, whose, how it agrees with people, and where it contradicts itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from qa_service.aggregate.trial import TrialBench
from qa_service.aggregate.trial_report import report_trial, titles_of
from qa_service.aggregate.trial_tallies import tallies_from_json, tallies_to_json
from qa_service.domain.trial import TrialBounds
from qa_service.errors import InvalidInput
from qa_service.report.trial import trial_in_words
from qa_service.rulebook import parse_sop
from qa_service.workflows.analyze_conversations import Analyzer
from qa_service.workflows.try_sop import Draft, TrialFiles, judge_both, try_file
from tests.analyze.fixed_judge import JUDGE
from tests.written import written

OLD = """
sop: demo
version: 1
pass_score: 60
steps:
  - {id: hello, title: 问候, weight: 50, examples: ['[问候]']}
  - {id: price, title: 报价, weight: 30, examples: ['[报价]']}
  - {id: gone, title: 道别, weight: 20, examples: ['[道别]']}
order: [[hello, price]]
obligations:
  - {id: dear, title: 嫌贵, weight: 10, within: 4, trigger: {keywords: [太贵]}, response: {step: price}}
red_lines: [guarantee_outcome]
"""
NEW = """
sop: demo
version: 2
pass_score: 60
steps:
  - {id: hello, title: 问候, weight: 20, examples: ['[问候]']}
  - {id: price, title: 报价, weight: 80, examples: ['[报价]一共'], first_turns: 90}
  - {id: never, title: 催单, weight: 0, examples: ['[催单]']}
order: [[price, hello]]
obligations:
  - {id: dear, title: 嫌贵, weight: 10, within: 4, trigger: {keywords: [太贵]}, response: {step: price}}
  - {id: far, title: 嫌远, weight: 10, within: 4, trigger: {keywords: [太远]}, response: {step: price}}
red_lines: [guarantee_outcome, rude]
checks:
  - {id: wechat, title: 不许加微信, forbid: {keywords: [微信]}, severity: minor, points: 5}
"""
BOTH = "A [问候]您好\nC 喂\nA [报价]三千八 加微信"
ONE = "A [问候]您好\nC 太贵了\nA 再想想<guarantee_outcome>[道别]"
ANALYZER = Analyzer(JUDGE)


def gold(**labels: Any) -> dict[str, Any]:
    return {"steps": [], "obligations": [], "red_lines": [], **labels}


def line(name: str, text: str, agent: str = "A1", **more: Any) -> str:
    turns = [{"speaker": turn.speaker.value, "text": turn.text} for turn in written(text).turns]
    body = {"id": name, "agent": {"id": agent, "name": f"坐席{agent}", "team": "一组"}, "turns": turns}
    return json.dumps(body | more, ensure_ascii=False)


def file(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{one}\n" for one in lines), "utf-8")
    return path


def draft(text: str = NEW) -> Draft:
    return Draft(parse_sop(text, "new.yaml"), text)


def trial(tmp_path: Path, *lines: str, against: str | None = OLD, reviews: bool = False) -> dict[str, Any]:
    source = file(tmp_path / "in.jsonl", *lines)
    old = parse_sop(against, "old.yaml") if against else None
    return try_file(ANALYZER, draft(), TrialFiles(source, reviews=source if reviews else None, against=old)).report


def test_findings_that_appear_and_vanish_are_counted_with_their_words(tmp_path: Path) -> None:
    found = trial(tmp_path, line("c-1", BOTH), line("c-2", ONE))
    rows = {(row["kind"], row["id"]): row for row in found["findings"]}
    vanished = rows["step", "gone"]
    assert (vanished["title"], vanished["vanished"], vanished["appeared"]) == ("道别", 2, 0)
    assert vanished["turned"] == [
        {"before": "done", "after": "-", "n": 1},
        {"before": "missed", "after": "-", "n": 1},
    ]
    assert vanished["examples"][1]["quote"] == "再想想<guarantee_outcome>[道别]"
    (swapped,) = [row for row in found["findings"] if row["kind"] == "order"]
    assert (swapped["title"], swapped["appeared"]) == ("报价 → 问候", 1)
    (shown,) = [one for one in rows["check", "wechat"]["examples"] if one["after"] == "failed"]
    assert (shown["conversation"], shown["place"]["turn"], shown["quote"]) == ("c-1", 2, "微信")
    assert ("step", "hello") not in rows, "what both versions say alike is no change"


def test_whose_scores_change_and_how_they_lie_before_and_after(tmp_path: Path) -> None:
    found = trial(tmp_path, line("c-1", BOTH), line("c-2", BOTH), line("c-3", ONE, agent="A2"))
    before, after = found["scores"]["before"], found["scores"]["after"]
    assert (before["n"], before["mean"]) == (3, pytest.approx(53.33))
    assert [bin["n"] for bin in after["distribution"]] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert (before["passed"]["k"], after["vetoed"]) == (2, 1)
    assert found["moved"]["whole"] == {
        **{"n": 3, "moved": 2, "up": 2, "down": 0, "newly_passed": 0, "newly_failed": 0},
        "mean_difference": 8.0,
    }
    agents = [(one["agent_id"], one["agent_name"], one["moved"]) for one in found["moved"]["by_agent"]]
    assert agents == [("A1", "坐席A1", 2), ("A2", "坐席A2", 0)]
    assert [(one["team"], one["n"]) for one in found["moved"]["by_team"]] == [("一组", 3)]


def test_precision_and_recall_against_people_carry_their_n_and_too_few_is_said(tmp_path: Path) -> None:
    labels = gold(steps=[{"id": "hello", "turns": [0]}], red_lines=[{"id": "guarantee_outcome", "turn": 2}])
    silent = gold(steps=[{"id": "hello", "turns": [0]}, {"id": "price", "turns": [2]}])
    found = trial(tmp_path, line("c-1", BOTH, gold=labels), line("c-2", ONE, gold=silent), reviews=True)
    rows = {(row["kind"], row["id"], row["claim"]): row for row in found["reviews"]}
    price = rows["step", "price", "done"]
    assert (price["n"], price["before"]["precision"]["k"], price["before"]["precision"]["n"]) == (2, 0, 1)
    assert (price["after"]["recall"]["rate"], price["too_few"], price["reworded"]) == (0.0, True, True)
    assert rows["step", "hello", "done"]["reworded"] is False
    assert rows["step", "hello", "done"]["after"]["precision"] == pytest.approx(
        {"k": 2, "n": 2, "rate": 1.0, "ci_low": 0.3424, "ci_high": 1.0}
    )
    assert rows["step", "gone", "missed"]["after"] is None, "the draft has no such step any more"
    assert ("step", "never", "missed") not in rows, "nobody was asked about a step that is new"
    line_row = rows["red_line", "guarantee_outcome", "crossed"]
    assert (line_row["before"]["precision"]["k"], line_row["before"]["recall"]["n"]) == (0, 1)
    assert ("red_line", "rude", "crossed") not in rows and ("obligation", "far", "triggered") not in rows


def test_labels_may_stand_in_a_file_of_their_own_and_bad_ones_are_told(tmp_path: Path) -> None:
    source = file(tmp_path / "in.jsonl", line("c-1", BOTH))
    checked = gold(steps=[], missed=["hello"], checks=[{"id": "wechat", "verdict": "failed"}])
    others = line("c-8", BOTH, sop="other", gold=gold())
    reviews = file(tmp_path / "r.jsonl", line("r-1", BOTH, gold=checked), line("r-2", BOTH), others)
    problems: list[str] = []
    done = try_file(ANALYZER, draft(), TrialFiles(source, reviews=reviews, problem=problems.append))
    assert (done.problems, len(problems), "r-2" in problems[0]) == (1, 1, True)
    assert (done.report["n"]["conversations"], done.report["n"]["reviewed"]) == (1, 1)
    rows = {(row["id"], row["claim"]): row for row in done.report["reviews"]}
    assert rows["wechat", "failed"]["after"]["precision"]["k"] == 1
    assert set(rows) == {("hello", "done"), ("hello", "missed"), ("wechat", "failed"), *lines_and_obligations()}


def lines_and_obligations() -> set[tuple[str, str]]:
    asked = {(name, claim) for name in ("dear", "far") for claim in ("triggered", "unmet")}
    return asked | {("guarantee_outcome", "crossed"), ("rude", "crossed")}


def test_a_sentence_that_does_a_step_and_is_forbidden_is_a_conflict(tmp_path: Path) -> None:
    found = trial(tmp_path, line("c-1", BOTH), line("c-2", "A [报价]<guarantee_outcome>保过"))
    pairs = [(one["step"]["id"], one["forbidden"]["id"], one["n"]) for one in found["conflicts"]["step_and_forbidden"]]
    assert pairs == [("price", "wechat", 1), ("price", "guarantee_outcome", 1)]
    assert found["conflicts"]["step_and_forbidden"][0]["examples"][0]["quote"] == "微信"


def test_what_nobody_ever_does_and_what_everybody_does_is_told(tmp_path: Path) -> None:
    found = trial(tmp_path, *(line(f"c-{n}", BOTH) for n in range(30)))
    told = {(one["kind"], one["id"]): (one["what"], one["too_few"]) for one in found["conflicts"]["one_sided"]}
    assert told == {
        ("step", "hello"): ("always", False),
        ("step", "price"): ("always", False),
        ("step", "never"): ("never", False),
        ("obligation", "dear"): ("never", False),
        ("obligation", "far"): ("never", False),
        ("check", "wechat"): ("always", False),
    }
    assert [(one["id"], one["value"], one["longest"]) for one in found["conflicts"]["too_long"]] == [
        ("price", 90, 3),
        ("dear", 4, 3),
        ("far", 4, 3),
    ]
    few = trial(tmp_path, line("c-1", BOTH))
    assert all(one["too_few"] for one in few["conflicts"]["one_sided"])


def test_without_a_version_to_compare_with_the_draft_is_shown_alone(tmp_path: Path) -> None:
    found = trial(tmp_path, line("c-1", BOTH), against=None)
    assert (found["against"], found["scores"]["before"], found["findings"], found["n"]["compared"]) == ([], None, [], 0)
    assert "没有对比的版本" in trial_in_words(found)


def test_the_same_version_changes_nothing(tmp_path: Path) -> None:
    found = trial(tmp_path, line("c-1", BOTH), line("c-2", ONE), against=NEW)
    assert (found["findings"], found["moved"]["whole"]["moved"], found["n"]["compared"]) == ([], 0, 2)


def test_remarks_on_the_draft_itself_stand_beside_with_their_lines(tmp_path: Path) -> None:
    text = NEW.replace("weight: 80, examples: ['[报价]一共']", "weight: 70, examples: [一共三千八]")
    source = file(tmp_path / "in.jsonl", line("c-1", BOTH))
    told = try_file(ANALYZER, draft(text), TrialFiles(source)).report["remarks"]
    assert [(one["code"], one["line"]) for one in told] == [("weights_not_100", 6), ("example_not_recognised", 7)]
    assert "「报价」的例句「一共三千八」" in told[1]["zh"] and "“一共三千八”" in told[1]["en"]


def test_a_file_without_a_conversation_is_refused(tmp_path: Path) -> None:
    source = file(tmp_path / "in.jsonl", "{broken")
    with pytest.raises(InvalidInput, match="no conversation"):
        try_file(ANALYZER, draft(), TrialFiles(source))


def test_a_trial_done_in_parts_tells_the_same(tmp_path: Path) -> None:
    old, new, bounds = parse_sop(OLD, "old.yaml"), draft().sop, TrialBounds(few=30, examples=2, quote=60)
    tried = [
        judge_both(ANALYZER, written(text, id=f"c-{n}"), new, old) for n, text in enumerate((BOTH, ONE, BOTH, ONE, ONE))
    ]
    whole = TrialBench(new, bounds)
    for one in tried:
        whole.add(one)
    state: Any = None
    for one in tried:
        part = TrialBench(new, bounds, tallies=tallies_from_json(json.loads(state)) if state else None)
        part.add(one)
        state = json.dumps(tallies_to_json(part.tallies))
    told = [report_trial(bench.tallies, new, bounds, titles_of(old, new)) for bench in (whole, part)]
    assert json.dumps(told[0]) == json.dumps(told[1])
    assert all(len(row["examples"]) <= 2 * len(row["turned"]) for row in told[0]["findings"]), "examples are bounded"


def test_places_without_words_are_kept_where_words_must_not_be() -> None:
    bounds = TrialBounds(few=30, examples=2, quote=60)
    bench = TrialBench(draft().sop, bounds, with_words=False)
    bench.add(judge_both(ANALYZER, written(BOTH, id="c-1"), draft().sop, parse_sop(OLD, "old.yaml"), at=7))
    told = json.dumps(tallies_to_json(bench.tallies), ensure_ascii=False)
    assert "三千八" not in told and "微信" not in told and "c-1" not in told
    assert '"conversation": 7' in told


def test_the_report_is_readable_and_a_terminal_obeys_nothing_in_it(tmp_path: Path) -> None:
    labelled = [line(f"c-{n}", text, gold=gold()) for n, text in enumerate((BOTH, ONE, "A [报价]\x1b[31m微信"))]
    text = trial_in_words(trial(tmp_path, *labelled, reviews=True))
    assert "\x1b" not in text
    for words in (
        "试用：demo（demo 第 2 版）",
        "一、得分",
        "3 通中变了",
        "步骤「道别」",
        "无→不通过",
        "太少",
        "现行准确率",
    ):
        assert words in text
    assert "没做→无" in text

"""A company's own reasons and red lines in an analysis; the models are fixed: an act is where its `[title]` stands."""

from dataclasses import replace

from qa_service.analyze.analysis import Yardstick, analyze
from qa_service.analyze.needs.competitors import competitor_words
from qa_service.analyze.transcript import transcript
from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_from_json, analysis_to_json
from qa_service.domain.finding import GrievanceFinding
from qa_service.domain.sop import Sop
from qa_service.rulebook import codebook, default_file, parse_sop
from qa_service.rulebook.taxonomy_file import parse_taxonomy, with_taxonomy
from qa_service.workflows.analyze_conversations import Analyzer
from tests.analyze.fixed_judge import JUDGE
from tests.analyze.test_analysis import AsIs
from tests.written import written

TAXONOMY = parse_taxonomy(
    """
taxonomy: lark
version: 2
complaint:
  - {id: dorm, title: dorm, examples: [宿舍里有蟑螂], keywords: [蟑螂]}
  - {id: gone, title: gone, retired: true, examples: [从前的]}
refund: [{id: medical, title: medical, examples: [体检没过]}]
red_lines:
  - {id: single_room, title: single_room, points: 10, examples: [给您安排单人间]}
  - {id: old_line, title: old_line, retired: true, examples: [从前的]}
""",
    "t.yaml",
)
BOOK = with_taxonomy(codebook(), TAXONOMY)
SOP = parse_sop("sop: s\nsteps: [{id: greeting, weight: 10}]\nred_lines: [rude]", "s.yaml")


def analysed(text: str, sop: Sop | None = None) -> Analysis:
    yardstick = Yardstick(JUDGE, BOOK, competitor_words(default_file("competitors.yaml")))
    return analyze(transcript(written(text), AsIs), sop, yardstick, versions={"models": "fixed-1"})


def reasons(finding: GrievanceFinding) -> list[tuple[str, tuple[int, ...], bool]]:
    return [(reason.id, reason.turns, reason.unsure) for reason in finding.reasons]


def test_an_own_reason_is_found_in_the_turns_that_state_why() -> None:
    found = analysed("C 我要投诉<detected>[dorm]\nA 怎么了\nC 还有[dorm]\nA 嗯").complaint
    assert reasons(found) == [("dorm", (0,), False)], "what states no complaint is no evidence"


def test_it_stands_beside_the_built_in_ones_and_in_place_of_other() -> None:
    found = analysed("C 投诉<detected><staff_attitude><other>\nC [dorm]<detected>\nA 嗯").complaint
    assert [one[0] for one in reasons(found)] == ["staff_attitude", "dorm"]
    alone = analysed("C 投诉<detected><other>\nA 嗯").complaint
    assert [one[0] for one in reasons(alone)] == ["other"]


def test_a_keyword_alone_is_left_to_a_person() -> None:
    found = analysed("C 我要投诉<detected>\nA 怎么了\nC 屋里有蟑螂").complaint
    assert reasons(found) == [("dorm", (2,), True)]


def test_without_a_complaint_there_is_no_reason_for_one() -> None:
    assert analysed("C 屋里有蟑螂[dorm]\nA 嗯").complaint.reasons == ()
    assert reasons(analysed("C 退费<detected>[medical]\nA 嗯").refund) == [("medical", (0,), False)]


def test_what_is_retired_is_not_looked_for() -> None:
    assert analysed("C 投诉<detected>[gone]\nA [old_line]").complaint.reasons == ()
    assert analysed("C 投诉\nA [old_line]").red_lines == ()


def test_an_own_red_line_holds_under_every_sop_and_without_one() -> None:
    analyzer = Analyzer(JUDGE, labels=BOOK)
    conversation = written(
        "C 有单人间吗\nA 您好[greeting]\nC 有吗\nA 给您留着[single_room]，放心\nC 好的那就这样吧谢谢"
    )
    found = analyzer.analyze_under(conversation, SOP)
    assert [(line.id, line.quote) for line in found.red_lines] == [("single_room", "给您留着[single_room]，放心")]
    assert found.score is not None and found.score.value == 90
    assert [line.id for line in analyzer.analyze_under(conversation, None).red_lines] == ["single_room"]
    own = "red_lines: [{id: single_room, points: 40, examples: [给您安排单人间]}]"
    own_sop = parse_sop(f"sop: s\nsteps: [{{id: greeting, weight: 10}}]\n{own}", "s.yaml")
    stricter = analyzer.analyze_under(conversation, own_sop)
    assert stricter.score is not None and stricter.score.value == 60, "an SOP may have its own points for it"


def test_the_version_of_the_taxonomy_stands_in_the_analysis_where_one_is_used() -> None:
    conversation = written("C 喂\nA 您好[greeting]\nC 什么事\nA 回访一下\nC 好的谢谢你们一直记着")
    assert Analyzer(JUDGE, labels=BOOK).analyze_under(conversation, SOP).versions["taxonomy"] == TAXONOMY.name
    plain, without = Analyzer(JUDGE), Analyzer(JUDGE, labels=codebook())
    assert plain.analyze_under(conversation, SOP) == without.analyze_under(conversation, SOP)
    assert "taxonomy" not in plain.versions


def test_doubts_and_the_guess_behind_them_survive_being_written() -> None:
    staged = parse_sop("sop: s\napplies_to: {stage: [aftersale]}\nsteps: [{id: greeting, weight: 10}]", "s.yaml")
    text = (
        "A 您好，请问是乐乐妈妈吗，打扰了，看到您预约了体验课\nC 多少钱\nA 体验课免费，孩子几年级，平时看书吗\n"
        "C 三年级，有试听吗\nA 有的，周六上午方便来试听吗，地址发您\nC 我考虑一下"
    )
    found = Analyzer(JUDGE).analyze_under(written(text), staged)
    assert found.doubts == ("stage_contradicts_sop",)
    assert found.stage is not None and found.stage.stage == "presale"
    assert found.score is not None and found.score.state == "provisional"
    assert analysis_from_json(analysis_to_json(found)) == found
    assert "stage" not in analysis_to_json(replace(found, stage=None, doubts=()))

"""What makes a transcript as a whole doubtful; the bounds and cues are the shipped ones."""

from dataclasses import dataclass, replace

import pytest

from qa_service.analyze.doubts import doubt_bounds, find_doubts, stage_told, stages_of_sop
from qa_service.analyze.transcript import transcript
from qa_service.domain.conversation import Conversation, Speaker
from qa_service.domain.sop import Sop
from qa_service.rulebook import default_file, parse_sop
from tests.written import written

BOUNDS = doubt_bounds(default_file("doubts.yaml"))
SELLING = parse_sop("sop: s\napplies_to: {stage: [presale]}\nsteps: [{id: hello, examples: [您好]}]", "s.yaml")
ANY_STAGE = parse_sop("sop: s\nsteps: [{id: hello, examples: [您好]}]", "s.yaml")

TRIAL = """
A 您好，请问是乐乐妈妈吗？我是小书童阅读的课程顾问林晓，打扰您两分钟
C 嗯，哪位？
A 看到您昨天预约了我们的阅读体验课，想跟您约一下时间，孩子今年几年级了？
C 三年级，我想问下多少钱
A 体验课是免费的，正价课一期二十四节一千九百八，平时孩子自己看书吗？
C 不怎么看，我怕他坐不住
A 我建议周六上午十点先来试听，我给您发个链接，您看方便吗？
C 行吧，我考虑一下
A 好的，那我先帮您预约上，地址发您微信
C 嗯
"""
REFUND = """
C 你好，我要退费，上个月报的课
A 您好，我是售后客服小周，帮您核实一下，请提供报名的手机号和订单号
C 手机号我发你们了，到底什么时候能退？等了一个月了
A 非常抱歉，查到您的订单了，我登记一下反馈给财务，三个工作日给您回复
C 你们上次也这么说的，再不退我就投诉12315了
A 理解您的心情，我今天下班前给您回电话，原路退到您付款的账户
C 那退多少？不会又扣我手续费吧
A 按合同扣除已上的两节，其余全部退还，短信会通知您到账
"""


@dataclass(frozen=True)
class AsIs:
    """Cleaning is not what is tested here."""

    text: str

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        return start, end


def doubts(conversation: Conversation, sop: Sop | None = ANY_STAGE) -> tuple[str, ...]:
    return find_doubts(transcript(conversation, AsIs), sop, BOUNDS)


def swapped(conversation: Conversation) -> Conversation:
    other = {Speaker.AGENT: Speaker.CUSTOMER, Speaker.CUSTOMER: Speaker.AGENT}
    turns = (replace(turn, speaker=other.get(turn.speaker, turn.speaker)) for turn in conversation.turns)
    return replace(conversation, turns=tuple(turns))


def with_turns(conversation: Conversation, **fields: float) -> Conversation:
    return replace(conversation, turns=tuple(replace(turn, **fields) for turn in conversation.turns))


@pytest.mark.parametrize("text", [TRIAL, REFUND], ids=["trial", "refund"])
def test_a_clear_transcript_leaves_no_doubt(text: str) -> None:
    assert doubts(written(text)) == ()


@pytest.mark.parametrize("text", [TRIAL, REFUND], ids=["trial", "refund"])
def test_roles_that_were_swapped_are_noticed(text: str) -> None:
    assert doubts(swapped(written(text))) == ("swapped_roles",)


def test_three_turns_tell_too_little_about_roles() -> None:
    few = "C 您好，请问是乐乐妈妈吗？我是小书童阅读的课程顾问\nA 嗯，哪位？\nC 我们周六有试听，给您留个名额\nA 多少钱"
    assert "swapped_roles" not in doubts(written(few))


def test_a_conversation_of_a_few_words_is_very_short() -> None:
    assert doubts(written("A 喂你好\nC 打错了")) == ("very_short",)
    assert doubts(written("A 喂\nC 嗯\nA 好")) == ("very_short",), "three moves, three characters"


def test_one_side_alone_is_said_as_it_always_was() -> None:
    assert doubts(written("A 您好，我是小书童的林晓\nA 请问您方便接电话吗\nA 那我晚点再打给您")) == (
        "no_customer_turn",
        "very_short",
    )
    one_sided = find_doubts(transcript(written("A 在吗"), AsIs), ANY_STAGE, None)
    assert one_sided == ("no_customer_turn",)


@pytest.mark.parametrize(("confidence", "found"), [(0.9, ()), (0.4, ("low_recognition",))])
def test_a_recogniser_that_is_not_sure_is_believed(confidence: float, found: tuple[str, ...]) -> None:
    assert doubts(with_turns(written(TRIAL), asr_confidence=confidence)) == found


def test_long_turns_count_for_more_of_the_recognisers_confidence() -> None:
    conversation = written(TRIAL)
    turns = [replace(t, asr_confidence=0.2 if len(t.text) < 5 else 0.9) for t in conversation.turns]
    assert doubts(replace(conversation, turns=tuple(turns))) == ()


@pytest.mark.parametrize("text", ["（听不清）", "���", "锟斤拷锟斤拷", "****", "[inaudible]", "ÎÒÃÇ"])
def test_text_that_nobody_can_read_is_low_recognition(text: str) -> None:
    conversation = written(TRIAL)
    turns = [replace(t, text=text * 4) if n % 2 else t for n, t in enumerate(conversation.turns)]
    assert "low_recognition" in doubts(replace(conversation, turns=tuple(turns)))


def test_masked_characters_and_emoji_can_be_read() -> None:
    conversation = written(TRIAL + "C 我电话●●●●●●●●●●●，谢谢😀😀\nA 好的～25°C，√×÷")
    assert doubts(conversation) == ()


def test_a_diarisation_that_is_not_sure_is_believed() -> None:
    assert doubts(with_turns(written(TRIAL), role_confidence=0.5)) == ("uncertain_roles",)


def test_an_after_sales_talk_under_a_sales_sop_is_said() -> None:
    assert doubts(written(REFUND), SELLING) == ("stage_contradicts_sop",)
    assert doubts(written(TRIAL), SELLING) == ()
    assert doubts(written(REFUND), None) == ()


def test_a_stage_that_is_given_needs_no_guess() -> None:
    assert doubts(written(TRIAL, stage="aftersale"), SELLING) == ("stage_contradicts_sop",)
    assert doubts(written(REFUND, stage="presale"), SELLING) == ()
    assert doubts(written(REFUND, stage="presale"), ANY_STAGE) == ()


@pytest.mark.parametrize(
    ("scenario", "stage"),
    [("after_sales", "aftersale"), ("退费", "aftersale"), ("trial_invite", "presale"), ("live", None), (None, None)],
    ids=range(5),
)
def test_a_scenario_named_for_a_stage_tells_it(scenario: str | None, stage: str | None) -> None:
    assert stage_told(written(TRIAL, scenario=scenario), BOUNDS) == stage
    assert stage_told(written(TRIAL, scenario=scenario, stage="renewal"), BOUNDS) == "renewal"


def test_an_sop_without_a_stage_is_taken_for_what_its_examples_speak_of() -> None:
    lines = [line[2:] for line in TRIAL.strip().splitlines()]
    agent = "\n".join(f"  - {{id: s{n}, examples: ['{line}']}}" for n, line in enumerate(lines[::2] * 2))
    selling = parse_sop(f"sop: trial\nsteps:\n{agent}", "trial.yaml")
    assert stages_of_sop(selling, BOUNDS) == ("presale",)
    assert doubts(written(REFUND), selling) == ("stage_contradicts_sop",)
    assert stages_of_sop(ANY_STAGE, BOUNDS) == (), "two words tell no stage"

"""Checks looked at only where their words occur find the same as checks that are all looked at, one word at a time."""

import json
import unicodedata
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from qa_service.analyze.sop.checks.expression import Expressions
from qa_service.analyze.sop.checks.judge import find_checks, inapplicable, judge_check
from qa_service.analyze.sop.checks.words import WordFinder, WordPlaces
from qa_service.domain.condition import Keywords
from qa_service.domain.conversation import Conversation
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import CheckFinding
from qa_service.domain.sop import Sop, conditions
from qa_service.rulebook import codebook, parse_sop
from tests.analyze.sop.checks.looked_for import STEPS, reading
from tests.written import written

WORDS = ("甲", "乙", "甲", "乙", "甲乙", "Ab", "微信", "，", "ﬁn")
PIECES = ("甲", "乙", "甲", "乙", "甲乙", "Ａ b", "[greeting]", "薇.信", "，", " 12 块", "嗯", "ﬁ", "n")
PATTERNS = (
    *("甲+", "^乙", "乙$", "甲.*乙", "甲[^乙]*[0-9]", "甲?", r"[0-9]+ ?块", r"\b[0-9]+", "(?:甲|乙){2}", "(?P<x>甲)乙"),
    *(
        "(?i)AB",
        "(?s)甲.乙",
        r"\A乙",
        r"甲\z",
        "[^乙]+$",
        "(?m)^甲$",
        "(?U)甲+$",
        "(?-s:甲.)",
        "甲|^$",
        "[^甲]{3}",
        r"\B甲",
    ),
)


def keywords_in(scopes: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    options = {"distinct": st.integers(1, 2), "times": st.integers(1, 3), "variants": st.booleans(), "in": scopes}
    words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4)
    return st.fixed_dictionaries({"keywords": words}, optional=options)


def patterns_in(scopes: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    pattern, unless = st.sampled_from(PATTERNS), st.sampled_from(("乙", "^甲"))
    return st.fixed_dictionaries({"pattern": pattern}, optional={"unless": unless, "in": scopes})


def joined(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda some: {"all": some}, several),
        st.builds(lambda some, of: {"any": some, "of": min(of, len(some))}, several, st.integers(1, 2)),
        st.builds(lambda one: {"not": one}, parts),
        st.builds(lambda a, b: {"precedence": a, "then": b}, parts, parts),
        st.builds(lambda a, b, n: {"response": a, "then": b, "within": n}, parts, parts, st.integers(1, 3)),
        st.builds(lambda a, b: {"response": a, "then": b, "seconds": 5}, parts, parts),
        st.builds(lambda a, b: {"succession": a, "then": b}, parts, parts),
        st.builds(lambda a, b: {"absence_after": a, "never": b}, parts, parts),
        st.builds(lambda n, a: {"exactly": n, "that": a}, st.integers(1, 2), parts),
    )


ANYWHERE = st.fixed_dictionaries(
    {},
    optional={
        "speaker": st.sampled_from(["agent", "customer", "any"]),
        "first_turns": st.integers(1, 3),
        "last_turns": st.integers(1, 3),
        "first_seconds": st.just(3),
        "every": st.booleans(),
    },
)
OTHERS = st.sampled_from(
    [
        {"step": "greeting"},
        {"field": "channel", "equals": "chat"},
        {"field": "tags.age", "is": {"over": 3}},
        {"turns": {"over": 3}},
        {"silence": {"over": 2}},
        {"value": "price"},
    ]
)
PLAIN = st.one_of(keywords_in(st.just({})), keywords_in(ANYWHERE), patterns_in(ANYWHERE), OTHERS)
NEAR = st.dictionaries(st.sampled_from(["before", "after", "around"]), PLAIN, min_size=1, max_size=1)
LEAVES = st.one_of(PLAIN, keywords_in(NEAR), patterns_in(NEAR))
CONDITIONS = st.recursive(LEAVES, joined, max_leaves=4)
CHECKS = st.lists(
    st.builds(
        lambda sign, condition, when: {sign: condition} | ({"when": when} if when else {}),
        st.sampled_from(["expect", "forbid"]),
        CONDITIONS,
        st.one_of(st.none(), LEAVES),
    ),
    min_size=1,
    max_size=6,
)
TURNS = st.builds(
    lambda speaker, pieces: f"{speaker} {''.join(pieces)}",
    st.sampled_from("AAC"),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4),
)
SILENCE = ["C 嗯", "A 嗯", "A 嗯"]
TALKS = st.lists(st.lists(TURNS, min_size=1, max_size=6), min_size=1, max_size=4)


def sop_of(checks: list[dict[str, Any]], branch: dict[str, Any]) -> Sop:
    numbered = [{"id": f"c{number}", **check} for number, check in enumerate(checks)]
    document = {"sop": "s", "steps": STEPS, "checks": numbered, "branches": [branch]}
    return parse_sop(json.dumps(document, ensure_ascii=False), "s.yaml")


def each_looked_at(sop: Sop, conversation: Conversation) -> tuple[CheckFinding, ...]:
    """Every check, with the words found by going through every turn for each of them."""
    seen = replace(reading(conversation, sop), words=words_in(sop, [turn.text for turn in conversation.turns]))
    agent = seen.read.turns_of(conversation.turns[0].speaker.AGENT)
    searched = (agent[0], agent[-1]) if agent else None
    out = inapplicable(sop, seen)
    judgement = codebook().judgement
    return tuple(judge_check(check, seen, judgement, out, searched=searched) for check in sop.checks)


def words_in(sop: Sop, texts: list[str]) -> WordPlaces:
    asked = [part for part in conditions(sop) if isinstance(part, Keywords)]
    found = {
        variants: {
            w: spans
            for part in asked
            if part.variants == variants
            for w in part.keywords
            if (spans := spans_of(w, texts, variants=variants))
        }
        for variants in (False, True)
    }
    return WordPlaces(found[False], found[True])


def spans_of(word: str, texts: list[str], *, variants: bool) -> list[EvidenceSpan]:
    sought = [form for form, _ in forms(word, variants=variants)]
    spans = []
    for turn, text in enumerate(texts):
        read = forms(text, variants=variants)
        for start in range(len(read) - len(sought) + 1) if sought else ():
            if [form for form, _ in read[start : start + len(sought)]] == sought:
                spans.append(EvidenceSpan(turn, read[start][1], read[start + len(sought) - 1][1] + 1))
    return spans


def forms(text: str, *, variants: bool) -> list[tuple[str, int]]:
    """The characters that count, each with its place in the text."""
    folded = [(f, i) for i, c in enumerate(text) for f in unicodedata.normalize("NFKC", c).lower() if not f.isspace()]
    return [(lazy_pinyin(f)[0], i) for f, i in folded if f.isalnum()] if variants else folded


@settings(max_examples=300, deadline=None)
@given(checks=CHECKS, branch=LEAVES, talks=TALKS)
def test_only_checks_whose_words_occur_need_be_looked_at(
    checks: list[dict[str, Any]], branch: dict[str, Any], talks: list[list[str]]
) -> None:
    sop = sop_of(checks, {"id": "b", "when": branch, "checks": ["c0"]})
    for number, talk in enumerate([SILENCE, *talks, SILENCE]):
        timed = [f"[{i}-{i + 1}] {turn}" for i, turn in enumerate(talk)]
        conversation = written("\n".join(timed if number % 2 else talk))
        seen = reading(conversation, sop)
        found = find_checks(sop, seen, codebook().judgement, inapplicable(sop, seen))
        assert found == each_looked_at(sop, conversation)


def test_each_pattern_and_each_operator_agrees_on_every_talk_of_two_turns() -> None:
    a, b = {"keywords": ["甲"]}, {"pattern": "乙"}
    whole = {"in": {"every": True}}
    simple = [*({"pattern": pattern} for pattern in PATTERNS), {**a, **whole}, {**b, **whole}]
    pairs = [{"precedence": a, "then": b}, {"response": a, "then": b}, {"succession": a, "then": b}]
    pairs += [{"absence_after": a, "never": b}, {"all": [a, b]}, {"any": [a, b]}, {"not": a}, {"exactly": 1, "that": a}]
    sop = sop_of([{"expect": condition} for condition in (*simple, *pairs)], {"id": "b", "when": a})
    for talk in [SILENCE, *([f"A {one}", f"A {other}"] for one in set(PIECES) for other in set(PIECES))]:
        conversation = written("\n".join(talk))
        seen = reading(conversation, sop)
        found = find_checks(sop, seen, codebook().judgement, inapplicable(sop, seen))
        assert found == each_looked_at(sop, conversation), talk


@settings(max_examples=300, deadline=None)
@given(
    words=st.lists(st.text("甲乙aＡﬁ. 微薇信", min_size=1, max_size=3), max_size=5),
    texts=st.lists(st.text("甲乙aＡﬁfi. 微薇信\n", max_size=12), max_size=4),
)
def test_every_place_of_every_word_is_found_in_order(words: list[str], texts: list[str]) -> None:
    found = WordFinder(words, words).find(texts)
    for variants, at in ((False, found.plain), (True, found.variants)):
        assert at == {w: spans for w in words if (spans := spans_of(w, texts, variants=variants))}


def test_patterns_are_found_whether_they_share_a_filter_or_are_too_large_for_one() -> None:
    large = "|".join(f"{chr(0x4E00 + number)}甲乙{chr(0x5E00 + number)}" for number in range(1500))
    many = [f"{chr(0x4E00 + number)}{{3}}[0-9]" for number in range(900)]
    found = Expressions([*many, large, "[0-9]", "^$"])
    last = chr(0x4E00 + 1499) + "甲乙" + chr(0x5E00 + 1499)
    assert list(found.matching(f"嗯\n{chr(0x4E00 + 899) * 3}7\n")) == [many[-1], "[0-9]", "^$"]
    assert list(found.matching(last)) == [large]
    assert list(found.matching("\ud800嗯")) == []
    assert list(Expressions([]).matching("嗯")) == []

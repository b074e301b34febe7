"""Other companies that either side names, with the stance towards them. Rules: names are a closed class."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qa_service.analyze.doubt import doubt
from qa_service.analyze.transcript import Transcript
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import CompetitorFinding

# Introductions ("我是编程猫头鹰的课程顾问") name the own company: what is named there is no competitor.
INTRODUCTION = re.compile(r"(?:我|我们|这边|这里|这边儿)(?:这边)?是(\S{2,12}?)(?:的|这边|，|,|\s|。|$)")
# A rule either finds a name or it does not; this is how often it is right, roughly, on written conversations.
RULE_CONFIDENCE = 0.7


@dataclass(frozen=True, slots=True)
class CompetitorWords:
    """The lexicon's patterns, compiled: names, and words that tell a stance."""

    names: re.Pattern[str]
    better: re.Pattern[str]
    worse: re.Pattern[str]


def competitor_words(lexicon: Mapping[str, Any]) -> CompetitorWords:
    """Compile `competitors.yaml`: known names, and after a leading word any name with a typical ending."""
    known = _either(sorted(lexicon["names"], key=len, reverse=True))
    shape = rf"[\u4e00-\u9fa5]{{1,4}}?(?:{_either(lexicon['endings'])})"
    return CompetitorWords(
        names=re.compile(rf"(?P<known>{known})|(?:{_either(lexicon['leads'])})(?P<shape>{shape})"),
        better=re.compile(_either(lexicon["better"])),
        worse=re.compile(_either(lexicon["worse"])),
    )


def find_competitors(
    read: Transcript, *, rules: CompetitorWords, judgement: Judgement
) -> tuple[CompetitorFinding, ...]:
    """Competitors in order of place, once a turn and name."""
    own = " ".join(_own_names(read))
    findings = []
    seen: set[tuple[int, str]] = set()
    for clause in sorted(read.clauses_of(Speaker.AGENT) + read.clauses_of(Speaker.CUSTOMER), key=lambda c: c.span):
        words = read.quote(clause.span)
        for match in rules.names.finditer(words):
            group = "known" if match["known"] else "shape"
            if match[group] in own or (clause.span.turn, match[group]) in seen:
                continue
            seen.add((clause.span.turn, match[group]))
            start, end = (clause.span.start + at for at in match.span(group))
            span, stance = EvidenceSpan(clause.span.turn, start, end), _stance(rules, words)
            doubts = doubt(judgement, "competitor", RULE_CONFIDENCE)
            findings.append(CompetitorFinding(span, match[group], stance, **doubts))
    return tuple(findings)


def _own_names(read: Transcript) -> Iterator[str]:
    for turn in read.turns_of(Speaker.AGENT):
        yield from INTRODUCTION.findall(read.texts[turn].text)


def _stance(rules: CompetitorWords, text: str) -> str:
    if rules.worse.search(text):
        return "worse"
    return "better" if rules.better.search(text) else "neutral"


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in words)

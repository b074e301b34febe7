"""Structured facts of an SOP from its YAML, and what a wrong statement of one costs.

facts:
  - 试听课免费，需要电脑                    # free text stays as it is
  - price: {24 课时: 2880, 48 课时: 4980}   # a kind, and what each value is about
    days:
      退费到账: {value: 15, unit: 工作日, about: [退款, 退费, 到账]}
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from difflib import get_close_matches
from functools import cache
from typing import Any, Required, TypedDict

from qa_service.domain.check import Check
from qa_service.domain.condition import AllOf, FactStated, Not, parts
from qa_service.domain.fact import MISLEADING, Fact, misleads
from qa_service.domain.severity import Severity
from qa_service.domain.sop import RedLine
from qa_service.domain.value import IN_DAYS, UNITS, VALUES
from qa_service.rulebook.codebook import codebook, default_file
from qa_service.rulebook.fields import Section
from qa_service.rulebook.yaml_lines import Path

FACT_KEYS = ("title", "value", "unit", "about", "tolerance")
# As the codebook has a misleading term.
WRONG_FACT = Severity.MAJOR
HOURS_A_DAY = 24
EXAMPLE = "{24 课时: 2880}"
# More digits are a telephone number or the like.
LONGEST_AMOUNT = 6
AMOUNT = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[^\d]*)")


def read_facts(top: Section) -> Iterator[Fact]:
    """The facts that can be compared; whatever is free text is left alone."""
    value = top.value.get("facts")
    if isinstance(value, dict):
        yield from _group(top, ("facts",), value)
    for index, one in enumerate(value if isinstance(value, list) else []):
        if isinstance(one, dict):
            yield from _group(top, ("facts", index), one)


def _group(top: Section, path: Path, group: dict[Any, Any]) -> Iterator[Fact]:
    """Facts by kind; whatever else stands there is free text under a name of its own."""
    for name, named in group.items():
        if not isinstance(named, dict):
            continue
        if kind := kind_called(name):
            yield from (_fact(top, (*path, name), kind, one) for one in named)
        elif _looks_structured(name, named):
            known = f"known are {', '.join(VALUES)}, as in price: {EXAMPLE}"
            reason = f"unknown kind of fact {name!r}; {known}; whatever is not to be compared is written as a sentence"
            raise top.document.error((*path, name), reason)


def kind_called(name: Any) -> str | None:
    """The kind of value that facts under this name are, None where they are free text."""
    return name if name in VALUES else _words("kinds").get(name)


def _looks_structured(name: Any, named: dict[Any, Any]) -> bool:
    """A kind that is written wrong must not go unseen."""
    entries = any(isinstance(one, dict) and "value" in one for one in named.values())
    amounts = bool(named) and all(map(_is_amount, named.values()))
    return entries or amounts or bool(get_close_matches(str(name), VALUES))


def _is_amount(value: Any) -> bool:
    """A number, or one with a unit that is known, and nothing else; a telephone number is none."""
    written = AMOUNT.fullmatch(str(value).replace(",", "").replace(" ", ""))
    unit = written["unit"].removeprefix("个").partition("/")[0] if written else ""
    known = {"", *_words("unit_names"), *(name for names in UNITS.values() for name in names)}
    return written is not None and len(written["number"]) <= LONGEST_AMOUNT and unit in known


def _fact(top: Section, path: Path, kind: str, name: Any) -> Fact:
    if not isinstance(name, str):
        raise top.document.error(path, f"the name of a fact is text, not {name!r}; put it in quotes")
    if not isinstance(top.document.at((*path, name)), dict):
        section = Section(top.document, path, top.document.at(path))
        return Fact(name, name, kind, **_value(section, name, kind, ""), about=(name,))
    section = Section(top.document, (*path, name), FACT_KEYS)
    return Fact(
        id=name,
        title=section.text("title", name),
        kind=kind,
        **_value(section, "value", kind, section.text("unit", "")),
        about=section.texts("about") or (name,),
        tolerance=section.number("tolerance", 0),
    )


class _Value(TypedDict, total=False):
    number: Required[float]
    day: Required[date | None]
    unit: Required[str]
    per: str


def _value(section: Section, key: str, kind: str, unit: str) -> _Value:
    """The value in the measure of its kind, or the day."""
    if kind == "date":
        return {"number": 0.0, "day": _day(section, key), "unit": UNITS[kind][0]}
    if kind == "time":
        return {"number": _hours(section, key), "day": None, "unit": UNITS[kind][0]}
    written = AMOUNT.fullmatch(f"{section.text(key)}{unit}".replace(",", "").replace(" ", ""))
    named, _, thing = (written["unit"] if written else "").removeprefix("个").partition("/")
    measure = _words("unit_names").get(named, named or UNITS[kind][0])
    per = _words("per_units").get(thing, "") if kind == "price" else ""
    if written is None or measure not in UNITS[kind] or (thing and not per):
        raise section.error(f"`{key}` must be a number, or one with its unit ({_known_units(kind)})", key)
    times = 10 if measure == "折" else IN_DAYS.get(measure, 1)
    return {"number": float(written["number"]) * times, "day": None, "unit": measure, "per": per}


def _known_units(kind: str) -> str:
    things = [f"元/{thing}" for thing in dict.fromkeys(_words("per_units").values())] if kind == "price" else []
    return ", ".join((*UNITS[kind], *things))


@cache
def _words(name: str) -> Mapping[str, str]:
    return dict(default_file("values.yaml")[name])


def _day(section: Section, key: str) -> date:
    try:
        return date.fromisoformat(section.text(key))
    except ValueError as error:
        raise section.error(f"`{key}` must be a day such as 2026-10-08", key) from error


def _hours(section: Section, key: str) -> float:
    """A time of day; YAML reads 19:30 without quotes as minutes."""
    value = section.value.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < HOURS_A_DAY * 60:
        return value / 60 if value > HOURS_A_DAY else float(value)
    try:
        at = time.fromisoformat(section.text(key).rjust(len("00:00"), "0"))
    except ValueError as error:
        raise section.error(f"`{key}` must be a time of day such as 19:30", key) from error
    return at.hour + at.minute / 60


def fact_checks(facts: Iterable[Fact], checks: Sequence[Check], red_lines: Iterable[RedLine]) -> Iterator[Check]:
    """A check for each fact, so that a wrong statement is a finding, unless the SOP's own checks ask for wrong ones.

    Where a wrong one crosses a red line it costs there; the check then is for what is unclear, and for people.
    """
    asked = {
        part.fact
        for check in checks
        for part in parts(check.condition)
        if isinstance(part, FactStated) and part.stated == "wrong"
    }
    lines = {line.id: line for line in red_lines}
    for fact in facts:
        if fact.id not in asked:
            yield _check(fact, lines[MISLEADING] if misleads(fact, lines) else None)


def _check(fact: Fact, line: RedLine | None) -> Check:
    wrong, stated = FactStated(fact=fact.id, stated="wrong"), FactStated(fact=fact.id, stated="any")
    severity = line.severity if line else WRONG_FACT
    return Check(
        id=f"fact_{''.join(fact.id.split())}",
        title=f"{fact.title}：{fact.offered}",
        description=f"{fact.title}：{fact.offered}",
        condition=wrong,
        expected=False,
        when=AllOf(all=(stated, Not(negated=wrong))) if line else stated,
        weight=0.0,
        severity=severity,
        points=line.points if line else codebook().judgement.severity_points[severity],
        each=False,
        most_points=100.0,
    )

"""Structured facts of an SOP from its YAML, and what a wrong statement of one costs.

facts:
  - 试听课免费，需要电脑                    # free text stays as it is
  - price: {24 课时: 2880, 48 课时: 4980}   # a kind, and what each value is about
    days:
      退费到账: {value: 15, unit: 工作日, about: [退款, 退费, 到账]}
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time
from typing import Any

from qa_service.domain.check import Check
from qa_service.domain.condition import AllOf, FactStated, Not, facts_named
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


def read_facts(top: Section) -> Iterator[Fact]:
    """The facts that can be compared; whatever is free text is left alone."""
    value = top.value.get("facts")
    if isinstance(value, dict):
        yield from _group(top, ("facts",), value)
    for index, one in enumerate(value if isinstance(value, list) else []):
        if isinstance(one, dict):
            yield from _group(top, ("facts", index), one)


def _group(top: Section, path: Path, group: dict[Any, Any]) -> Iterator[Fact]:
    """Facts by kind; a key that is no kind may name free text."""
    for kind, named in group.items():
        if kind in VALUES and isinstance(named, dict):
            yield from (_fact(top, (*path, kind), kind, name) for name in named)
        elif kind in VALUES:
            raise top.document.error((*path, kind), f"`{kind}` must hold names with values, such as {EXAMPLE}")
        elif isinstance(named, dict):
            reason = f"unknown kind of fact {kind!r}; known are {', '.join(VALUES)}, as in price: {EXAMPLE}"
            raise top.document.error((*path, kind), reason)


def _fact(top: Section, path: Path, kind: str, name: Any) -> Fact:
    if not isinstance(name, str):
        raise top.document.error(path, f"the name of a fact is text, not {name!r}; put it in quotes")
    value = top.document.at((*path, name))
    if not isinstance(value, dict):
        section = Section(top.document, path, list(top.document.at(path)))
        number, day = _value(section, name, kind, "")
        return Fact(name, name, kind, number, day, UNITS[kind][0], (name,))
    section = Section(top.document, (*path, name), FACT_KEYS)
    unit, per = _unit(section, kind)
    number, day = _value(section, "value", kind, unit)
    return Fact(
        id=name,
        title=section.text("title", name),
        kind=kind,
        number=number,
        day=day,
        unit=unit,
        about=section.texts("about") or (name,),
        per=per,
        tolerance=section.number("tolerance", 0),
    )


def _unit(section: Section, kind: str) -> tuple[str, str]:
    """The unit, and what a price is for: 元/月."""
    unit, _, per = section.text("unit", UNITS[kind][0]).partition("/")
    things = default_file("values.yaml")["per_units"] if kind == "price" else {}
    if unit not in UNITS[kind] or (per and per not in things):
        known = ", ".join(UNITS[kind]) + (f", 元/{', 元/'.join(dict.fromkeys(things.values()))}" if things else "")
        raise section.error(f"the unit of a {kind} is one of {known}", "unit")
    return unit, str(things.get(per, ""))


def _value(section: Section, key: str, kind: str, unit: str) -> tuple[float, date | None]:
    """The value in the measure of its kind, or the day."""
    if kind == "date":
        return 0.0, _day(section, key)
    if kind == "time":
        return _hours(section, key), None
    return section.number(key) * (10 if unit == "折" else IN_DAYS.get(unit, 1)), None


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
    """A check for each fact, so that a wrong statement is a finding, unless the SOP's own checks ask for it.

    Where a wrong one crosses a red line it costs there; the check then is for what is unclear, and for people.
    """
    asked = {name for check in checks for name in facts_named(check.condition)}
    lines = {line.id: line for line in red_lines}
    for fact in facts:
        if fact.id not in asked:
            yield _check(fact, lines[MISLEADING] if misleads(fact, lines) else None)


def _check(fact: Fact, line: RedLine | None) -> Check:
    wrong, stated = FactStated(fact=fact.id, stated="wrong"), FactStated(fact=fact.id, stated="any")
    severity = line.severity if line else WRONG_FACT
    return Check(
        id=f"fact_{fact.id}",
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

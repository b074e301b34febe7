"""SOPs from the contract's YAML and back; every refusal names file, line and reason."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from qa_service.domain.conversation import Channel
from qa_service.domain.part_scope import PartScope
from qa_service.domain.severity import Severity
from qa_service.domain.sop import AppliesTo, Element, Obligation, Order, RedLine, Sop, Step
from qa_service.domain.wording import Wording
from qa_service.errors import InvalidSop
from qa_service.rulebook.check_file import read_branches, read_checks
from qa_service.rulebook.codebook import codebook
from qa_service.rulebook.fact_file import fact_checks, read_facts
from qa_service.rulebook.fields import Section
from qa_service.rulebook.sop_check import check_sop
from qa_service.rulebook.yaml_lines import read_yaml

WORDING = ("examples", "counter_examples", "keywords")
SOP_KEYS = (
    *("sop", "version", "title", "product", "channel", "applies_to", "pass_score", "order_points"),
    *("facts", "faq", "steps", "order", "obligations", "red_lines", "checks", "branches"),
)
STEP_KEYS = ("id", "title", "description", "weight", "required", *WORDING, "first_turns", "when", "elements", "scope")
ELEMENT_KEYS = ("id", "title", "description", *WORDING, "points")
OBLIGATION_KEYS = ("id", "title", "weight", "trigger", "response", "within", "scope")
RED_LINE_KEYS = ("id", "title", "description", "severity", "points", *WORDING)
APPLIES_TO_KEYS = ("product", "channel", "scenario", "stage", "tags")
MAX_FILE_CHARACTERS = 1_000_000
MOST_POINTS = 100
NAME = re.compile(r"[\w-](?:[\w.-]{0,78}[\w-])?")


def load_sop(path: Path) -> Sop:
    """Read an SOP file; raises InvalidSop when it cannot be read or breaks the contract."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSop(f"{path}:1: not UTF-8 text; save the file as UTF-8") from error
    except OSError as error:
        raise InvalidSop(f"{path}: cannot be read: {error.strerror}") from error
    return parse_new_sop(text, str(path))


def parse_new_sop(text: str, file_name: str) -> Sop:
    """Read an SOP that somebody brings; its name must fit addresses and files. A stored one keeps the name it has."""
    sop = parse_sop(text, file_name)
    if not NAME.fullmatch(sop.id):
        reason = "`sop` must be 1 to 80 letters (Chinese ones too), digits, `-` and `_`, with `.` only between them"
        raise read_yaml(text, file_name).error(("sop",), reason)
    return sop


def parse_sop(text: str, file_name: str) -> Sop:
    """Read an SOP from its YAML text."""
    if len(text) > MAX_FILE_CHARACTERS:
        raise InvalidSop(f"{file_name}: over {MAX_FILE_CHARACTERS} characters; an SOP is far smaller")
    document = read_yaml(text, file_name)
    top = Section(document, (), SOP_KEYS)
    judgement = codebook().judgement
    red_lines, checks, facts = tuple(_red_lines(top)), tuple(read_checks(top)), tuple(read_facts(top))
    sop = Sop(
        id=top.text("sop"),
        version=top.whole("version", 1),
        title=top.text("title", top.text("sop")),
        pass_score=top.number("pass_score", judgement.pass_score, most=MOST_POINTS),
        order_points=top.number("order_points", judgement.order_points),
        applies_to=_applies_to(top),
        steps=tuple(_step(section) for section in top.sections("steps", STEP_KEYS)),
        order=tuple(_orders(top)),
        obligations=tuple(_obligation(section) for section in top.sections("obligations", OBLIGATION_KEYS)),
        red_lines=red_lines,
        facts=top.value.get("facts"),
        faq=tuple({key: faq.text(key) for key in ("question", "answer")} for faq in _faq(top)),
        document=document.value,
        digest=_digest(document.value),
        checks=(*checks, *fact_checks(facts, checks, red_lines)),
        branches=tuple(read_branches(top)),
        fact_values=facts,
    )
    check_sop(top, sop)
    return sop


def dump_sop(document: Mapping[str, Any]) -> str:
    """The YAML of an SOP document, keys in their order, Chinese as it is."""
    return str(yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, width=110))


def _digest(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    except TypeError:
        text = repr(value)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _wording(section: Section | None) -> Wording:
    return Wording(*(section.texts(key) for key in WORDING)) if section else Wording()


def _step(section: Section) -> Step:
    when = section.section("when", WORDING)
    first_turns = section.whole("first_turns") if section.value.get("first_turns") is not None else None
    return Step(
        id=section.text("id"),
        title=section.text("title", section.text("id")),
        description=section.text("description", section.text("title", section.text("id"))),
        weight=section.number("weight", 0),
        wording=_wording(section),
        required=section.truth("required", default=True),
        first_turns=first_turns,
        when=_wording(when) if when else None,
        elements=tuple(_element(part) for part in section.sections("elements", ELEMENT_KEYS)),
        scope=section.choice("scope", PartScope, PartScope.CONVERSATION),
    )


def _element(section: Section) -> Element:
    title = section.text("title", section.text("id"))
    return Element(
        id=section.text("id"),
        title=title,
        description=section.text("description", title),
        wording=_wording(section),
        points=section.number("points", 1),
    )


def _orders(top: Section) -> Iterable[Order]:
    values = top.value.get("order") or []
    if not isinstance(values, list):
        raise top.error("`order` must be a list of [before, after]", "order")
    for index, value in enumerate(values):
        if isinstance(value, list) and len(value) == 2:
            yield Order(str(value[0]), str(value[1]))
        elif isinstance(value, dict):
            pair = Section(top.document, ("order", index), ("before", "after", "unless_asked"))
            yield Order(pair.text("before"), pair.text("after"), pair.truth("unless_asked", default=False))
        else:
            raise top.error("an order is [before, after] or {before, after, unless_asked}", "order", index)


def _obligation(section: Section) -> Obligation:
    response = section.section("response", (*WORDING, "step"))
    trigger = section.section("trigger", WORDING)
    if trigger is None or response is None:
        raise section.error("an obligation needs `trigger` and `response`")
    step = response.text("step") if "step" in response.value else None
    scope = section.choice("scope", PartScope, PartScope.CONVERSATION)
    if scope is PartScope.JOURNEY and step is None:
        reason = "`scope: journey` needs `response: {step: …}`: only steps are looked for in every contact"
        raise section.error(reason, "scope")
    return Obligation(
        id=section.text("id"),
        title=section.text("title", section.text("id")),
        weight=section.number("weight", 0),
        trigger=_wording(trigger),
        response=_wording(response),
        within=section.whole("within"),
        response_step=step,
        scope=scope,
    )


def _red_lines(top: Section) -> Iterable[RedLine]:
    values = top.value.get("red_lines") or []
    if not isinstance(values, list):
        raise top.error("`red_lines` must be a list", "red_lines")
    for index, value in enumerate(values):
        if isinstance(value, dict):
            yield _own_red_line(Section(top.document, ("red_lines", index), RED_LINE_KEYS))
        elif value in codebook().red_lines:
            yield codebook().red_lines[value]
        else:
            known = ", ".join(codebook().red_lines)
            raise top.error(f"no built-in red line {value!r}; built in are {known}", "red_lines", index)


def _own_red_line(section: Section) -> RedLine:
    """An object: a red line of the SOP's own, or a built-in one with another severity, points or examples."""
    line_id = section.text("id")
    base = codebook().red_lines.get(line_id)
    severity = section.choice("severity", Severity, base.severity.value if base else "major")
    wording = _wording(section)
    if base is None and not (wording.examples or wording.keywords):
        raise section.error(f"the red line {line_id!r} is not built in and needs `examples` or `keywords`")
    default_points = codebook().judgement.severity_points[severity]
    return RedLine(
        id=line_id,
        title=section.text("title", base.title if base else line_id),
        severity=severity,
        points=section.number("points", default_points),
        wording=wording,
        built_in=base is not None,
        description=section.text("description", base.description if base else ""),
        denied_by=base.denied_by if base else (),
    )


def _faq(top: Section) -> Iterable[Section]:
    return top.sections("faq", ("question", "answer"))


def _applies_to(top: Section) -> AppliesTo:
    section = top.section("applies_to", APPLIES_TO_KEYS)
    channels = (section.texts("channel") if section else ()) or top.texts("channel")
    if "any" in channels:
        channels = ()
    for channel in channels:
        if channel not in {c.value for c in Channel}:
            raise top.error(f"channel {channel!r} must be call, chat or any", "channel")
    return AppliesTo(
        product=(section.texts("product") if section else ()) or (() if section else top.texts("product")),
        channel=channels,
        scenario=section.texts("scenario") if section else (),
        stage=section.texts("stage") if section else (),
        tags=_tags(section) if section else {},
    )


def _tags(section: Section) -> dict[str, tuple[str, ...]]:
    value = section.value.get("tags") or {}
    if not isinstance(value, dict):
        raise section.error("`tags` must be a mapping of tag to allowed values", "tags")
    tags = Section(section.document, (*section.path, "tags"), tuple(value)) if value else None
    return {str(key): tags.texts(key) for key in value} if tags else {}

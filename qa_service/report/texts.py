"""Sentences and names in both languages of a report: Chinese first, English beside it."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from qa_service.domain.codebook import Codebook
from qa_service.domain.sop import Sop

Both = dict[str, str]
LANGUAGES = ("zh", "en")
FILES = ("texts.json", "coaching_texts.json", "change_texts.json")


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """All texts of reports, by key."""
    folder = resources.files("qa_service.report") / "templates"
    table: dict[str, Mapping[str, str]] = {}
    for name in FILES:
        table |= json.loads((folder / name).read_text("utf-8"))
    return table


def say(key: str, **parts: Any) -> Both:
    """A text in both languages; a part may itself be in both."""
    return {
        language: texts()[key][language].format(**{name: _part(part, language) for name, part in parts.items()})
        for language in LANGUAGES
    }


def _part(part: Any, language: str) -> str:
    if isinstance(part, dict):
        return str(part[language])
    return f"{part:,}" if isinstance(part, int) else str(part)


def same(text: str) -> Both:
    """Words that are the same in both languages: a customer's own."""
    return dict.fromkeys(LANGUAGES, text)


class Names:
    """What labels and steps are called: Chinese from the codebook and the SOPs, English from the texts or the id."""

    def __init__(self, codebook: Codebook, sops: Mapping[str, Sop]) -> None:
        self._codebook, self._sops = codebook, sops

    def reason(self, kind: str, reason_id: str) -> Both:
        """The name of a reason of complaints or refunds."""
        reasons = self._codebook.complaint_reasons if kind == "complaint" else self._codebook.refund_reasons
        known = reasons.get(reason_id)
        return self._named("reason", reason_id, known.title if known else None)

    def departments(self, reason_id: str) -> list[Both]:
        """The departments that a reason of complaints is routed to."""
        known = self._codebook.complaint_reasons.get(reason_id)
        return [self.department(name) for name in (known.departments if known else ())]

    def department(self, department_id: str) -> Both:
        """The name of a department."""
        return self._named("department", department_id, self._codebook.departments.get(department_id))

    def level(self, dimension: str, level: str) -> Both:
        """The name of a product, channel or team: its own, but for channels."""
        return dict(texts()[f"name.channel.{level}"]) if dimension == "channel" else same(level)

    def red_line(self, line_id: str) -> Both:
        """The name of a red line: of the codebook, or of an SOP's own."""
        line = self._line(line_id)
        return self._named("red_line", line_id, line.title if line else None)

    def severity(self, line_id: str) -> str | None:
        """How bad a red line is, None for an unknown one."""
        line = self._line(line_id)
        return line.severity.value if line else None

    def stance(self, stance: str) -> Both:
        """The name of a stance towards a competitor."""
        return self._named("stance", stance, self._codebook.stances.get(stance))

    def promise(self, kind: str) -> Both:
        """The name of a kind of promise."""
        return self._named("promise", kind, self._codebook.promise_kinds.get(kind))

    def part(self, sop_id: str, kind: str, part_id: str) -> Both:
        """The title of a step or obligation, as its SOP calls it."""
        sop = self._sops.get(sop_id)
        parts = () if sop is None else sop.steps if kind == "step" else sop.obligations
        return same(next((part.title for part in parts if part.id == part_id), part_id))

    def sop(self, sop_id: str) -> Both:
        """The title of an SOP."""
        return same(self._sops[sop_id].title if sop_id in self._sops else sop_id)

    def _line(self, line_id: str) -> Any:
        own = (line for sop in self._sops.values() for line in sop.red_lines if line.id == line_id)
        return self._codebook.red_lines.get(line_id) or next(own, None)

    def _named(self, family: str, name_id: str, chinese: str | None) -> Both:
        english = texts().get(f"name.{family}.{name_id}", {}).get("en", name_id.replace("_", " "))
        return {"zh": chinese or name_id, "en": english}


def percent(value: float | None, n: int) -> str:
    """A share for people: a decimal only where enough conversations stand behind it."""
    if value is None:
        return "–"
    return f"{100 * value:.1f}%" if n >= 200 else f"{100 * value:.0f}%"


def beside(*parts: Both, between: str = " · ") -> Both:
    """Words one after the other, parted by a dot."""
    return {language: between.join(part[language] for part in parts) for language in LANGUAGES}


def joined(several: list[Both]) -> Both:
    """Several names as one text."""
    return {"zh": "、".join(one["zh"] for one in several), "en": " / ".join(one["en"] for one in several)}

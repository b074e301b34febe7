"""The codebook as the product ships it: red lines, reasons, kinds of needs, promises, judgement bounds."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from qa_service.domain.codebook import Codebook, Judgement
from qa_service.domain.reason import Reason
from qa_service.domain.severity import Severity
from qa_service.domain.sop import RedLine
from qa_service.domain.wording import Wording
from qa_service.rulebook.yaml_lines import read_yaml


@cache
def codebook() -> Codebook:
    """Load the shipped codebook, once."""
    reasons, kinds = default_file("reasons.yaml"), default_file("needs.yaml")
    return Codebook(
        red_lines={row["id"]: _red_line(row) for row in default_file("red_lines.yaml")},
        complaint_reasons={row["id"]: _reason(row) for row in reasons["complaint"]},
        refund_reasons={row["id"]: _reason(row) for row in reasons["refund"]},
        departments=reasons["departments"],
        need_kinds=kinds["need_kinds"],
        handled=kinds["handled"],
        promise_kinds=kinds["promise_kinds"],
        stances=kinds["stances"],
        judgement=_judgement(default_file("judgement.yaml")),
    )


def default_file(name: str) -> Any:
    """The content of a YAML file of the shipped rulebook."""
    text = (resources.files("qa_service.rulebook") / "default" / name).read_text("utf-8")
    return read_yaml(text, name).value


def _red_line(row: Mapping[str, Any]) -> RedLine:
    return RedLine(
        id=row["id"],
        title=row["title"],
        severity=Severity(row["severity"]),
        points=float(row["points"]),
        wording=Wording(),
        built_in=True,
        description=row["description"],
        denied_by=tuple(row.get("denied_by", ())),
    )


def _judgement(values: Mapping[str, Any]) -> Judgement:
    defaults = values["defaults"]
    return Judgement(
        unsure_below=values["unsure_below"],
        detect_at=values["detect_at"],
        asked_within_moves=values["asked_within_moves"],
        order_points=defaults["order_points"],
        pass_score=defaults["pass_score"],
        severity_points={Severity(name): points for name, points in defaults["severity_points"].items()},
    )


def _reason(row: Mapping[str, Any]) -> Reason:
    return Reason(row["id"], row["title"], tuple(row.get("departments", ())))

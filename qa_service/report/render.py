"""Documents to pages: one self-contained HTML file, both languages inside, nothing loaded from elsewhere."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from qa_service.report import charts
from qa_service.report.links import conversation_url
from qa_service.report.pages import page_of
from qa_service.report.texts import LANGUAGES, say

LISTED = 30


def render_html(document: Mapping[str, Any], *, base_url: str | None = None, language: str = "zh") -> str:
    """The page of a report. With `base_url` conversations are links; `language` is shown first, zh or en."""
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=page_of(document),
            base_url=base_url,
            language=language if language in LANGUAGES else LANGUAGES[0],
            listed=LISTED,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("qa_service.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(say=say, t=_both, conversation_url=conversation_url, chart=_chart, kind_of=_kind_of)
    return environment


def _kind_of(block: object) -> str:
    return type(block).__name__


def _both(text: Mapping[str, str] | str, **parts: Any) -> Markup:
    """A text in both languages, of which the page shows one."""
    both = say(text, **parts) if isinstance(text, str) else text
    if both["zh"] == both["en"]:
        return Markup("{}").format(both["zh"])
    return Markup('<span lang="zh">{}</span><span lang="en">{}</span>').format(both["zh"], both["en"])


def _chart(kind: str, rows: Any, name: str, **options: Any) -> Markup:
    """A drawing; where it holds words, once in each language. Vega escapes what customers said."""
    if kind == "trend":
        return Markup(charts.trend(rows, name))
    draw = charts.DRAWINGS[kind]
    drawn = [f'<div lang="{lang}">{draw(rows, lang, f"{name}-{lang}", **options)}</div>' for lang in LANGUAGES]
    return Markup("".join(drawn))

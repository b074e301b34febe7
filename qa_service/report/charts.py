"""Charts, each defined once and drawn as SVG inside the page (a PDF takes the same); no browser, no network."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt
import vl_convert

from qa_service.report.fonts import FAMILY, FONT_FOLDER

Json = Mapping[str, Any]

# Measured, and in PDFs drawn, with the font of the package; a browser takes what its reader has.
FONT = f"{FAMILY}, Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, WenQuanYi Micro Hei, sans-serif"
vl_convert.register_font_directory(str(FONT_FOLDER))
INK, MUTED, LINE, ACCENT = "#1c2430", "#667085", "#e4e7ec", "#0b6e78"
VEGA_LITE = "6.1"
ROW_HEIGHT, LONGEST_NAME = 26, 190
_REFERENCE = re.compile(r'(id="|url\(#|href="#)([\w-]+)')


def trend(series: Sequence[Json], name: str) -> str:
    """The course of a share over weeks with its 95% band; the last week stands out. Empty without data."""
    known = [point for point in series if point["n"]]
    if not known:
        return ""
    rows = [
        {"week": p["week"][5:], "rate": p["rate"], "low": p["ci_low"], "high": p["ci_high"], "last": p is series[-1]}
        for p in known
    ]
    weeks = [point["week"][5:] for point in series]
    axis = alt.Axis(title=None, labelAngle=0, values=[weeks[0], weeks[-1]], domainColor=LINE, ticks=False)
    x = alt.X("week:O", sort=weeks, scale=alt.Scale(domain=weeks), axis=axis)
    percent = alt.Axis(
        title=None, format=".0%", tickCount=2, domain=False, ticks=False, gridColor=LINE, minExtent=30, maxExtent=30
    )
    base = alt.Chart({"values": rows}).encode(x=x)
    band = base.mark_area(color=ACCENT, opacity=0.14).encode(y=alt.Y("low:Q", axis=percent), y2="high:Q")
    line = base.mark_line(color=ACCENT, strokeWidth=2).encode(y=alt.Y("rate:Q", axis=percent))
    points = base.mark_point(filled=True, opacity=1, color=ACCENT).encode(
        y="rate:Q", size=alt.condition("datum.last", alt.value(60), alt.value(14))
    )
    return _svg((band + line + points).properties(width=140, height=60), name)


def bars(rows: Sequence[Json], language: str, name: str, color: str = ACCENT) -> str:
    """Shares as horizontal bars with 95% whiskers, in the order given. Empty without rows."""
    values = [
        {"name": row["name"][language], "rate": row["rate"], "low": row["ci_low"], "high": row["ci_high"]}
        | {"text": f"{int(row['k'])}"}
        for row in rows
        if row["n"]
    ]
    if not values:
        return ""
    base = alt.Chart({"values": values}).encode(y=_names([value["name"] for value in values]))
    x = alt.X(
        "rate:Q", axis=alt.Axis(title=None, format=".1~%", tickCount=4, domain=False, ticks=False, gridColor=LINE)
    )
    bar = base.mark_bar(color=color, height=12, cornerRadiusEnd=2, opacity=0.85).encode(x=x)
    whisker = base.mark_rule(color=INK, strokeWidth=1.2, opacity=0.55).encode(x="low:Q", x2="high:Q")
    count = base.mark_text(align="left", dx=6, color=MUTED, fontSize=11).encode(x="high:Q", text="text:N")
    return _svg((bar + whisker + count).properties(width=230, height=ROW_HEIGHT * len(values)), name)


def dumbbells(points: Sequence[Json], language: str, name: str) -> str:
    """Own share and colleagues' share of each step with 95% intervals, one under the other."""
    values = [value for point in points for value in _dumbbell(point, language)]
    if not values:
        return ""
    names = list(dict.fromkeys(value["name"] for value in values))
    scale = alt.Scale(domain=["own", "colleagues"], range=[ACCENT, "#98a2b3"])
    base = alt.Chart({"values": values}).encode(
        y=_names(names),
        yOffset=alt.YOffset("who:N", sort=["own", "colleagues"], scale=alt.Scale(paddingOuter=0.4)),
        color=alt.Color("who:N", scale=scale, legend=None),
    )
    axis = alt.Axis(title=None, format=".0%", tickCount=5, domain=False, ticks=False, gridColor=LINE)
    x = alt.X("rate:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)
    rule = base.mark_rule(strokeWidth=2.4).encode(x="low:Q", x2="high:Q")
    dot = base.mark_point(filled=True, size=64, opacity=1).encode(x=x)
    return _svg((rule + dot).properties(width=430, height=32 * len(names)), name)


# What holds words and is drawn once in each language, by its kind.
DRAWINGS: Mapping[str, Callable[..., str]] = {"bars": bars, "dumbbells": dumbbells}


def _dumbbell(point: Json, language: str) -> list[dict[str, Any]]:
    own, before = point, point["change"]["before"]
    return [
        {"name": point["name"][language], "who": who, "rate": r["rate"], "low": r["ci_low"], "high": r["ci_high"]}
        for who, r in (("own", own), ("colleagues", before))
        if r["n"]
    ]


def _names(order: Sequence[str]) -> alt.Y:
    axis = alt.Axis(title=None, domain=False, ticks=False, labelLimit=LONGEST_NAME, labelColor=INK, labelFontSize=12)
    return alt.Y("name:N", sort=list(order), axis=axis)


def _svg(chart: alt.LayerChart, name: str) -> str:
    """Draw; `name` keeps the ids of several drawings in one page apart."""
    styled = chart.configure(font=FONT, background="transparent", padding=9).configure_view(stroke=None)
    styled = styled.configure_axis(labelColor=MUTED, labelFontSize=11, labelPadding=6)
    drawn: str = vl_convert.vegalite_to_svg(styled.to_dict(), vl_version=VEGA_LITE)
    return _REFERENCE.sub(rf"\g<1>{name}-\g<2>", drawn)

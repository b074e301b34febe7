"""The weekly voice-of-customer report: figures of a week to a document that answers what changed and what to do."""

from collections.abc import Iterable

from qa_service.domain.counted import CountRow
from qa_service.domain.emergence import emergence_to_json
from qa_service.domain.quote import quote_to_json
from qa_service.domain.sale import SalesRecord
from qa_service.domain.topic import member_to_json
from qa_service.domain.trend import level_to_json
from qa_service.domain.voice import Figure, TopicFigure, WeeklyVoice, What
from qa_service.report.figures import CLEAR, Json, counted, figure_to_json, iso, per_1000
from qa_service.report.texts import Names, same, say
from qa_service.report.voc_headlines import emerging_reasons, figure_name, headlines, todo
from qa_service.report.voc_sales import promise_headlines, sales_to_json

FORMAT = 1
KEY_FIGURES = ("complaint", "refund", "red_line", "unanswered", "passed")
BASES = {"passed": "settled", "unanswered": "asked"}


def voc_document(voice: WeeklyVoice, names: Names, sales: SalesRecord) -> Json:
    """The report as a plain object: the same content as its page."""
    body = _document(voice, names) | {"sales": sales_to_json(sales, names)}
    body["headlines"] += promise_headlines(sales, names)
    return body | ({"n_misheard": voice.n_misheard} if voice.n_misheard else {})


def _document(voice: WeeklyVoice, names: Names) -> Json:
    before = voice.sizes[-1 - voice.weeks_compared : -1]
    return {
        "report": "voc",
        "format": FORMAT,
        "week": voice.week,
        "from": iso(voice.period.first),
        "to": iso(voice.period.last),
        "n_conversations": voice.n,
        "n_customers": voice.n_customers,
        "n_agents": voice.n_agents,
        "n_compared": sum(before),
        "weeks_compared": list(voice.weeks[-1 - voice.weeks_compared : -1]),
        "weeks": [{"week": week, "n": n} for week, n in zip(voice.weeks, voice.sizes, strict=True)],
        "headlines": headlines(voice, names),
        "todo": todo(voice, names),
        "figures": [_key_figure(voice, name) for name in KEY_FIGURES],
        "needs": [_need(voice, topic) for topic in voice.topics],
        "emerging": [_need(voice, topic) for topic in voice.emerging],
        "emerging_reasons": [_named(voice, f, figure_name(f, names)) for f in emerging_reasons(voice)],
        "complaints": _grievances(voice, names, "complaint"),
        "refunds": _grievances(voice, names, "refund"),
        "red_lines": [_red_line(voice, names, figure) for figure in _ranked(voice, "red_line")],
        "promises": [_named(voice, figure, names.promise(figure.what[1])) for figure in _ranked(voice, "promise")],
        "competitors": _competitors(voice, names),
        "departments": [_department(voice, names, figure) for figure in _ranked(voice, "department")],
        "trends": [level_to_json(trend, voice.weeks) for trend in voice.levels],
    }


def _key_figure(voice: WeeklyVoice, name: str) -> Json:
    figure = voice.figure(name)
    assert figure is not None
    return _named(voice, figure, say(f"figure.{name}")) | {"base": say(f"base.{BASES.get(name, 'conversation')}")}


def _named(voice: WeeklyVoice, figure: Figure, name: dict[str, str]) -> Json:
    return figure_to_json(figure, voice.weeks, name)


def _need(voice: WeeklyVoice, topic: TopicFigure) -> Json:
    body = _named(voice, topic.figure, same(topic.topic.label))
    return body | {
        "topic_id": topic.topic.id,
        "label": topic.topic.label,
        "keywords": list(topic.topic.keywords),
        "emerging": topic.emergence is not None and topic.emergence.emerging,
        "emergence": emergence_to_json(topic.emergence, voice.weeks) if topic.emergence else None,
        "answered": {"k": int(topic.answered.k), "n": topic.answered.n, "rate": topic.answered.value},
        "open": counted(topic.open_in),
        "quotes": [quote_to_json(quote) for quote in topic.quotes],
        "members": [member_to_json(m) for m in topic.topic.members if m.conversation_id in body["conversations"]],
    }


def _grievances(voice: WeeklyVoice, names: Names, kind: str) -> Json:
    whole = voice.figure(kind)
    assert whole is not None
    reasons = []
    for figure in _ranked(voice, f"{kind}_reason"):
        reason = figure.what[1]
        departments = names.departments(reason) if kind == "complaint" else []
        body = _named(voice, figure, names.reason(kind, reason)) | {"departments": departments}
        reasons.append(body | {"quotes": _quotes(voice, figure.what)})
    body = _named(voice, whole, say(f"figure.{kind}"))
    groups = [_group(row, names) for row in _groups(voice.groups, kind)]
    return body | {"per_1000": per_1000(whole.counted.rate), "reasons": reasons, "groups": groups}


def _department(voice: WeeklyVoice, names: Names, figure: Figure) -> Json:
    """Complaints that a department is responsible for, with its reasons; one complaint may have several."""
    mine = names.department(figure.what[1])
    reasons = [
        {"id": one.what[1], "name": names.reason("complaint", one.what[1]), "k": int(one.counted.rate.k)}
        for one in _ranked(voice, "complaint_reason")
        if mine in names.departments(one.what[1])
    ]
    return _named(voice, figure, mine) | {"per_1000": per_1000(figure.counted.rate), "reasons": reasons}


def _red_line(voice: WeeklyVoice, names: Names, figure: Figure) -> Json:
    line = figure.what[1]
    body = _named(voice, figure, names.red_line(line)) | {"severity": names.severity(line)}
    return body | {"quotes": _quotes(voice, figure.what)}


def _competitors(voice: WeeklyVoice, names: Names) -> Json:
    whole = voice.figure("competitor")
    assert whole is not None
    named = [
        _named(voice, figure, same(figure.what[1])) | {"quotes": _quotes(voice, figure.what)}
        for figure in _ranked(voice, "competitor")
    ]
    stances = [_named(voice, figure, names.stance(figure.what[1])) for figure in _ranked(voice, "stance")]
    return _named(voice, whole, say("figure.competitor")) | {"named": named, "stances": stances}


def _ranked(voice: WeeklyVoice, family: str) -> list[Figure]:
    """The figures of a family that occurred this week or changed, most frequent first."""
    mine = [figure for figure in voice.figures if len(figure.what) == 2 and figure.what[0] == family]
    alive = [f for f in mine if f.counted.rate.k or f.change.direction in CLEAR]
    return sorted(alive, key=lambda figure: (-figure.counted.rate.k, figure.what))


def _quotes(voice: WeeklyVoice, what: What) -> list[Json]:
    return [quote_to_json(quote) for quote in voice.quotes.get(what, ())]


def _groups(rows: Iterable[CountRow], kind: str) -> list[CountRow]:
    mine = [row for row in rows if row.what == (kind,)]
    return sorted(mine, key=lambda row: (row.dimension, -row.counted.rate.k, row.level))


def _group(row: CountRow, names: Names) -> Json:
    place = {"dimension": row.dimension, "level": row.level, "name": names.level(row.dimension, row.level)}
    return place | {"per_1000": per_1000(row.counted.rate)} | counted(row.counted)

"""The first screen of the weekly report: what changed, whether it is real, and what to do."""

from qa_service.domain.change import Direction
from qa_service.domain.voice import Figure, TopicFigure, WeeklyVoice
from qa_service.report.figures import CLEAR, shares, with_interval
from qa_service.report.texts import Both, Names, joined, same, say

MOST_CHANGES, MOST_EMERGING, MOST_TODO = 4, 2, 4
# What one customer said once is not yet something that recurs.
RECURS = 2
UNJUDGED = (Direction.NOT_ENOUGH_DATA, Direction.NOT_COMPARABLE)
SPOKEN_OF = ("complaint", "refund", "red_line", "unanswered", "passed")
SPOKEN_OF_PARTS = ("complaint_reason", "refund_reason", "red_line")


def headlines(voice: WeeklyVoice, names: Names) -> list[dict[str, object]]:
    """Sentences about what changed; where nothing did or could be judged, a sentence that says so; the top need."""
    changed = [(f, figure_name(f, names)) for f in voice.figures if _spoken_of(f) and f.change.direction in CLEAR]
    changed += [(t.figure, same(f"「{t.topic.label}」")) for t in voice.topics if t.figure.change.direction in CLEAR]
    # A whole before its parts; among equals the greater change first.
    changed.sort(key=lambda pair: (len(pair[0].what), -abs(pair[0].change.difference.value or 0)))
    found = [_changed(figure, name) for figure, name in changed[:MOST_CHANGES]]
    found += [_emerging(topic) for topic in voice.emerging[:MOST_EMERGING]]
    if not found:
        found = [_unchanged(voice)]
    if voice.topics and voice.topics[0].figure.counted.rate.k >= RECURS:
        top = voice.topics[0]
        sentence = say("headline.top_need", label=top.topic.label, **with_interval(top.figure.counted.rate))
        found.append({"text": sentence, "direction": None, "about": "need"})
    return found


def emerging_reasons(voice: WeeklyVoice) -> list[Figure]:
    """Reasons of complaints and refunds that are new or grow fast."""
    return [figure for figure in voice.figures if figure.emergence and figure.emergence.emerging]


def figure_name(figure: Figure, names: Names) -> Both:
    """What a figure is called."""
    if len(figure.what) == 1:
        return say(f"figure.{figure.what[0]}")
    family, part = figure.what
    if family == "red_line":
        return _of(say("figure.red_line"), names.red_line(part))
    kind = family.removesuffix("_reason")
    return _of(say(f"figure.{kind}"), names.reason(kind, part))


def todo(voice: WeeklyVoice, names: Names) -> list[Both]:
    """What to do first: reasons that rose, red lines to review, questions to answer."""
    found = [
        *_reasons_to_follow(voice, names),
        *_new_needs(voice),
        *_red_lines_to_review(voice, names),
        *_needs_to_answer(voice),
        *_refunds_to_follow(voice, names),
    ]
    return found[:MOST_TODO] or [say("todo.nothing" if voice.n else "todo.empty")]


def _spoken_of(figure: Figure) -> bool:
    if len(figure.what) == 1:
        return figure.what[0] in SPOKEN_OF
    return figure.what[0] in SPOKEN_OF_PARTS and figure.what[1] != "other"


def _of(whole: Both, part: Both) -> Both:
    return {"zh": f"{whole['zh']}「{part['zh']}」", "en": f"{whole['en']} “{part['en']}”"}


def _changed(figure: Figure, name: Both) -> dict[str, object]:
    direction = figure.change.direction
    parts = shares(figure.counted.rate, figure.change.difference.before)
    text = say(f"headline.{direction.value}", name=name, **parts)
    return {"text": text, "direction": direction.value, "about": "/".join(figure.what)}


def _emerging(topic: TopicFigure) -> dict[str, object]:
    rate, found = topic.figure.counted.rate, topic.emergence
    assert found is not None
    parts = {"customers": found.customers, "agents": found.agents, "weeks": found.recent_weeks}
    text = say("headline.emerging", label=topic.topic.label, k=int(rate.k), n=rate.n, **parts)
    return {"text": text, "direction": "higher", "about": f"topic/{topic.topic.id}"}


def _new_needs(voice: WeeklyVoice) -> list[Both]:
    return [say("todo.emerging", label=t.topic.label, k=int(t.figure.counted.rate.k)) for t in voice.emerging[:1]]


def _unchanged(voice: WeeklyVoice) -> dict[str, object]:
    before = sum(voice.sizes[-1 - voice.weeks_compared : -1])
    judged = any(figure.change.direction not in UNJUDGED for figure in voice.figures)
    direction = Direction.NO_CLEAR_CHANGE if judged else Direction.NOT_ENOUGH_DATA
    text = say(f"headline.{direction.value}", n=voice.n, before=before)
    return {"text": text, "direction": direction.value, "about": "all"}


def _reasons_to_follow(voice: WeeklyVoice, names: Names) -> list[Both]:
    reasons = [f for f in voice.figures if f.what[0] == "complaint_reason" and f.counted.rate.k]
    reasons.sort(key=lambda f: (-f.counted.rate.k, f.what))
    risen = [f for f in reasons if f.change.direction is Direction.HIGHER]
    key, chosen = (
        ("todo.reason_higher", risen[:2])
        if risen
        else ("todo.reason_top", [f for f in reasons[:1] if f.counted.rate.k >= RECURS])
    )
    whole = voice.figure("complaint")
    if not chosen and whole is not None and whole.counted.rate.k:
        return [say("todo.complaints", k=int(whole.counted.rate.k))]
    return [
        say(
            key,
            departments=joined(names.departments(f.what[1])),
            name=names.reason("complaint", f.what[1]),
            k=int(f.counted.rate.k),
        )
        for f in chosen
    ]


def _refunds_to_follow(voice: WeeklyVoice, names: Names) -> list[Both]:
    reasons = [f for f in voice.figures if f.what[0] == "refund_reason" and f.counted.rate.k]
    whole = voice.figure("refund")
    if whole is None or not reasons:
        return []
    top = min(reasons, key=lambda f: (-f.counted.rate.k, f.what))
    return [say("todo.refunds", k=int(whole.counted.rate.k), name=names.reason("refund", top.what[1]))]


def _red_lines_to_review(voice: WeeklyVoice, names: Names) -> list[Both]:
    """Fatal ones first, since each of them waits for a person; else the most frequent one."""
    lines = [f for f in voice.figures if f.what[0] == "red_line" and len(f.what) == 2 and f.counted.rate.k]
    lines.sort(key=lambda f: (names.severity(f.what[1]) != "fatal", -f.counted.rate.k, f.what))
    fatal = [f for f in lines if names.severity(f.what[1]) == "fatal"]
    chosen = fatal[:2] or lines[:1]
    return [say("todo.red_line", name=names.red_line(f.what[1]), k=int(f.counted.rate.k)) for f in chosen]


def _needs_to_answer(voice: WeeklyVoice) -> list[Both]:
    left = [t for t in voice.topics if t.open_in.rate.k >= RECURS]
    left.sort(key=lambda t: (-t.open_in.rate.k, t.topic.id))
    return [say("todo.open_need", label=t.topic.label, k=int(t.open_in.rate.k), n=t.open_in.rate.n) for t in left[:1]]

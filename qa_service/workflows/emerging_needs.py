"""Which topics emerge: from the weekly counts kept in a state folder, or from those of the store."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, tzinfo
from pathlib import Path

from qa_service.aggregate.emergence import emerging_topics
from qa_service.aggregate.voice import weeks_shown
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.metrics import rate
from qa_service.domain.period import iso_week, local_day, weeks_before
from qa_service.domain.stored_topic import Memory, homes
from qa_service.domain.topic import TopicEvent, TopicEventKind, TopicWeek
from qa_service.errors import InvalidInput
from qa_service.store import UnitOfWork
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.whole_file import write_lines

STATE_FILE, STATE_FORMAT = "weeks.json", 1


@dataclass
class Listened:
    """Who spoke when in the conversations of a run; one without a time is taken for one of the day `as_of`."""

    as_of: date
    zone: tzinfo
    people: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def noting(self, judged: Iterable[JudgedConversation]) -> Iterator[JudgedConversation]:
        """Hand conversations on, and note each."""
        for pair in judged:
            started = pair.conversation.started_at
            week = iso_week(local_day(started, self.zone) if started else self.as_of)
            # Where nobody is named, each conversation is taken for somebody else's.
            self.people[pair.id] = (week, pair.customer_key, pair.agent_id or f"conversation:{pair.id}")
            yield pair

    def weeks(self, topics: Path) -> list[TopicWeek]:
        """The weekly counts of the topics written to a file, one a line."""
        heard: dict[str, list[set[str]]] = defaultdict(lambda: [set(), set()])
        for conversation_id, (week, customer, _) in self.people.items():
            heard[week][0].add(conversation_id)
            heard[week][1].add(customer)
        said: dict[tuple[str | None, str], list[set[str]]] = defaultdict(lambda: [set(), set(), set()])
        statements: dict[tuple[str | None, str], int] = defaultdict(int)
        for topic_id, conversation_id in _members(topics):
            week, customer, agent = self.people[conversation_id]
            statements[topic_id, week] += 1
            for names, name in zip(said[topic_id, week], (conversation_id, customer, agent), strict=True):
                names.add(name)
        found = {
            place: TopicWeek(*place, statements[place], *map(len, names), *map(len, heard[place[1]]))
            for place, names in said.items()
        }
        silent = [TopicWeek(None, week, 0, 0, 0, 0, *map(len, names)) for week, names in heard.items()]
        return [found[place] for place in sorted(found, key=str)] + [
            one for one in sorted(silent, key=lambda one: one.week) if (None, one.week) not in found
        ]


@dataclass(frozen=True)
class KeptWeeks:
    """The weekly counts of former runs, and in which week a topic was last told to be emerging."""

    weeks: tuple[TopicWeek, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)


def read_weeks(folder: Path) -> KeptWeeks:
    """What a state folder keeps, nothing when it is new; raises InvalidInput for a damaged file."""
    path = folder / STATE_FILE
    if not path.exists():
        return KeptWeeks()
    try:
        body = json.loads(path.read_text("utf-8"))
        if body["format"] != STATE_FORMAT:
            raise ValueError(f"format {body['format']}, this version reads {STATE_FORMAT}")
        return KeptWeeks(tuple(TopicWeek(**one) for one in body["weeks"]), dict(body["told"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"{path}: not the weeks of topics ({error}); move it away to begin anew") from error


def write_weeks(folder: Path, kept: KeptWeeks) -> None:
    """Keep weekly counts for the next run."""
    body = {"format": STATE_FORMAT, "weeks": [asdict(one) for one in kept.weeks], "told": dict(kept.told)}
    write_lines(folder / STATE_FILE, [json.dumps(body, ensure_ascii=False, indent=1)])


def emerged(
    kept: KeptWeeks, now: Sequence[TopicWeek], memory: Memory, *, at: date
) -> tuple[KeptWeeks, list[TopicEvent]]:
    """Judge the last week of a run beside the weeks kept; a week heard again counts as it was heard more of."""
    voice = load_insight().voice
    weeks = _merged(kept.weeks, now, memory)
    if not now:
        return KeptWeeks(weeks, kept.told), []
    last = max(one.week for one in now)
    shown = weeks_shown(last, voice)
    seen = [one for one in weeks if one.week in shown]
    events, told = _events(seen, kept.told, last, at=at)
    return KeptWeeks(tuple(one for one in weeks if one.week >= shown[0]), told), events


def tell_emerging(work: UnitOfWork, *, at: date) -> list[TopicEvent]:
    """Record which stored topics emerge in the last week heard, each once."""
    shown = weeks_shown(iso_week(at), load_insight().voice)
    seen = work.topics.weeks(first=shown[0], last=shown[-1])
    if not seen:
        return []
    told = {
        one.event.topic_id: iso_week(date.fromisoformat(one.event.at))
        for one in reversed(work.topics.events(kind=TopicEventKind.EMERGING, limit=1000))
    }
    events, _ = _events(seen, told, max(one.week for one in seen), at=at)
    for event in events:
        work.topics.add_event(event)
    return events


def _events(
    seen: Sequence[TopicWeek], told: Mapping[str, str], last: str, *, at: date
) -> tuple[list[TopicEvent], dict[str, str]]:
    bounds = load_insight().voice.emergence
    recent = {*weeks_before(last, bounds.recent_weeks), last}
    counts = {one.topic_id: one for one in seen if one.week == last}
    heard = max(one.conversations_heard for one in seen if one.week == last)
    events, now_told = [], dict(told)
    for topic_id, one in emerging_topics(seen, bounds).items():
        if one.emerging and told.get(topic_id) not in recent:
            k = counts[topic_id].conversations if topic_id in counts else 0
            events.append(TopicEvent(at.isoformat(), TopicEventKind.EMERGING, topic_id, rate(k, heard)))
            now_told[topic_id] = last
    return events, now_told


def _merged(kept: Sequence[TopicWeek], now: Sequence[TopicWeek], memory: Memory) -> tuple[TopicWeek, ...]:
    """Of each week the run that heard more of it, under the topics that stand for theirs today."""
    heard: dict[str, tuple[int, Sequence[TopicWeek]]] = {}
    for run in (kept, now):
        for week in {one.week for one in run}:
            mine = [one for one in run if one.week == week]
            size = max(one.conversations_heard for one in mine)
            if size >= heard.get(week, (0, ()))[0]:
                heard[week] = size, mine
    home = homes(memory.topics)
    found: dict[tuple[str, str], TopicWeek] = {}
    for week in sorted(heard):
        for one in heard[week][1]:
            topic = home.get(one.topic_id, one.topic_id) if one.topic_id is not None else None
            place = (week, topic or "")
            found[place] = _added(found[place], one) if place in found else replace(one, topic_id=topic)
    return tuple(found[place] for place in sorted(found))


def _added(first: TopicWeek, second: TopicWeek) -> TopicWeek:
    """Two topics that are one by now: as if nobody had stated both."""
    return replace(
        first,
        statements=first.statements + second.statements,
        conversations=first.conversations + second.conversations,
        customers=first.customers + second.customers,
        agents=max(first.agents, second.agents),
    )


def _members(topics: Path) -> Iterator[tuple[str | None, str]]:
    with topics.open(encoding="utf-8") as lines:
        for line in lines:
            body = json.loads(line)
            yield from ((body["topic_id"], member["conversation_id"]) for member in body["members"])

"""The whole main job on the bundled demo set: import, analyse, report."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from qa_service.aggregate.found_cases import CaseSearch
from qa_service.config import Settings
from qa_service.domain.effect import OUTCOMES
from qa_service.domain.period import iso_week, local_day
from qa_service.domain.role import Role
from qa_service.errors import InvalidInput
from qa_service.store import ConversationFilter, Store
from qa_service.workflows.coaching_cases import found_cases, write_cases, write_out
from qa_service.workflows.coaching_effects import helping
from qa_service.workflows.compute_effects import EffectsQuestion, compute_effects, write_effects
from qa_service.workflows.import_conversations import import_file
from qa_service.workflows.import_outcomes import import_outcomes
from qa_service.workflows.manage_keys import SYSTEM, KeyRequest, create_key
from qa_service.workflows.open_analyzer import open_analyzer
from qa_service.workflows.open_service import drain, open_intake, open_store, publish_default_sops
from qa_service.workflows.read_stored import StoredVerdicts
from qa_service.workflows.sops_in_force import published_sops
from qa_service.workflows.suggest_revisions import suggest_revisions, write_suggestions
from qa_service.workflows.write_coaching import CoachingBackground, coach_agent, coach_team, write_coaching
from qa_service.workflows.write_topics import write_topics_of
from qa_service.workflows.write_voice_of_customer import (
    prepare_stored_voice,
    write_voice_of_customer,
)

CONVERSATIONS, EVENTS = "conversations.jsonl", "outcomes.csv"


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What the demo did, and where to look."""

    conversations: int
    settled: int
    passed: int
    files: tuple[Path, ...]
    key: str

    def lines(self) -> Iterator[str]:
        """For people, one line each."""
        yield f"{self.conversations} conversations analysed; {self.settled} scores settled, {self.passed} passed."
        yield "Reports:"
        kinds: dict[Path, list[str]] = {}
        for path in self.files:
            kinds.setdefault(path.with_suffix(""), []).append(path.suffix)
        yield from (f"  {stem}{', '.join(suffixes)}" for stem, suffixes in kinds.items())
        yield "Next: `make serve`, open http://127.0.0.1:8000/ and sign in with this demo key (role qa_lead):"
        yield f"  {self.key}"


def run_demo(settings: Settings, data: Path, out: Path, *, advance: Callable[[int], None]) -> DemoSummary:
    """Load the demo set into the database of the settings, analyse what is new, and write every report."""
    for name in (CONVERSATIONS, EVENTS):
        if not (data / name).is_file():
            raise InvalidInput(f"{data / name} is missing; run the demo in a checkout of the project, or give --data")
    analyzer, intake = open_analyzer(settings, following=True), open_intake(settings)
    with open_store(settings) as store:
        publish_default_sops(store)
        import_file(store, data / CONVERSATIONS, by="demo", intake=intake)
        import_outcomes(store, data / EVENTS)
        drain(store, analyzer, intake, advance=advance)
        files = tuple(_reports(store, out))
        key = create_key(store, SYSTEM, KeyRequest("demo", Role.QA_LEAD)).secret
        return _summary(store, files, key)


def _reports(store: Store, out: Path) -> Iterator[Path]:
    """Voice of the last week, a coaching report for every agent, effects, suggestions, needs."""
    everything = StoredVerdicts(store, ConversationFilter())
    last = max(pair.conversation.started_at for pair in everything if pair.conversation.started_at)
    with store.reading() as work:
        sops, history = list(published_sops(work)), list(work.outcomes.stream())
    week = iso_week(local_day(last, store.zone))
    yield from write_voice_of_customer(prepare_stored_voice(store, ConversationFilter(), week, sops=sops), out / "voc")
    question = EffectsQuestion(tuple(OUTCOMES), sops, history, zone=store.zone)
    yield from _coaching(everything, question, out / "coach")
    write_effects(compute_effects(everything, question), out / "effects.jsonl")
    write_suggestions(suggest_revisions(everything, question), out / "suggestions.jsonl")
    write_topics_of(everything, out / "topics.jsonl", as_of=local_day(last, store.zone))
    yield from (out / name for name in ("effects.jsonl", "suggestions.jsonl", "topics.jsonl"))


def _coaching(everything: StoredVerdicts, question: EffectsQuestion, out: Path) -> Iterator[Path]:
    """A report for every agent, a table for every team, cases to learn from."""
    agents = {pair.conversation.agent.id: pair.conversation.agent.team for pair in everything}
    sops, zone = question.sops, question.zone
    known = CoachingBackground(helping(everything, question))
    for agent in sorted(agent for agent in agents if agent):
        document = coach_agent(everything, agent, sops=sops, zone=zone, background=known)
        yield from write_coaching(document, out)
    for team in sorted({team for team in agents.values() if team}):
        yield from write_coaching(coach_team(everything, team, sops=sops, zone=zone), out)
    found = found_cases(lambda: everything, CaseSearch(each=2))
    yield from write_cases(write_out(found, sops), out)


def _summary(store: Store, files: tuple[Path, ...], key: str) -> DemoSummary:
    scores = [pair.analysis.score for pair in StoredVerdicts(store, ConversationFilter())]
    settled = [score for score in scores if score is not None and score.state == "settled"]
    return DemoSummary(len(scores), len(settled), sum(score.passed for score in settled), files, key)

"""Adapt the models to one SOP from labelled conversations; a model that is not better on held-out ones is refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from models.adaptation import Subject, adapt
from models.adaptation_files import Adapted, copy_release, save_adaptation
from models.adapted import Adaptation, adapted_judge, turn_space
from models.artifacts import DEFAULT, UnusableArtifacts, load
from models.protocols import Judge
from qa_service.aggregate.evaluation import Comparison, Difference, compare_said, differences, objections
from qa_service.analyze.lessons import Taught, draw_lessons
from qa_service.analyze.transcript import transcript
from qa_service.domain.conversation import Conversation
from qa_service.domain.gold import Gold
from qa_service.domain.sop import Sop
from qa_service.errors import ArtifactMissing, InvalidInput
from qa_service.normalize.text import clean
from qa_service.workflows.analyze_conversations import Analyzer

MIN_CONVERSATIONS = 5
FOLDS = 5
# With fewer agents a fold would be most of what there is to learn from.
MIN_AGENTS = 3
UNSAVED = "unsaved"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A conversation with its labels (in `gold` of its `extra` too); about the acts `unsaid` they say nothing."""

    conversation: Conversation
    gold: Gold
    unsaid: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of adapting: `refusal` says why the adaptation is not to be used, None when it is better."""

    conversations: int
    folds: int = 0
    by_agent: bool = False
    differences: tuple[Difference, ...] = ()
    adaptation: Adaptation | None = None
    refusal: str | None = None


class Learner:
    """Learns one SOP from labelled conversations, all of them or some; what the general models say is asked once."""

    def __init__(self, general: Judge, sop: Sop, labelled: Sequence[Labelled]) -> None:
        self._general, self._sop, self._labelled = general, sop, labelled
        self._space = turn_space(general)
        taught = [Taught(transcript(one.conversation, clean), one.gold, one.unsaid) for one in labelled]
        self._subjects: list[Subject] = draw_lessons(taught, sop, general, self._space)

    def learn(self, numbers: Sequence[int]) -> Adaptation:
        """What the conversations of these numbers teach."""
        return adapt(self._sop.id, self._general.version, self._subjects, numbers, self._general.acts)

    def compare(self, numbers: Sequence[int], adaptation: Adaptation | None) -> list[Comparison]:
        """How conversations are judged with an adaptation, or without one, beside their labels."""
        adapted = {}
        if adaptation is not None:
            adapted = {self._sop.id: adapted_judge(self._general, self._space, adaptation, version=UNSAVED)}
        analyzer = Analyzer(self._general, adapted=Adapted(adapted))
        return [self._compare(analyzer, self._labelled[number]) for number in numbers]

    def _compare(self, analyzer: Analyzer, one: Labelled) -> Comparison:
        analysis = analyzer.analyze_under(one.conversation, self._sop)
        return compare_said(one.conversation, analysis, self._sop, one.unsaid)


def adapt_models(
    general: Judge, sop: Sop, labelled: Sequence[Labelled], *, advance: Callable[[int], None] = lambda _: None
) -> Attempt:
    """Learn from labelled conversations, and tell by those held out whether that is better than the general models.

    The order of the conversations does not matter. `advance` hears of each of FOLDS + 1 parts that is done.
    """
    labelled = sorted(labelled, key=lambda one: one.conversation.id)
    refusal = _nothing_to_learn(sop, labelled)
    if refusal:
        return Attempt(len(labelled), refusal=refusal)
    # One thread: sums of other threads come in another order.
    with threadpool_limits(1):
        learner = Learner(general, sop, labelled)
        folds, by_agent = held_out_folds([one.conversation for one in labelled])
        before = learner.compare(range(len(labelled)), None)
        after = list(before)
        for held in folds:
            learnt = learner.learn([number for number in range(len(labelled)) if number not in held])
            for number, comparison in zip(held, learner.compare(held, learnt), strict=True):
                after[number] = comparison
            advance(1)
        adaptation = learner.learn(range(len(labelled)))
        advance(1)
    found = tuple(differences(before, after))
    refusal = _not_better(found, adaptation)
    return Attempt(len(labelled), len(folds), by_agent, found, adaptation, refusal)


def _nothing_to_learn(sop: Sop, labelled: Sequence[Labelled]) -> str | None:
    if len(labelled) < MIN_CONVERSATIONS:
        return f"{len(labelled)} labelled conversations of {sop.id}; at least {MIN_CONVERSATIONS} are needed"
    said = [step.id in one.gold.steps for one in labelled for step in sop.steps if ("step", step.id) not in one.unsaid]
    if not said:
        return f"the labels say nothing about the steps of {sop.id} as they are worded now"
    if all(said) or not any(said):
        return f"every step is {'done' if all(said) else 'missed'} in every conversation: nothing to tell apart"
    return None


def held_out_folds(conversations: Sequence[Conversation]) -> tuple[list[list[int]], bool]:
    """The numbers of conversations in at most FOLDS parts, those of one agent in one part where agents are known."""
    agents = [conversation.agent.id for conversation in conversations]
    by_agent = len({agent for agent in agents if agent}) >= MIN_AGENTS
    groups: dict[str, list[int]] = {}
    for number, agent in enumerate(agents):
        groups.setdefault(f"agent:{agent}" if by_agent and agent else f"conversation:{number}", []).append(number)
    folds: list[list[int]] = [[] for _ in range(min(FOLDS, len(groups)))]
    for _, members in sorted(groups.items(), key=lambda group: (-len(group[1]), group[1])):
        min(folds, key=len).extend(members)
    return [sorted(fold) for fold in folds], by_agent


def _not_better(found: Sequence[Difference], adaptation: Adaptation) -> str | None:
    """Why an adaptation is refused: every figure that speaks against it."""
    reasons = []
    if not adaptation.parts and (adaptation.scale, adaptation.shift) == (1.0, 0.0):
        reasons.append("no correction did better than none on conversations held out")
    return "; ".join([*reasons, *objections(found)]) or None


def open_base(base: Path | None, out: Path, *, fast: bool = False) -> tuple[Path, Judge]:
    """The release to start from, `fast` without its encoder.

    Raises ArtifactMissing, or InvalidInput when `out` cannot take its adaptation.
    """
    folder = base or DEFAULT
    try:
        general = load(folder, fast=fast)
    except UnusableArtifacts as error:
        raise ArtifactMissing(str(error)) from error
    if _taken(out) and _version(out, fast=fast) != general.version:
        told = f"{out} is not a folder with the release {general.version}, which {folder} holds"
        raise InvalidInput(f"{told}; name a new folder with --out")
    return folder, general


def _taken(out: Path) -> bool:
    return out.exists() and (not out.is_dir() or any(out.iterdir()))


def _version(folder: Path, *, fast: bool) -> str | None:
    try:
        return load(folder, fast=fast).version
    except UnusableArtifacts:
        return None


def write_adaptation(adaptation: Adaptation, base: Path, out: Path) -> Path:
    """Make `out` a whole release with this adaptation in it, beside those of other SOPs that are there."""
    try:
        if not _taken(out):
            copy_release(base, out)
        return save_adaptation(out, adaptation)
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error.strerror or error}") from error

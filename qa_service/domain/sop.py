"""A standard operating procedure: what an agent should do, in which order, and what is forbidden."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from qa_service.domain.check import Branch, Check
from qa_service.domain.condition import Condition, parts
from qa_service.domain.conversation import Conversation
from qa_service.domain.doubt import NamedSop, TranscriptDoubt
from qa_service.domain.fact import Fact
from qa_service.domain.part_scope import PartScope
from qa_service.domain.remark import Place
from qa_service.domain.severity import Severity
from qa_service.domain.wording import Wording
from qa_service.errors import AmbiguousSop

# Known ids that are named where an unknown one was given.
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Element:
    """A part of a step that is found and scored by itself."""

    id: str
    title: str
    description: str
    wording: Wording
    points: float


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the agent should do. `when` None: always owed; else owed only if that trigger occurred."""

    id: str
    title: str
    description: str
    weight: float
    wording: Wording
    required: bool = True
    first_turns: int | None = None
    when: Wording | None = None
    elements: tuple[Element, ...] = ()
    scope: PartScope = PartScope.CONVERSATION


@dataclass(frozen=True, slots=True)
class Order:
    """Step `before` comes first; `unless_asked`: an `after` that answers a question within 2 moves is no breach."""

    before: str
    after: str
    unless_asked: bool = False

    @property
    def id(self) -> str:
        """The contract's name of the pair."""
        return f"{self.before}>{self.after}"


@dataclass(frozen=True, slots=True)
class Obligation:
    """When the trigger happens, the agent owes the response within `within` moves."""

    id: str
    title: str
    weight: float
    trigger: Wording
    response: Wording
    within: int
    response_step: str | None = None
    scope: PartScope = PartScope.CONVERSATION


@dataclass(frozen=True, slots=True)
class RedLine:
    """Something the agent must never say. `built_in`: the codebook's own, known to the trained model.

    `denied_by` are words that show, in the same clause, that it was denied and not said.
    """

    id: str
    title: str
    severity: Severity
    points: float
    wording: Wording
    built_in: bool = False
    description: str = ""
    denied_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """Which conversations an SOP is for; an empty tuple asks for nothing."""

    product: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    scenario: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sop:
    """One version of an SOP; `document` is the YAML as a plain object, for diffs, patches and the digest.

    `facts` is what the company offers, as it stands there; `fact_values` what of it can be compared.
    """

    id: str
    version: int
    title: str
    pass_score: float
    order_points: float
    applies_to: AppliesTo
    steps: tuple[Step, ...]
    order: tuple[Order, ...]
    obligations: tuple[Obligation, ...]
    red_lines: tuple[RedLine, ...]
    facts: Any
    faq: tuple[Mapping[str, str], ...]
    document: Mapping[str, Any]
    digest: str
    checks: tuple[Check, ...] = ()
    branches: tuple[Branch, ...] = ()
    fact_values: tuple[Fact, ...] = ()

    def step(self, step_id: str) -> Step:
        """The step of that id; KeyError when there is none."""
        return {step.id: step for step in self.steps}[step_id]


def with_red_lines(sop: Sop, lines: Iterable[RedLine]) -> Sop:
    """The SOP with red lines that hold under every SOP; where it has one of that id, its own counts."""
    own = {line.id for line in sop.red_lines}
    more = tuple(line for line in lines if line.id not in own)
    return replace(sop, red_lines=sop.red_lines + more) if more else sop


def conditions(sop: Sop) -> Iterator[Condition]:
    """Every condition of an SOP, with all that stand in it."""
    for _, _, condition in owned_conditions(sop):
        yield from parts(condition)


def owned_conditions(sop: Sop) -> Iterator[tuple[Place, Check | Branch, Condition]]:
    """The condition and the `when` of each check and branch, where in the YAML they stand and whose they are."""
    for index, check in enumerate(sop.checks):
        yield ("checks", index, "expect" if check.expected else "forbid"), check, check.condition
        if check.when is not None:
            yield ("checks", index, "when"), check, check.when
    for index, branch in enumerate(sop.branches):
        yield ("branches", index, "when"), branch, branch.when


def fit(sop: Sop, conversation: Conversation) -> int | None:
    """How specifically an SOP applies to a conversation: conditions met, None when one is not met."""
    wanted = sop.applies_to
    pairs = [
        (wanted.product, conversation.product),
        (wanted.channel, conversation.channel.value),
        (wanted.scenario, conversation.scenario),
        (wanted.stage, conversation.stage),
        *((values, conversation.tags.get(key)) for key, values in wanted.tags.items()),
    ]
    conditions = [(allowed, value) for allowed, value in pairs if allowed]
    return len(conditions) if all(value in allowed for allowed, value in conditions) else None


@dataclass(frozen=True, slots=True)
class Route:
    """The SOP that a conversation is judged by, and what is doubtful about that choice (`TranscriptDoubt`).

    `named` is the SOP that it names, where that is none of those known.
    """

    sop: Sop | None
    doubts: tuple[str, ...] = ()
    named: NamedSop | None = None


def route(conversation: Conversation, sops: Sequence[Sop], guess: Callable[[Conversation], str | None]) -> Route:
    """The SOP of a conversation; where its stage decides and is not given, `guess` tells it, or None.

    One that names an SOP which is not there is judged as if it named none, and doubted. Raises AmbiguousSop when two
    apply equally well.
    """
    found = _applying(conversation, sops, guess)
    named = _named_in_vain(conversation, sops)
    return replace(found, doubts=(TranscriptDoubt.SOP_UNKNOWN.value, *found.doubts), named=named) if named else found


def _applying(conversation: Conversation, sops: Sequence[Sop], guess: Callable[[Conversation], str | None]) -> Route:
    if conversation.stage is not None or not _stage_decides(conversation, sops):
        return Route(choose_sop(conversation, sops))
    stage = guess(conversation)
    if stage is None:
        return Route(choose_sop(conversation, sops), (TranscriptDoubt.STAGE_UNKNOWN.value,))
    chosen = choose_sop(replace(conversation, stage=stage), sops)
    guessed = chosen is not None and bool(chosen.applies_to.stage)
    return Route(chosen, (TranscriptDoubt.STAGE_GUESSED.value,) if guessed else ())


def _named_in_vain(conversation: Conversation, sops: Sequence[Sop]) -> NamedSop | None:
    """The SOP a conversation names, where that is none of them; without any SOP nothing is judged by a wrong one."""
    known = {sop.id for sop in sops}
    if not conversation.sop or not known or conversation.sop in known:
        return None
    nearest = get_close_matches(conversation.sop, sorted(known), n=NEAREST, cutoff=0.0)
    return NamedSop(conversation.sop, tuple(nearest))


def _stage_decides(conversation: Conversation, sops: Sequence[Sop]) -> bool:
    """Whether an SOP would fit, if only the stage of the conversation were known to be its own."""
    if any(sop.id == conversation.sop for sop in sops):
        return False
    staged = [(sop, stage) for sop in sops for stage in sop.applies_to.stage]
    return any(fit(sop, replace(conversation, stage=stage)) is not None for sop, stage in staged)


def choose_sop(conversation: Conversation, sops: Sequence[Sop]) -> Sop | None:
    """The SOP a conversation names, else the one that applies most specifically; None when none applies.

    Raises AmbiguousSop when two apply equally well.
    """
    named = [sop for sop in sops if sop.id == conversation.sop]
    fits = [(specificity, sop) for sop in sops if (specificity := fit(sop, conversation)) is not None]
    best = max((specificity for specificity, _ in fits), default=0)
    chosen = named or [sop for specificity, sop in fits if specificity == best]
    if len(chosen) > 1:
        names = " and ".join(f"{sop.id} (version {sop.version})" for sop in chosen[:2])
        given = _named_in_vain(conversation, sops)
        wrong = f"its `sop`, {given.id}, is none of these: {', '.join(given.nearest)}; " if given else ""
        raise AmbiguousSop(f"{names} fit this conversation equally well; {wrong}give it `sop` or narrow `applies_to`")
    return chosen[0] if chosen else None

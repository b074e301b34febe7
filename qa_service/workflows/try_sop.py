"""Try a draft of an SOP before it is published: on pasted conversations or a file, against the version before it.

Both versions judge each conversation now, with the models at hand; nothing is stored.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from qa_service.aggregate.trial import TrialBench, Tried
from qa_service.aggregate.trial_report import report_trial, titles_of
from qa_service.analyze.lessons import reworded_acts
from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.remark import Remark
from qa_service.domain.sop import Route, Sop
from qa_service.domain.trial import Truth, truth_of
from qa_service.errors import InvalidConversation, InvalidInput
from qa_service.ingest import read_conversations
from qa_service.ingest.reader import Defect
from qa_service.logs import logger
from qa_service.normalize.masking import mask as mask_personal_data
from qa_service.rulebook.trial_bounds import trial_bounds
from qa_service.workflows.check_rulebook import placed_remarks

Report = Callable[[str], None]

log = logger(__name__)


class Trier(Protocol):
    """Judges one conversation by one SOP, and tells what it makes of an SOP's own sentences."""

    @property
    def versions(self) -> Mapping[str, str]:
        """Models and code."""
        ...

    def route(self, conversation: Conversation, sops: Sequence[Sop]) -> Route:
        """The SOP that fits a conversation; raises AmbiguousSop when two fit equally well."""
        ...

    def analyze_under(self, conversation: Conversation, sop: Sop | None) -> Analysis:
        """Judge a conversation by a given SOP."""
        ...

    def remarks(self, sop: Sop) -> Iterable[Remark]:
        """What the models make of the SOP's sentences."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """An SOP that is tried, and the text it was read from."""

    sop: Sop
    text: str


@dataclass(frozen=True, slots=True)
class TrialFiles:
    """What a draft is tried on: conversations, labelled ones, and the version it is compared with, all as files."""

    conversations: Path
    reviews: Path | None = None
    against: Sop | None = None
    mask: bool = False
    problem: Report = lambda _: None
    advance: Callable[[int], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class NotTried:
    """A pasted conversation that cannot be tried, and why."""

    id: str
    reason: str


@dataclass(slots=True)
class TriedFile:
    """The report of a trial on files, and how many lines were not taken."""

    report: dict[str, Any]
    problems: int = 0


@dataclass(slots=True)
class _Reading:
    """Conversations of one file; bad lines are told and counted."""

    path: Path
    files: TrialFiles
    problems: int = field(default=0)

    def __iter__(self) -> Iterator[Conversation]:
        for item in read_conversations(self.path):
            if isinstance(item, Defect):
                self.tell(str(item))
            else:
                yield mask_personal_data(item) if self.files.mask else item
            self.files.advance(1)

    def tell(self, reason: str) -> None:
        self.problems += 1
        self.files.problem(reason)


def try_file(analyzer: Trier, draft: Draft, files: TrialFiles) -> TriedFile:
    """Try a draft on the conversations of a file; people's decisions may stand in the same one, or in another.

    Raises InvalidInput when there is not one conversation.
    """
    bench = TrialBench(draft.sop, trial_bounds())
    reading = _Reading(files.conversations, files)
    same = files.reviews is not None and files.reviews.resolve() == files.conversations.resolve()
    for conversation in reading:
        truth = _truth(conversation, draft, files, reading) if same else None
        bench.add(judge_both(analyzer, conversation, draft.sop, files.against, truth=truth))
    problems = reading.problems
    if files.reviews is not None and not same:
        problems += _read_reviews(analyzer, draft, files, bench)
    if not bench.tallies.conversations:
        raise InvalidInput(f"{files.conversations} holds no conversation that a draft can be tried on")
    return TriedFile(whole_report(analyzer, draft, bench, against=[files.against] if files.against else []), problems)


def try_pasted(
    analyzer: Trier, draft: Draft, pasted: Sequence[Conversation | NotTried], before: Mapping[int, Sop | None]
) -> dict[str, Any]:
    """Try a draft on a few conversations, each beside the version in force for it, by its place (None: there is none).

    Those that cannot be tried are told as `refused`; raises InvalidConversation when there is no other.
    """
    bench = TrialBench(draft.sop, trial_bounds())
    refused: list[dict[str, Any]] = []
    for place, one in enumerate(pasted):
        found = one if isinstance(one, NotTried) else _try_one(analyzer, draft.sop, one, before[place])
        if isinstance(found, NotTried):
            refused.append({"index": place, "id": found.id, "reason": found.reason})
        else:
            bench.add(found)
    if len(refused) == len(pasted):
        raise InvalidConversation(
            f"none of the {len(pasted)} conversations can be tried; conversations[0]: {refused[0]['reason']}"
        )
    report = whole_report(analyzer, draft, bench, against=[sop for sop in before.values() if sop is not None])
    return report | {"refused": refused}


def _try_one(analyzer: Trier, draft: Sop, conversation: Conversation, before: Sop | None) -> Tried | NotTried:
    try:
        return judge_both(analyzer, conversation, draft, before)
    except Exception as error:
        log.error("trial_failed", conversation_id=conversation.id, error=error)
        return NotTried(conversation.id, "it could not be judged; try it without this one, and tell the operator")


def judge_both(
    analyzer: Trier,
    conversation: Conversation,
    draft: Sop | None,
    before: Sop | None,
    *,
    at: str | int | None = None,
    truth: Truth | None = None,
) -> Tried:
    """Judge a conversation by the draft and by the version before; a side without an SOP is left out."""
    old = analyzer.analyze_under(conversation, before) if before else None
    new = old if draft and before and draft.digest == before.digest else None
    if new is None and draft is not None:
        new = analyzer.analyze_under(conversation, draft)
    return Tried(
        at=conversation.id if at is None else at,
        conversation=conversation,
        before=old,
        after=new,
        before_sop=before,
        truth=truth,
        reworded=_reworded(_Version(truth.sop), _Version(draft)) if truth and draft else frozenset(),
    )


def whole_report(analyzer: Trier, draft: Draft, bench: TrialBench, *, against: Sequence[Sop]) -> dict[str, Any]:
    """The report of a trial, with the remarks on the draft itself."""
    versions = {(sop.id, sop.version): sop for sop in against}
    report = report_trial(bench.tallies, draft.sop, trial_bounds(), titles_of(*versions.values(), draft.sop))
    remarks = placed_remarks(draft.sop, draft.text, analyzer.remarks)
    return {
        "draft": _version(draft.sop),
        "against": [_version(sop) for _, sop in sorted(versions.items())],
        "versions": dict(analyzer.versions),
        **report,
        "remarks": [{"code": one.code, "line": one.line, "zh": one.zh, "en": one.en} for one in remarks],
    }


def _version(sop: Sop) -> dict[str, Any]:
    return {"sop": sop.id, "version": sop.version, "title": sop.title, "digest": sop.digest}


def _read_reviews(analyzer: Trier, draft: Draft, files: TrialFiles, bench: TrialBench) -> int:
    """Measure against labelled conversations of another file; returns how many lines could not be used."""
    assert files.reviews is not None
    reading = _Reading(files.reviews, replace(files, advance=lambda _: None))
    for conversation in reading:
        if conversation.sop not in (None, draft.sop.id):
            continue
        truth = _truth(conversation, draft, files, reading)
        if truth is not None:
            bench.add_truth(judge_both(analyzer, conversation, draft.sop, files.against, truth=truth))
    return reading.problems


def _truth(conversation: Conversation, draft: Draft, files: TrialFiles, reading: _Reading) -> Truth | None:
    """What people decided: under the version before where there is one, since the draft is not in use yet."""
    try:
        return truth_of(conversation, files.against or draft.sop)
    except InvalidInput as error:
        reading.tell(f"{reading.path}: conversation {conversation.id}: {error}")
        return None


class _Version:
    """An SOP as a key: the digest of its document stands for all of it."""

    def __init__(self, sop: Sop) -> None:
        self.sop = sop

    def __hash__(self) -> int:
        return hash(self.sop.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and other.sop.digest == self.sop.digest


@lru_cache(maxsize=64)
def _reworded(before: _Version, now: _Version) -> frozenset[tuple[str, str]]:
    return reworded_acts(before.sop, now.sop)

"""Judge stored conversations, each by the SOPs in force for it; one that cannot be judged costs only itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.customer_past import CustomerPast, naming_past, with_past
from qa_service.domain.sop import Sop
from qa_service.errors import QaError
from qa_service.logs import logger
from qa_service.store import Numbered, Store, UnitOfWork
from qa_service.workflows.customer_past import NOTHING, past_of
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.sops_in_force import sops_in_force

INTERNAL = "internal_error"
WORKER_DIED = "worker_died"
# After that many workers died over a batch, its conversations are tried one by one, so that only the one that
# kills them is given up.
BATCH_ATTEMPTS = 2

log = logger(__name__)


class Analyzer(Protocol):
    """Judges one conversation."""

    def analyze(self, conversation: Conversation, sops: Sequence[Sop]) -> Analysis:
        """Judge a conversation by the SOP that fits it."""
        ...


@dataclass(frozen=True, slots=True)
class JudgedStored:
    """What became of one stored conversation: its analysis with the digest of its SOP, or why there is none."""

    one: Numbered
    outcome: Analysis | QaError
    sop_digest: str | None = None


JudgeNumbers = Callable[[Sequence[int]], list[JudgedStored]]


def judge_stored(numbers: Sequence[int], *, store: Store, analyzer: Analyzer) -> list[JudgedStored]:
    """Judge conversations by the store's own numbers; deleted ones are left out.

    All of them under one taxonomy: an analysis that names one must not hold red lines of the one before.
    """
    while True:
        labels = load_codebook()
        judged = _judged_once(numbers, store=store, analyzer=analyzer)
        if load_codebook() is labels:
            return judged


def _judged_once(numbers: Sequence[int], *, store: Store, analyzer: Analyzer) -> list[JudgedStored]:
    with store.reading() as work:
        conversations = work.conversations.by_numbers(numbers)
        sops = sops_in_force(work, [one.conversation for one in conversations])
        pairs = list(zip(conversations, sops, strict=True))
        pasts = [_past(work, one, its) for one, its in pairs]
    return [_judged(one, its, past, analyzer) for (one, its), past in zip(pairs, pasts, strict=True)]


def given_up() -> QaError:
    """What is told of a conversation whose analysis no worker survived."""
    problem = QaError("its analysis ended the worker each time it was tried")
    problem.code = WORKER_DIED
    return problem


def _past(work: UnitOfWork, one: Numbered, sops: Sequence[Sop] | QaError) -> CustomerPast:
    return NOTHING if isinstance(sops, QaError) else past_of(work, one.conversation, sops)


def _judged(one: Numbered, sops: Sequence[Sop] | QaError, past: CustomerPast, analyzer: Analyzer) -> JudgedStored:
    if isinstance(sops, QaError):
        return JudgedStored(one, sops)
    outcome = _analysis(with_past(one.conversation, past), sops, analyzer)
    if isinstance(outcome, QaError):
        return JudgedStored(one, outcome)
    by_version = {(sop.id, sop.version): sop for sop in sops}
    sop = by_version.get((outcome.sop or "", outcome.sop_version or 0))
    named = naming_past(outcome, one.conversation, past, sop)
    return JudgedStored(one, named, sop.digest if sop else None)


def _analysis(conversation: Conversation, sops: Sequence[Sop], analyzer: Analyzer) -> Analysis | QaError:
    try:
        return analyzer.analyze(conversation, sops)
    except QaError as error:
        return error
    except Exception as error:
        log.error("analysis_failed", conversation_id=conversation.id, error=error)
        problem = QaError(f"the analysis failed ({type(error).__name__}); the log of the worker says where")
        problem.code = INTERNAL
        return problem

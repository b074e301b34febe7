"""Which SOP versions count: for a stored conversation those in force for its team at its time, for reports today's."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from qa_service.domain.conversation import Conversation
from qa_service.domain.rollout import in_force, most_widely
from qa_service.domain.sop import RedLine, Sop, with_red_lines
from qa_service.errors import InvalidSop
from qa_service.rulebook import parse_sop
from qa_service.store import UnitOfWork
from qa_service.workflows.load_codebook import load_codebook


def sops_in_force(work: UnitOfWork, conversations: Sequence[Conversation]) -> list[tuple[Sop, ...] | InvalidSop]:
    """For each conversation the SOPs it may be judged by, one version of each, by slug.

    InvalidSop where one of them cannot be read any more, so that it costs only the conversations of its time.
    """
    rollouts, now = work.sops.rollouts.all(), work.sops.clock()
    versions = [tuple(in_force(rollouts, one, now=now).items()) for one in conversations]
    read = _read(work, {pair for pairs in versions for pair in pairs})
    return [_all_or_error([read[pair] for pair in pairs]) for pairs in versions]


def published_sops(work: UnitOfWork) -> tuple[Sop, ...]:
    """The SOPs in use: of each the version that most of the organisation works by now; raises InvalidSop."""
    pairs = tuple(most_widely(work.sops.rollouts.all(), now=work.sops.clock()).items())
    read = _read(work, pairs)
    found = _all_or_error([read[pair] for pair in pairs])
    if isinstance(found, InvalidSop):
        raise found
    return found


def _all_or_error(read: Iterable[Sop | InvalidSop]) -> tuple[Sop, ...] | InvalidSop:
    sops = []
    for one in read:
        if isinstance(one, InvalidSop):
            return one
        sops.append(one)
    return tuple(sops)


def _read(work: UnitOfWork, pairs: Collection[tuple[str, int]]) -> dict[tuple[str, int], Sop | InvalidSop]:
    texts = work.sops.texts(pairs)
    everywhere = load_codebook().taxonomy.watched()
    return {(slug, version): _parsed(yaml, f"{slug} v{version}", everywhere) for (slug, version), yaml in texts.items()}


@lru_cache(maxsize=256)
def _parsed(yaml: str, name: str, everywhere: tuple[RedLine, ...]) -> Sop | InvalidSop:
    """Parsed once per text: a version never changes; with the red lines that hold under every SOP."""
    try:
        return with_red_lines(parse_sop(yaml, name), everywhere)
    except InvalidSop as error:
        return error

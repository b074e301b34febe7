"""Judge conversations: clean, choose the SOP, analyse. The same conversation always gives the same bytes."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from models.artifacts import UnusableArtifacts, load
from models.protocols import Judge
from qa_service import __version__
from qa_service.analyze.analysis import Yardstick, analyze
from qa_service.analyze.language_judge import LanguageJudge
from qa_service.analyze.needs.competitors import competitor_words
from qa_service.analyze.transcript import transcript
from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.sop import Sop, choose_sop
from qa_service.errors import ArtifactMissing
from qa_service.normalize.text import clean
from qa_service.rulebook import codebook, default_file

# Conversations handed to the threads ahead of the one being written: bounds memory, keeps the threads busy.
AHEAD = 64


class Analyzer:
    """Judges one conversation at a time; holds the models, and is safe to share between threads.

    `second` is the optional judge by a language model.
    """

    def __init__(self, judge: Judge, second: LanguageJudge | None = None) -> None:
        self._yardstick = Yardstick(judge, codebook(), competitor_words(default_file("competitors.yaml")))
        self._second = second
        self._versions = {"models": judge.version, "code": __version__}

    @property
    def versions(self) -> Mapping[str, str]:
        """What, beside conversation and SOP, decides an analysis; an analysis names a second judge that took part."""
        return {**self._versions, **(self._second.versions if self._second else {})}

    def analyze(self, conversation: Conversation, sops: Sequence[Sop]) -> Analysis:
        """Judge a conversation by the SOP that fits it; raises AmbiguousSop when two fit equally well."""
        return self.analyze_under(conversation, choose_sop(conversation, sops))

    def analyze_under(self, conversation: Conversation, sop: Sop | None) -> Analysis:
        """Judge a conversation by a given SOP, or without one."""
        read = transcript(conversation, clean)
        versions = {**self._versions, "sop": sop.digest} if sop else self._versions
        return analyze(read, sop, self._yardstick, versions=versions, second=self._second)

    def analyze_many(self, pairs: Iterable[tuple[Conversation, Sop | None]], *, threads: int = 1) -> Iterator[Analysis]:
        """Judge a stream, in its order, with bounded memory."""
        if threads <= 1:
            yield from (self.analyze_under(conversation, sop) for conversation, sop in pairs)
            return
        with ThreadPoolExecutor(threads) as pool:
            waiting: deque[Future[Analysis]] = deque()
            for conversation, sop in pairs:
                waiting.append(pool.submit(self.analyze_under, conversation, sop))
                if len(waiting) > AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()


def load_analyzer(models_dir: Path | None = None, *, second: LanguageJudge | None = None) -> Analyzer:
    """Load the shipped models, or those of a folder; raises ArtifactMissing."""
    try:
        return Analyzer(load(models_dir), second)
    except UnusableArtifacts as error:
        raise ArtifactMissing(str(error)) from error

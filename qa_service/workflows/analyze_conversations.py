"""Judge conversations: clean, choose the SOP, analyse. The same conversation always gives the same bytes."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from models.adaptation_files import NOTHING_ADAPTED, Adapted, load_adapted
from models.artifacts import DEFAULT, UnusableArtifacts, load
from models.protocols import Judge
from qa_service import __version__
from qa_service.analyze.analysis import Yardstick, analyze
from qa_service.analyze.doubts import doubt_bounds, guess_stage, stage_told
from qa_service.analyze.language_judge import LanguageJudge
from qa_service.analyze.lessons import reworded_since
from qa_service.analyze.needs.competitors import competitor_words
from qa_service.analyze.sop.remarks import Examiner, remarks_of_models
from qa_service.analyze.transcript import transcript
from qa_service.domain.analysis import Analysis
from qa_service.domain.codebook import Codebook
from qa_service.domain.conversation import Conversation
from qa_service.domain.remark import Remark
from qa_service.domain.sop import RedLine, Route, Sop, route, with_red_lines
from qa_service.errors import ArtifactMissing
from qa_service.normalize.text import clean
from qa_service.rulebook import codebook, default_file
from qa_service.rulebook.trial_bounds import remark_bounds

# Conversations handed to the threads ahead of the one being written: bounds memory, keeps the threads busy.
AHEAD = 64


Labels = Codebook | Callable[[], Codebook]


@dataclass(frozen=True, slots=True)
class _Measure:
    """All that an analysis is made with, under one codebook; `adapted` by SOP."""

    yardstick: Yardstick
    adapted: Mapping[str, Yardstick]
    versions: Mapping[str, str]

    @property
    def everywhere(self) -> tuple[RedLine, ...]:
        """The red lines that hold under every SOP."""
        return self.yardstick.codebook.taxonomy.watched()


class Analyzer:
    """Judges one conversation at a time; holds the models, and is safe to share between threads.

    `second` is the optional judge by a language model, `adapted` are models adapted to single SOPs, `labels` is the
    codebook, with a company's own taxonomy where there is one, or tells the one that counts now.
    """

    def __init__(
        self,
        judge: Judge,
        second: LanguageJudge | None = None,
        *,
        adapted: Adapted = NOTHING_ADAPTED,
        labels: Labels | None = None,
    ) -> None:
        self._doubts = doubt_bounds(default_file("doubts.yaml"))
        competitors = competitor_words(default_file("competitors.yaml"))
        given = codebook() if labels is None else labels
        self._labels = given if callable(given) else lambda: given
        self._adapted = adapted
        self._second = second
        self._last = self._measured_by(Yardstick(judge, self._labels(), competitors, self._doubts))

    def _measured_by(self, yardstick: Yardstick) -> _Measure:
        taxonomy = yardstick.codebook.taxonomy
        versions = {"models": yardstick.judge.version, "code": __version__}
        return _Measure(
            yardstick=yardstick,
            adapted={name: replace(yardstick, judge=one.judge) for name, one in self._adapted.judges.items()},
            versions=versions | ({"taxonomy": taxonomy.name} if taxonomy.id else {}),
        )

    def _measure(self) -> _Measure:
        """What counts now; whoever analyses takes it once."""
        last = self._last
        book = self._labels()
        if book is not last.yardstick.codebook:
            last = self._last = self._measured_by(replace(last.yardstick, codebook=book))
        return last

    @property
    def versions(self) -> Mapping[str, str]:
        """What, beside conversation and SOP, decides an analysis; an analysis names a second judge that took part."""
        return {**self._measure().versions, **(self._second.versions if self._second else {})}

    def analyze(self, conversation: Conversation, sops: Sequence[Sop]) -> Analysis:
        """Judge a conversation by the SOP that fits it; raises AmbiguousSop when two fit equally well."""
        return self.analyze_under(conversation, self.route(conversation, sops))

    def route(self, conversation: Conversation, sops: Sequence[Sop]) -> Route:
        """The SOP that fits a conversation, its stage guessed where it decides; raises AmbiguousSop."""
        told = replace(conversation, stage=stage_told(conversation, self._doubts))
        return route(told, sops, self._stage_of)

    def analyze_under(self, conversation: Conversation, chosen: Sop | Route | None) -> Analysis:
        """Judge a conversation by a given SOP, or without one."""
        way = chosen if isinstance(chosen, Route) else Route(chosen)
        read, sop, by = transcript(conversation, clean), way.sop, self._measure()
        yardstick, versions = by.yardstick, by.versions
        if sop is not None:
            yardstick = by.adapted.get(sop.id, yardstick)
            sop = with_red_lines(sop, by.everywhere)
            versions = {**versions, "models": yardstick.judge.version, "sop": sop.digest}
        found = analyze(read, sop, yardstick, versions=versions, second=self._second, doubts=way.doubts)
        return replace(found, named_sop=way.named) if way.named else found

    def _stage_of(self, conversation: Conversation) -> str | None:
        """The stage that a conversation speaks of, None where that is not clear."""
        guess = guess_stage(conversation, self._doubts)
        return guess.stage if guess.confidence >= self._doubts.guess_from else None

    def remarks(self, sop: Sop) -> list[Remark]:
        """What the models make of the sentences that an SOP gives them, where that may not be what was meant."""
        by = self._measure()
        yardstick = by.adapted.get(sop.id, by.yardstick)
        return remarks_of_models(sop, Examiner(yardstick.judge, yardstick.codebook, remark_bounds(), clean))

    def warnings(self, sops: Sequence[Sop]) -> list[str]:
        """What of the adaptations does not count under these SOPs, one sentence each."""
        told = [
            f"the models adapted to {name} belong to another release, or to this one with or without --fast, and do not"
            " count; run `qa-service adapt` again"
            for name in self._adapted.of_other_releases
            if name in {sop.id for sop in sops}
        ]
        for sop in sops:
            one = self._adapted.judges.get(sop.id)
            acts = reworded_since(one.adaptation, sop) if one else []
            if acts:
                told.append(
                    f"{sop.id} has other words than when the models were adapted to it; judged by the general models:"
                    f" {', '.join(acts)}; run `qa-service adapt` again"
                )
        return told

    def analyze_many(
        self, pairs: Iterable[tuple[Conversation, Sop | Route | None]], *, threads: int = 1
    ) -> Iterator[Analysis]:
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


def load_analyzer(
    models_dir: Path | None = None,
    *,
    second: LanguageJudge | None = None,
    fast: bool = False,
    labels: Labels | None = None,
) -> Analyzer:
    """Load the shipped models, or those of a folder, `fast` without their encoder; raises ArtifactMissing.

    `labels` is the codebook with a company's own taxonomy, or tells the one that counts now; None for the shipped one.
    """
    try:
        judge = load(models_dir, fast=fast)
        return Analyzer(judge, second, adapted=load_adapted(models_dir or DEFAULT, judge), labels=labels)
    except UnusableArtifacts as error:
        raise ArtifactMissing(str(error)) from error

"""Analyse a file of conversations into a file of analyses, and measure analyses against gold labels."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qa_service.aggregate.evaluation import Measurement, compare, measure
from qa_service.domain.analysis_json import analysis_to_line
from qa_service.domain.conversation import Conversation
from qa_service.domain.sop import Route, Sop
from qa_service.errors import AmbiguousSop, InvalidInput
from qa_service.ingest import read_conversations
from qa_service.ingest.reader import Defect, ReadOptions
from qa_service.normalize.masking import mask as mask_personal_data
from qa_service.workflows.analyze_conversations import Analyzer
from qa_service.workflows.whole_file import whole_file

Report = Callable[[str], None]


@dataclass(slots=True)
class Tally:
    """How many conversations were analysed, and how many lines could not be."""

    analysed: int = 0
    problems: int = 0


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How a file is analysed: format (guessed when None), masking, threads, where problems and progress are told."""

    format: str | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    mask: bool = False
    threads: int = 1
    problem: Report = lambda _: None
    advance: Callable[[int], None] = lambda _: None


def analyze_file(analyzer: Analyzer, path: Path, sops: Sequence[Sop], out: Path, options: FileOptions) -> Tally:
    """Write one analysis a line, in input order; a bad line is reported and costs nothing else.

    The result appears at `out` only when it is complete.
    """
    tally = Tally()
    pairs = _routed(analyzer, path, sops, options, tally)
    with whole_file(out) as lines:
        for analysis in analyzer.analyze_many(pairs, threads=options.threads):
            lines.write(analysis_to_line(analysis) + "\n")
            tally.analysed += 1
            options.advance(1)
    return tally


def evaluate_file(analyzer: Analyzer, path: Path, sops: Sequence[Sop], options: FileOptions) -> list[Measurement]:
    """Analyse conversations that carry gold labels, and measure the agreement."""
    comparisons = []
    for conversation, chosen in _routed(analyzer, path, sops, options, Tally()):
        if "gold" not in conversation.extra:
            raise InvalidInput(f"{path}: {conversation.id} carries no `gold` labels to evaluate against")
        comparisons.append(compare(conversation, analyzer.analyze_under(conversation, chosen), chosen.sop))
        options.advance(1)
    if not comparisons:
        raise InvalidInput(f"{path} holds no conversation that can be evaluated")
    return measure(comparisons)


def _routed(
    analyzer: Analyzer, path: Path, sops: Sequence[Sop], options: FileOptions, tally: Tally
) -> Iterator[tuple[Conversation, Route]]:
    """Readable conversations with their SOP: a single SOP takes all; problems are reported on the way."""
    for item in read_conversations(path, format=options.format, options=options.read):
        if isinstance(item, Defect):
            tally.problems += 1
            options.problem(str(item))
            continue
        try:
            chosen = Route(sops[0]) if len(sops) == 1 else analyzer.route(item, sops)
        except AmbiguousSop as error:
            tally.problems += 1
            options.problem(f"{path}: conversation {item.id}: {error}")
            continue
        yield (mask_personal_data(item) if options.mask else item), chosen

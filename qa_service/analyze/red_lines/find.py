"""Words of the agent that cross a red line of the SOP."""

from collections.abc import Sequence

from models.protocols import Judge, Matrix
from qa_service.analyze.doubt import doubt
from qa_service.analyze.sop.acts import ActProbabilities
from qa_service.analyze.transcript import Clause, Transcript
from qa_service.domain.codebook import Codebook
from qa_service.domain.conversation import Speaker
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import RedLineFinding
from qa_service.domain.sop import Sop

TASK = "red_lines"
# Checked only where an SOP lists it: what it forbids is allowed elsewhere.
ONLY_WHERE_LISTED = ("minor_overcharge",)


def find_red_lines(
    read: Transcript, sop: Sop | None, acts: ActProbabilities | None, *, judge: Judge, codebook: Codebook
) -> tuple[RedLineFinding, ...]:
    """Red lines in order of turn; without an SOP the built-in ones that hold everywhere."""
    agent = read.turns_of(Speaker.AGENT)
    built_in = judge.turns.labels[TASK]
    watched = [line.id for line in sop.red_lines] if sop else [i for i in built_in if i not in ONLY_WHERE_LISTED]
    whole = judge.turns.classify(TASK, [read.texts[i].text for i in agent], [read.before(i) for i in agent])
    bound = codebook.judgement.detect_at["red_line"]
    findings = [
        _finding(read, turn, line, whole[row, built_in.index(line)], judge=judge, codebook=codebook)
        for row, turn in enumerate(agent)
        for line in watched
        if line in built_in and whole[row, built_in.index(line)] >= bound
    ]
    if sop and acts:
        findings += _own(read, sop, acts.red_lines, codebook)
    return tuple(sorted(findings, key=lambda finding: (finding.span, finding.id)))


def _finding(
    read: Transcript, turn: int, line: str, probability: float, *, judge: Judge, codebook: Codebook
) -> RedLineFinding:
    column = judge.turns.labels[TASK].index(line)
    texts = [clause.text for clause in read.clauses[turn]]
    scores = judge.turns.classify(TASK, texts, [read.before(turn)] * len(texts))[:, column]
    span = _proof(read.clauses[turn], scores.tolist(), codebook.judgement.detect_at["red_line"])
    return RedLineFinding(line, span, read.quote(span), **doubt(codebook.judgement, "red_line", probability))


def _proof(clauses: Sequence[Clause], scores: Sequence[float], bound: float) -> EvidenceSpan:
    """The best clause, with its neighbours as long as they prove it too."""
    best = max(range(len(clauses)), key=lambda i: (scores[i], -i))
    first = last = best
    while first > 0 and scores[first - 1] >= bound:
        first -= 1
    while last + 1 < len(clauses) and scores[last + 1] >= bound:
        last += 1
    return EvidenceSpan(clauses[best].span.turn, clauses[first].span.start, clauses[last].span.end)


def _own(read: Transcript, sop: Sop, probabilities: Matrix, codebook: Codebook) -> list[RedLineFinding]:
    """Red lines of the SOP's own, known by their examples; the quote is the whole turn."""
    findings = []
    bound = codebook.judgement.detect_at["own_red_line"]
    for column, line in enumerate(line for line in sop.red_lines if not line.built_in):
        for turn in read.turns_of(Speaker.AGENT):
            probability, span = float(probabilities[turn, column]), read.wholes[turn]
            if probability >= bound and span is not None:
                doubts = doubt(codebook.judgement, "red_line", probability)
                findings.append(RedLineFinding(line.id, span, read.quote(span), **doubts))
    return findings

"""What the customer wants, asks, fears or struggles with, and whether it was answered."""

from dataclasses import dataclass

from models.clauses import clauses
from models.protocols import Judge
from qa_service.analyze.doubt import doubt
from qa_service.analyze.transcript import Transcript
from qa_service.domain.codebook import Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import NeedFinding

TASK = "needs"
ANSWERABLE = ("question", "objection")


@dataclass(frozen=True, slots=True)
class _Piece:
    turn: int
    start: int
    end: int


def find_needs(read: Transcript, *, judge: Judge, judgement: Judgement) -> tuple[NeedFinding, ...]:
    """Needs in order of place; a clause is the shortest span considered."""
    pieces = [
        _Piece(turn, start, end)
        for turn in read.turns_of(Speaker.CUSTOMER)
        for start, end in clauses(read.texts[turn].text)
    ]
    texts = [read.texts[piece.turn].text[piece.start : piece.end] for piece in pieces]
    scores = judge.turns.classify(TASK, texts, [read.before(piece.turn) for piece in pieces])
    kinds = judge.turns.labels[TASK]
    findings = []
    for row, piece in enumerate(pieces):
        best = int(scores[row].argmax())
        probability = float(scores[row, best])
        if probability >= judgement.detect_at["need"]:
            span = read.span(piece.turn, piece.start, piece.end)
            doubts = doubt(judgement, "need", probability)
            handled, response = _handled(read, span, kinds[best], judge)
            findings.append(
                NeedFinding(span, kinds[best], read.quote(span), handled=handled, response_turn=response, **doubts)
            )
    return tuple(findings)


def _handled(read: Transcript, span: EvidenceSpan, kind: str, judge: Judge) -> tuple[str | None, int | None]:
    if kind not in ANSWERABLE:
        return None, None
    response = next((i for i in read.turns_of(Speaker.AGENT) if i > span.turn), None)
    if response is None:
        return "none", None
    # One move may be several bubbles: they answer together.
    move = [i for i in read.turns_of(Speaker.AGENT) if read.move[i] == read.move[response]]
    text = "，".join(read.texts[i].text for i in move)
    following = next((read.texts[i].text for i in read.turns_of(Speaker.CUSTOMER) if i > move[-1]), "")
    shares = judge.handled.handled(read.quote(span), text, following)
    return max(shares, key=lambda outcome: shares[outcome]), response

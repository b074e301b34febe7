"""What a task's labels get in every clause of one side."""

from collections.abc import Sequence

from models.findings import ClauseScores
from models.protocols import Judge
from qa_service.analyze.transcript import Clause, Transcript


def clause_scores(read: Transcript, task: str, pieces: Sequence[Clause], judge: Judge) -> ClauseScores:
    """The clauses `pieces` as the classifier of a task scores them, each after what the other side said last."""
    texts, turns = [piece.text for piece in pieces], [piece.span.turn for piece in pieces]
    scores = judge.turns.classify(task, texts, [read.before(turn) for turn in turns])
    return ClauseScores(scores, texts, turns, judge.turns.labels[task])

"""Words of the agent that cross a red line of the SOP."""

from collections.abc import Sequence

import numpy as np

from models.findings import Item, bound, red_line_items
from models.ngrams import alike
from models.protocols import Judge, Matrix
from qa_service.analyze.doubt import doubt
from qa_service.analyze.sop.acts import ActProbabilities, red_line_acts
from qa_service.analyze.sop.keywords import mentioned
from qa_service.analyze.transcript import Clause, Transcript
from qa_service.domain.codebook import Codebook, Judgement
from qa_service.domain.conversation import Speaker
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import RedLineFinding
from qa_service.domain.sop import RedLine, Sop

TASK = "red_lines"
# Checked only where an SOP lists it: what it forbids is allowed elsewhere.
ONLY_WHERE_LISTED = ("minor_overcharge",)


def find_red_lines(
    read: Transcript, sop: Sop | None, acts: ActProbabilities | None, *, judge: Judge, codebook: Codebook
) -> tuple[RedLineFinding, ...]:
    """Red lines in order of turn; without an SOP the built-in ones that hold everywhere."""
    agent, known = read.turns_of(Speaker.AGENT), judge.turns.labels[TASK]
    lines = {known.index(line.id): line for line in watched(sop, codebook) if line.id in known}
    whole = judge.turns.classify(TASK, [read.texts[i].text for i in agent], [read.before(i) for i in agent])
    bounds = codebook.judgement.detect_at

    def denies(row: int, column: int) -> list[bool]:
        return [mentioned(clause.text, lines[column].denied_by) for clause in read.clauses[agent[row]]]

    names = {column: line.id for column, line in lines.items()}
    items = red_line_items(
        whole, _by_clause(read, agent, judge), names, denies=denies, bounds=bounds, sureness=judge.sureness
    )
    findings = [_finding(read, agent[item.row], item, judge=judge, judgement=codebook.judgement) for item in items]
    own = _own_lines(sop, codebook)
    if own:
        chances = acts.red_lines if sop and acts else judge.acts.match(read.texts, red_line_acts(own))
        findings += _own(read, own, chances, codebook)
    return tuple(sorted(findings, key=lambda finding: (finding.span, finding.id)))


def _by_clause(read: Transcript, agent: Sequence[int], judge: Judge) -> list[Matrix]:
    """For each turn of the agent the probability of each red line in each of its clauses (clauses, red lines)."""
    owners = np.array([turn for turn in agent for _ in read.clauses[turn]], dtype=int)
    texts = [clause.text for turn in agent for clause in read.clauses[turn]]
    scores = judge.turns.classify(TASK, texts, [read.before(turn) for turn in owners.tolist()])
    return [scores[owners == turn] for turn in agent]


def watched(sop: Sop | None, codebook: Codebook) -> list[RedLine]:
    """The red lines that hold for a conversation: those of its SOP, or the built-in ones that hold everywhere."""
    if sop is not None:
        return list(sop.red_lines)
    built_in = [line for line in codebook.red_lines.values() if line.built_in and line.id not in ONLY_WHERE_LISTED]
    return [*built_in, *codebook.taxonomy.watched()]


def _finding(read: Transcript, turn: int, item: Item, *, judge: Judge, judgement: Judgement) -> RedLineFinding:
    span = _span(read.clauses[turn], item.proof, bound(judgement.detect_at, "red_line", item.label))
    doubts = doubt(judgement, "red_line", judge.sureness.of(item.kind, item.signals))
    return RedLineFinding(item.label, span, read.quote(span), **doubts)


def _span(clauses: Sequence[Clause], scores: Sequence[float], at: float) -> EvidenceSpan:
    """The best clause, with its neighbours as long as they prove it too."""
    best = max(range(len(clauses)), key=lambda i: (scores[i], -i))
    first = last = best
    while first > 0 and scores[first - 1] >= at:
        first -= 1
    while last + 1 < len(clauses) and scores[last + 1] >= at:
        last += 1
    return EvidenceSpan(clauses[best].span.turn, clauses[first].span.start, clauses[last].span.end)


def _own_lines(sop: Sop | None, codebook: Codebook) -> list[RedLine]:
    """Those that no model has learnt: the SOP's, among them the taxonomy's; without an SOP the taxonomy's alone."""
    return [line for line in sop.red_lines if not line.built_in] if sop else list(codebook.taxonomy.watched())


def _own(read: Transcript, lines: Sequence[RedLine], probabilities: Matrix, codebook: Codebook) -> list[RedLineFinding]:
    """Red lines known by their examples; the quote is the whole turn."""
    findings = []
    bounds = codebook.judgement.detect_at
    for column, line in enumerate(lines):
        for turn in read.turns_of(Speaker.AGENT):
            probability, span = float(probabilities[turn, column]), read.wholes[turn]
            if probability < bounds["own_red_line"] or span is None:
                continue
            examples, against = line.wording.examples, line.wording.counter_examples
            if not allowed(read.texts[turn].text, examples, against, bounds["own_red_line_allowed"]):
                doubts = doubt(codebook.judgement, "red_line", probability)
                findings.append(RedLineFinding(line.id, span, read.quote(span), **doubts))
    return findings


def allowed(text: str, examples: Sequence[str], counter_examples: Sequence[str], at: float) -> bool:
    """Whether a text is nearly one of the counter-examples, and no nearer to an example.

    The matcher weighs counter-examples among much else, and a line has few of them: it may find the very sentence
    that its owner wrote down as allowed.
    """
    if not counter_examples:
        return False
    likeness = float(alike([text], counter_examples).max())
    return likeness >= at and likeness > float(alike([text], examples or ("",)).max())

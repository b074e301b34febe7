"""Tables of counts by team, agent, product and week: SOP adherence, complaints, refund requests."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from qa_service.aggregate.occurrences import stratum_of
from qa_service.aggregate.renamed import counted_as
from qa_service.aggregate.tally import Tally
from qa_service.domain.analysis import Analysis
from qa_service.domain.counted import CountRow
from qa_service.domain.finding import StepStatus
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import iso_week, local_day
from qa_service.domain.reason import Reason
from qa_service.domain.sop import Obligation, Sop, Step
from qa_service.domain.taxonomy import NO_TAXONOMY, Taxonomy
from qa_service.domain.weekly import WHOLE, Group, What

Owed = tuple[str, str, str]
"""What an SOP asks for: its id, step or obligation, and the id of that."""


def count_adherence(judged: Iterable[JudgedConversation], zone: tzinfo, *, keep: int = 0) -> list[CountRow]:
    """Per SOP: steps done of those owed, obligations met of those triggered; `what` is (sop, kind, id).

    `keep` conversations are listed behind each count: those in which it was missed.
    """
    tallies: dict[tuple[What, Group], Tally] = defaultdict(lambda: Tally(keep))
    for pair in judged:
        for what, kept in owed(pair.analysis):
            for group in groups_of(pair, zone):
                tally = tallies[what, group]
                tally.add(pair.id, happened=not kept)
    rows = (CountRow(what, *group, tally.given_counted()) for (what, group), tally in tallies.items())
    return sorted(rows, key=_place)


def owed(analysis: Analysis) -> Iterator[tuple[Owed, bool]]:
    """Everything the SOP owed in one conversation, and whether it was given; nothing where that is doubtful."""
    if analysis.doubtful:
        return
    sop = analysis.sop or ""
    for step in analysis.steps:
        if step.status is not StepStatus.NOT_APPLICABLE:
            yield (sop, "step", step.id), step.status is StepStatus.DONE
    met: dict[str, bool] = {}
    for episode in analysis.obligations:
        met[episode.id] = met.get(episode.id, True) and episode.met
    for name, every in met.items():
        yield (sop, "obligation", name), every


def parts_of(what: Owed, sops: Mapping[str, Sop]) -> Sequence[Step | Obligation]:
    """All steps of the SOP, or all obligations, whichever is asked for; nothing of an unknown SOP."""
    sop = sops.get(what[0])
    return () if sop is None else sop.steps if what[1] == "step" else sop.obligations


def place_of(what: Owed, sops: Mapping[str, Sop]) -> tuple[str, bool, int, str]:
    """Steps as the SOP orders them, then obligations."""
    ids = [part.id for part in parts_of(what, sops)]
    return what[0], what[1] != "step", ids.index(what[2]) if what[2] in ids else len(ids), what[2]


@dataclass
class _Grievances:
    keep: int
    taxonomy: Taxonomy
    reasons: Mapping[str, Reason]
    occasions: dict[Group, int] = field(default_factory=lambda: defaultdict(int))
    tallies: dict[tuple[What, Group], Tally] = field(default_factory=dict)

    def add(self, pair: JudgedConversation, zone: tzinfo) -> None:
        if pair.analysis.misheard:
            return
        found = grievances(pair.analysis)
        whats = sorted({now for what in found for now in counted_as(what, self.taxonomy)})
        for group in (*groups_of(pair, zone), *_more_groups(pair)):
            self.occasions[group] += 1
            for kind in ("complaint", "refund"):
                self.tallies.setdefault(((kind, ""), group), Tally(self.keep))
            for what in whats:
                self.tallies.setdefault((what, group), Tally(self.keep)).add(pair.id, happened=True)
        for department in self._responsible(whats):
            tally = self.tallies.setdefault((("complaint", ""), ("department", department)), Tally(self.keep))
            tally.add(pair.id, happened=True)

    def _responsible(self, whats: Iterable[What]) -> list[str]:
        """The departments that the reasons of a complaint are routed to; of each the share is of all conversations."""
        known = [self.reasons[reason] for kind, reason in whats if kind == "complaint" and reason in self.reasons]
        return sorted({department for reason in known for department in reason.departments})


def count_reasons(
    judged: Iterable[JudgedConversation],
    zone: tzinfo,
    *,
    keep: int = 0,
    taxonomy: Taxonomy = NO_TAXONOMY,
    reasons: Mapping[str, Reason] | None = None,
) -> list[CountRow]:
    """Complaints and refund requests per conversation, whole and by reason; `what` is (kind, reason or "").

    Reasons have the names that the taxonomy gives today; one that was split counts its parts. `reasons` tell the
    departments that complaints are counted by too.
    """
    counts = _Grievances(keep, taxonomy, reasons or {})
    for pair in judged:
        counts.add(pair, zone)
    rows = [
        CountRow(what, *group, tally.counted(counts.occasions[WHOLE if group[0] == "department" else group]))
        for (what, group), tally in counts.tallies.items()
    ]
    return sorted(rows, key=_place)


def grievances(analysis: Analysis) -> Iterator[What]:
    """Complaint and refund request of one conversation, each once and once for each of its reasons."""
    for finding in (analysis.complaint, analysis.refund):
        if finding.detected:
            yield finding.kind, ""
            yield from ((finding.kind, reason) for reason in sorted({reason.id for reason in finding.reasons}))


def groups_of(pair: JudgedConversation, zone: tzinfo) -> Iterator[Group]:
    """The groups that a conversation belongs to; what is unknown groups nothing."""
    conversation = pair.conversation
    yield WHOLE
    started = conversation.started_at
    named = (
        ("product", conversation.product),
        ("team", conversation.agent.team),
        ("agent", conversation.agent.id),
        ("week", iso_week(local_day(started, zone)) if started else None),
    )
    yield from ((dimension, level) for dimension, level in named if level)


def _more_groups(pair: JudgedConversation) -> Iterator[Group]:
    """What grievances are counted by beside the groups of every table: channel, and version of the SOP."""
    stratum = stratum_of(pair)
    named = (("channel", stratum.channel), ("version", stratum.version))
    yield from ((dimension, level) for dimension, level in named if level)


def _place(row: CountRow) -> tuple[str, str, What]:
    return row.dimension, row.level, row.what

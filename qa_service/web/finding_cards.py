"""One finding as the page shows it: a title, what each verdict says, where the evidence stands, what may be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_service.domain.finding import (
    CheckFinding,
    CompetitorFinding,
    Finding,
    GrievanceFinding,
    NearMiss,
    NeedFinding,
    ObligationFinding,
    OrderFinding,
    PromiseFinding,
    RedLineFinding,
    StepFinding,
    StepStatus,
)
from qa_service.domain.review import Comment
from qa_service.domain.sop import Sop
from qa_service.review.sheet import SheetRow
from qa_service.web.texts import Translate, has_text
from qa_service.workflows.load_codebook import load_codebook

# Kinds that a person strikes out rather than gives another status.
STRUCK_OUT = ("order", "red_line", "need", "promise", "competitor")
# Sections in the order of the page, and the kinds of findings in each.
SECTIONS = {
    "red_line": ("red_line",),
    "step": ("step",),
    "order": ("order",),
    "obligation": ("obligation",),
    "check": ("check",),
    "grievance": ("complaint", "refund"),
    "need": ("need",),
    "promise": ("promise",),
    "competitor": ("competitor",),
}
# Sections that are shown even when they are empty: that nothing was found is news.
ALWAYS_SHOWN = ("red_line", "order", "obligation", "need")


@dataclass(frozen=True, slots=True)
class Said:
    """What the three verdicts say about a finding."""

    machine: str
    reviewer: str
    final: str


@dataclass(frozen=True, slots=True)
class Card:
    """One finding on the page."""

    row: SheetRow
    title: str
    said: Said
    tone: str
    turns: tuple[int, ...]
    quote: str | None
    notes: tuple[str, ...]
    comments: tuple[Comment, ...]
    contestable: bool

    @property
    def near_miss(self) -> NearMiss | None:
        """The turn that came nearest to a step that was not done."""
        shown = self.row.shown
        return shown.near_miss if isinstance(shown, StepFinding) else None

    @property
    def removes(self) -> bool:
        """Whether overriding it means striking it out."""
        return self.row.kind in STRUCK_OUT


@dataclass(frozen=True, slots=True)
class Section:
    """The findings of one kind."""

    kind: str
    cards: tuple[Card, ...]
    count: str


class CardMaker:
    """Makes cards in one language, with the names of one SOP."""

    def __init__(self, sop: Sop | None, translate: Translate) -> None:
        self.sop = sop
        self.t = translate
        self.book = load_codebook()
        self._titles: Mapping[str, Mapping[str, str]] = _titles(sop)

    def sections(self, rows: Sequence[SheetRow], comments: Sequence[Comment], contestable: set[str]) -> list[Section]:
        """All findings, kind by kind."""
        made = []
        for name, kinds in SECTIONS.items():
            cards = [self.card(row, comments, row.key in contestable) for row in rows if row.kind in kinds]
            if cards or (name in ALWAYS_SHOWN and self.sop):
                made.append(Section(name, tuple(cards), _count(name, cards)))
        return made

    def card(self, row: SheetRow, comments: Sequence[Comment], contestable: bool) -> Card:
        """One finding."""
        shown = row.shown
        return Card(
            row=row,
            title=self.title(shown),
            said=Said(*(self.says(one) for one in (row.machine, row.reviewer, row.final))),
            tone=_tone(row.final),
            turns=_turns(shown),
            quote=_quote(shown),
            notes=(*self.notes(shown), *self._decided_by(shown)),
            comments=tuple(comment for comment in comments if comment.finding_key == row.key),
            contestable=contestable,
        )

    def title(self, finding: Finding) -> str:
        """What a finding is called."""
        if isinstance(finding, OrderFinding):
            steps = self._titles["step"]
            return f"{steps.get(finding.before, finding.before)} → {steps.get(finding.after, finding.after)}"
        if isinstance(finding, NeedFinding):
            return self.book.need_kinds.get(finding.kind, finding.kind)
        if isinstance(finding, PromiseFinding):
            return self.book.promise_kinds.get(finding.kind, finding.kind)
        if isinstance(finding, CompetitorFinding):
            return self.book.stances.get(finding.stance, finding.stance)
        if isinstance(finding, GrievanceFinding):
            return self.t(f"sec.{finding.kind}")
        kind = finding.key.split("/", 1)[0]
        return self._titles[kind].get(finding.id, finding.id)

    def says(self, finding: Finding | None) -> str:
        """What one verdict says."""
        if isinstance(finding, StepFinding):
            return self.t(f"status.{finding.status.value}")
        if isinstance(finding, ObligationFinding):
            return self.t(f"met.{str(finding.met).lower()}")
        if isinstance(finding, CheckFinding):
            return self.t(f"verdict.{finding.verdict.value}")
        if isinstance(finding, GrievanceFinding):
            return self.t(f"detected.{str(finding.detected).lower()}")
        return self.t("removed" if finding is None else "present")

    def notes(self, finding: Finding) -> list[str]:
        """What else a reader wants to know, one short line each."""
        if isinstance(finding, StepFinding):
            return self._step_notes(finding)
        if isinstance(finding, CheckFinding):
            return [*self._check_notes(finding), *self._charged_by(finding)]
        if isinstance(finding, RedLineFinding):
            return self._charged_by(finding)
        if isinstance(finding, ObligationFinding):
            answered = "—" if finding.response_turn is None else f"#{finding.response_turn}"
            return [f"{self.t('triggered_at')} #{finding.trigger_turn} · {self.t('answered_at')} {answered}"]
        if isinstance(finding, GrievanceFinding):
            titles = self.reason_titles(finding.kind)
            return (
                ["、".join(titles.get(reason.id, reason.id) for reason in finding.reasons)] if finding.reasons else []
            )
        if isinstance(finding, NeedFinding) and finding.handled:
            where = "" if finding.response_turn is None else f" #{finding.response_turn}"
            return [f"{self.book.handled.get(finding.handled, finding.handled)}{where}"]
        if isinstance(finding, RedLineFinding) and self.sop:
            line = next((one for one in self.sop.red_lines if one.id == finding.id), None)
            facts = [f"{fact.title}：{fact.offered}" for fact in self.sop.fact_values if fact.id == finding.fact]
            return [f"{self.t('severity.' + line.severity.value)} · −{line.points:g}", *facts] if line else facts
        return []

    def reason_titles(self, kind: str) -> dict[str, str]:
        """The reasons of a complaint or a refund request, by id."""
        reasons = self.book.complaint_reasons if kind == "complaint" else self.book.refund_reasons
        return {reason.id: reason.title for reason in reasons.values()}

    def addable(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What a reviewer may add by pointing at words: (kind, [(value of the form, title)])."""
        groups = {
            "red_line": self._titles["red_line"],
            "promise": self.book.promise_kinds,
            "need": self.book.need_kinds,
            "competitor": self.book.stances,
        }
        return [(kind, [(f"{kind}/{one}", title) for one, title in names.items()]) for kind, names in groups.items()]

    def _decided_by(self, finding: Finding) -> list[str]:
        by = getattr(finding, "decided_by", None)
        return [self.t(f"decided_by.{by}")] if by else []

    def _charged_by(self, finding: CheckFinding | RedLineFinding) -> list[str]:
        if finding.same_as is None:
            return []
        kind, name = finding.same_as.split("/")[:2]
        return [self.t("same_as", title=self._titles[kind].get(name, name))]

    def _step_notes(self, finding: StepFinding) -> list[str]:
        notes = []
        step = next((one for one in self.sop.steps if one.id == finding.id), None) if self.sop else None
        if step is not None:
            notes.append(self.t("weight", n=f"{step.weight:g}") if step.required else self.t("optional"))
        if finding.searched and finding.status is StepStatus.MISSED:
            notes.append(f"{self.t('searched')} #{finding.searched[0]}–#{finding.searched[1]}")
        if step is not None and finding.elements:
            titles = {element.id: element.title for element in step.elements}
            notes += [f"{'✓' if one.done else '✗'} {titles.get(one.id, one.id)}" for one in finding.elements]
        return notes

    def _check_notes(self, finding: CheckFinding) -> list[str]:
        check = next((one for one in self.sop.checks if one.id == finding.id), None) if self.sop else None
        notes = []
        if check is not None:
            cost = f"{self.t('severity.' + check.severity.value)} · −{check.points:g}"
            notes.append(self.t("weight", n=f"{check.weight:g}") if check.expected else cost)
        if finding.lacking:
            named = f"lacking.{finding.lacking}"
            notes.append(f"{self.t('lacking')} {self.t(named) if has_text(named) else finding.lacking}")
        if finding.searched:
            notes.append(f"{self.t('searched')} #{finding.searched[0]}–#{finding.searched[1]}")
        return notes


def _quote(finding: Finding) -> str | None:
    if isinstance(finding, CheckFinding):
        return " … ".join(place.quote for place in finding.places) or None
    return getattr(finding, "quote", getattr(finding, "text", None))


def _titles(sop: Sop | None) -> Mapping[str, Mapping[str, str]]:
    if sop is None:
        return {"step": {}, "obligation": {}, "red_line": {}, "check": {}}
    return {
        "step": {step.id: step.title for step in sop.steps},
        "obligation": {one.id: one.title for one in sop.obligations},
        "red_line": {line.id: line.title for line in sop.red_lines},
        "check": {check.id: check.title for check in sop.checks},
    }


def _tone(final: Finding | None) -> str:
    if final is None:
        return "gone"
    if isinstance(final, StepFinding):
        return {"done": "good", "missed": "bad", "not_applicable": "plain"}[final.status.value]
    if isinstance(final, CheckFinding):
        return {"passed": "good", "failed": "bad", "not_applicable": "plain"}[final.verdict.value]
    if isinstance(final, ObligationFinding):
        return "good" if final.met else "bad"
    if isinstance(final, GrievanceFinding):
        return "bad" if final.detected else "plain"
    return "bad" if isinstance(final, RedLineFinding | OrderFinding) else "plain"


def _turns(finding: Finding) -> tuple[int, ...]:
    if isinstance(finding, ObligationFinding):
        return (
            (finding.trigger_turn,) if finding.response_turn is None else (finding.trigger_turn, finding.response_turn)
        )
    if isinstance(finding, StepFinding | OrderFinding | GrievanceFinding | CheckFinding):
        return tuple(finding.turns)
    return (finding.span.turn,)


def _count(kind: str, cards: Sequence[Card]) -> str:
    standing = [card for card in cards if card.row.final is not None]
    if kind in ("step", "obligation", "check") and standing:
        owed = [card for card in standing if card.tone != "plain"]
        return f"{sum(card.tone == 'good' for card in owed)}/{len(owed)}"
    return str(len(standing)) if kind != "grievance" and standing else ""

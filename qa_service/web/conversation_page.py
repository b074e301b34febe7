"""Everything the page of one conversation shows and offers, made ready for its template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from urllib.parse import quote

from qa_service.domain.appeal import Appeal, AppealState
from qa_service.domain.role import Action, Caller
from qa_service.review.appeals import contestable
from qa_service.review.sheet import score_parts, sheet
from qa_service.web.finding_cards import CardMaker
from qa_service.web.texts import Translate
from qa_service.web.transcript import bubbles
from qa_service.workflows.review_conversation import Dossier


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, in which language, from which time zone, with which form token."""

    caller: Caller
    t: Translate
    zone: tzinfo
    csrf: str


class ConversationPage:
    """One conversation with its three verdicts, for one viewer."""

    def __init__(self, desk: Dossier, viewer: Viewer) -> None:
        self.desk, self.viewer, self.csrf = desk, viewer, viewer.csrf
        self.listed, self.sop, self.problem, self.settled = desk.listed, desk.sop, desk.problem, desk.settled
        self.address = f"/conversations/{quote(desk.listed.id, safe='')}"
        self.final = desk.verdicts.final if desk.verdicts else None
        self.bubbles = bubbles(desk.conversation, self.final)
        self.comments = [comment for comment in desk.comments if comment.finding_key is None]
        self.appeals = desk.appeals
        self._maker = CardMaker(desk.sop, viewer.t)
        self._rows = sheet(desk.verdicts, desk.overrides) if desk.verdicts else []
        self._names = {row.key: self._maker.title(row.shown) for row in self._rows}
        self.sections = self._maker.sections(self._rows, desk.comments, self._contestable())
        self.addable = self._maker.addable()
        self.reason_titles = {kind: self._maker.reason_titles(kind) for kind in ("complaint", "refund")}

    @property
    def can_override(self) -> bool:
        """Whether the viewer judges findings; in a closed period nobody does."""
        return self._may(Action.OVERRIDE) and self.desk.frozen is None

    @property
    def can_comment(self) -> bool:
        """Whether the viewer may comment here."""
        return self._may(Action.COMMENT)

    @property
    def can_appeal(self) -> bool:
        """Whether the viewer may contest findings here."""
        return self._may(Action.APPEAL)

    def can_decide(self, appeal: Appeal) -> bool:
        """Whether the viewer may decide this appeal now; the reviewer and the filer may not."""
        action = Action.DECIDE_FIRST if appeal.level == 1 else Action.DECIDE_SECOND
        involved = {appeal.filed_by, *(step.by for step in appeal.decisions)}
        if appeal.level == 1:
            mine = [one.by for one in self.desk.overrides if one.finding_key == appeal.finding_key]
            involved |= {*mine, self.desk.review.reviewer if self.desk.review else ""}
        return appeal.waiting and self._may(action) and self.viewer.caller.id not in involved

    def can_escalate(self, appeal: Appeal) -> bool:
        """Whether the viewer may take this appeal further."""
        rejected = appeal.state is AppealState.DECIDED and not appeal.decisions[-1].accepted
        return rejected and self.can_appeal

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is known about the conversation."""
        one = self.listed
        agent = " ".join(part for part in (one.agent_name, one.agent_id) if part)
        known = [
            ("agent", agent),
            ("team", " / ".join(one.org) or one.team or ""),
            ("product", one.product or ""),
            ("customer", one.customer_id or ""),
            ("started_at", moment(one.started_at, self.viewer.zone)),
        ]
        return [(name, value) for name, value in known if value]

    @property
    def sop_title(self) -> str:
        """The SOP that judged, with its version."""
        return f"{self.sop.title} v{self.sop.version}" if self.sop else ""

    @property
    def verdicts(self) -> list[tuple[str, object]]:
        """The three verdicts by name."""
        three = self.desk.verdicts
        return [("machine", three.machine), ("reviewer", three.reviewer), ("final", three.final)] if three else []

    @property
    def parts(self) -> Sequence[object]:
        """What the final score is made of."""
        return score_parts(self.sop, self.final) if self.sop and self.final else ()

    @property
    def sum_text(self) -> str:
        """The formula of the score with its numbers."""
        parts = score_parts(self.sop, self.final) if self.sop and self.final else []
        earned, owed = sum(part.earned for part in parts), sum(part.owed for part in parts)
        deducted = sum(part.deducted for part in parts)
        return f"{earned:g} ÷ {owed:g} × 100" + (f" − {deducted:g}" if deducted else "")

    @property
    def review_text(self) -> str:
        """Where the review stands."""
        review, t = self.desk.review, self.viewer.t
        if review is None:
            return t("review_none")
        return t("settled_by" if self.settled else "review_open", name=review.reviewer)

    @property
    def contradictions(self) -> list[tuple[str, str, str]]:
        """What the analysis claims against people's decisions: (key, name, sentence)."""
        three, t = self.desk.verdicts, self.viewer.t
        found = three.contradictions if three else ()
        return [
            (
                one.key,
                self.titles_of([one.key]),
                t("contradiction", by=one.by, person=_claimed(one.person, t), machine=_claimed(one.machine, t)),
            )
            for one in found
        ]

    @property
    def doubts(self) -> list[str]:
        """What is doubtful about the transcript as a whole, a sentence each."""
        t, final = self.viewer.t, self.final
        if final is None:
            return []
        guess, named, parts = final.stage, final.named_sop, dict[str, str]()
        if guess:
            parts |= {"stage": t(f"stage.{guess.stage}"), "confidence": f"{guess.confidence:.0%}"}
        if named:
            parts |= {"named": named.id, "nearest": ", ".join(named.nearest)}
        told = {"stage": bool(guess), "sop": bool(named)}
        keys = [f"doubt.{doubt}" + (".told" if told.get(doubt.split("_")[0]) else "") for doubt in final.doubts]
        return [t(key, **parts) for key in keys]

    @property
    def notices(self) -> list[str]:
        """What else a reader should know about the verdict."""
        desk, t = self.desk, self.viewer.t
        aside = len(desk.verdicts.set_aside) if desk.verdicts else 0
        score = desk.frozen.score if desk.frozen else None
        told = [t("set_aside", n=aside)] if aside else []
        return told + ([t("frozen", score="—" if score is None else f"{score:g}")] if desk.frozen else [])

    def titles_of(self, keys: Sequence[str]) -> str:
        """The names of findings, for a mark or an appeal."""
        kinds: Mapping[str, str] = {row.key: row.kind for row in self._rows}
        names = []
        for key in keys:
            name = self._names.get(key, key)
            names.append(name if kinds.get(key) in ("step", "complaint", "refund") else self._with_kind(key, name))
        return " · ".join(names)

    def _with_kind(self, key: str, name: str) -> str:
        return f"{self.viewer.t('sec.' + key.split('/', 1)[0])}：{name}"

    def _contestable(self) -> set[str]:
        if self.final is None:
            return set()
        taken = {appeal.finding_key for appeal in self.appeals}
        return {row.key for row in self._rows if row.key not in taken and contestable(row.key, self.final)}

    def _may(self, action: Action) -> bool:
        caller = self.viewer.caller
        return caller.may(action) and caller.reach(action).holds(self.listed.org, self.listed.agent_id)


def _claimed(claim: str | None, t: Translate) -> str:
    """A claim in the reader's language; the ids that may follow its first word stay."""
    if claim is None:
        return t("claim.absent")
    word, _, ids = claim.partition(": ")
    return t(f"claim.{word}") + (f"（{ids}）" if ids else "")


def moment(at: datetime | None, zone: tzinfo) -> str:
    """A point in time as people in the deployment's zone read it."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""

"""Obligations before the judge: each episode, and, when asked about everything, those of which no episode was found."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from qa_service.analyze.language_judge.case import Case
from qa_service.analyze.language_judge.claims import UNMEASURED, claim, claim_of_addition
from qa_service.analyze.language_judge.items import Decision, Decisions, Item, Option, wording_texts
from qa_service.domain.finding import LANGUAGE_MODEL, ObligationFinding, RemovedFinding
from qa_service.domain.sop import Obligation, Sop

MET, UNMET, NOT_TRIGGERED = "met", "unmet", "not_triggered"


def obligation_items(case: Case, sop: Sop) -> Iterator[Item]:
    """The episodes that the judge is asked about."""
    obligations = {obligation.id: obligation for obligation in sop.obligations}
    for episode in case.analysis.obligations:
        if case.asks(episode):
            obligation = obligations[episode.id]
            texts = _texts(sop, obligation) | {"trigger_turn": episode.trigger_turn}
            yield Item(episode.key, texts, _options(case, obligation, episode))
    found = {episode.id for episode in case.analysis.obligations}
    for obligation in sop.obligations:
        if case.every and obligation.id not in found:
            yield Item(f"obligation/{obligation.id}", _texts(sop, obligation), _options_of_new(case, obligation))


def judged_obligations(
    case: Case, sop: Sop, decisions: Decisions, episodes: tuple[ObligationFinding, ...]
) -> tuple[tuple[ObligationFinding, ...], list[RemovedFinding]]:
    """Episodes with what the judge decided in them, and those it struck out.

    `episodes` are those that follow from the judged steps: one that differs from what the models found follows from a
    decision of the judge, and claims no more than that.
    """
    kept: list[ObligationFinding] = []
    removed: list[RemovedFinding] = []
    for episode in episodes:
        current = episode if episode in case.analysis.obligations else _following(episode)
        decision = decisions.get(current.key)
        if decision and decision.verdict == NOT_TRIGGERED and current.unsure:
            removed.append(RemovedFinding(current.key, decision.turns, LANGUAGE_MODEL))
        else:
            kept.append(_decided(current, decision) if decision else current)
    kept += [_new(one.id, decisions[key]) for one in sop.obligations if (key := f"obligation/{one.id}") in decisions]
    places = {obligation.id: place for place, obligation in enumerate(sop.obligations)}
    return tuple(sorted(kept, key=lambda one: (places[one.id], one.trigger_turn))), removed


def _texts(sop: Sop, obligation: Obligation) -> dict[str, Any]:
    step = sop.step(obligation.response_step) if obligation.response_step else None
    response = wording_texts(obligation.response)
    if step is not None:
        response = {"title": step.title, "description": step.description, **wording_texts(step.wording)}
    return {"title": obligation.title, "trigger": wording_texts(obligation.trigger), "response": response}


def _options(case: Case, obligation: Obligation, episode: ObligationFinding) -> dict[str, Option]:
    window = case.window(episode.trigger_turn, obligation.within)
    if episode.response_turn is not None:
        # A repeat of the trigger makes the time longer: what the models accept may lie beyond the plain window.
        window |= {episode.response_turn}
    return {
        MET: Option(window),
        UNMET: Option(window),
        NOT_TRIGGERED: Option(frozenset((episode.trigger_turn,))),
    }


def _options_of_new(case: Case, obligation: Obligation) -> dict[str, Option]:
    windows = {trigger: case.window(trigger, obligation.within) for trigger in case.customer}

    def answered(turns: tuple[int, ...]) -> bool:
        return len(turns) == 2 and turns[1] in windows.get(turns[0], ())

    def unanswered(turns: tuple[int, ...]) -> bool:
        return len(turns) == 1 and bool(windows.get(turns[0]))

    return {MET: Option(case.customer | case.agent, answered), UNMET: Option(case.customer, unanswered)}


def _following(episode: ObligationFinding) -> ObligationFinding:
    return replace(episode, confidence=min(episode.confidence, UNMEASURED), decided_by=LANGUAGE_MODEL)


def _decided(episode: ObligationFinding, decision: Decision) -> ObligationFinding:
    if decision.verdict == NOT_TRIGGERED:
        # The models were sure of it: it stays for a person to strike out.
        return replace(episode, confidence=min(episode.confidence, UNMEASURED), unsure=True)
    met = decision.verdict == MET
    response = min(decision.turns) if met else None
    return replace(episode, met=met, response_turn=response, **claim(episode, agrees=met is episode.met))


def _new(obligation_id: str, decision: Decision) -> ObligationFinding:
    met = decision.verdict == MET
    response = decision.turns[1] if met else None
    return ObligationFinding(obligation_id, decision.turns[0], response, met, **claim_of_addition(unsure=True))

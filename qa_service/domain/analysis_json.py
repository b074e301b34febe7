"""Analyses to and from the contract's JSON objects."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from qa_service.domain.analysis import Analysis
from qa_service.domain.doubt import NamedSop, StageGuess
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import (
    CheckFinding,
    CheckVerdict,
    CompetitorFinding,
    ElementFinding,
    FactFinding,
    FactVerdict,
    GrievanceFinding,
    NearMiss,
    NeedFinding,
    ObligationFinding,
    OrderFinding,
    PromiseFinding,
    Quoted,
    ReasonFinding,
    RedLineFinding,
    RemovedFinding,
    StepFinding,
    StepStatus,
)
from qa_service.domain.score import Score, ScoreState, Veto
from qa_service.errors import InvalidInput

Json = dict[str, Any]

_ENCODER = json.JSONEncoder(ensure_ascii=False)
MOST_WRITTEN = 1 << 14
_WRITTEN: dict[int, tuple[CheckFinding, str]] = {}


# What an analysis of others leaves out was not found.
NOT_DETECTED: Json = {"detected": False}


def analysis_to_line(analysis: Analysis) -> str:
    """One line of a result file: the same analysis is always the same bytes."""
    checks = f'"checks": [{", ".join(map(_check_text, analysis.checks))}]' if analysis.checks else ""
    parts = (_text(_head(analysis))[1:-1], checks, _text(_tail(analysis))[1:-1])
    return "{" + ", ".join(part for part in parts if part) + "}"


def analysis_to_json(analysis: Analysis) -> Json:
    """The contract object of an analysis."""
    checks: Json = {"checks": [_check(check) for check in analysis.checks]} if analysis.checks else {}
    return _head(analysis) | checks | _tail(analysis)


def _text(body: Json) -> str:
    return _ENCODER.encode(body)


def _check_text(check: CheckFinding) -> str:
    """The text of a check; that of one without words, which many analyses share as one object, is written once."""
    if check.places:
        return _text(_check(check))
    written = _WRITTEN.get(id(check))
    if written is None or written[0] is not check:
        if len(_WRITTEN) >= MOST_WRITTEN:
            _WRITTEN.clear()
        written = _WRITTEN[id(check)] = (check, _text(_check(check)))
    return written[1]


def _head(analysis: Analysis) -> Json:
    score = analysis.score
    return {
        "conversation_id": analysis.conversation_id,
        "sop": analysis.sop,
        "sop_version": analysis.sop_version,
        "versions": dict(analysis.versions),
        "score": score.value if score else None,
        "score_low": score.low if score else None,
        "score_high": score.high if score else None,
        "score_state": score.state.value if score else None,
        "passed": score.passed if score else None,
        "veto": score.veto.value if score and score.veto else None,
        "steps": [_step(step) for step in analysis.steps],
        "order_violations": [_order(order) for order in analysis.orders],
        "obligations": [_obligation(episode) for episode in analysis.obligations],
        "red_lines": [_red_line(line) for line in analysis.red_lines],
        "complaint": _grievance(analysis.complaint),
        "refund": _grievance(analysis.refund),
        "needs": [_need(need) for need in analysis.needs],
        "promises": [_promise(promise) for promise in analysis.promises],
        "competitors": [_competitor(competitor) for competitor in analysis.competitors],
    }


def _tail(analysis: Analysis) -> Json:
    body: Json = {"facts": [_fact(fact) for fact in analysis.facts]} if analysis.facts else {}
    removed = [{"key": r.key, "turns": list(r.turns), "decided_by": r.decided_by} for r in analysis.removed]
    body |= {"doubts": list(analysis.doubts)} if analysis.doubts else {}
    body |= {"stage": {"id": analysis.stage.stage, "confidence": analysis.stage.confidence}} if analysis.stage else {}
    named = analysis.named_sop
    body |= {"named_sop": {"id": named.id, "nearest": list(named.nearest)}} if named else {}
    body |= {"context": dict(analysis.context)} if analysis.context else {}
    return body | ({"removed": removed} if removed else {})


def analysis_from_json(body: Any) -> Analysis:
    """Read a contract object back; raises InvalidInput naming what is missing."""
    try:
        return _analysis(body)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InvalidInput(f"not an analysis of the contract ({type(error).__name__}: {error})") from error


def _flag(body: Json, finding: Any) -> Json:
    body["confidence"] = finding.confidence
    if finding.unsure:
        body["unsure"] = True
    if getattr(finding, "decided_by", None):
        body["decided_by"] = finding.decided_by
    return body


def _span(span: EvidenceSpan) -> Json:
    return {"turn": span.turn, "start": span.start, "end": span.end}


def _step(step: StepFinding) -> Json:
    body: Json = {"id": step.id, "status": step.status.value, "turns": list(step.turns)}
    body = _flag(body, step) | {"p_done": step.p_done}
    if step.near_miss:
        body["near_miss"] = {"turn": step.near_miss.turn, "p": step.near_miss.p}
    if step.searched:
        body["searched"] = list(step.searched)
    if step.elements:
        body["elements"] = [_flag({"id": e.id, "done": e.done, "turns": list(e.turns)}, e) for e in step.elements]
    return body


def _red_line(line: RedLineFinding) -> Json:
    body = _flag({"id": line.id, **_span(line.span), "quote": line.quote}, line)
    body |= {"fact": line.fact} if line.fact else {}
    return body | ({"same_as": line.same_as} if line.same_as else {})


def _order(order: OrderFinding) -> Json:
    return _flag({"before": order.before, "after": order.after, "turns": list(order.turns)}, order)


def _check(check: CheckFinding) -> Json:
    places = [_span(place.span) | {"quote": place.quote} for place in check.places]
    body = _flag({"id": check.id, "verdict": check.verdict.value, "places": places}, check)
    body |= {"searched": list(check.searched)} if check.searched else {}
    body |= {"lacking": check.lacking} if check.lacking else {}
    return body | ({"same_as": check.same_as} if check.same_as else {})


def _fact(fact: FactFinding) -> Json:
    body = {"id": fact.id, "verdict": fact.verdict.value, **_span(fact.span), "quote": fact.quote}
    return _flag(body | {"offered": fact.offered}, fact)


def _obligation(episode: ObligationFinding) -> Json:
    keys = ("id", "trigger_turn", "response_turn", "met")
    return _flag({key: getattr(episode, key) for key in keys}, episode)


def _grievance(finding: GrievanceFinding) -> Json:
    body = _flag({"detected": finding.detected, "turns": list(finding.turns)}, finding)
    body["reasons"] = [_flag({"id": reason.id, "turns": list(reason.turns)}, reason) for reason in finding.reasons]
    return body


def _need(need: NeedFinding) -> Json:
    body = _flag({**_span(need.span), "kind": need.kind, "text": need.text}, need)
    if need.handled is not None:
        body |= {"handled": need.handled, "response_turn": need.response_turn}
    return body


def _promise(promise: PromiseFinding) -> Json:
    return _flag({**_span(promise.span), "kind": promise.kind, "quote": promise.quote}, promise)


def _competitor(competitor: CompetitorFinding) -> Json:
    return _flag({**_span(competitor.span), "quote": competitor.quote, "stance": competitor.stance}, competitor)


def _analysis(body: Mapping[str, Any]) -> Analysis:
    return Analysis(
        conversation_id=str(body["conversation_id"]),
        sop=body["sop"],
        sop_version=body.get("sop_version"),
        versions=dict(body.get("versions") or {}),
        score=_read_score(body),
        steps=tuple(map(_read_step, body.get("steps") or ())),
        orders=tuple(
            OrderFinding(o["before"], o["after"], (o["turns"][0], o["turns"][1]), **_doubt(o))
            for o in body.get("order_violations") or ()
        ),
        obligations=tuple(
            ObligationFinding(o["id"], o["trigger_turn"], o["response_turn"], o["met"], **_decided(o))
            for o in body.get("obligations") or ()
        ),
        red_lines=tuple(map(_read_red_line, body.get("red_lines") or ())),
        complaint=_read_grievance("complaint", body.get("complaint") or NOT_DETECTED),
        refund=_read_grievance("refund", body.get("refund") or NOT_DETECTED),
        needs=tuple(map(_read_need, body.get("needs") or ())),
        promises=tuple(
            PromiseFinding(p["kind"], _read_span(p), p["quote"], **_doubt(p)) for p in body.get("promises", [])
        ),
        competitors=tuple(
            CompetitorFinding(_read_span(c), c["quote"], c["stance"], **_doubt(c)) for c in body.get("competitors", [])
        ),
        doubts=tuple(body.get("doubts", ())),
        context=dict(body.get("context", {})),
        removed=tuple(RemovedFinding(r["key"], tuple(r["turns"]), r["decided_by"]) for r in body.get("removed", [])),
        checks=tuple(map(_read_check, body.get("checks", []))),
        facts=tuple(
            FactFinding(f["id"], FactVerdict(f["verdict"]), _read_span(f), f["quote"], f["offered"], **_doubt(f))
            for f in body.get("facts", [])
        ),
        stage=StageGuess(body["stage"]["id"], body["stage"]["confidence"]) if body.get("stage") else None,
        named_sop=_read_named(body.get("named_sop")),
    )


def _read_named(body: Mapping[str, Any] | None) -> NamedSop | None:
    return NamedSop(body["id"], tuple(body["nearest"])) if body else None


def _decided(body: Mapping[str, Any]) -> Json:
    return _doubt(body) | {"decided_by": body.get("decided_by")}


def _doubt(body: Mapping[str, Any]) -> Json:
    told = body.get("confidence")
    return {"confidence": 1.0 if told is None else told, "unsure": bool(body.get("unsure", False))}


def _read_span(body: Mapping[str, Any]) -> EvidenceSpan:
    quote = body.get("quote", body.get("text", ""))
    start = body.get("start", 0)
    return EvidenceSpan(body["turn"], start, body.get("end", start + len(quote)))


def _read_score(body: Mapping[str, Any]) -> Score | None:
    value = body.get("score")
    if value is None:
        return None
    veto = body.get("veto")
    return Score(
        value=value,
        low=body.get("score_low", value),
        high=body.get("score_high", value),
        state=ScoreState(body.get("score_state") or "settled"),
        passed=body["passed"],
        veto=Veto(veto) if veto else None,
    )


def _read_step(body: Mapping[str, Any]) -> StepFinding:
    done = body["status"] == "done"
    confidence = _doubt(body)["confidence"]
    told = body.get("p_done")
    near = body.get("near_miss")
    searched: Sequence[int] | None = body.get("searched")
    return StepFinding(
        id=body["id"],
        status=StepStatus(body["status"]),
        turns=tuple(body.get("turns") or ()),
        p_done=told if told is not None else confidence if done else 1 - confidence,
        near_miss=NearMiss(near["turn"], near["p"]) if near else None,
        searched=(searched[0], searched[1]) if searched else None,
        elements=tuple(
            ElementFinding(e["id"], e["done"], tuple(e["turns"]), **_doubt(e)) for e in body.get("elements", [])
        ),
        **_decided(body),
    )


def _read_red_line(body: Mapping[str, Any]) -> RedLineFinding:
    marks: Json = {"fact": body.get("fact"), "same_as": body.get("same_as")}
    return RedLineFinding(body["id"], _read_span(body), body["quote"], **marks, **_decided(body))


def _read_check(body: Mapping[str, Any]) -> CheckFinding:
    searched: Sequence[int] | None = body.get("searched")
    return CheckFinding(
        id=body["id"],
        verdict=CheckVerdict(body["verdict"]),
        places=tuple(Quoted(_read_span(place), place["quote"]) for place in body.get("places", [])),
        searched=(searched[0], searched[1]) if searched else None,
        lacking=body.get("lacking"),
        same_as=body.get("same_as"),
        **_decided(body),
    )


def _read_grievance(kind: str, body: Mapping[str, Any]) -> GrievanceFinding:
    return GrievanceFinding(
        kind=kind,
        detected=body["detected"],
        turns=tuple(body.get("turns", ())),
        reasons=tuple(ReasonFinding(r["id"], tuple(r["turns"]), **_decided(r)) for r in body.get("reasons") or ()),
        **_decided(body),
    )


def _read_need(body: Mapping[str, Any]) -> NeedFinding:
    return NeedFinding(
        span=_read_span(body),
        kind=body["kind"],
        text=body["text"],
        handled=body.get("handled"),
        response_turn=body.get("response_turn"),
        **_doubt(body),
    )

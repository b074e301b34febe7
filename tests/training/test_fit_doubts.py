"""Weights of the cues for roles and stages, learnt from a few invented conversations."""

import json
from pathlib import Path

import pytest
import yaml

from models.cues import role_cues, stage_cues
from training.fit_doubts import Talk, learn_roles, learn_stages, main, share, stage_of
from training.rulebook_files import FOLDER

DOCUMENT = yaml.safe_load((FOLDER / "doubts.yaml").read_text("utf-8"))
SELL = Talk(("您好，打扰了，体验课您看方便吗", "我们有优惠"), ("多少钱", "我考虑一下"), "sell", "presale")
CARE = Talk(("帮您核实订单", "三个工作日到账"), ("我要退费", "什么时候退"), "care", "aftersale")
RENEW = Talk(("这学期进步大，下学期续费吗", "还剩两节"), ("续的话涨价吗", "再说"), "renew", "renewal")


def test_roles_are_told_apart_and_swapped_ones_are_the_mirror_image() -> None:
    cues = learn_roles(role_cues(DOCUMENT["swapped_roles"]), [SELL, CARE, RENEW])
    right, wrong = cues.p_swapped(SELL.agent, SELL.customer), cues.p_swapped(SELL.customer, SELL.agent)
    assert right < 0.5 < wrong
    assert right + wrong == pytest.approx(1)


def test_stages_are_told_apart() -> None:
    cues = learn_stages(stage_cues(DOCUMENT["stage"]), [SELL, CARE, RENEW])
    for talk in (SELL, CARE, RENEW):
        probabilities = cues.probabilities(talk.agent, talk.customer)
        assert max(probabilities, key=probabilities.__getitem__) == talk.stage
        assert sum(probabilities.values()) == pytest.approx(1)


def test_the_stage_is_what_is_given_else_what_the_sop_says() -> None:
    assert stage_of({"stage": "renewal"}, {"title": "售后"}) == "renewal"
    assert stage_of({}, {"applies_to": {"stage": ["aftersale"]}}) == "aftersale"
    assert stage_of({}, {"title": "退费与投诉处理"}) == "aftersale"
    assert stage_of({}, {"title": "期末续费沟通"}) == "renewal"
    assert stage_of({}, {"title": "体验课邀约"}) == "presale"


def test_figures_and_weights_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "conversations" / "sops").mkdir(parents=True)
    bodies = []
    for number, talk in enumerate([SELL, CARE, RENEW] * 2):
        sop = {"sop": f"{talk.sop}-{number}", "applies_to": {"stage": [talk.stage]}}
        (tmp_path / "conversations" / "sops" / f"{number}.yaml").write_text(yaml.safe_dump(sop), "utf-8")
        said = zip(talk.agent, talk.customer, strict=True)
        turns = [{"speaker": s, "text": t} for pair in said for s, t in zip(("agent", "customer"), pair, strict=True)]
        bodies += [{"id": f"{number}-{n}", "sop": sop["sop"], "turns": turns} for n in range(3)]
    lines = "\n".join(json.dumps(body) for body in bodies)
    (tmp_path / "conversations" / "c.jsonl").write_text(lines, "utf-8")
    assert main(["--datasets", str(tmp_path), "--weights"]) == 0
    told = capsys.readouterr().out
    assert "stage, every guess: right" in told
    assert yaml.safe_load(told[told.index("version: 1") :])["stage"]["bias"].keys() == {
        "presale",
        "aftersale",
        "renewal",
    }


def test_a_share_names_its_numbers_and_its_interval() -> None:
    assert share(1, 4) == "1 of 4 (25.0%, 95% 4.6 to 69.9%)"
    assert share(0, 0) == "0 of 0"

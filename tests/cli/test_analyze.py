"""The command as others call it: files in, files out, exit status."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).parent / "qa-service"
SOPS = sorted((ROOT / "qa_service" / "rulebook" / "default" / "sops").glob("*.yaml"))


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=ROOT)


def conversation(number: int, **fields: object) -> dict[str, object]:
    turns = [
        {"speaker": "agent", "text": "您好，我是墨芽阅读的小林"},
        {"speaker": "customer", "text": "你们一节课多少钱"},
        {"speaker": "agent", "text": "试听不要钱，手机号一三八零零一三八零零零"},
    ]
    return {"id": f"c-{number}", "turns": turns} | fields


def written(path: Path, *bodies: object) -> Path:
    lines = [body if isinstance(body, str) else json.dumps(body, ensure_ascii=False) for body in bodies]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def test_good_lines_are_analysed_in_order_and_bad_ones_are_told_with_their_number(tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", conversation(1), "{not json", {"id": "c-9"}, conversation(2))
    out = tmp_path / "out.jsonl"
    ran = run("analyze", source, "--sop", SOPS[0], "--out", out)
    assert ran.returncode == 3
    assert "in.jsonl:2:" in ran.stderr and "in.jsonl:3:" in ran.stderr
    assert "Traceback" not in ran.stderr
    found = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [body["conversation_id"] for body in found] == ["c-1", "c-2"]
    assert {"score", "score_low", "score_high", "steps", "needs", "versions"} <= set(found[0])


def test_an_invalid_sop_ends_with_status_2_and_nothing_written(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("sop: x\nsteps:\n  - {id: a, wieght: 3}\n", "utf-8")
    ran = run("analyze", written(tmp_path / "in.jsonl", conversation(1)), "--sop", bad, "--out", tmp_path / "o.jsonl")
    assert ran.returncode == 2
    assert "bad.yaml:3:" in ran.stderr
    assert not (tmp_path / "o.jsonl").exists()


@pytest.mark.parametrize("arguments", [(), ("--sop", "nowhere.yaml"), ("--sop", SOPS[0], "--models", "nowhere")])
def test_unusable_arguments_end_with_status_2(tmp_path: Path, arguments: tuple[object, ...]) -> None:
    source = written(tmp_path / "in.jsonl", conversation(1))
    ran = run("analyze", source, *arguments, "--out", tmp_path / "o.jsonl")
    assert ran.returncode == 2
    assert not (tmp_path / "o.jsonl").exists()
    assert "Traceback" not in ran.stderr


def test_a_conversation_goes_to_the_sop_it_names_else_to_the_one_that_fits_else_to_none(tmp_path: Path) -> None:
    source = written(
        tmp_path / "in.jsonl",
        conversation(1, sop="moya-aftersales"),
        conversation(2, product="小学阅读", channel="chat", stage="presale"),
        conversation(3, product="别的", stage="renewal"),
        conversation(4, product="小学阅读", channel="chat", stage="presale", sop="moya-aftersale"),
    )
    options = [option for sop in SOPS for option in ("--sop", sop)]
    assert run("analyze", source, *options, "--out", tmp_path / "o.jsonl").returncode == 0
    found = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert [body["sop"] for body in found] == [
        "moya-aftersales",
        "moya-after-trial-chat",
        None,
        "moya-after-trial-chat",
    ]
    assert (found[2]["score"], found[2]["steps"]) == (None, [])
    misspelt = found[3]
    assert (misspelt["doubts"], misspelt["score_state"]) == (["sop_unknown"], "provisional")
    assert misspelt["named_sop"]["id"] == "moya-aftersale" and misspelt["named_sop"]["nearest"][0] == "moya-aftersales"


def test_two_sops_that_fit_equally_well_are_an_error_that_names_both(tmp_path: Path) -> None:
    copies = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump({"sop": name, "product": "课", "steps": [{"id": "a"}]}), "utf-8")
        copies += ["--sop", path]
    source = written(tmp_path / "in.jsonl", conversation(1, product="课"), conversation(2, sop="one"))
    ran = run("analyze", source, *copies, "--out", tmp_path / "o.jsonl")
    assert ran.returncode == 3
    assert "one" in ran.stderr and "two" in ran.stderr
    assert len((tmp_path / "o.jsonl").read_text("utf-8").splitlines()) == 1


def test_mask_hides_personal_data_and_keeps_offsets(tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", conversation(1))
    plain, masked = tmp_path / "plain.jsonl", tmp_path / "masked.jsonl"
    run("analyze", source, "--sop", SOPS[2], "--out", plain)
    assert run("analyze", source, "--sop", SOPS[2], "--mask", "--out", masked).returncode == 0
    assert "一三八零零一三八零零零" not in masked.read_text("utf-8")


def test_evaluate_prints_every_metric_with_an_interval() -> None:
    sops = [option for sop in sorted((ROOT / "datasets/eval/sops").glob("*.yaml")) for option in ("--sop", sop)]
    ran = run("evaluate", ROOT / "datasets/eval/eval.jsonl", *sops)
    assert ran.returncode == 0
    names = [line.split()[0] for line in ran.stdout.splitlines()]
    assert {"missed_f1", "step_kappa", "red_f1", "need_f1", "score_mae", "step_ece", "handled_kappa"} <= set(names)
    assert all("[" in line and "(n=" in line for line in ran.stdout.splitlines()[1:])


def test_rulebook_check_tells_good_from_bad(tmp_path: Path) -> None:
    assert run("rulebook", "check", *SOPS).returncode == 0
    bad = tmp_path / "bad.yaml"
    bad.write_text("sop: x\n", "utf-8")
    ran = run("rulebook", "check", bad)
    assert ran.returncode == 2 and "bad.yaml:1:" in ran.stderr

"""The same conversation, SOP and versions give the same bytes, however and beside whatever they are analysed."""

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_from_json, analysis_to_line
from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import conversation_from_json
from qa_service.domain.sop import choose_sop
from qa_service.rulebook import default_sops
from qa_service.workflows.analyze_conversations import Analyzer, load_analyzer

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "datasets" / "demo" / "conversations.jsonl"
SOPS = default_sops()
BATCH = 1000


def varied(count: int) -> list[Conversation]:
    """So many different conversations: the demo set, cut short at different turns."""
    whole = [conversation_from_json(json.loads(line)) for line in DEMO.read_text("utf-8").splitlines()]
    cuts = [(one, length) for length in range(60, 1, -1) for one in whole if length <= len(one.turns)]
    return [replace(one, id=f"{one.id}-{length}", turns=one.turns[:length]) for one, length in cuts[:count]]


def lines(analyzer: Analyzer, conversations: list[Conversation], threads: int = 1) -> dict[str, str]:
    pairs = [(one, choose_sop(one, SOPS)) for one in conversations]
    return {one.conversation_id: analysis_to_line(one) for one in analyzer.analyze_many(pairs, threads=threads)}


@pytest.fixture(scope="module")
def batch() -> list[Conversation]:
    return varied(BATCH)


@pytest.fixture(scope="module")
def in_order(batch: list[Conversation]) -> dict[str, str]:
    return lines(load_analyzer(), batch)


def test_the_batch_is_a_thousand_different_conversations(in_order: dict[str, str]) -> None:
    assert len(in_order) == BATCH
    assert len({line.split('"versions"')[1] for line in in_order.values()}) > BATCH // 2


def test_shuffled_and_with_two_threads_the_bytes_are_the_same(
    batch: list[Conversation], in_order: dict[str, str]
) -> None:
    shuffled = random.Random(5).sample(batch, len(batch))
    assert lines(load_analyzer(), shuffled, threads=2) == in_order


def test_alone_with_cold_and_with_warm_caches_the_bytes_are_the_same(
    batch: list[Conversation], in_order: dict[str, str]
) -> None:
    for one in batch[:: BATCH // 10]:
        fresh = load_analyzer()
        cold, warm = (lines(fresh, [one])[one.id] for _ in range(2))
        assert cold == warm == in_order[one.id]


@pytest.mark.parametrize("cores", ["1", "2"])
def test_the_number_of_threads_of_the_numerical_libraries_does_not_matter(
    cores: str, batch: list[Conversation], in_order: dict[str, str]
) -> None:
    code = "import sys; from tests.workflows.test_reproducible import *; "
    code += "sys.stdout.write(chr(10).join(lines(load_analyzer(), varied(20)).values()))"
    settings = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), cores)
    run = subprocess.run([sys.executable, "-c", code], env=settings, cwd=ROOT, capture_output=True, check=True)
    assert run.stdout.decode().splitlines() == [in_order[one.id] for one in batch[:20]]


def test_an_analysis_read_back_is_the_same_analysis(in_order: dict[str, str]) -> None:
    for line in list(in_order.values())[:50]:
        read: Analysis = analysis_from_json(json.loads(line))
        assert analysis_to_line(read) == line


def test_gold_labels_are_never_read_by_an_analysis(batch: list[Conversation]) -> None:
    analyzer, one = load_analyzer(), batch[0]
    labelled = replace(one, extra={"gold": {"steps": [{"id": "greeting", "turns": [0]}]}})
    assert lines(analyzer, [labelled]) == lines(analyzer, [one])


def test_every_quote_stands_letter_for_letter_in_its_turn(batch: list[Conversation]) -> None:
    analyzer = load_analyzer()
    for one in batch[:100]:
        found = analyzer.analyze(one, SOPS)
        quoted = [(f.span, f.quote) for f in (*found.red_lines, *found.promises, *found.competitors)]
        quoted += [(need.span, need.text) for need in found.needs]
        assert all(span.quote(one.turns[span.turn].text) == quote for span, quote in quoted)

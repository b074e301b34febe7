"""A tiny analyzer and a tiny masker behind the same interfaces as the real ones: fast, and the same every time."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from qa_service.domain.analysis import Analysis
from qa_service.domain.conversation import Conversation
from qa_service.domain.evidence import EvidenceSpan
from qa_service.domain.finding import NeedFinding
from qa_service.domain.sop import Sop
from qa_service.errors import AmbiguousSop
from qa_service.workflows.import_conversations import Intake

PHONE = re.compile(r"\d{11}")


class TinyAnalyzer:
    """Finds every question; stumbles over conversations that say so."""

    versions: ClassVar = {"models": "tiny", "code": "0"}

    def analyze(self, conversation: Conversation, sops: Sequence[Sop]) -> Analysis:
        texts = [turn.text for turn in conversation.turns]
        if "两个流程" in texts:
            raise AmbiguousSop("the SOPs a and b fit equally well; name one in the field `sop`")
        if "出错" in texts:
            raise ZeroDivisionError(texts)
        needs = tuple(
            NeedFinding(EvidenceSpan(index, 0, len(text)), "question", text, 0.9)
            for index, text in enumerate(texts)
            if text.endswith("吗")
        )
        return Analysis(conversation.id, None, None, self.versions, needs=needs)


def tiny_mask(conversation: Conversation) -> Conversation:
    """Mask mobile numbers."""
    turns = tuple(replace(turn, text=PHONE.sub("●" * 11, turn.text)) for turn in conversation.turns)
    return replace(conversation, turns=turns)


TINY_INTAKE = Intake(tiny_mask)


@pytest.fixture
def analyzer() -> TinyAnalyzer:
    return TinyAnalyzer()


@pytest.fixture
def intake() -> Intake:
    return TINY_INTAKE


@pytest.fixture
def transcripts(tmp_path: Path) -> Callable[..., Path]:
    """Write a transcript file of so many conversations, each with a phone number in it; lines may be put in by hand."""

    def write(count: int, *, name: str = "calls.jsonl", lines: dict[int, str] | None = None, **fields: Any) -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8") as file:
            for number in range(count):
                line = (lines or {}).get(number) or json.dumps(one_conversation(number, **fields), ensure_ascii=False)
                file.write(line + "\n")
        return path

    return write


def one_conversation(number: int, **fields: Any) -> dict[str, Any]:
    """A contract object."""
    said = (f"我的号码是{13_800_000_000 + number}", "好的", "周末有课吗", "有的", f"那我第{number}次再来")
    turns = [{"speaker": ("customer", "agent")[i % 2], "text": text} for i, text in enumerate(said)]
    return {"id": f"c-{number:05}", "customer": {"id": f"U{number % 100}"}, "turns": turns, **fields}

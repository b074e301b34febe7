"""What the models read in place of masked characters.

Masking leaves ●, which no model has seen. Something of the same kind is put there for the models alone, so that a
phone number given away or an account named for private payment stays as visible as it was; quotes are always cut
from the stored text.
"""

from collections.abc import Sequence

from qa_service.domain.conversation import PersonalSpan, Turn

STAND_INS = {
    "phone": "13800000000",
    "id_card": "110101199001010000",
    "bank_card": "6222000000000000000",
    "wechat": "wx123456",
    "email": "name@example.com",
    "address": "幸福路一号",
    "plate": "京A12345",
    "person": "张小明",
    "school": "实验小学",
}


def readable(turn: Turn, start: int = 0, end: int | None = None) -> str:
    """Characters `start` to `end` of a turn, with a stand-in where a masked span begins."""
    return _filled(turn.text, turn.personal, start, len(turn.text) if end is None else end)


def _filled(text: str, spans: Sequence[PersonalSpan], start: int, end: int) -> str:
    parts, position = [], start
    for span in sorted(spans, key=lambda span: span.start):
        if span.end <= position or span.start >= end:
            continue
        parts += [text[position : max(position, span.start)], STAND_INS.get(span.kind, "")]
        position = min(span.end, end)
    return "".join((*parts, text[position:end]))

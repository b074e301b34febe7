"""Masking of personal data: every character becomes ●, a typed span is kept, offsets hold.

Decisions that are not obvious from the kinds:
- A title (妈妈, 女士, 老师) is not part of a name, so that a reader still sees who speaks to whom. People who work for
  the company are masked like anybody else in what was said; the structured `agent` field is untouched.
- A school is masked whole (育才小学). A university named as something to aim at, or by an agent as where the teachers
  come from, is not: it is a claim that quality assurance must be able to read.
- Service lines (12315, 400 and 800 numbers), order, parcel, course and meeting numbers belong to things. A QQ number is
  a private contact and has the kind `wechat`. The last four digits of a phone alone (尾号) are not masked, unless they
  only say a number back that was given near by.
- Ids (`id`, `customer.id`, `agent.id`) and `recording_url` hold conversations together and are left as they are; a
  deployment whose customer ids are phone numbers should import them hashed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from qa_service.domain.conversation import Conversation, PersonalSpan, Speaker, Turn
from qa_service.normalize.contacts import find_emails, find_messenger_ids
from qa_service.normalize.fields import FieldMask, named_people
from qa_service.normalize.names import find_names
from qa_service.normalize.numbers import find_numbers
from qa_service.normalize.passage import Found, Passage, passage_of
from qa_service.normalize.places import find_addresses, find_plates
from qa_service.normalize.schools import find_schools

KINDS = ("phone", "id_card", "bank_card", "wechat", "email", "address", "plate", "person", "school")
MASK = "●"


def mask(conversation: Conversation) -> Conversation:
    """The conversation without personal data: in its turns, its tags and every field that the contract does not know.

    Masking a masked conversation changes nothing.
    """
    hints = named_people(conversation)
    spans = find_personal(conversation.turns, hints=hints)
    fields = FieldMask(lambda text: _mask_text(text, hints), known=hints | _texts(conversation.turns, spans))
    return replace(
        conversation,
        turns=tuple(_masked(turn, found, fields) for turn, found in zip(conversation.turns, spans, strict=True)),
        customer=replace(conversation.customer, extra=fields.mapping(conversation.customer.extra)),
        tags={key: str(fields.value(value, key)) for key, value in conversation.tags.items()},
        consent=fields.value(conversation.consent),
        extra=fields.mapping(conversation.extra),
    )


def find_personal(turns: Sequence[Turn], *, hints: Iterable[str] = ()) -> list[list[PersonalSpan]]:
    """Where personal data stands in each turn, in order, without overlaps; spans that turns already carry stay.

    `hints` are names of people that may be mentioned. Turns are read together, since a number given in pieces
    belongs together. A turn that was masked before is taken as it is.
    """
    passage = passage_of([_unread(turn) if _is_masked(turn) else turn for turn in turns])
    kinds: list[str] = list(KINDS)
    painted: dict[int, bytearray] = {}

    def paint(turn: int, start: int, end: int, kind: str) -> None:
        if kind not in kinds:
            kinds.append(kind)
        codes = painted.setdefault(turn, bytearray(len(turns[turn].text)))
        codes[start:end] = bytes([1 + kinds.index(kind)]) * (end - start)

    for found in _found(passage, hints):
        for turn, start, end in passage.places(found):
            paint(turn, start, end, found.kind)
    for turn, received in enumerate(turns):
        for span in received.personal:
            paint(turn, span.start, span.end, span.kind)
    return [_spans(painted.get(turn, b""), kinds) for turn in range(len(turns))]


_RUN_OF_ONE_KIND = re.compile(rb"([^\x00])\1*", re.DOTALL)


def _found(passage: Passage, hints: Iterable[str]) -> Iterable[Found]:
    """All finds, the surest last: where two overlap, the later one names the kind."""
    searches = (find_schools, find_addresses, find_plates, find_messenger_ids, find_numbers, find_emails)
    others = [found for search in searches for found in search(passage)]
    yield from find_names(passage, hints=hints, beside=others)
    yield from others


def _spans(codes: bytes | bytearray, kinds: Sequence[str]) -> list[PersonalSpan]:
    runs = _RUN_OF_ONE_KIND.finditer(codes)
    return [PersonalSpan(run.start(), run.end(), kinds[run[1][0] - 1]) for run in runs]


def _texts(turns: Sequence[Turn], spans: Sequence[Sequence[PersonalSpan]]) -> frozenset[str]:
    """The personal data itself, to be found again in other fields."""
    texts = (turn.text[span.start : span.end] for turn, found in zip(turns, spans, strict=True) for span in found)
    return frozenset(text for text in texts if len(text) > 1 and MASK not in text)


def _masked(turn: Turn, spans: Sequence[PersonalSpan], fields: FieldMask) -> Turn:
    speaker_id = turn.speaker_id
    if speaker_id and turn.speaker is not Speaker.AGENT:
        speaker_id = str(fields.value(speaker_id))
    if not spans and not turn.extra and speaker_id == turn.speaker_id:
        return turn
    text = _covered(turn.text, spans)
    return replace(turn, text=text, personal=tuple(spans), speaker_id=speaker_id, extra=fields.mapping(turn.extra))


def _covered(text: str, spans: Iterable[PersonalSpan]) -> str:
    characters = list(text)
    for span in spans:
        characters[span.start : span.end] = MASK * (span.end - span.start)
    return "".join(characters)


def _is_masked(turn: Turn) -> bool:
    return bool(turn.personal) and all(set(turn.text[span.start : span.end]) == {MASK} for span in turn.personal)


def _unread(turn: Turn) -> Turn:
    """A turn that tells nothing about its neighbours: what it told, it told when it was masked."""
    return replace(turn, text=MASK * len(turn.text))


def _mask_text(text: str, hints: Iterable[str]) -> str:
    masked = _covered(text, find_personal([Turn(Speaker.CUSTOMER, text)], hints=hints)[0])
    # Fields keep no spans, so masking goes on until it finds nothing: doing it again must change nothing.
    return masked if masked == text else _mask_text(masked, hints)

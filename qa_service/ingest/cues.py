"""Subtitle files, WebVTT and SRT alike: cues with times, and who speaks in a voice tag or before a colon."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, BinaryIO

from qa_service.domain.conversation_json import MAX_TURN_CHARACTERS
from qa_service.errors import TooLarge
from qa_service.ingest.lines import document_lines, flaw
from qa_service.ingest.reader import Defect, DefectCode, Reading, ReadOptions, conversation_or_defect, defect_of, listed
from qa_service.ingest.roles import role_of
from qa_service.ingest.times import clock_ms
from qa_service.ingest.transcript_text import written_turns

LONGEST_LINE = MAX_TURN_CHARACTERS + 100
"""A turn, and the name before it."""

_CLOCK = r"(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_TIMES = re.compile(rf"\s*({_CLOCK})\s*-->\s*({_CLOCK})(?:\s.*)?", re.DOTALL)
_ARROW = "-->"
_VOICE = re.compile(r"<v(?:\.[^\s>]+)*\s+([^>]+)>")
_TAG = re.compile(r"</?(?:v|c|i|b|u|s|rt|ruby|lang|font)(?:[.\s][^<>]*)?>|<\d[\d:.]*>|\{\\an?\d\}")
_ASIDE = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)(?:\s.*)?", re.DOTALL)


@dataclass(slots=True)
class _Cue:
    number: int
    start_ms: int
    end_ms: int
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Cues:
    """Cues being read line by line; `held` is a line that may turn out to be the name of the next cue."""

    cues: list[_Cue] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)
    open_cue: _Cue | None = None
    aside: bool = False
    held: int | None = None

    def take(self, number: int, line: str) -> None:
        """Put one line where it belongs."""
        times = _TIMES.fullmatch(line)
        if times:
            self._begin(times)
        elif not line.strip():
            self.pause()
        elif _ARROW in line:
            self.stray.append(number)
            self.open_cue, self.aside = None, True
        elif self.open_cue is not None:
            self.open_cue.lines.append(line.rstrip("\r\n"))
        elif not self.aside:
            self._outside(number, line)

    def pause(self) -> None:
        """A blank line, or the end of the file."""
        if self.held is not None:
            self.stray.append(self.held)
        self.open_cue, self.aside, self.held = None, False, None

    def _outside(self, number: int, line: str) -> None:
        if _ASIDE.match(line.lstrip("\ufeff")):
            self.aside = True
        elif self.held is None:
            self.held = number
        else:
            self.stray.append(self.held)
            self.held = number

    def _begin(self, times: re.Match[str]) -> None:
        if self.open_cue and self.open_cue.lines and self.open_cue.lines[-1].strip().isdigit():
            self.open_cue.lines.pop()  # no blank line before the number of this cue
        start, end = (clock_ms(clock) or 0 for clock in times.groups())
        self.open_cue = _Cue(len(self.cues) + 1, start, end)
        self.cues.append(self.open_cue)
        self.aside, self.held = False, None


def read_cues(stream: BinaryIO, file_name: str, options: ReadOptions) -> Iterator[Reading]:
    """The one conversation of a subtitle file; cues that nobody known speaks are told in one defect."""
    found = _Cues()
    yield from _fill(found, stream, file_name)
    if found.stray:
        reason = f"lines {listed(found.stray)} belong to no cue (a time `00:00:01.000 --> 00:00:02.000` is missing)"
        yield Defect(file_name, found.stray[0], reason, DefectCode.DAMAGED_FILE.value)
    turns: list[dict[str, Any]] = []
    roleless: list[int] = []
    for cue in found.cues:
        spoken = _turns(cue, options)
        turns.extend(spoken)
        if not spoken and any(line.strip() for line in cue.lines):
            roleless.append(cue.number)
    if roleless:
        reason = f"cues {listed(roleless)} do not say who speaks (`<v 客服>` or `客服：`); they were left out"
        yield Defect(file_name, None, reason, DefectCode.UNKNOWN_ROLE.value)
    if not turns:
        if not roleless:
            yield Defect(file_name, None, "no cue with words in this file", DefectCode.DAMAGED_FILE.value)
        return
    body: dict[str, Any] = {"id": PurePath(file_name).stem, "turns": turns}
    yield conversation_or_defect(body | ({"left_out": roleless} if roleless else {}), file_name, None, options)


def _turns(cue: _Cue, options: ReadOptions) -> list[dict[str, Any]]:
    """What the cue says; none when a part of it has no known speaker, so that no words change mouths."""
    payload = "\n".join(cue.lines)
    voices = _VOICE.split(payload)
    turns = written_turns(enumerate(_plain(voices[0]).splitlines(), 1), options.speaker_names)
    if turns.stray:
        return []
    found = turns.turns
    for name, words in zip(voices[1::2], voices[2::2], strict=True):
        speaker = role_of(html.unescape(name), options.speaker_names)
        if speaker is None:
            return []
        found.append({"speaker": speaker.value, "text": _plain(words).strip()})
    return [turn | {"start_ms": cue.start_ms, "end_ms": cue.end_ms} for turn in found]


def _plain(payload: str) -> str:
    return html.unescape(_TAG.sub("", payload))


def _fill(found: _Cues, stream: BinaryIO, file_name: str) -> Iterator[Defect]:
    try:
        for number, line in document_lines(stream, longest=LONGEST_LINE):
            problem = flaw(line, LONGEST_LINE)
            if problem:
                yield Defect(file_name, number, *problem)
            elif line is not None:
                found.take(number, line)
    except TooLarge as error:
        yield defect_of(error, file_name, None)
    found.pause()

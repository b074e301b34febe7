"""Analyses joined with their conversations, from files; memory grows only with lines that are out of order."""

import gzip
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import IO, Any

from qa_service.domain.analysis import Analysis
from qa_service.domain.analysis_json import analysis_from_json
from qa_service.domain.conversation import Conversation
from qa_service.domain.conversation_json import CHINA, conversation_from_json
from qa_service.domain.judged import JudgedConversation
from qa_service.domain.period import ALWAYS, Period, local_day
from qa_service.errors import InvalidInput, QaError

LISTED = 5


@dataclass
class JoinProblems:
    """What kept analyses and conversations apart; filled while they are read."""

    broken: list[str] = field(default_factory=list)
    without_conversation: list[str] = field(default_factory=list)
    n_without_conversation: int = 0
    n_without_analysis: int = 0
    n_undated: int = 0

    def warnings(self) -> list[str]:
        """One sentence for each kind of problem, naming the first few; empty when all was well."""
        found = list(self.broken)
        if self.n_without_conversation:
            named = ", ".join(self.without_conversation)
            found.append(f"{self.n_without_conversation} analyses have no conversation in the files given: {named} …")
        if self.n_without_analysis:
            found.append(f"{self.n_without_analysis} conversations have no analysis and were left out")
        if self.n_undated:
            found.append(f"{self.n_undated} conversations have no `started_at` and lie in no period; left out")
        return found


@dataclass
class JudgedFiles:
    """Iterate to read (again and again, if need be); afterwards `problems` tells what was left out.

    `conversations` are the files that were analysed; a pair is outside when its day is not in `period`.
    """

    results: Sequence[Path]
    conversations: Sequence[Path]
    period: Period = ALWAYS
    zone: tzinfo = CHINA
    problems: JoinProblems = field(default_factory=JoinProblems)

    def __iter__(self) -> Iterator[JudgedConversation]:
        """The pairs in the order of the analyses; raises InvalidInput when not one analysis finds its conversation."""
        self.problems = JoinProblems()
        joined = 0
        with ExitStack() as files:
            finder = _Finder([files.enter_context(_opened(path)) for path in self.conversations], self.problems)
            for analysis in self._analyses():
                body = finder.find(analysis.conversation_id)
                if body is None:
                    self._note_missing(analysis)
                    continue
                joined += 1
                conversation = self._conversation(body)
                if conversation is not None:
                    yield JudgedConversation(conversation, analysis)
            self.problems.n_without_analysis = finder.left()
        if not joined and self.problems.n_without_conversation:
            raise InvalidInput(
                f"none of the {self.problems.n_without_conversation} analyses in {_names(self.results)} has its"
                f" conversation in {_names(self.conversations)}; pass the file that was analysed"
            )

    def _analyses(self) -> Iterator[Analysis]:
        for path in self.results:
            with _opened(path) as lines:
                for number, line in enumerate(lines, 1):
                    try:
                        yield _analysis(line)
                    except (ValueError, QaError) as error:
                        if line.strip():
                            self.problems.broken.append(f"{path}:{number}: {error}")

    def _note_missing(self, analysis: Analysis) -> None:
        self.problems.n_without_conversation += 1
        if len(self.problems.without_conversation) < LISTED:
            self.problems.without_conversation.append(analysis.conversation_id)

    def _conversation(self, body: Any) -> Conversation | None:
        try:
            conversation = conversation_from_json(body, zone=self.zone)
        except QaError as error:
            self.problems.broken.append(f"conversation {body.get('id')!r}: {error}")
            return None
        if not self.period.bounded:
            return conversation
        if conversation.started_at is None:
            self.problems.n_undated += 1
            return None
        return conversation if self.period.holds(local_day(conversation.started_at, self.zone)) else None


def read_analyses(results: Sequence[Path]) -> Iterator[Analysis]:
    """The analyses of result files alone; raises InvalidInput at the first line that is none."""
    for path in results:
        with _opened(path) as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    try:
                        yield _analysis(line)
                    except (ValueError, QaError) as error:
                        raise InvalidInput(f"{path}:{number}: {error}") from error


def _analysis(line: bytes) -> Analysis:
    try:
        body = json.loads(line)
    except ValueError as error:
        raise InvalidInput("not valid JSON") from error
    return analysis_from_json(body)


class _Finder:
    """Finds conversations by id. Reads on from where it stands, and notes the place of each line it passes.

    Results are written in the order of their conversations, so mostly the next line is the one wanted.
    """

    def __init__(self, files: Sequence[IO[bytes]], problems: JoinProblems) -> None:
        self._files, self._problems = files, problems
        self._passed: dict[str, tuple[int, int]] = {}
        self._current = 0

    def find(self, conversation_id: str) -> Any:
        place = self._passed.pop(conversation_id, None)
        if place is not None:
            return self._read_at(*place)
        for number, offset, body in self._onwards():
            if body["id"] == conversation_id:
                return body
            self._passed.setdefault(body["id"], (number, offset))
        return None

    def left(self) -> int:
        """Conversations that nobody asked for."""
        for number, offset, body in self._onwards():
            self._passed.setdefault(body["id"], (number, offset))
        return len(self._passed)

    def _onwards(self) -> Iterator[tuple[int, int, Any]]:
        while self._current < len(self._files):
            file = self._files[self._current]
            while True:
                offset = file.tell()
                line = file.readline()
                if not line:
                    break
                body = _identified(line)
                if body is not None:
                    yield self._current, offset, body
                elif line.strip():
                    self._problems.broken.append(f"{file.name}: the line at byte {offset} is not a conversation")
            self._current += 1

    def _read_at(self, number: int, offset: int) -> Any:
        file = self._files[number]
        here = file.tell()
        file.seek(offset)
        body = _identified(file.readline())
        file.seek(here)
        return body


def _identified(line: bytes) -> Any:
    """The object of a line, with its id as text; None when it has none."""
    try:
        body = json.loads(line)
        return body | {"id": str(body["id"])}
    except (ValueError, TypeError, KeyError):
        return None


def _opened(path: Path) -> IO[bytes]:
    """A file to read and to seek in; a compressed one is unpacked into a nameless file first."""
    try:
        if path.suffix != ".gz":
            return path.open("rb")
        unpacked = tempfile.TemporaryFile()  # noqa: SIM115 -- the caller closes it
        with gzip.open(path, "rb") as packed:
            shutil.copyfileobj(packed, unpacked)
        unpacked.seek(0)
        return unpacked
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"{path}: cannot be read: {error}") from error


def _names(paths: Iterable[Path]) -> str:
    return ", ".join(str(path) for path in paths)

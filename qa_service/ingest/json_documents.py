"""JSON from strangers: every way of being broken is one InvalidInput, and what stands beside it is still read."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from qa_service.domain.conversation_json import MAX_FIELD_CHARACTERS, MAX_TURN_CHARACTERS
from qa_service.domain.json_values import MAX_NUMBER, UNKEEPABLE
from qa_service.errors import InvalidInput, QaError, TooLarge
from qa_service.ingest.lines import MAX_LINE_BYTES, byte_lines
from qa_service.ingest.reader import Defect, DefectCode, defect_of

LEAST_EFFORT, SEARCH_EFFORT = 20_000_000, 4
"""Characters, or how many times its own length, that may be read to find the next sound element of a document."""
LEAST_COST, NESTED_COST = 50, 100_000
"""Characters that one try counts as, at least, and when it fails for its depth."""

_UTF8_MARK = b"\xef\xbb\xbf"
_OBJECT_IN_ARRAY = re.compile(r"(?<=[\[,\s])\{")
_BETWEEN = re.compile(r"[\s,]*")


def parse_json(text: str) -> Any:
    """The value of a JSON text; raises InvalidInput, or TooLarge for what is nested without end."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"not valid JSON: {_short(error)}") from error
    except RecursionError as error:
        raise TooLarge("the JSON is nested too deeply") from error
    except ValueError as error:
        raise InvalidInput(f"not valid JSON: {error}") from error


def scalar(value: Any, *, at_most: int = MAX_FIELD_CHARACTERS) -> str | None:
    """A name or number as text that can be kept; None for anything else."""
    written = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    return None if written is None or len(written) > at_most or UNKEEPABLE.search(written) else written


def words(value: Any) -> str | None:
    """What was said, when it is text that can be kept; None for anything else."""
    if not isinstance(value, str) or len(value) > MAX_TURN_CHARACTERS or UNKEEPABLE.search(value):
        return None
    return value


def offset(value: Any) -> float | None:
    """A number of milliseconds; None for anything else, since a turn without times is still a turn."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return value if plain and -MAX_NUMBER <= value <= MAX_NUMBER else None


def json_lines(stream: BinaryIO, file_name: str, *, limit: int = MAX_LINE_BYTES) -> Iterator[tuple[int, Any]]:
    """The value or the Defect of every line that is not blank, with its line number."""
    for number, line in byte_lines(stream, limit=limit):
        if line is None:
            reason = f"the line is over {limit >> 20} MB: split the conversation"
            yield number, Defect(file_name, number, reason, DefectCode.TOO_LARGE.value)
        elif content := line.removeprefix(_UTF8_MARK).strip():
            yield number, _line_value(content, file_name, number)


def salvaged(text: str, key: str, wanted: Callable[[Any], bool]) -> tuple[dict[str, Any], Iterator[Any]] | None:
    """What stands before the array `key` of a damaged document, and the array's elements; None without the array.

    A damaged element is an InvalidInput; reading goes on at the next object that is `wanted`.
    """
    found = re.search(rf'"{key}"\s*:\s*\[', text)
    if found is None:
        return None
    try:
        facts = parse_json(text[: found.end()] + "]}")
    except QaError:
        facts = {}
    return facts if isinstance(facts, dict) else {}, _elements(text, found.end(), wanted)


def _elements(text: str, start: int, wanted: Callable[[Any], bool]) -> Iterator[Any]:
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    position = _skip(text, start)
    while position < len(text) and text[position] != "]":
        try:
            value, position = decoder.raw_decode(text, position)
            yield value
        except (ValueError, RecursionError) as error:
            yield InvalidInput(f"a damaged element ({_short(error)}); it ends the file or was passed over")
            position = _resume(decoder, text, position + 1, wanted)
        position = _skip(text, position)


def _line_value(content: bytes, file_name: str, number: int) -> Any:
    try:
        return parse_json(content.decode("utf-8"))
    except UnicodeDecodeError:
        reason = "the line is not UTF-8: save the file as UTF-8"
        return Defect(file_name, number, reason, DefectCode.WRONG_ENCODING.value)
    except QaError as error:
        return defect_of(error, file_name, number)


def _resume(decoder: json.JSONDecoder, text: str, position: int, wanted: Callable[[Any], bool]) -> int:
    """Where the next whole element begins, or the end of the text."""
    left = max(LEAST_EFFORT, SEARCH_EFFORT * len(text))
    for match in _OBJECT_IN_ARRAY.finditer(text, position):
        start = match.start()
        try:
            value, end = decoder.raw_decode(text, start)
            if wanted(value):
                return start
        except json.JSONDecodeError as error:
            end = error.pos
        except (ValueError, RecursionError):
            end = start + NESTED_COST
        left -= max(LEAST_COST, end - start)
        if left < 0:
            break
    return len(text)


def _skip(text: str, position: int) -> int:
    match = _BETWEEN.match(text, position)
    return match.end() if match else position


def _short(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at').removesuffix(' starting')} at character {error.pos + 1}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")

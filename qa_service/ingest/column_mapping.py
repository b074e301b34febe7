"""Which column of a table says what: guessed from its headers, or saved by a person and loaded again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from qa_service.domain.conversation import Speaker
from qa_service.errors import InvalidInput
from qa_service.ingest.headers import CONVERSATION_HEADERS, TAG_HEADERS, match_headers

FIELDS = tuple(CONVERSATION_HEADERS)
"""What a column can say; `text` and `speaker` make a table of turns, `transcript` one of conversations."""

_YAML_SUFFIXES = (".yaml", ".yml")
_SPEAKERS = tuple(speaker.value for speaker in Speaker)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Field → header, tag → header, and the words of the speaker column → agent, customer or system.

    Columns that are not named here are not read: what nobody asked for may be personal data.
    """

    columns: Mapping[str, str]
    tags: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)


def guess_mapping(headers: Sequence[str]) -> ColumnMapping | None:
    """The mapping that common Chinese and English headers suggest; None when it would not make conversations."""
    columns = match_headers(headers, CONVERSATION_HEADERS)
    if "speaker" in columns and "text" not in columns and "transcript" in columns:
        columns["text"] = columns.pop("transcript")
    if "speaker" not in columns and "transcript" not in columns and "text" in columns:
        columns["transcript"] = columns.pop("text")
    if "speaker" in columns:
        columns.pop("transcript", None)
    elif "sent_at" in columns:  # the only time of a whole conversation is its start
        columns.setdefault("started_at", columns.pop("sent_at"))
    if "start_ms" in columns and "end_s" in columns:  # `begin, end` count alike
        columns["end_ms"] = columns.pop("end_s")
    mapping = ColumnMapping(columns, match_headers(headers, TAG_HEADERS))
    return None if missing_fields(mapping) else mapping


def missing_fields(mapping: ColumnMapping) -> tuple[str, ...]:
    """The fields without which a table holds no conversations."""
    needed = ("transcript",) if "transcript" in mapping.columns else ("conversation_id", "speaker", "text")
    return tuple(name for name in needed if name not in mapping.columns)


def mapping_from_json(body: Any) -> ColumnMapping:
    """Read a saved mapping; raises InvalidInput naming the key that is wrong."""
    if not isinstance(body, Mapping) or not set(body) <= {"columns", "tags", "roles"} or "columns" not in body:
        raise InvalidInput("a column mapping is an object with `columns`, and optionally `tags` and `roles`")
    mapping = ColumnMapping(**{key: _pairs(body[key], key) for key in body})
    unknown = sorted(set(mapping.columns) - set(FIELDS))
    if unknown:
        raise InvalidInput(f"columns: {', '.join(unknown)} is no field; known are {', '.join(FIELDS)}")
    if missing := missing_fields(mapping):
        raise InvalidInput(f"columns: {', '.join(missing)} must be mapped (or `transcript` for whole conversations)")
    wrong = sorted(set(mapping.roles.values()) - set(_SPEAKERS))
    if wrong:
        raise InvalidInput(f"roles: {', '.join(wrong)} is no speaker; known are {', '.join(_SPEAKERS)}")
    return mapping


def mapping_to_json(mapping: ColumnMapping) -> dict[str, dict[str, str]]:
    """The object that `mapping_from_json` reads."""
    parts = {"columns": mapping.columns, "tags": mapping.tags, "roles": mapping.roles}
    return {name: dict(part) for name, part in parts.items() if part}


def load_mapping(path: Path) -> ColumnMapping:
    """Read a mapping file, YAML or JSON by its suffix; raises InvalidInput naming the file."""
    try:
        written = path.read_text(encoding="utf-8-sig")
        body = yaml.safe_load(written) if path.suffix in _YAML_SUFFIXES else json.loads(written)
        return mapping_from_json(body)
    except InvalidInput as error:
        raise InvalidInput(f"{path.name}: {error.detail}") from error
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise InvalidInput(f"{path.name} is not a readable mapping file: {error}") from error


def save_mapping(mapping: ColumnMapping, path: Path) -> None:
    """Write a mapping file, YAML or JSON by its suffix."""
    body = mapping_to_json(mapping)
    if path.suffix in _YAML_SUFFIXES:
        path.write_text(yaml.safe_dump(body, allow_unicode=True, sort_keys=False), encoding="utf-8")
    else:
        path.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _pairs(body: Any, key: str) -> dict[str, str]:
    if not isinstance(body, Mapping) or not all(isinstance(text, str) for pair in body.items() for text in pair):
        raise InvalidInput(f"{key} must map names to headers, both text")
    return dict(body)

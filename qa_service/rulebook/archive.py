"""A rulebook as one zip: written to the same bytes each time, read in memory with bounds and without trust."""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from qa_service.errors import InvalidRulebook

INDEX = "index.json"
"""What the exporting service knows beyond the SOPs; for people, never read back."""

TAXONOMY = "taxonomy.yaml"
"""Where the company's taxonomy lies in the zip; on the way in it is known by what it says."""

MAX_FILES = 2_000
MAX_FILE_BYTES = 4_000_000
MAX_BYTES = 64_000_000
# The earliest that a zip can say, so that the same rulebook is the same file.
STAMP = (1980, 1, 1, 0, 0, 0)
# What operating systems put into archives by themselves.
LITTER = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)")
UNSAFE_IN_NAME = re.compile(r"[^\w.-]|^\.")


def sop_file_name(slug: str, version: int) -> str:
    """Where a version lies in the zip."""
    return f"sops/{UNSAFE_IN_NAME.sub(lambda found: f'%{ord(found[0]):02X}', slug)}/v{version}.yaml"


def pack(files: Mapping[str, str]) -> bytes:
    """Texts by name as a zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[name].encode())
    return content.getvalue()


def is_archive(content: bytes) -> bool:
    """Whether these are the bytes of a zip."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def unpack(content: bytes) -> dict[str, str]:
    """The YAML texts of a zip by name; raises InvalidRulebook naming every entry that is not one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [one for one in archive.infolist() if not one.is_dir() and not LITTER.search(one.filename)]
            problems = list(_refusals(entries))
            if problems:
                raise InvalidRulebook(problems)
            return _read(archive, [one for one in entries if one.filename != INDEX])
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as error:
        raise InvalidRulebook([f"the zip cannot be read ({error}); make it again"]) from error


def _refusals(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    """What is wrong with the entries before a byte of them is read."""
    if len(entries) > MAX_FILES:
        yield f"the zip holds {len(entries)} files; at most {MAX_FILES} are taken"
        return
    if not entries:
        yield "the zip holds no file; put the SOPs into it as .yaml"
    seen: set[str] = set()
    for entry in entries:
        if reason := _refusal(entry, seen):
            yield f"{entry.filename!r}: {reason}"
        seen.add(entry.filename)


def _refusal(entry: zipfile.ZipInfo, seen: set[str]) -> str | None:
    name = entry.filename
    if _escapes(name, entry.orig_filename):
        return "a path must be relative, with / between its parts and without `..`"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a link is not taken; put the file itself into the zip"
    if name in seen:
        return "stands twice in the zip"
    if entry.flag_bits & 1:
        return "is encrypted; make the zip without a password"
    if name != INDEX and PurePosixPath(name).suffix.lower() not in (".yaml", ".yml"):
        return "is no .yaml file; a rulebook holds nothing else"
    return None


def _escapes(name: str, original: str) -> bool:
    strange = "\\" in original or "\x00" in original or re.match(r"[A-Za-z]:", name)
    return bool(strange) or name.startswith("/") or ".." in name.split("/")


def _read(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> dict[str, str]:
    """The texts; a size that an entry claims is not believed."""
    texts: dict[str, str] = {}
    problems: list[str] = []
    left = MAX_BYTES
    for entry in entries:
        with archive.open(entry) as packed:
            content = packed.read(min(MAX_FILE_BYTES, left) + 1)
        left -= len(content)
        if left < 0:
            raise InvalidRulebook([f"the zip holds over {MAX_BYTES} bytes unpacked; a rulebook is far smaller"])
        if len(content) > MAX_FILE_BYTES:
            problems.append(f"{entry.filename}: over {MAX_FILE_BYTES} bytes; an SOP is far smaller")
            continue
        try:
            texts[entry.filename] = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            problems.append(f"{entry.filename}:1: not UTF-8 text; save the file as UTF-8")
    if problems:
        raise InvalidRulebook(problems)
    return texts

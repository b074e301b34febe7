"""A rulebook as a zip: the same bytes each time, and nothing believed that a zip says of itself."""

import io
import stat
import struct
import zipfile

import pytest

from qa_service.errors import InvalidRulebook
from qa_service.rulebook import archive
from qa_service.rulebook.archive import INDEX, pack, sop_file_name, unpack


def zipped(*entries: tuple[str | zipfile.ZipInfo, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as made:
        for name, text in entries:
            made.writestr(name, text)
    return content.getvalue()


def test_what_is_packed_is_unpacked_and_the_same_files_are_the_same_bytes() -> None:
    files = {"sops/试听/v1.yaml": "sop: 试听\n", "sops/b/v2.yaml": "sop: b\n", INDEX: "{}"}
    content = pack(files)
    assert content == pack(dict(reversed(files.items())))
    assert unpack(content) == {name: text for name, text in files.items() if name != INDEX}


def test_a_name_of_an_sop_never_leaves_its_folder() -> None:
    names = {slug: sop_file_name(slug, 3) for slug in ("trial-call", "试听 邀约", "../../etc", "a/b", ".hidden")}
    assert names["trial-call"] == "sops/trial-call/v3.yaml"
    assert names["试听 邀约"] == "sops/试听%20邀约/v3.yaml"
    assert len(set(names.values())) == len(names)
    assert all(name.count("/") == 2 and "/." not in name for name in names.values())


def test_what_systems_add_by_themselves_is_left_out() -> None:
    content = zipped(("a/", ""), ("a/x.yml", "sop: x"), ("__MACOSX/a/._x.yml", b"\0\xff"), ("a/.DS_Store", b"\0"))
    assert unpack(content) == {"a/x.yml": "sop: x"}


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("link.yaml")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def renamed(content: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    return content.replace(old, new)


REFUSED = {
    "parent": (zipped(("../x.yaml", "a")), "without `..`"),
    "deep parent": (zipped(("a/../../x.yaml", "a")), "without `..`"),
    "root": (zipped(("/etc/x.yaml", "a")), "must be relative"),
    "drive": (zipped(("C:x.yaml", "a")), "must be relative"),
    "backslash": (renamed(zipped(("a_b.yaml", "a")), b"a_b.yaml", b"a\\b.yaml"), "with / between"),
    "nul": (renamed(zipped(("ab.yaml_x", "a")), b"ab.yaml_x", b"ab.yaml\0x"), "must be relative"),
    "link": (zipped((link(), "/etc/passwd")), "a link is not taken"),
    "twice": (renamed(zipped(("a.yaml", "a"), ("b.yaml", "a")), b"b.yaml", b"a.yaml"), "stands twice"),
    "no yaml": (zipped(("run.sh", "a")), "is no .yaml file"),
    "nested": (zipped(("inner.zip", zipped(("x.yaml", "a")))), "is no .yaml file"),
    "empty": (zipped(), "holds no file"),
    "not utf-8": (zipped(("x.yaml", "您好".encode("gbk"))), "x.yaml:1: not UTF-8"),
    "torn": (zipped(("x.yaml", "a" * 500))[:-30], "cannot be read"),
    "no zip": (b"PK\x03\x04 and then nothing", "cannot be read"),
    "unknown packing": (zipped(("x.yaml", "a")).replace(b"\x08\x00", b"\x63\x00"), "cannot be read"),
}


@pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=[name.replace(" ", "_") for name in REFUSED])
def test_what_a_rulebook_does_not_hold_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InvalidRulebook, match=said):
        unpack(content)


def test_every_bad_entry_is_named() -> None:
    with pytest.raises(InvalidRulebook) as raised:
        unpack(zipped(("a.txt", "a"), ("../b.yaml", "b"), ("c.yaml", "c")))
    assert len(raised.value.problems) == 2


def test_an_encrypted_entry_is_refused_before_it_is_read() -> None:
    content = bytearray(zipped(("x.yaml", "a")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(signature) + offset
        struct.pack_into("<H", content, place, 1)
    with pytest.raises(InvalidRulebook, match="without a password"):
        unpack(bytes(content))


def test_a_bomb_is_put_down_after_the_first_bytes_over_the_bound() -> None:
    bomb = zipped(("x.yaml", b"0" * 50_000_000))
    assert len(bomb) < 100_000
    with pytest.raises(InvalidRulebook, match="over 4000000 bytes"):
        unpack(bomb)


def test_a_size_that_is_a_lie_helps_no_bomb() -> None:
    content = bytearray(zipped(("x.yaml", b"0" * 50_000_000)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", content, content.index(signature) + offset, 10)
    with pytest.raises(InvalidRulebook):
        unpack(bytes(content))


def test_many_files_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    with pytest.raises(InvalidRulebook, match="over 1000 bytes unpacked"):
        unpack(zipped(*((f"{n}.yaml", "a" * 300) for n in range(5))))
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    with pytest.raises(InvalidRulebook, match="at most 3"):
        unpack(zipped(*((f"{n}.yaml", "a") for n in range(5))))

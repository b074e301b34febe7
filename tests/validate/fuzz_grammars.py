"""Files of every format, made of sound parts that must be read and broken parts that may cost only themselves."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import openpyxl

from tests.validate.broken_json import broken_object, dump, odd_field

MARK = "原话"


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file, and the texts that must stand in the turns read from it."""

    name: str
    content: bytes
    kept: tuple[str, ...]


Grammar = Callable[[Random], MadeFile]


def _words(rng: Random, number: int) -> str:
    tail = rng.choice(["", "，多少钱？", " ok", "😀", "１２３", "㈱", "a-b_c", "……", "（笑）", "𠮷"])
    return f"{MARK}{number}{tail}"


def _parts(rng: Random) -> list[bool]:
    return [rng.random() < 0.6 for _ in range(rng.randint(1, 8))]


def _json_lines(rng: Random, name: str, sound: Callable[[int, str], dict[str, Any]]) -> MadeFile:
    lines, kept = [], []
    for number, is_sound in enumerate(_parts(rng)):
        words = _words(rng, number)
        body = sound(number, words)
        if is_sound:
            kept.append(words)
            lines.append(dump(body).encode())
        else:
            lines.append(broken_object(rng, _renamed(body)).replace(b"\n", b" "))
    if rng.random() < 0.2:
        lines.insert(rng.randrange(len(lines) + 1), b"")
    return MadeFile(name, rng.choice([b"\n", b"\r\n"]).join(lines), tuple(kept))


def _renamed(body: dict[str, Any]) -> dict[str, Any]:
    """Broken parts have ids of their own, lest a part that turns out readable makes a sound one a duplicate."""
    return {key: f"b{value}" if key in ("id", "tid", "msgid", "from") else value for key, value in body.items()}


def contract_jsonl(rng: Random) -> MadeFile:
    """Conversations of the contract."""

    def sound(number: int, words: str) -> dict[str, Any]:
        turns = [{"speaker": rng.choice(["agent", "customer", "system"]), "text": words, "start_ms": 0}]
        started = "2026-10-08T19:32:00+08:00"
        return {"id": f"c{number}", "agent": {"id": "A1"}, "tags": {"a": "b"}, "started_at": started, "turns": turns}

    return _json_lines(rng, "a.jsonl", sound)


def wecom(rng: Random) -> MadeFile:
    """Messages of one pair a part, so that a broken one stands alone."""

    def sound(number: int, words: str) -> dict[str, Any]:
        sender, others = rng.choice([(f"wm{number}", ["zhou"]), (f"zhou{number}", ["wmA"])])
        base = {"msgid": f"m{number}", "action": "send", "from": sender, "tolist": others, "roomid": ""}
        return base | {"msgtime": 1740794400123 + number, "msgtype": "text", "text": {"content": words}}

    return _json_lines(rng, "w.jsonl", sound)


def alibaba(rng: Random) -> MadeFile:
    """Tickets; the document is sometimes cut behind the sound ones."""
    parts, kept = [], []
    for number, is_sound in enumerate(_parts(rng)):
        words = _words(rng, number)
        item = {"role": rng.choice(["客服", "客户"]), "words": words, "begin": 0, "end": 9, "type": "TEXT"}
        body = {"tid": f"t{number}", "callType": 1, "customerServiceId": 8, "remark1": "x", "dialogue": [item]}
        if is_sound:
            kept.append(words)
        written = dump(body).encode() if is_sound else odd_field(rng, _renamed(body))
        parts.append(written if is_sound or rng.random() < 0.7 else written[: rng.randrange(1, len(written))])
    head = dump({"isSchemeData": 1, "business": "英语"})[:-1].encode() + b',"tickets":['
    tail = rng.choice([b"]}", b"]}", b"", b',{"tid":"x","dial'])
    return MadeFile("a.json", head + rng.choice([b",", b",\n  "]).join(parts) + tail, tuple(kept))


def contact_lens(rng: Random) -> MadeFile:
    """Segments of one contact."""
    items, kept = [], []
    for number, is_sound in enumerate(_parts(rng)):
        words = _words(rng, number)
        item = {"ParticipantId": "A", "ParticipantRole": "AGENT", "Content": words, "BeginOffsetMillis": 1}
        if is_sound:
            kept.append(words)
        items.append(dump(item).encode() if is_sound else odd_field(rng, item))
    people = dump({"Version": "1.1.0", "Channel": "VOICE"})[:-1].encode()
    return MadeFile("u_analysis.json", people + b',"Transcript":[' + b",".join(items) + b"]}", tuple(kept))


_HEADERS = ("会话ID", "时间", "角色", "客户ID", "内容")
_ODD_CELLS: Sequence[Any] = (
    "",
    "路人",
    "x" * 300,
    1.5e17,
    45717.5,
    "2026-02-30",
    "\ud83d\ude00",
    True,
    "=1+1",
    "1E+17",
)


def _odd_row(rng: Random, row: Sequence[str]) -> list[Any]:
    cells: list[Any] = [cell if rng.random() < 0.6 else rng.choice(_ODD_CELLS) for cell in row]
    if rng.random() < 0.3:
        cells.append("多出的一格")
    return cells[: rng.randint(0, len(cells))] if rng.random() < 0.2 else cells


def _table(rng: Random) -> tuple[list[tuple[bool, list[Any]]], tuple[str, ...]]:
    rows, kept = [], []
    for number, is_sound in enumerate(_parts(rng)):
        words = _words(rng, number)
        row = [f"c{number}", "2026-03-01 10:00:00", rng.choice(["客服", "客户", "agent"]), f"u{number}", words]
        if is_sound:
            kept.append(words)
        rows.append((is_sound, row if is_sound else _odd_row(rng, [f"b{number}", *row[1:]])))
    return rows, tuple(kept)


def csv_turns(rng: Random) -> MadeFile:
    """One row a turn, in any of the encodings, with open quotes and wrong bytes between."""
    rows, kept = _table(rng)
    encoding = rng.choice(["utf-8", "utf-8-sig", "gb18030"])
    lines = [_csv_line(_HEADERS)]
    stray = [True]  # two stray quotes may make one cell by all rules of CSV, and then what is between is its text
    for is_sound, row in rows:
        line = _csv_line(row)
        if not is_sound and rng.random() < 0.4:
            messes = [f"{line[:-1]}\x00", "\x00" * 9]
            if stray and stray.pop():
                messes += [f'b,客服,"{line}', f'"{line}', f'b"{line}"', f'"{line}"', f'b,"x"y"{line}']
            line = rng.choice(messes).replace("\n", "") + "\n"
        lines.append(line)
    content = [line.encode(encoding if n == 0 else encoding.removesuffix("-sig")) for n, line in enumerate(lines)]
    if encoding == "utf-8-sig" and rng.random() < 0.3:  # the mark says UTF-8, so a wrong row is only that
        content.insert(rng.randint(1, len(content)), b"b9,\xff\xfe,\xed\xa0\x80,x,y\n")
    return MadeFile("a.csv", b"".join(content), kept)


def _csv_line(cells: Sequence[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(
        [cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell for cell in cells]
    )
    return line.getvalue()


def csv_conversations(rng: Random) -> MadeFile:
    """One row a conversation, the transcript in a quoted cell of several lines."""
    lines, kept = [_csv_line(["通话ID", "坐席", "对话内容"])], []
    for number, is_sound in enumerate(_parts(rng)):
        words = _words(rng, number)
        mess = rng.choice(
            ["", "没有角色", "\x00", "路人：甲\n路人：乙", "：\n：", "客服" + "长" * 30_000, "客服：\x00"]
        )
        transcript = f"客服：您好\n客户：{words}" if is_sound else f"{mess}\n{rng.choice(['', '客户：嗯'])}"
        if is_sound:
            kept.append(words)
        lines.append(_csv_line([f"{'c' if is_sound else 'b'}{number}", "小周", transcript]))
    return MadeFile("b.csv", "".join(lines).encode("utf-8"), tuple(kept))


def xlsx(rng: Random) -> MadeFile:
    """One row a turn in a workbook."""
    rows, kept = _table(rng)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(_HEADERS)
    for _, row in rows:
        sheet.append([_writable(cell) for cell in row])
    held = io.BytesIO()
    book.save(held)
    return MadeFile("a.xlsx", held.getvalue(), kept)


def _writable(cell: Any) -> Any:
    return cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell


def _cues(rng: Random, name: str, head: str, cue: Callable[[int, str], str]) -> MadeFile:
    parts, kept = [head.encode()] if head else [], []
    foreign = [b"\xff\xfe\xff"]  # more of them than of sound parts, and the file counts as GB18030
    for number, is_sound in enumerate(_parts(rng)):
        words = _words(rng, number)
        sound = cue(number, words)
        if is_sound:
            kept.append(words)
            parts.append(sound.encode())
            continue
        clock = f"00:{number:02}:00.000"
        parts.append(
            rng.choice(
                [
                    foreign.pop() if foreign and kept else b"",
                    sound.replace("客", "路").encode(),
                    sound.replace("-->", "->").encode(),
                    sound.replace(words, words + "\x00").encode(),
                    sound.replace(words, "长" * 30_000).encode(),
                    f"{clock} --> ".encode(),
                    f"{clock} --> {clock}\n".encode(),
                    f"NOTE 客服：{words}".encode(),
                    b"\x00\x01\x02",
                    f"{clock} --> 99:99:99.999\n<v >x</v><v 客服".encode(),
                ]
            )
        )
    return MadeFile(name, (b"\n\n".join(parts) + rng.choice([b"", b"\n"])), tuple(kept))


def webvtt(rng: Random) -> MadeFile:
    """Cues with voice tags or prefixes."""

    def cue(number: int, words: str) -> str:
        said = rng.choice([f"<v 客服>{words}", f"<v.loud 客户 小王>{words}</v>", f"客户：{words}"])
        return f"{number}\n00:{number:02}:00.000 --> {number:02}:05.000\n{said}"

    return _cues(rng, "a.vtt", "WEBVTT - 通话", cue)


def srt(rng: Random) -> MadeFile:
    """Cues with prefixes."""

    def cue(number: int, words: str) -> str:
        return f"{number + 1}\n00:{number:02}:00,000 --> 00:{number:02}:05,000\n客服：{words}"

    return _cues(rng, "a.srt", "", cue)


def plain_text(rng: Random) -> MadeFile:
    """Blocks parted by lines with ids."""
    blocks, kept = [], []
    foreign = [b"\xff\xff\n"]  # more of them than of sound parts, and the file counts as GB18030
    for number, is_sound in enumerate(_parts(rng)):
        words = _words(rng, number)
        if is_sound:
            kept.append(words)
            blocks.append(f"=== c{number}\n客服：您好\n客户：{words}\n".encode())
        else:
            mess = [
                foreign.pop() if foreign and kept else b"\n",
                "路人：甲\n路人：乙\n".encode(),
                b"\x00\n",
                ("客服：" + "长" * 30_000 + "\n").encode(),
                "没有角色\n".encode(),
                b"\n\n",
                "：：：\n".encode(),
                "客服\n：\n".encode(),
            ]
            blocks.append(f"=== b{number}\n".encode() + rng.choice(mess) + rng.choice(mess))
    return MadeFile("a.txt", b"".join(blocks), tuple(kept))


GRAMMARS: Mapping[str, tuple[Grammar, ...]] = {
    "contract_jsonl": (contract_jsonl,),
    "csv": (csv_turns, csv_conversations),
    "xlsx": (xlsx,),
    "alibaba": (alibaba,),
    "wecom": (wecom,),
    "contact_lens": (contact_lens,),
    "webvtt": (webvtt,),
    "srt": (srt,),
    "plain_text": (plain_text,),
}

"""Text for pre-training, packed once into blocks of token ids on disk.

A corpus folder holds `*.txt.xz`: one utterance or paragraph a line, a blank line between documents.
"""

import json
import lzma
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rjieba
from numpy.typing import NDArray

from models.ngrams import fold
from training.encoder.tokens import END, UNKNOWN, character_vocabulary, load_vocabulary, save_vocabulary

BLOCK = 128
# Share of the documents kept. One large source in one voice, and technical prose, would drown the talk.
SHARES = {"smilechat": 0.6, "lctt_translations": 0.2, "ms_dynamics365_zh": 0.15, "cn_laws_cases": 0.1}
# Our own conversations are little text, and what the encoder is for: read them often.
OWN_REPEATS = 8
WORD_START = 1 << 15


@dataclass(frozen=True)
class Packed:
    """Blocks of token ids (blocks, BLOCK); the top bit of a token tells that a word starts there."""

    blocks: NDArray[np.uint16]
    vocabulary: dict[str, int]
    sources: Mapping[str, int]


def documents(path: Path) -> Iterator[list[str]]:
    """The documents of a file, each a list of lines."""
    lines: list[str] = []
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            if text := line.strip():
                lines.append(text)
            elif lines:
                yield lines
                lines = []
    if lines:
        yield lines


def own_documents(datasets: Path) -> Iterator[list[str]]:
    """Our training conversations and single turns as documents."""
    for path in sorted(datasets.glob("conversations/*.jsonl")):
        for line in path.open(encoding="utf-8"):
            yield [turn["text"] for turn in json.loads(line)["turns"]]
    for path in sorted([*datasets.glob("turns/*.jsonl"), *datasets.glob("acts/*.jsonl")]):
        turns = [json.loads(line) for line in path.open(encoding="utf-8")]
        for turn in turns:
            yield [*(said[2:] for said in turn["before"]), turn["text"]]


def chosen(corpus: Path, datasets: Path, seed: int) -> Iterator[tuple[str, list[str]]]:
    """Documents with the name of their source, sampled down by `SHARES`, our own several times."""
    draw = random.Random(seed)
    for path in sorted(corpus.glob("*.txt.xz")):
        name = path.name.removesuffix(".txt.xz")
        share = SHARES.get(name, 1.0)
        yield from ((name, lines) for lines in documents(path) if draw.random() < share)
    for _ in range(OWN_REPEATS):
        yield from (("own", lines) for lines in own_documents(datasets))


def pack(corpus: Path, datasets: Path, directory: Path, *, seed: int) -> Packed:
    """Pack once and keep; a second call reads what stands."""
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / "sources.json").exists():
        vocabulary = character_vocabulary(text for _, lines in chosen(corpus, datasets, seed) for text in lines)
        save_vocabulary(vocabulary, directory)
        blocks, sources = _pack(chosen(corpus, datasets, seed), vocabulary)
        np.random.default_rng(seed).shuffle(blocks)
        np.save(directory / "blocks.npy", blocks)
        # Written last: it tells that the rest is whole.
        (directory / "sources.json").write_text(json.dumps(sources, indent=1), "utf-8")
    return Packed(
        blocks=np.load(directory / "blocks.npy", mmap_mode="r"),
        vocabulary=load_vocabulary(directory),
        sources=json.loads((directory / "sources.json").read_text("utf-8")),
    )


def _pack(
    texts: Iterator[tuple[str, list[str]]], vocabulary: dict[str, int]
) -> tuple[NDArray[np.uint16], dict[str, int]]:
    pieces: list[NDArray[np.uint16]] = []
    sources: dict[str, int] = {}
    for name, lines in texts:
        ids = np.array([token for line in lines for token in _tokens(line, vocabulary)], dtype=np.uint16)
        pieces.append(ids)
        sources[name] = sources.get(name, 0) + len(ids)
    stream = np.concatenate(pieces)
    whole = len(stream) // BLOCK * BLOCK
    return stream[:whole].reshape(-1, BLOCK), sources


def _tokens(line: str, vocabulary: dict[str, int]) -> Iterator[int]:
    for word in rjieba.cut(fold(line)):
        for place, char in enumerate(word):
            token = vocabulary.get(char, UNKNOWN)
            yield token | WORD_START if place == 0 else token
    yield END | WORD_START

"""Statements as vectors by what they are about, so that what customers want again and again can be found.

An encoder taught to bring statements of one topic together (`training.topics`) and, at half its weight, plain n-grams:
what the encoder has never read, rare names and other trades, is told apart by its characters. Each text is read alone,
so that a topic's exemplars lie next year where they lie today; other files have another `version`.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.encoder import OnnxEncoder, TextEncoder
from models.ngrams import NgramSpace
from models.protocols import Matrix

TOPICS = Path(__file__).parent / "artifacts" / "topics"
FILES = ("encoder.onnx", "tokenizer.json", "ngrams.npz", "manifest.json")
FORMAT = 1
Points = NDArray[np.float32]

# N-grams are folded into so many dimensions by random signs (Achlioptas 2003): distances stay within a few hundredths.
FOLDED = 384
NGRAM_WEIGHT = 0.5

_NOT_WORDS = re.compile(r"[^\w]|_")
# Said at either end, they change nothing of what is wanted; texts that differ in them alone are one.
_FIRST = re.compile(
    r"^(?:嗯|啊|哦|喔|噢|额|呃|诶|哎|唉|喂|好的|对了|那个|那(?=我)|这个|就是说?|然后|还有(?:就是|一个)?|另外|[你您]好|不好意思"
    r"|请问(?:一?下)?|我?就?是?想?(?:问|知道|了解|咨询|请教)(?:一?下|问)|我就?(?:想知道|问问)|麻烦(?:问|[您你])(?:一?下)?)+"
)
_LAST = re.compile(
    r"(?:吗|呢|吧|啊|呀|哦|嘛|啦|哈|呗|咯|哎|诶|了|的|谢谢[你您]?|麻烦(?:[你您])?(?:说|讲|看|回复|解答)一?下"
    r"|[你您]?(?:给我|跟我|帮我)(?:说说|讲讲|说一?下|讲一?下))+$"
)
_SHORTEST = 2


def plain(text: str) -> str:
    """A statement without width, case, punctuation and what is said around it: equal ones are one statement."""
    bare = _NOT_WORDS.sub("", unicodedata.normalize("NFKC", text).lower())
    core = _LAST.sub("", _FIRST.sub("", bare))
    return core if len(core) >= _SHORTEST else bare


class UnusableTopics(ValueError):
    """A folder does not hold a complete topic encoder of this format."""


@dataclass(frozen=True)
class TopicSpace:
    """Places plain texts; `version` names the files that all places depend on."""

    version: str
    encoder: TextEncoder
    ngrams: NgramSpace
    _folds: Points = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_folds", _signs(self.ngrams.size, FOLDED))

    def vectors(self, texts: Sequence[str]) -> Points:
        """Unit vectors (texts, width), each from its text alone."""
        read = unit(self.encoder.vectors(texts).astype(np.float64))
        written = unit(np.asarray(self.ngrams.rows(texts) @ self._folds, dtype=np.float64))
        points: Points = unit(np.hstack([read, NGRAM_WEIGHT * written])).astype(np.float32)
        return points


def load(folder: Path | None = None) -> TopicSpace:
    """The topic encoder of a folder, the shipped one if none is named; raises UnusableTopics."""
    folder = folder or TOPICS
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise UnusableTopics(f"{folder} lacks {', '.join(missing)}; train them with `python -m training.topics`")
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        if manifest["format"] != FORMAT:
            raise UnusableTopics(f"{folder} has format {manifest['format']}; this code reads format {FORMAT}")
        with np.load(folder / "ngrams.npz", allow_pickle=False) as stored:
            ngrams = NgramSpace(stored["columns"], stored["idf"])
        encoder = OnnxEncoder(folder / "encoder.onnx", folder / "tokenizer.json")
        return TopicSpace(f"{manifest['name']}-{_digest(folder)}", encoder, ngrams)
    except UnusableTopics:
        raise
    except (KeyError, TypeError, OSError, ValueError) as error:
        raise UnusableTopics(f"{folder} cannot be used: {error}; train it with `python -m training.topics`") from error


def unit(rows: Matrix) -> Matrix:
    """Rows of unit length; rows of zeros stay so."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return np.where(lengths > 1e-9, rows / np.maximum(lengths, 1e-9), 0.0)


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for name in FILES:
        total.update((folder / name).read_bytes())
    return total.hexdigest()[:12]


def _signs(rows: int, columns: int) -> Points:
    """A matrix of plus and minus one, the same on every machine: bits of mixed row numbers."""
    # splitmix64 (Steele, Lea and Flood 2014)
    numbers = np.arange(1, rows * (columns // 64) + 1, dtype=np.uint64).reshape(rows, -1)
    words: NDArray[np.uint64] = numbers * np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(31)
    bits = (words[:, :, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    signs: Points = bits.reshape(rows, columns).astype(np.float32) * 2 - 1
    return signs

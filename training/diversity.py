"""How varied the text of data files is: `python -m training.diversity FILE.jsonl|DIR... [--against EVAL.jsonl...]`.

Prints a Markdown table for the datasheets, one row a file, or one for all files of a folder, and one for everything;
files of conversations or of single turns. `--against` also counts the turns of other files that (nearly) stand in
these: between training and evaluation there should be none but everyday ones.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

import numpy as np

from training.data import Json, read_lines
from training.near_duplicates import NearIndex, near_others, said
from training.noise import PAUSES

# Everybody says "嗯 好的": only longer turns tell whether somebody copied.
LONG = 10
# Distinct n-grams become fewer the longer a text is; over so many characters files can be compared.
COMPARED = 10_000
HEAD = (
    *("file", "turns", "characters", "length: median (5–95%)", "no punctuation"),
    *(
        "distinct-1",
        "distinct-2",
        "distinct-3",
        f"distinct-3 of {COMPARED:,}",
        "near-duplicates",
        f"of ≥ {LONG} characters",
    ),
)


def texts_of(body: Json) -> list[str]:
    """The turns of a conversation, or the one of a labelled turn."""
    return [turn["text"] for turn in body["turns"]] if "turns" in body else [body["text"]]


def distinct(texts: Iterable[str], length: int) -> float:
    """The share of character n-grams that are different ones (Li et al. 2016), n-grams within a turn."""
    grams = [text[at : at + length] for text in texts for at in range(len(text) - length + 1)]
    return len(set(grams)) / len(grams) if grams else float("nan")


def sample(texts: Sequence[str]) -> Sequence[str]:
    """Turns drawn until they hold `COMPARED` characters; the same texts give the same sample."""
    drawn: list[str] = []
    size = 0
    for text in Random(1).sample(texts, len(texts)):
        if size >= COMPARED:
            return drawn
        drawn.append(text)
        size += len(text)
    return ()


def row(name: str, texts: Sequence[str]) -> tuple[str, ...]:
    """The figures of a set of turns as cells of the table."""
    words = [said(text) for text in texts]
    lengths = np.array([len(text) for text in texts])
    low, middle, high = np.percentile(lengths, [5, 50, 95])
    doubled = np.array(near_others(texts))
    is_long = np.array([len(text) >= LONG for text in words])
    bare = np.mean([not any(char in PAUSES and char != " " for char in text) for text in texts])
    compared = distinct(map(said, sample(texts)), 3)
    return (
        *(name, f"{len(texts):,}", f"{lengths.sum():,}", f"{middle:.0f} ({low:.0f}–{high:.0f})", f"{bare:.0%}"),
        *(f"{distinct(words, length):.3f}" for length in (1, 2, 3)),
        "–" if np.isnan(compared) else f"{compared:.3f}",
        *(f"{doubled.mean():.1%}", f"{doubled[is_long].mean():.1%}" if is_long.any() else "–"),
    )


def copied(texts: Iterable[str], others: Iterable[str]) -> list[str]:
    """The different texts that stand among others, or nearly."""
    index = NearIndex(others)
    return [text for text in dict.fromkeys(texts) if index.near(text)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, and what stands in both."""
    options = _options(arguments)
    turns = {path: _texts(path) for path in options.files}
    every = [text for texts in turns.values() for text in texts]
    others = {path: _texts(path) for path in options.against}
    rows = [row(path.name, texts) for path, texts in turns.items()]
    rows += [row("all", every)] if len(rows) > 1 else []
    rows += [row(path.name, texts) for path, texts in others.items()]
    lines = [HEAD, ("---", *("---:",) * (len(HEAD) - 1)), *rows]
    sys.stdout.write("".join(f"| {' | '.join(cells)} |\n" for cells in lines))
    for path, texts in others.items():
        sys.stdout.write(_overlap(path.name, texts, every, show=options.show))
    return 0


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.jsonl")) if path.is_dir() else [path] if path.is_file() else []


def _texts(path: Path) -> list[str]:
    return [text for file in _files(path) for body in read_lines(file) for text in texts_of(body)]


def _overlap(name: str, texts: Iterable[str], every: Sequence[str], *, show: bool) -> str:
    different = set(texts)
    n = sum(len(said(text)) >= LONG for text in different)
    found = copied(sorted(different), every)
    long = [text for text in found if len(said(text)) >= LONG]
    told = (
        f"{name}: {len(long)} of {n:,} different turns of {LONG} characters or more stand (nearly) in the files above, "
        f"and {len(found) - len(long)} of {len(different) - n:,} shorter ones"
    )
    return "\n".join(["", told, *(long if show else ()), ""])


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.diversity", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl|DIR")
    parser.add_argument("--against", nargs="+", type=Path, default=[], metavar="EVAL.jsonl")
    parser.add_argument("--show", action="store_true", help="print the longer turns that stand in both")
    options = parser.parse_args(arguments)
    lacking = [str(path) for path in (*options.files, *options.against) if not _files(path)]
    if lacking:
        parser.error(f"no JSONL file at {', '.join(lacking)}")
    return options


if __name__ == "__main__":
    sys.exit(main())

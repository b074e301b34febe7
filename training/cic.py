"""The public yardstick DataCLUE CIC: `python -m training.cic DIR [--rehearse]`.

DIR holds `cic_train.jsonl`, `cic_dev.jsonl` and `cic_test_public.jsonl` (`{"text", "label"}` a line); no part of it may
be committed or shipped. Prints macro-F1 on the test file of linear models trained on train and dev, and how well the
test texts group without labels. The test file is read at most once a day; `--rehearse` never opens it and holds out a
fifth of train instead.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix, hstack, issparse
from sklearn.cluster import AgglomerativeClustering
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import normalized_mutual_info_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from training.data import read_lines

Labels: TypeAlias = NDArray[np.str_]
Matrix: TypeAlias = "csr_matrix[Any] | NDArray[np.float64]"
# Texts to one row each: TF-IDF here; an encoder's vectors stand beside it when given.
Vectors: TypeAlias = Callable[[Sequence[str]], Matrix]

NGRAMS = (1, 3)
DIRECTIONS = 100
RESAMPLES = 1000
SEED = 20_240_601
# Strengths chosen on the rehearsal's part; noisy labels want more restraint than the usual 1.
CLASSIFIERS: Mapping[str, Callable[[], Any]] = {
    "LinearSVC": lambda: LinearSVC(C=0.3),
    "logistic": lambda: OneVsRestClassifier(LogisticRegression(C=10.0, solver="liblinear")),
}


@dataclass(frozen=True)
class Texts:
    """Texts with their labels."""

    texts: Sequence[str]
    labels: Labels


@dataclass(frozen=True)
class Figure:
    """A figure with its 95% interval."""

    name: str
    value: float
    low: float
    high: float


def read(*files: Path) -> Texts:
    """The rows of some files."""
    rows = [row for file in files for row in read_lines(file)]
    return Texts([row["text"] for row in rows], np.array([row["label"] for row in rows]))


def beside_each_other(parts: Sequence[Matrix]) -> Matrix:
    """The columns of several matrices, their rows made unit length so that all weigh alike."""
    scaled = [normalize(part) for part in parts]
    return hstack(scaled, format="csr") if any(map(issparse, scaled)) else np.hstack(scaled)


def tfidf(learnt_from: Sequence[str]) -> Vectors:
    """Character n-grams of these texts, weighted by TF-IDF."""
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=NGRAMS).fit(learnt_from)
    return lambda texts: csr_matrix(vectorizer.transform(texts))


def classified(train: Texts, test: Texts, *, beside: Sequence[Vectors] = ()) -> Iterator[Figure]:
    """Macro-F1 of each linear classifier on the test texts."""
    vectors = [tfidf(train.texts), *beside]
    seen, asked = (beside_each_other([one(part.texts) for one in vectors]) for part in (train, test))
    for name, classifier in CLASSIFIERS.items():
        found = classifier().fit(seen, train.labels).predict(asked)
        yield _figure(f"macro-F1, {name}", macro_f1(test.labels, found, resamples(len(found))))


def clustered(test: Texts, *, beside: Sequence[Vectors] = ()) -> Iterator[Figure]:
    """How well the texts group without labels, into as many groups as there are labels."""
    groups = grouped(test.texts, len(set(test.labels)), beside=beside)
    gold = np.unique(test.labels, return_inverse=True)[1]
    drawn = [np.repeat(np.arange(len(gold)), row) for row in resamples(len(gold))]
    yield _figure("clustering ACC", np.array([matched(gold[rows], groups[rows]) for rows in drawn]))
    shared = [normalized_mutual_info_score(gold[rows], groups[rows]) for rows in drawn]
    yield _figure("clustering NMI", np.array(shared))


def grouped(texts: Sequence[str], count: int, *, beside: Sequence[Vectors] = ()) -> NDArray[np.int64]:
    """A group for each text: character TF-IDF, its main directions, Ward's method."""
    found = tfidf(texts)(texts)
    directions = min(DIRECTIONS, found.shape[1] - 1, len(texts) - 1)
    reduced = TruncatedSVD(directions, random_state=SEED).fit_transform(found)
    rows = beside_each_other([reduced, *(one(texts) for one in beside)])
    return np.asarray(AgglomerativeClustering(count, linkage="ward").fit_predict(rows))


def macro_f1(gold: Labels, found: Labels, weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """Macro-F1 over the labels that occur, once for each row of weights (how often each text counts)."""
    names = np.unique(np.concatenate([gold, found]))
    is_gold, is_found = (marks[:, None] == names for marks in (gold, found))
    both, true, said = (weights @ marks for marks in (is_gold & is_found, is_gold, is_found))
    occurs = true + said > 0
    f1 = np.divide(2 * both, true + said, out=np.zeros(both.shape), where=occurs)
    return np.asarray(f1.sum(axis=1) / occurs.sum(axis=1))


def matched(gold: NDArray[np.int64], groups: NDArray[np.int64]) -> float:
    """The share of texts in the right group when groups and labels are paired off as well as can be (Kuhn 1955)."""
    table = np.zeros((gold.max() + 1, groups.max() + 1))
    np.add.at(table, (gold, groups), 1)
    return float(table[linear_sum_assignment(table, maximize=True)].sum() / len(gold))


def resamples(n: int) -> NDArray[np.int64]:
    """How often each text is drawn: the first row once each, then the resamples."""
    draws = np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    return np.vstack([np.ones(n, dtype=np.int64), draws])


def _figure(name: str, values: NDArray[np.float64]) -> Figure:
    """The figure of all texts, its interval as wide as that of the resamples.

    Texts drawn twice make groups look purer and rare labels go missing, so the resamples are off as a whole; what they
    are off by is taken away.
    """
    low, high = np.percentile(values[1:] - values[1:].mean() + values[0], [2.5, 97.5])
    return Figure(name, float(values[0]), float(low), float(high))


def parts(folder: Path, *, rehearse: bool) -> tuple[Texts, Texts]:
    """What is learnt from, and what is measured on; a rehearsal never opens the test file."""
    if not rehearse:
        return read(folder / "cic_train.jsonl", folder / "cic_dev.jsonl"), read(folder / "cic_test_public.jsonl")
    known = read(folder / "cic_train.jsonl")
    order = np.random.default_rng(SEED).permutation(len(known.texts))
    fifth = len(order) // 5
    held, rest = (Texts([known.texts[n] for n in rows], known.labels[rows]) for rows in np.split(order, [fifth]))
    return rest, held


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m training.cic", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--rehearse", action="store_true", help="measure on a fifth of train, whose labels are noisy")
    options = parser.parse_args(arguments)
    try:
        train, test = parts(options.folder, rehearse=options.rehearse)
    except FileNotFoundError as error:
        parser.error(f"{error.filename} is missing; DIR must hold the files of DataCLUE CIC")
    with threadpool_limits(1):
        figures = [*classified(train, test), *clustered(test)]
    sys.stdout.write(f"{len(train.texts):,} texts to learn from, {len(test.texts):,} to measure on\n")
    for one in figures:
        sys.stdout.write(f"{one.name:<22} {one.value:.3f}  [{one.low:.3f}, {one.high:.3f}]\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Numbers that say how much a turn looks like an act, its rivals and its neighbours considered.

Shapes: T turns, A acts, E example sentences, D dimensions. All turns of one conversation are seen at once, and nothing
from outside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from models.linear import sigmoid
from models.matching import Matching, last_of_other_side, unit_rows
from models.ngrams import NgramSpace, fold
from models.protocols import ActText, Matrix, TurnText

KINDS = ("step", "trigger", "response", "red_line")
FEATURES = (
    *("example", "second_example", "description", "counter_example", "keyword", "all_wording"),
    *("act_example", "act_mean", "act_description", "act_counter_example"),
    *("example_lead", "act_lead", "example_rank", "act_rank", "example_near", "act_near"),
    *("meaning", "meaning_lead", "meaning_rank", "meaning_near"),
    *("other_side_example", "other_side_act", "other_side_meaning"),
    *("read_description", "read_example", "read", "read_lead", "read_rank", "read_near", "other_side_read"),
    *("doing", "doing_before", "doing_near"),
    *("position", "place", "distance", "length"),
    *(f"is_{kind}" for kind in KINDS),
)


@dataclass(frozen=True, slots=True)
class ActSpace:
    """N-grams, and what of them was learnt from labelled acts: three projections (size, D) and `doing` (size,).

    `acts`: sentences of one act lie close. `meanings`: what an act is, from its whole wording (latent semantic
    analysis). `sayings`: from what is said in a turn to the meaning of the act it performs; this is what carries over
    to an act never seen, whose meaning is known from its wording. `doing`: how much a sentence sounds like doing
    something rather than naming it, putting it off or denying it. `matching` reads the same with an encoder; without
    one its features are 0, and no tree asks for them.
    """

    ngrams: NgramSpace
    acts: Matrix
    meanings: Matrix
    sayings: Matrix
    doing: Matrix
    matching: Matching | None = None

    def embed(self, rows: "csr_matrix[Any]") -> Matrix:
        """Unit vectors of sentences by their act (rows, D)."""
        return unit_rows(rows @ self.acts)


@dataclass(frozen=True, slots=True)
class PreparedActs:
    """The texts of acts, encoded once: `owner` tells whose sentence a row is."""

    acts: tuple[ActText, ...]
    examples: "csr_matrix[Any]"
    example_vectors: Matrix
    example_owner: NDArray[np.int64]
    counters: "csr_matrix[Any]"
    counter_vectors: Matrix
    counter_owner: NDArray[np.int64]
    descriptions: "csr_matrix[Any]"
    description_vectors: Matrix
    wordings: "csr_matrix[Any]"
    meanings: Matrix
    keywords: tuple[tuple[str, ...], ...]
    read_descriptions: Matrix | None
    read_examples: Matrix | None


def prepare(acts: Sequence[ActText], space: ActSpace) -> PreparedActs:
    """Encode the texts of acts; an act without examples is known by its description."""
    examples = [(i, text) for i, act in enumerate(acts) for text in act.examples or (act.description,)]
    counters = [(i, text) for i, act in enumerate(acts) for text in act.counter_examples]
    descriptions = [described(act) for act in acts]
    wordings = space.ngrams.rows([wording(act) for act in acts])
    example_rows = space.ngrams.rows([text for _, text in examples])
    counter_rows = space.ngrams.rows([text for _, text in counters])
    description_rows = space.ngrams.rows(descriptions)
    return PreparedActs(
        acts=tuple(acts),
        examples=example_rows,
        example_vectors=space.embed(example_rows),
        example_owner=np.array([owner for owner, _ in examples], dtype=np.int64),
        counters=counter_rows,
        counter_vectors=space.embed(counter_rows),
        counter_owner=np.array([owner for owner, _ in counters], dtype=np.int64),
        descriptions=description_rows,
        description_vectors=space.embed(description_rows),
        wordings=wordings,
        meanings=unit_rows(wordings @ space.meanings),
        keywords=tuple(tuple(fold(word) for word in act.keywords) for act in acts),
        read_descriptions=space.matching.descriptions(descriptions) if space.matching else None,
        read_examples=space.matching.examples([text for _, text in examples]) if space.matching else None,
    )


def described(act: ActText) -> str:
    """What an act is, without its examples."""
    return f"{act.title}，{act.description}"


def wording(act: ActText) -> str:
    """All that an SOP says of an act."""
    return "，".join((act.title, act.description, *act.examples))


def pair_features(turns: Sequence[TurnText], prepared: PreparedActs, space: ActSpace) -> Matrix:
    """Features of every pair of turn and act: (T, A, len(FEATURES)); meaningless where the speakers differ."""
    rows = space.ngrams.rows([turn.text for turn in turns])
    vectors = space.embed(rows)
    count = len(prepared.acts)
    example = _similarity(rows, prepared.examples)
    act_example = _cosine(vectors, prepared.example_vectors)
    best, second = _two_best(example, prepared.example_owner, count)
    act_best, _ = _two_best(act_example, prepared.example_owner, count)
    counter = _best(_similarity(rows, prepared.counters), prepared.counter_owner, count)
    act_counter = _best(_cosine(vectors, prepared.counter_vectors), prepared.counter_owner, count)
    meaning = _cosine(unit_rows(rows @ space.sayings), prepared.meanings)
    fits = np.array([[turn.speaker == act.speaker for act in prepared.acts] for turn in turns])
    columns = [
        *(best, second, _similarity(rows, prepared.descriptions), counter, _keywords(turns, prepared)),
        *(_similarity(rows, prepared.wordings), act_best, _mean(act_example, prepared.example_owner, count)),
        *(_cosine(vectors, prepared.description_vectors), act_counter),
        *(_lead(best, prepared, fits), _lead(act_best, prepared, fits), _rank(best, fits), _rank(act_best, fits)),
        *(_near(best, fits), _near(act_best, fits)),
        *(meaning, _lead(meaning, prepared, fits), _rank(meaning, fits), _near(meaning, fits)),
        *(_other_side(values, turns) for values in (best, act_best, meaning)),
        *_read(turns, prepared, space.matching, fits),
        *_doing(rows @ space.doing, turns, fits),
        *_places(turns, prepared.acts),
    ]
    return np.stack(columns, axis=-1)


def _read(
    turns: Sequence[TurnText], prepared: PreparedActs, matching: Matching | None, fits: NDArray[np.bool_]
) -> list[Matrix]:
    """What the encoder says of every pair: its two similarities, its log-odds and how these stand to others."""
    if matching is None or prepared.read_descriptions is None or prepared.read_examples is None:
        return [np.zeros(fits.shape)] * 7
    vectors = matching.turns(turns)
    described = _cosine(vectors, prepared.read_descriptions)
    likened = _cosine(vectors, prepared.read_examples)
    exemplified = matching.exemplified(likened, prepared.example_owner, len(prepared.acts))
    odds = matching.log_odds(described, exemplified)
    # Neighbours and rivals are compared as probabilities: 0 stands for "not at all", as it does for similarities.
    read = sigmoid(odds)
    rivalry = (_lead(read, prepared, fits), _rank(read, fits), _near(read, fits), _other_side(read, turns))
    return [described, exemplified, odds, *rivalry]


def _doing(values: Matrix, turns: Sequence[TurnText], fits: NDArray[np.bool_]) -> list[Matrix]:
    """How much a turn sounds like doing something, what the other side said last, and the turns near it."""
    own = np.broadcast_to(values[:, None], fits.shape)
    return [own, _other_side(own, turns), _near(own, fits)]


def _similarity(rows: "csr_matrix[Any]", others: "csr_matrix[Any]") -> Matrix:
    product: Matrix = (rows @ others.T).toarray()
    return product


def _cosine(vectors: Matrix, others: Matrix) -> Matrix:
    # einsum adds in one fixed order, whatever the number of threads; a BLAS product may not.
    product: Matrix = np.einsum("td,ed->te", vectors, others)
    return product


def _best(values: Matrix, owner: NDArray[np.int64], count: int) -> Matrix:
    best = np.zeros((len(values), count))
    for act in range(count):
        mine = owner == act
        if mine.any():
            best[:, act] = values[:, mine].max(axis=1)
    return best


def _two_best(values: Matrix, owner: NDArray[np.int64], count: int) -> tuple[Matrix, Matrix]:
    best, second = np.zeros((len(values), count)), np.zeros((len(values), count))
    for act in range(count):
        mine = np.sort(values[:, owner == act], axis=1)
        best[:, act] = mine[:, -1]
        second[:, act] = mine[:, -2] if mine.shape[1] > 1 else mine[:, -1]
    return best, second


def _mean(values: Matrix, owner: NDArray[np.int64], count: int) -> Matrix:
    return np.stack([values[:, owner == act].mean(axis=1) for act in range(count)], axis=1)


def _keywords(turns: Sequence[TurnText], prepared: PreparedActs) -> Matrix:
    texts = [fold(turn.text) for turn in turns]
    found = [[any(word in text for word in words) for words in prepared.keywords] for text in texts]
    return np.array(found, dtype=np.float64).reshape(len(turns), len(prepared.acts))


def _lead(values: Matrix, prepared: PreparedActs, fits: NDArray[np.bool_]) -> Matrix:
    """How far an act is ahead of its best rival at the same turn."""
    lead = np.array(values)
    for rivals in {(act.kind, act.rivals) for act in prepared.acts}:
        mine = np.array([(act.kind, act.rivals) == rivals for act in prepared.acts])
        if mine.sum() < 2:
            continue
        group = np.where(fits[:, mine], values[:, mine], 0.0)
        top = np.sort(group, axis=1)
        rival = np.where(group >= top[:, -1:], top[:, -2:-1], top[:, -1:])
        lead[:, mine] = group - rival
    return lead


def _rank(values: Matrix, fits: NDArray[np.bool_]) -> Matrix:
    """How far a turn is behind the best turn of the conversation for this act."""
    behind: Matrix = values - np.where(fits, values, 0.0).max(axis=0, keepdims=True)
    return behind


def _near(values: Matrix, fits: NDArray[np.bool_]) -> Matrix:
    """The act's best similarity at the same speaker's turns up to two places away."""
    masked = np.where(fits, values, 0.0)
    padded = np.pad(masked, ((2, 2), (0, 0)))
    length = len(values)
    near: Matrix = np.max([padded[shift : shift + length] for shift in (0, 1, 3, 4)], axis=0)
    return near


def _other_side(values: Matrix, turns: Sequence[TurnText]) -> Matrix:
    """The similarity of what the other side said last: an echo is not an act."""
    last = last_of_other_side(turns)
    return np.where((last >= 0)[:, None], values[np.maximum(last, 0)], 0.0)


def _places(turns: Sequence[TurnText], acts: Sequence[ActText]) -> list[Matrix]:
    shape = (len(turns), len(acts))
    position = np.broadcast_to((np.arange(len(turns)) / max(1, len(turns) - 1))[:, None], shape)
    place = np.broadcast_to(np.array([-1.0 if act.place is None else act.place for act in acts]), shape)
    length = np.broadcast_to(np.log1p([len(turn.text) for turn in turns])[:, None], shape)
    kinds = [np.broadcast_to(np.array([float(act.kind == kind) for act in acts]), shape) for kind in KINDS]
    return [position, place, np.where(place < 0, 0.0, position - place), length, *kinds]

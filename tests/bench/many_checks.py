"""SOPs with any number of keywords and checks: what a company's rulebook grows to over the years.

Of twenty checks fourteen look for words in one way or another, one of them before a step; two look for a pattern, two
join conditions, two order them. One word in ten is said somewhere in the demo set; the others are put together from the
halves of two, and are hardly ever said.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.bench.inputs import said_clauses

if TYPE_CHECKING:
    from qa_service.domain.sop import Sop

SHARE_SAID = 0.1
LENGTHS_SAID, LENGTHS_MADE = (3, 5), (4, 6)
# A word is drawn again when it is not new; so often, before the demo set is held to have no more.
TRIES = 1000

Yaml: TypeAlias = dict[str, Any]
Make: TypeAlias = Callable[[list[str], str], Yaml]


def with_checks(sop: "Sop", keywords: int, checks: int, *, seed: int) -> "Sop":
    """The SOP with so many checks, and so many different keywords in them."""
    from qa_service.rulebook import parse_sop

    document: Yaml = deepcopy(dict(sop.document))
    document["checks"] = made_checks(keywords, checks, step=sop.steps[0].id, seed=seed)
    return parse_sop(json.dumps(document, ensure_ascii=False), f"{sop.id}-{checks}.yaml")


def made_checks(keywords: int, checks: int, *, step: str, seed: int) -> list[Yaml]:
    """So many checks, the keywords shared out evenly; `step` is what checks of order stand on."""
    words = made_words(keywords, checks, seed=seed)
    return [_check(number, words[number::checks], step) for number in range(checks)]


def made_words(keywords: int, checks: int, *, seed: int) -> list[str]:
    """So many different words for so many checks, said and made up mixed."""
    rng = Random(f"{seed}/{keywords}/{checks}")
    words = list(_words(keywords, rng))
    rng.shuffle(words)
    return words


def _check(number: int, words: list[str], step: str) -> Yaml:
    make, expected = KINDS[number % len(KINDS)]
    head = {"id": f"made-{number}", "title": f"{make.__name__} {number}"}
    condition = make(words, step)
    return head | ({"expect": condition, "weight": 1} if expected else {"forbid": condition, "points": 1})


def any_said(words: list[str], _step: str, **options: Any) -> Yaml:
    return {"keywords": words, **options}


def disguised(words: list[str], step: str) -> Yaml:
    return any_said(words, step, variants=True)


def several_said(words: list[str], step: str) -> Yaml:
    return any_said(words, step, distinct=2)


def often_said(words: list[str], step: str) -> Yaml:
    return any_said(words, step, times=3)


def said_at_first(words: list[str], step: str) -> Yaml:
    return any_said(words, step, **{"in": {"first_turns": 6}})


def said_by_customer(words: list[str], step: str) -> Yaml:
    return any_said(words, step, **{"in": {"speaker": "customer"}})


def said_before_step(words: list[str], step: str) -> Yaml:
    return any_said(words, step, **{"in": {"before": {"step": step}}})


def beside_number(words: list[str], step: str) -> Yaml:
    """A pattern of a few words before a number, and none of the others."""
    few, others = [re.escape(word) for word in words[:3]], words[3:]
    pattern = {"pattern": f"({'|'.join(few)})[^，。]{{0,6}}[0-9]+", "unless": "0 ?元"}
    return {"all": [pattern, {"not": any_said(others, step)}]} if others else pattern


def not_both(words: list[str], step: str) -> Yaml:
    return {"not": {"all": list(_halves(words, step))}}


def answered(words: list[str], step: str) -> Yaml:
    first, then = _halves(words, step)
    return {"response": first, "then": then, "within": 4}


def never_after_step(words: list[str], step: str) -> Yaml:
    return {"absence_after": {"step": step}, "never": any_said(words, step)}


def _halves(words: list[str], step: str) -> tuple[Yaml, Yaml]:
    middle = (len(words) + 1) // 2
    return any_said(words[:middle], step), any_said(words[middle:] or words, step)


# How each condition is made, and whether it must hold.
WORDS = ((any_said, False), (disguised, False), (several_said, False), (often_said, False), (said_at_first, False))
WORDS += ((said_by_customer, False),)
OTHERS = ((beside_number, False), (not_both, True), (answered, True))
NEAR_A_STEP = ((said_before_step, False), (never_after_step, True))
KINDS: tuple[tuple[Make, bool], ...] = (*WORDS, NEAR_A_STEP[0], *OTHERS, *WORDS, WORDS[0], *OTHERS[:2], NEAR_A_STEP[1])


def _words(count: int, rng: Random) -> Iterator[str]:
    """So many different words, said and made up in turn."""
    clauses = ["".join(clause.split()) for clause in said_clauses()]
    clauses = [clause for clause in clauses if len(clause) >= max(LENGTHS_SAID)]
    known: set[str] = set()
    for number in range(count):
        said = number % round(1 / SHARE_SAID) == 0
        word = next(new for _ in range(TRIES) if (new := _word(clauses, rng, said=said)) not in known)
        known.add(word)
        yield word


def _word(clauses: Sequence[str], rng: Random, *, said: bool) -> str:
    if said:
        return _piece(rng.choice(clauses), rng.randint(*LENGTHS_SAID), rng)
    length = rng.randint(*LENGTHS_MADE)
    return "".join(_piece(rng.choice(clauses), part, rng) for part in (length // 2, length - length // 2))


def _piece(clause: str, length: int, rng: Random) -> str:
    start = rng.randrange(len(clause) - length + 1)
    return clause[start : start + length]

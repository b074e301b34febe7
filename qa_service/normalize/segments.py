"""Where words begin and end in Chinese text, by dictionary alone: a guessed word would hide a name."""

from functools import cache

from rjieba import Jieba


def tokens(text: str) -> list[str]:
    """Dictionary words and single characters."""
    return list(_dictionary().cut(text, False))


def begins_word(text: str, position: int) -> bool:
    """No dictionary word reaches over this position."""
    reached = 0
    for token in tokens(text):
        if reached >= position:
            break
        reached += len(token)
    return reached == position


@cache
def is_word(word: str) -> bool:
    """The dictionary has it."""
    return bool(_dictionary().has_word(word))


@cache
def part_of_speech(word: str) -> str:
    """Dictionary part of speech of one word; empty if it is not one word."""
    tagged = _dictionary().tag(word, False)
    return str(tagged[0][1]) if len(tagged) == 1 else ""


@cache
def _dictionary() -> Jieba:
    # An own instance: words that other code adds to the shared one must not change what is masked.
    return Jieba()

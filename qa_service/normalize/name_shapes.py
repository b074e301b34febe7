"""Whether a few characters can be somebody's name; what stands around them is judged elsewhere."""

import re

from qa_service.normalize.lexicon import characters, word_set
from qa_service.normalize.segments import is_word, part_of_speech


def is_full_name(word: str, *, strict: bool = False) -> bool:
    """Surname and given name; `strict` doubts surnames that are everyday words, such as 方 and 高."""
    surname = surname_of(word)
    given = word[len(surname) :]
    if not surname or not given or len(given) > 2 or word in word_set("not_names"):
        return False
    if strict and surname in word_set("everyday_surnames") and is_word(word):
        return False
    return _is_given(given) and (not is_word(word) or part_of_speech(word).startswith("nr"))


def is_given_name(word: str) -> bool:
    """A given name alone: a known one, or two characters of names that make no word."""
    if word in word_set("given_names"):
        return True
    return len(word) == 2 and word[0] != word[1] and _is_given(word) and not is_word(word)


def is_nickname(word: str) -> bool:
    """乐乐, 小宇; not 妈妈, 小班."""
    if len(word) != 2 or word in word_set("not_names"):
        return False
    if word[0] == word[1]:
        named = word[0] in characters("given_characters") and word not in word_set("doubled_everyday")
        return named or word in word_set("nicknames")
    return word[0] in word_set("small_prefixes") and is_small_name(word[1])


def is_small_name(character: str) -> bool:
    """小 before this character makes a name."""
    if character in word_set("small_everyday"):
        return False
    return character in characters("given_characters") or character in word_set("surnames")


def is_latin_name(word: str, *, capitalised: bool) -> bool:
    """Lily, Tom; abbreviations and words of the trade are none."""
    if word.lower() in word_set("not_latin_names") or not 2 <= len(word) <= 12:
        return False
    return re.fullmatch(r"[A-Z][a-z]+" if capitalised else r"[A-Za-z]+", word) is not None


def surname_of(word: str) -> str:
    """The surname that a full name begins with; empty if none."""
    if word[:2] in word_set("compound_surnames"):
        return word[:2]
    return word[:1] if word[:1] in word_set("surnames") else ""


def is_unmistakable(word: str) -> bool:
    """A name that means nothing else, so that it is masked wherever it stands in the conversation."""
    if len(word) < 2 or word in word_set("doubled_everyday") or word in word_set("not_names"):
        return False
    listed = word in word_set("given_names") or word in word_set("nicknames")
    return listed or not is_word(word) or part_of_speech(word).startswith("nr")


def is_wordless(name: str) -> bool:
    """No everyday word makes up a part of this full name, and nobody known to everybody is called so."""
    if name in word_set("public_people") or (is_word(name) and not part_of_speech(name).startswith("nr")):
        return False
    given_is_word = is_word(name[1:]) and name[1:] not in word_set("given_names")
    return not given_is_word and (not is_word(name[:2]) or part_of_speech(name[:2]).startswith("nr"))


def _is_given(given: str) -> bool:
    if given in word_set("given_names"):
        return True
    if not set(given) <= characters("given_characters"):
        return False
    return given[-1] not in characters("weak_given_characters")

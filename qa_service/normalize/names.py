"""Names of people: beside titles (乐乐妈妈, 张女士), after introductions (我叫, 姓名), and wherever they return."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from string import ascii_letters

from ahocorasick_rs import AhoCorasick

from qa_service.normalize.lexicon import any_of, character_class, characters, word_set
from qa_service.normalize.name_places import Bounds, name_ending, name_starting, stands_apart
from qa_service.normalize.name_shapes import is_full_name, is_unmistakable, is_wordless, surname_of
from qa_service.normalize.passage import Found, Passage
from qa_service.normalize.segments import begins_word, is_word


def find_names(passage: Passage, *, hints: Iterable[str] = (), beside: Iterable[Found] = ()) -> Iterator[Found]:
    """Names found by what stands beside them, and every other place where they or the `hints` stand.

    A full name between pauses is believed in a turn that also holds other personal data (`beside`).

    The title itself (妈妈, 老师) is not part of the name. Who works for the company is masked like anybody else.
    """
    found = [item for search in _SEARCHES for item in search(passage)]
    found += _beside_contacts(passage, beside)
    yield from found
    yield from _explained(passage, found)
    names = {passage.text[item.start : item.end] for item in found} | set(hints)
    yield from _returning(passage, names)
    yield from _returning_surnames(passage, found)


_TITLE = re.compile(
    rf"(?P<kin>{any_of('kin_titles')})|(?P<formal>{any_of('formal_titles')})|(?P<short>{any_of('short_titles')})"
)
# Most titles stand alone; whatever ends in none of these characters is no name.
_LAST_CHARACTERS = (
    characters("given_characters", "surnames", "compound_surnames", "nicknames", "kin_nicknames", "given_names")
    | characters("name_link")
    | frozenset(" " + ascii_letters)
)
_NO_TITLE = re.compile(any_of("not_after_title"))
_SKIPPED = rf"(?:[ :,]|{any_of('fillers')})*+"
_INTRODUCTION = re.compile(rf"{any_of('name_intros')}{_SKIPPED}")
_POST = re.compile(rf"{any_of('post_intros')}{_SKIPPED}")
_KIN = re.compile(any_of("kin_intros"))
_SELF = re.compile(rf"{any_of('self_intros')}[^\n,.?!\u3002]{{1,12}}?{any_of('of')}")
_ASKED = re.compile(rf"{any_of('name_questions')}[^\n]{{0,14}}\n(?:{any_of('answer_leads')}|[ ,])*+")
_ASKED_SURNAME = re.compile(
    rf"{any_of('surname_questions')}[^\n]{{0,8}}\n(?:{any_of('answer_leads')}|[ ,])*+"
    rf"(?P<name>{any_of('compound_surnames', 'surnames')})(?=$|[\s,.\u3002])",
    re.MULTILINE,
)
_SURNAME = re.compile(
    rf"(?<![{character_class('not_surname_intros')}]){any_of('surname_intro')}[ ]?"
    rf"(?P<name>{any_of('compound_surnames')}|{any_of('surnames')}|[\u3400-\u9fff](?=$|[\s,.\u3002]))"
    rf"(?<![{character_class('not_after_surname_intro')}])",
    re.MULTILINE,
)
_SPELLED_SURNAME = re.compile(any_of("surname_spellings"))
_ADJECTIVE_END = re.compile(any_of("adjective_endings"))
_BETWEEN_PAUSES = re.compile(
    rf"(?<![^\s,.:\u3002])(?P<name>[\u3400-\u9fff]{{2,4}}?){any_of('receives')}?(?![^\s,.\u3002])"
)
_THREE = re.compile(
    rf"[{''.join(sorted(word_set('surnames') - word_set('everyday_surnames')))}]"
    rf"(?=[{character_class('given_characters')}]{{2}})"
)
_EXPLANATION = re.compile(rf"[\u3400-\u9fff]{any_of('of')}(?P<character>[\u3400-\u9fff])(?![\u3400-\u9fff])")
_FAMILIAR = re.compile(
    rf"(?:{any_of('familiar_leads')}|(?<![^\n,. \u3002]))"
    rf"(?P<name>{any_of('familiar_prefix')}{any_of('familiar_surnames')})"
)


def _beside_titles(passage: Passage) -> Iterator[Found]:
    for title in _TITLE.finditer(passage.text):
        end = title.start()
        if passage.text[end - 1 : end] not in _LAST_CHARACTERS:
            continue
        linked = title[0] in word_set("relative_titles") and passage.text[end - 1 : end] in word_set("name_link")
        name = name_ending(passage.left(end - linked, 12), role=str(title.lastgroup), particular=linked)
        if name and not _is_no_title(passage.text, title) and not _is_inside_word(passage, title, name):
            yield Found(end - linked - len(name), end - linked - (len(name) - len(name.rstrip())), "person")


def _is_no_title(text: str, title: re.Match[str]) -> bool:
    """The first character of "altogether" (zong gong) is no title."""
    if _NO_TITLE.match(text, title.start()):
        return True
    following = text[title.start() : title.end() + 1]
    return len(title[0]) == 1 and len(following) == 2 and is_word(following)


def _is_inside_word(passage: Passage, title: re.Match[str], name: str) -> bool:
    """The second half of 班主任 is no title."""
    left = passage.left(title.start(), 12)
    if begins_word(left + title[0], len(left)):
        return False
    return not any(is_word(name[place:] + title[0]) and surname_of(name[place:]) for place in range(len(name)))


def _introduced(passage: Passage) -> Iterator[Found]:
    for pattern, bounds in (
        (_INTRODUCTION, Bounds.WORD),
        (_POST, Bounds.POST),
        (_KIN, Bounds.KIN),
        (_SELF, Bounds.POST),
    ):
        for match in pattern.finditer(passage.text):
            yield from _named(name_starting(passage.text, match.end(), bounds), match.end())
    for match in _ASKED.finditer(passage.text):
        yield from _named(name_starting(passage.text, match.end(), Bounds.ANSWER), match.end())


def _named(name: str, start: int) -> Iterator[Found]:
    if name:
        yield Found(start, start + len(name), "person")


def _surnames(passage: Passage) -> Iterator[Found]:
    for pattern in (_SURNAME, _ASKED_SURNAME):
        for match in pattern.finditer(passage.text):
            yield Found(match.start("name"), match.end("name"), "person")
    for match in _SPELLED_SURNAME.finditer(passage.text):
        yield Found(match.start(), match.end(), "person")


def _colleagues(passage: Passage) -> Iterator[Found]:
    """小林, 小陈 without a title."""
    for match in _FAMILIAR.finditer(passage.text):
        start, end = match.span("name")
        if stands_apart(passage.text, start, end):
            yield Found(start, end, "person")


def _beside_contacts(passage: Passage, others: Iterable[Found]) -> Iterator[Found]:
    for turn in sorted({passage.turn_at(item.start) for item in others}):
        for match in _BETWEEN_PAUSES.finditer(passage.text, passage.starts[turn], passage.end_of(turn)):
            if is_full_name(match["name"]) and not is_word(match["name"]):
                yield Found(match.start("name"), match.end("name"), "person")


def _well_known(passage: Passage) -> Iterator[Found]:
    """Given names and nicknames that mean nothing else, with the surname before them."""
    for _, start, end in _given_names().find_matches_as_indexes(passage.text):
        if passage.text[start:end] in word_set("doubled_adjectives") and _ADJECTIVE_END.match(passage.text, end):
            continue
        if surname_of(passage.left(start, 1)) and stands_apart(passage.text, start - 1, end):
            if passage.text[start - 1 : end] not in word_set("public_people"):
                yield Found(start - 1, end, "person")
        elif stands_apart(passage.text, start, end):
            yield Found(start, end, "person")


def _full_names(passage: Passage) -> Iterator[Found]:
    """Three characters that only a name explains: common surname, two characters of names, no word among them."""
    for match in _THREE.finditer(passage.text):
        start, end = match.start(), match.start() + 3
        name = passage.text[start:end]
        if is_full_name(name, strict=True) and is_wordless(name) and stands_apart(passage.text, start, end):
            yield Found(start, end, "person")


def _explained(passage: Passage, found: Iterable[Found]) -> Iterator[Found]:
    """The character of a name that is explained by a word it stands in: "the xiao of fu xiao"."""
    for item in found:
        end = passage.end_of(passage.turn_at(item.end - 1))
        for match in _EXPLANATION.finditer(passage.text, item.end, end):
            if match["character"] in passage.text[item.start : item.end]:
                yield Found(match.start("character"), match.end("character"), "person")


def _returning(passage: Passage, names: Iterable[str]) -> Iterator[Found]:
    """Every place where a name stands that was found elsewhere: whole, or without its surname."""
    shorter = {name[len(surname_of(name)) :] for name in names if len(name) > 2}
    for name in sorted(filter(is_unmistakable, shorter | set(names))):
        for start in _occurrences(passage.text, name):
            if stands_apart(passage.text, start, start + len(name)):
                yield Found(start, start + len(name), "person")


def _returning_surnames(passage: Passage, found: Iterable[Found]) -> Iterator[Found]:
    """A surname with its title (Ms Wen) found once is masked at every other place where both stand."""
    titled = set()
    for item in found:
        title = _TITLE.match(passage.text, item.end) if item.end - item.start == 1 else None
        if title and len(title[0]) > 1:
            titled.add(passage.text[item.start] + title[0])
    for name in sorted(titled):
        for start in _occurrences(passage.text, name):
            yield Found(start, start + 1, "person")


def _occurrences(text: str, name: str) -> Iterator[int]:
    start = text.find(name)
    while start >= 0:
        yield start
        start = text.find(name, start + len(name))


@cache
def _given_names() -> AhoCorasick:
    names = word_set("given_names") | word_set("nicknames")
    return AhoCorasick(
        sorted(name for name in names if is_unmistakable(name) and (name in word_set("nicknames") or not is_word(name)))
    )


_SEARCHES = (_beside_titles, _introduced, _surnames, _colleagues, _well_known, _full_names)

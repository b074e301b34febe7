"""Schools by name: which school a child goes to is personal, which kind of school is not."""

import re
from collections.abc import Iterator

from qa_service.domain.conversation import Speaker
from qa_service.normalize.lexicon import any_of, character_class, word_set
from qa_service.normalize.passage import Found, Passage
from qa_service.normalize.segments import is_word, part_of_speech, tokens


def find_schools(passage: Passage) -> Iterator[Found]:
    """Named schools; not schools that somebody aims at, nor the universities that the staff came from."""
    for school in _SCHOOL.finditer(passage.text):
        name = _name_before(passage.left(school.start(), _LONGEST_NAME))
        start = school.start() - len(name)
        if not name or _AIM_BEFORE.search(passage.left(start, _CLAUSE)):
            continue
        if school["school"] not in word_set("universities") or _attends(passage, start, school.end()):
            yield Found(start, school.end(), "school")
    for short in _NUMBERED.finditer(passage.text):
        number = short.start("number")
        if not is_word(passage.text[number - 1 : number + 1]):
            yield Found(short.start("school"), short.end("school"), "school")


_LONGEST_NAME = 12
_CLAUSE = 14
_HAN = r"[\u3400-\u9fff]"
_RIGHT = rf"(?=$|[\s,.?!)\u3001\u3002]|\d|{any_of('school_rights')})"
_SCHOOL = re.compile(rf"(?P<school>{any_of('schools')}){_RIGHT}", re.MULTILINE)
_HAN_BEFORE = re.compile(rf"{_HAN}+$")
_ONLY_GENERIC = re.compile(rf"{any_of('generic_schools')}+")
_AIM_BEFORE = re.compile(rf"{any_of('aims')}{_HAN}{{0,2}}$")
_ATTENDING = re.compile(rf"{any_of('attending')}{_HAN}?$")
_ATTENDED = re.compile(any_of("attended"))
_STAFF = re.compile(any_of("staff_words"))
# 七中, 北京四中, 实验二小: so short that a word such as 在 or 女儿 must stand before
_NUMBERED = re.compile(
    rf"{any_of('school_cues')}(?P<school>(?:(?!{any_of('school_cues')}){_HAN}){{0,3}}?(?P<number>[{character_class('school_order')}]{{1,2}}|{any_of('numbered_schools')})"
    rf"[{character_class('school_short')}])(?=$|[\s,.\u3002]|{any_of('short_school_rights')})",
    re.MULTILINE,
)


def _name_before(left: str) -> str:
    """The name that ends here; empty for a kind of school, or words that are no name."""
    before = _HAN_BEFORE.search(left)
    name: list[str] = []
    for token in reversed(tokens(before[0]) if before else []):
        if token in word_set("school_stops"):
            break
        name.insert(0, token)
    joined = "".join(name)
    if len(joined) < 2 or _ONLY_GENERIC.fullmatch(joined):
        return ""
    last = name[-1]
    verbal = len(last) > 1 and part_of_speech(last)[:1] in word_set("no_school_endings")
    return "" if verbal and last not in word_set("school_names") else joined


def _attends(passage: Passage, start: int, end: int) -> bool:
    """Somebody's own university, not a name that is dropped or a claim about the teachers."""
    if not _ATTENDING.search(passage.left(start, _CLAUSE)) and not _ATTENDED.match(passage.text, end):
        return False
    turn = passage.turn_at(start)
    clause = passage.text[max(passage.starts[turn], start - _CLAUSE) : min(passage.end_of(turn), end + _CLAUSE)]
    return passage.turns[turn].speaker is not Speaker.AGENT or _STAFF.search(clause) is None

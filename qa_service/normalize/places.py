"""Where people live and park: addresses down to a house, communities, number plates."""

import re
from collections.abc import Iterator

from qa_service.normalize.lexicon import any_of, character_class, spoken_digits, word_set
from qa_service.normalize.passage import Found, Passage


def find_plates(passage: Passage) -> Iterator[Found]:
    """Number plates: province, letter, five or six places of which at least two are digits."""
    for match in _PLATE.finditer(passage.text):
        if sum(character in _NUMERALS for character in match["places"]) >= 2:
            yield Found(match.start(), match.end(), "plate")


def find_addresses(passage: Passage) -> Iterator[Found]:
    """Addresses and the communities somebody lives in; a city alone and the company's own places are not personal."""
    covered = 0
    for house in _HOUSE.finditer(passage.text):
        if house.start() < covered:
            continue
        place = _place_before(passage, house)
        if place and not _is_company(passage, house.start() - len(place)):
            rest = _REST.match(passage.text, house.end())
            covered = rest.end() if rest else house.end()
            yield Found(house.start() - len(place), covered, "address")
    for pattern in (_LIVES_IN, _LIVES_IN_HOUSE, _ASKED_HOME, _VILLAGE):
        for match in pattern.finditer(passage.text):
            if not _is_company(passage, match.start("place")):
                yield Found(match.start("place"), match.end("place"), "address")


def _place_before(passage: Passage, house: re.Match[str]) -> str:
    """The road or community that this house number belongs to, with all that stands before it; empty if none."""
    before = _PLACE.search(passage.left(house.start(), _LONGEST_PLACE))
    ending = _ENDING.fullmatch(before[0]) if before else None
    if before is None or ending is None or ending["name"] in word_set("no_place_names"):
        return ""
    return before[0] if ending["road"] or house["unit"] not in word_set("number_units") else ""


def _is_company(passage: Passage, start: int) -> bool:
    return _COMPANY_BEFORE.search(passage.left(start, _COMPANY_WINDOW)) is not None


_LONGEST_PLACE = 40
_COMPANY_WINDOW = 10
_NUMERALS = frozenset("0123456789") | frozenset(spoken_digits())
_D = "".join(sorted(_NUMERALS))
_COUNTS = _D + character_class("number_words")

_PLATE_PLACE = rf"[A-HJ-NP-Za-hj-np-z{_D}]"
_PLATE = re.compile(
    rf"[{character_class('plate_provinces')}][ ]?[A-HJ-NP-Za-hj-np-z][ \u00b7.\-]?"
    rf"(?P<places>{_PLATE_PLACE}(?:[ ]?{_PLATE_PLACE}){{4,5}})(?![A-Za-z0-9])[{character_class('plate_endings')}]?"
)

_ROADS, _COMMUNITIES = any_of("road_endings"), any_of("community_endings")
_LETTERED = rf"(?<=[A-Za-z0-9]){any_of('letter_units')}"
_UNITS = rf"(?:{any_of('houses', 'rooms', 'number_units', 'block_units')}|{_LETTERED})"
_BUILDINGS = rf"(?:{any_of('buildings')}|{_LETTERED})"
# A character of a place name; a word such as 在 or 寄 ends the name to the left.
_NAME = rf"(?:(?![{character_class('place_stops')}])[\u3400-\u9fff])"
_NUMBER = rf"(?:[0-9]+[A-Za-z]?|[A-Za-z](?![A-Za-z])|[{_COUNTS}]+)"
_BLOCK = rf"(?:[{_COUNTS}{character_class('compass')}]*{any_of('block_units')})"
_HOUSE = re.compile(
    rf"(?<![0-9A-Za-z{_COUNTS}.]){_NUMBER}[ ]?"
    rf"(?P<unit>{any_of('houses')}|{_LETTERED}|{any_of('number_units')}(?![{character_class('not_after_number')}]))"
)
_PLACE = re.compile(rf"(?:{_NAME}|(?<=[\u3400-\u9fff])[0-9]{{1,4}}|(?<=[{character_class('region_ends')}])[ ])+[ ]?$")
_ENDING = re.compile(rf".*?(?P<name>{_NAME}{{2}})(?:(?P<road>{_ROADS})|{_COMMUNITIES}){_BLOCK}?[ ]?")
_REST_PATTERN = (
    rf"(?:[ ]?(?:{_NAME}{{2,8}}?{_COMMUNITIES})?{_BLOCK}?[ ]?{_NUMBER}[ ]?{_UNITS}"
    rf"|[ ]?{_NAME}{{2,8}}?{_NUMBER}[ ]?{_BUILDINGS})*"
    rf"(?:[ ]?{_NAME}{{2,8}}?{_COMMUNITIES})?(?:[ -]?[{_D}]{{3,4}}(?![{_D}]){_UNITS}?)?"
)
_REST = re.compile(_REST_PATTERN)
_COMPANY_BEFORE = re.compile(rf"{any_of('company_places')}[^,\u3002\n]{{0,4}}$")
_COMMUNITY_NAME = rf"(?P<place>{_NAME}{{2,8}}?{any_of('named_communities')})"
_LIVES_IN = re.compile(rf"{any_of('home_cues')}[ :]?{_COMMUNITY_NAME}(?!{any_of('landmarks')})")
_LIVES_IN_HOUSE = re.compile(
    rf"{any_of('home_cues')}[ :]?(?P<place>{_NAME}{{2,10}}?[ ]?{_NUMBER}[ ]?{_BUILDINGS}{_REST_PATTERN})"
)
_ASKED_HOME = re.compile(
    rf"{any_of('home_questions')}[^\n]{{0,8}}\n(?:{any_of('answer_leads')}|[ ,])*"
    rf"(?P<place>{_NAME}{{2,8}}{_COMMUNITIES})(?=$|[\s,.\u3002])",
    re.MULTILINE,
)
_VILLAGE = re.compile(
    rf"(?P<place>{_NAME}{{2,6}}{any_of('regions')}{_NAME}{{1,6}}{any_of('townships')}{_NAME}{{1,6}}{any_of('villages')}"
    rf"(?:(?:{_NUMBER}|{_NAME}{{1,3}}){any_of('village_groups')})?)"
)

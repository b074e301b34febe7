"""What makes a string of digits a telephone, an identity card or a bank card number."""

import re
from datetime import date

# GB 11643-1999: weights and check characters of the 18-digit citizen identity number.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
# GB/T 2260: first two digits of the administrative division codes.
_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_MOBILE = re.compile(r"(?:0086|086|86)?1[3-9]\d{9}|(?:1[3-9]\d{9}){2}")
# Area code 010 or 02x with eight digits, others with seven or eight; a subscriber number never begins with 0, 1 or 9.
_LANDLINE = re.compile(r"(?:86)?0(?:10|2\d)[2-8]\d{7}|(?:86)?0[3-9]\d{2}[2-8]\d{6,7}")
_SUBSCRIBER = re.compile(r"[2-8]\d{6,7}")


def is_mobile(digits: str) -> bool:
    """A mobile number, with or without the country code, once or said twice."""
    return _MOBILE.fullmatch(digits) is not None


def is_landline(digits: str) -> bool:
    """A fixed line with its area code."""
    return _LANDLINE.fullmatch(digits) is not None


def is_subscriber(digits: str) -> bool:
    """A fixed line without area code: believed only after a word that announces one."""
    return _SUBSCRIBER.fullmatch(digits) is not None


def is_identity_number(digits: str) -> bool:
    """A citizen identity number: 18 places with their checksum, or 15 places with a date that exists."""
    if not looks_like_identity_number(digits):
        return False
    if len(digits) == 15:
        return _is_date("19" + digits[6:12])
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True))
    return _is_date(digits[6:14]) and _CHECK_CHARACTERS[total % 11] == digits[17]


def looks_like_identity_number(digits: str) -> bool:
    """The right length and a province that exists; misheard digits may break date and checksum."""
    right_length = re.fullmatch(r"\d{15}|\d{17}[\dX]", digits) is not None
    return right_length and _PROVINCES.match(digits) is not None


def looks_like_bank_card(digits: str) -> bool:
    """The length of a card number; misheard digits may break the checksum."""
    return re.fullmatch(r"[3-9]\d{15,18}", digits) is not None


def is_bank_card(digits: str) -> bool:
    """A payment card number: 16 to 19 digits of an issuer range (3 to 6) with their Luhn checksum."""
    if re.fullmatch(r"[3-6]\d{15,18}", digits) is None:
        return False
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_date(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).year <= 2099
    except ValueError:
        return False

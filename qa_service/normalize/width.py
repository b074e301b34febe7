"""Full and half width made one, character for character, so that no offset moves."""

import unicodedata


def fold(text: str) -> str:
    """Write full-width and compatibility characters in their plain form; the length stays."""
    for character in sorted(_PLAIN.keys() & set(text)):
        text = text.replace(character, _PLAIN[character])
    return text


def lowered(text: str) -> str:
    """Lower case; a letter that would grow (the Turkish dotted capital I) stays."""
    plain = text.lower()
    return plain if len(plain) == len(text) else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)


def _plain_forms() -> dict[str, str]:
    # Compatibility forms of several characters, such as the ellipsis, stay: a longer text would move offsets.
    forms = {}
    for code in range(0x80, 0x1FC00):
        plain = unicodedata.normalize("NFKC", chr(code)) if not 0xD800 <= code <= 0xDFFF else ""
        if len(plain) == 1 and plain != chr(code):
            forms[chr(code)] = plain
    return forms


_PLAIN = _plain_forms()

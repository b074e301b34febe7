"""Private contacts that are not numbers: messenger ids and mail addresses, typed or spelled out."""

import re
from collections.abc import Iterator

from qa_service.normalize.lexicon import any_of, character_class, spoken_digits, word_set
from qa_service.normalize.passage import Found, Passage


def find_emails(passage: Passage) -> Iterator[Found]:
    """Mail addresses with their sign or dot spoken too, and the number after "QQ mailbox"."""
    for at in _AT.finditer(passage.lowered):
        domain = _DOMAIN.match(passage.lowered, at.end())
        local = _LOCAL_PART.search(passage.left(at.start(), _LONGEST_LOCAL_PART)) if domain else None
        if domain and local:
            yield Found(at.start() - len(local[0]), domain.end(), "email")


def find_messenger_ids(passage: Passage) -> Iterator[Found]:
    """WeChat ids after a word that announces one, in the same turn or asked for in the turn before; QQ numbers."""
    for cue in _CUE.finditer(passage.lowered):
        for pattern, kind in _AFTER_CUE[str(cue.lastgroup)]:
            match = pattern.match(passage.lowered, cue.end())
            if match and match["id"] not in word_set("not_wechat_ids"):
                yield Found(match.start("id"), match.end("id"), kind)


_LONGEST_LOCAL_PART = 48
_D = "0-9" + "".join(spoken_digits())
_MARKS = any_of("spoken_marks")
_LINKS = rf"(?:[\s{character_class('wechat_links')}:]){{0,6}}"
_CUE = re.compile(
    rf"(?P<mailbox>{any_of('qq_mailboxes')})|(?P<qq>(?<![a-z]){any_of('qq_cues')})"
    rf"|(?P<wechat>(?<![a-z]){any_of('wechat_cues')})"
)
# A WeChat id has 6 to 20 letters, digits, _ and -, and begins with a letter.
_ID = r"(?P<id>[a-z][a-z0-9_-]{5,19})(?![a-z0-9_@.-])"
_TYPED = re.compile(rf"{_LINKS}{_ID}")
_SPELLED = re.compile(rf"{_LINKS}(?P<id>[a-z](?:[ ]?(?:(?<![a-z])[a-z](?![a-z])|[{_D}]+|{_MARKS})){{3,16}})")
# As an answer it must not look like an ordinary word: a digit, _ or - is in it.
_ANSWERED = re.compile(rf"[^\n]{{0,14}}\n(?:{any_of('answer_leads')}|[\s,:])*+(?=[a-z_-]*[0-9_-]){_ID}")
_QQ_NUMBER = re.compile(rf"{_LINKS}(?P<id>[{_D}](?:[ ]?[{_D}]){{4,10}})(?![{_D}@])")
_AFTER_CUE = {
    "wechat": ((_TYPED, "wechat"), (_SPELLED, "wechat"), (_ANSWERED, "wechat")),
    "qq": ((_QQ_NUMBER, "wechat"),),
    "mailbox": ((_QQ_NUMBER, "email"),),
}
_DOT = rf"[ ]?{any_of('spoken_dot')}[ ]?"
_AT = re.compile(rf"{any_of('spoken_at')}|(?<![a-z])at(?![a-z])")
_DOMAIN = re.compile(rf"[ ]?(?:[a-z0-9-]+|[{_D}]+)(?:{_DOT}[a-z0-9-]+){{0,2}}?{_DOT}{any_of('mail_endings')}(?![a-z])")
# Single letters and digits with spaces between them are one spelled word; other words before it are not part of it.
_LOCAL_PART = re.compile(
    rf"(?:(?:(?<![A-Za-z0-9])[A-Za-z]|[{_D}]+|{_MARKS})[ ])*(?:[A-Za-z0-9_.+{_D}-]|{_MARKS})+[ ]?$"
)

"""One tree of errors: a stable code, and a sentence that says what is wrong and what to do.

Codes are part of the API (`code` of a problem+json body) and never change; HTTP statuses live in
`qa_service.api.error_responses` alone.
"""

from collections.abc import Sequence

# Mistakes told in one sentence; all of them are in the list.
SHOWN = 5


class QaError(Exception):
    """Base of every expected failure; `str(error)` is shown to people."""

    code = "error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(QaError):
    """The caller sent something that cannot be used: what, where, what to do."""

    code = "invalid_input"


class InvalidConversation(InvalidInput):
    """A conversation breaks the contract."""

    code = "invalid_conversation"


class InvalidSop(InvalidInput):
    """An SOP file breaks the contract; the detail names file and line."""

    code = "invalid_sop"


class InvalidRulebook(InvalidSop):
    """Files of a rulebook cannot be taken; `problems` are sentences, each naming its file."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"nothing was imported; {len(problems)} mistakes: {'; '.join(problems[:SHOWN])}")
        self.problems = tuple(problems)


class AmbiguousSop(InvalidInput):
    """Two SOPs fit a conversation equally well."""

    code = "ambiguous_sop"


class TooLarge(InvalidInput):
    """A body, a batch, a line or a turn is over its limit."""

    code = "too_large"


class NotFound(QaError):
    """What was asked for does not exist, or is outside the caller's scope."""

    code = "not_found"


class Conflict(QaError):
    """The request contradicts what is already stored."""

    code = "conflict"


class ScoresStillOpen(Conflict):
    """A period has scores that a person has to decide first; `problems` names the conversations, a sentence each."""

    def __init__(self, detail: str, problems: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.problems = tuple(problems)


class Unauthenticated(QaError):
    """No valid key or session came with the request."""

    code = "unauthenticated"


class Forbidden(QaError):
    """The caller's role does not allow this."""

    code = "forbidden"


class NoAnswer(QaError):
    """A language model gave no answer that can be used. `reason` is a fixed word, safe to log."""

    code = "no_answer"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the language model gave no answer that can be used ({reason})")
        self.reason = reason


class ArtifactMissing(QaError):
    """A model artifact cannot be loaded."""

    code = "artifact_missing"

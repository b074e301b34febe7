"""How bad a breach is."""

from enum import StrEnum


class Severity(StrEnum):
    """How bad a red line is; `fatal` makes the score 0."""

    FATAL = "fatal"
    MAJOR = "major"
    MINOR = "minor"

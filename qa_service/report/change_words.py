"""One sentence for a reader about what became of a figure, in both languages: every share with its n."""

from qa_service.domain.before_after import ChangeVerdict, Level, MeasuredChange, Unit
from qa_service.report.texts import LANGUAGES, Both, say


def change_in_words(change: MeasuredChange) -> Both:
    """Before and after, the difference beside the others with its interval, and what may be said of it."""
    return {language: _said(change, language) for language in LANGUAGES}


def _said(change: MeasuredChange, language: str) -> str:
    before, after = change.changed
    levels = {"before": _level(before, change), "after": _level(after, change)}
    counts = {"n_before": f"{before.n:,}", "n_after": f"{after.n:,}"}
    text = _text("levels", language, figure=_figure(change, language), **levels, **counts)
    text += _difference(change, language)
    parts = ", ".join if language == "en" else "、".join
    why = parts(_text(one.value, language) for one in change.because)
    text += _text(change.verdict.value, language, why=why)
    if change.verdict is ChangeVerdict.CANNOT_TELL and change.needed:
        worth = _size(change.worthwhile, change, language)
        text += _text("needed", language, worthwhile=worth, needed=f"{change.needed:,}")
    return text


def _difference(change: MeasuredChange, language: str) -> str:
    if change.difference is None or change.ci_low is None or change.ci_high is None:
        return ""
    n = sum(level.n for level in change.others)
    sizes = {"difference": change.difference, "low": change.ci_low, "high": change.ci_high}
    told = {name: _size(value, change, language, signed=True) for name, value in sizes.items()}
    compared = change.method == "staggered_differences" and n > 0
    return _text("beside" if compared else "alone", language, n=f"{n:,}", **told)


def _figure(change: MeasuredChange, language: str) -> str:
    name, _, step = change.figure.name.partition("/")
    return _text(name, language, id=step)


def _level(level: Level, change: MeasuredChange) -> str:
    if level.mean is None:
        return "–"
    return f"{level.mean:.1f}" if change.figure.unit is Unit.POINTS else f"{100 * level.mean:.1f}%"


def _size(value: float, change: MeasuredChange, language: str, *, signed: bool = False) -> str:
    points = change.figure.unit is Unit.POINTS
    number = value if points else 100 * value
    return _text("marks" if points else "points", language, value=f"{number:+.1f}" if signed else f"{number:.3g}")


def _text(key: str, language: str, **parts: str) -> str:
    return say(f"change.{key}", **parts)[language]

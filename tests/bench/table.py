"""The rows as a Markdown table, and whether memory stays flat."""

from collections.abc import Iterator, Sequence

from tests.bench.checking import ALLOWED, FEW, MANY, Checked
from tests.bench.rows import Measured, Row

FLAT = 1.5
JUDGING_HEAD = ("judged", "n", "turns/s", "conversations/s", "p95 of one, ms", "CPU ms a turn", "peak MiB", "times")
HEAD = ("stage", "n", "seconds", "CPU seconds", "conversations/s", "turns/s", "peak MiB", "CPU per turn, of baseline's")


def markdown(rows: Sequence[Row]) -> str:
    """Two lines a row, the stage and under it its baseline; stages as they came, then by size."""
    order = list(dict.fromkeys(row.stage for row in rows))
    ranked = sorted(rows, key=lambda row: (order.index(row.stage), row.measured.conversations))
    lines = [HEAD, ("---", *("---:",) * (len(HEAD) - 1))]
    for row in ranked:
        times = _cpu_a_turn(row.measured) / _cpu_a_turn(row.baseline)
        lines += [(row.stage, *_cells(row.measured), f"{times:,.2f}"), (_plain(row), *_cells(row.baseline), "")]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def judging(rows: Sequence[Row]) -> str:
    """One line a way to judge, one a baseline; `times` are the baseline's turns a second."""
    lines = [JUDGING_HEAD, ("---", *("---:",) * (len(JUDGING_HEAD) - 1))]
    for number, row in enumerate(rows):
        if number == 0 or row.baseline != rows[number - 1].baseline:
            lines.append((row.plain, *_judged_cells(row.baseline), ""))
        times = _turns_a_second(row.measured) / _turns_a_second(row.baseline)
        lines.append((row.stage, *_judged_cells(row.measured), f"{times:,.1f}"))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def checking(rows: Sequence[Checked]) -> str:
    """One line a way to judge: what many checks cost beside few."""
    sizes = [f"{keywords:,} keywords, {checks} checks" for keywords, checks in (FEW, MANY)]
    head = ("judged", "n", *(f"CPU ms, {size}" for size in sizes), "checks with words", "slower by (95%)", "verdict")
    lines = [head, ("---", *("---:",) * (len(head) - 2), "---")]
    for row in rows:
        found = f"{row.few_found:,.2f}, {row.many_found:,.2f}"
        slower = f"{row.slower:.1%} ({row.low:.1%} to {row.high:.1%})"
        verdict = "within" if row.slower <= ALLOWED else "MORE THAN"
        times = (f"{ms:,.2f}" for ms in (row.few_ms, row.many_ms))
        lines.append((row.stage, f"{row.conversations:,}", *times, found, slower, f"{verdict} {ALLOWED:.0%}"))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def memory(rows: Sequence[Row]) -> Iterator[str]:
    """For every stage, its peak at the largest size beside that at the size before."""
    sizes = sorted({row.measured.conversations for row in rows})
    if len(sizes) < 2:
        yield "One size alone says nothing about how memory grows."
        return
    few, many = sizes[-2:]
    peaks = {(row.stage, row.measured.conversations): row.measured.peak_mib for row in rows}
    for stage in dict.fromkeys(row.stage for row in rows):
        ratio = peaks[stage, many] / peaks[stage, few]
        verdict = "flat" if ratio <= FLAT else f"NOT FLAT (limit {FLAT})"
        yield f"- {stage}: peak at {many:,} is {ratio:.2f} of that at {few:,}: {verdict}"


def _plain(row: Row) -> str:
    few = row.baseline.conversations < row.measured.conversations
    return f"· {row.plain}" + (f" (first {row.baseline.conversations:,} only)" if few else "")


def _cells(measured: Measured) -> tuple[str, ...]:
    return (
        f"{measured.conversations:,}",
        f"{measured.seconds:,.2f}",
        f"{measured.cpu_seconds:,.2f}",
        f"{measured.conversations / measured.seconds:,.0f}",
        f"{measured.turns / measured.seconds:,.0f}",
        f"{measured.peak_mib:,.0f}",
    )


def _judged_cells(measured: Measured) -> tuple[str, ...]:
    return (
        f"{measured.conversations:,}",
        f"{_turns_a_second(measured):,.0f}",
        f"{measured.conversations / measured.seconds:,.1f}",
        "" if measured.p95_ms is None else f"{measured.p95_ms:,.1f}",
        f"{1000 * _cpu_a_turn(measured):,.2f}",
        f"{measured.peak_mib:,.0f}",
    )


def _turns_a_second(measured: Measured) -> float:
    return measured.turns / measured.seconds


def _cpu_a_turn(measured: Measured) -> float:
    return measured.cpu_seconds / measured.turns

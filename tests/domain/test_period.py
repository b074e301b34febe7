"""Days, weeks and times that people ask for."""

from datetime import UTC, date

import pytest

from qa_service.domain.period import dated, moment_until, period_between, week_period
from qa_service.errors import InvalidInput

FAR = ("0001-01-01", "1969-12-31", "2200-01-01", "9999-12-31")


@pytest.mark.parametrize("day", FAR)
def test_days_on_which_no_conversation_can_lie_are_refused(day: str) -> None:
    with pytest.raises(InvalidInput, match="is not between 1970 and 2199"):
        dated(date.fromisoformat(day))
    for bounds in ((day, None), (None, day)):
        with pytest.raises(InvalidInput, match="is not between 1970 and 2199"):
            period_between(*bounds)
    for text in (day, f"{day}T12:00:00"):
        with pytest.raises(InvalidInput, match="is not between 1970 and 2199"):
            moment_until(text, UTC)


@pytest.mark.parametrize("week", ["0001-W01", "9999-W52", "2200-W02"])
def test_weeks_of_such_years_too(week: str) -> None:
    with pytest.raises(InvalidInput, match="is not between 1970 and 2199"):
        week_period(week)


def test_the_first_and_last_day_and_week_of_our_years_are_taken() -> None:
    assert dated(date(1970, 1, 1)).year == 1970 and dated(date(2199, 12, 31)).year == 2199
    assert week_period("1970-W01").first == date(1969, 12, 29)

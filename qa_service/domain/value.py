"""Values that people name: a price, a number of lessons, a length of time, a share, a date, a time of day."""

from dataclasses import dataclass
from datetime import date

VALUES = ("price", "lessons", "days", "hours", "minutes", "percentage", "date", "time")

LENGTHS = ("days", "hours", "minutes")
UNITS = {
    "price": ("元",),
    "lessons": ("课时",),
    "days": ("天", "工作日", "周", "月", "年"),
    "hours": ("小时",),
    "minutes": ("分钟",),
    "percentage": ("%", "折"),
    "date": ("日",),
    "time": ("点",),
}
"""The units of each kind; the first is the usual one. A price for less than the whole has `元/月`, `元/课时` …"""

WORKDAYS = "工作日"
IN_DAYS = {"天": 1, WORKDAYS: 1, "周": 7, "月": 30, "年": 365}
"""How many days a unit of the kind `days` counts for."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value where it stands in a turn: characters `start` to `end` (exclusive) of the text as stored.

    `number` is in the kind's own measure: yuan, lessons, days, hours, minutes, percent (八折 is 80), hours of the day
    (19.5), and for dates the days from the day of the conversation, where that is known. `low` and `high` differ from
    it where the value is named approximately. `unit` is one of UNITS, `per` what a price is for (月, 课时 …), where
    that is not the whole. `bare`: no unit was said, and only the words around tell the kind.
    """

    kind: str
    start: int
    end: int
    number: float | None
    low: float
    high: float
    unit: str
    per: str = ""
    day: date | None = None
    bare: bool = False

    @property
    def exact(self) -> bool:
        """Whether one number was named, and no range or rough figure."""
        return self.low == self.high


def true_days(low: float, high: float, unit: str) -> tuple[float, float]:
    """Days in a length of time, at least and at most: months differ, and weekends lie between workdays."""
    if unit == WORKDAYS:
        return low, high + 2 * (high // 5 + 1)
    if unit == "月":
        return low / 30 * 28, high / 30 * 31
    return (low, high / 365 * 366) if unit == "年" else (low, high)

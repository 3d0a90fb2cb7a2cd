"""Working days for plausible sample dates. The product counts by its own tables; these only have to look right."""

from datetime import date, timedelta
from functools import cache

import chinese_calendar


@cache
def is_working(day: date) -> bool:
    """Monday to Friday with the State Council's changes; in a year that is not announced yet, Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5 and (day.month, day.day) != (1, 1)


def step(day: date, count: int) -> date:
    """The `count`-th working day after (or, negative, before) `day`; 0 is the day itself or the next working one."""
    if count == 0:
        while not is_working(day):
            day += timedelta(days=1)
        return day
    one = timedelta(days=1 if count > 0 else -1)
    while count:
        day += one
        if is_working(day):
            count -= 1 if count > 0 else -1
    return day

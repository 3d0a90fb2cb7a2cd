"""Known pages seen again: every 2 h in the last three days, in the evening, and 3 h before the deadline."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.clock import SHANGHAI
from tracker.service.recheck import CLOSE, DAILY, LAST_DAYS, is_due

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=SHANGHAI)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("last_seen", "deadline", "at", "tracked", "expected"),
    [
        (local(24, 9), local(30, 9), NOON, True, False),  # seen this morning, nothing soon
        (local(23, 11), local(30, 9), NOON, False, True),  # a day ago
        (local(24, 9), local(26, 9), NOON, False, True),  # three hours ago, two days before the deadline
        (local(24, 10, 30), local(26, 9), NOON, True, False),  # an hour and a half ago
        (local(24, 17), local(30, 9), local(24, 18, 5), True, True),  # the evening look
        (local(24, 17), local(30, 9), local(24, 18, 5), False, False),  # is for what somebody tracks
        (local(24, 18, 1), local(30, 9), local(24, 18, 5), True, False),
        (local(24, 5, 50), local(24, 9), local(24, 6, 1), True, True),  # three hours before the deadline
        (local(24, 6, 2), local(24, 9), local(24, 7), True, False),
    ],
)
def test_when_a_page_is_seen_again(
    last_seen: datetime, deadline: datetime, at: datetime, tracked: bool, expected: bool
) -> None:
    assert is_due(last_seen, deadline, at, tracked=tracked) is expected


minutes = st.integers(1, 4 * 24 * 60).map(lambda n: timedelta(minutes=n))


@given(minutes, minutes)
def test_no_page_is_left_alone_for_longer_than_promised(unseen: timedelta, left: timedelta) -> None:
    due = is_due(NOON - unseen, NOON + left, NOON, tracked=True)
    if unseen > DAILY or (unseen > CLOSE and left < LAST_DAYS):
        assert due
    if left <= timedelta(hours=3) < left + unseen:
        assert due, "nobody has looked in the last three hours"

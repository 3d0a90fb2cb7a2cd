"""What runs by itself: the clock that ticks, its polls, and their state."""

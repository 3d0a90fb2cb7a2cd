"""Who works with the tracker, who owns what, and what they wrote down."""

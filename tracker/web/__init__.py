"""The board: a web page that a bid manager keeps open all day. How to add a page: docs/board.md."""

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8765

"""The board: a web page that a bid manager keeps open all day. How to add a page: docs/board.md."""

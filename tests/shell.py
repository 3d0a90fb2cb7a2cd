"""`chebiao` as tests call it: a home of its own, the clock they set, what it printed and how it ended."""

import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from tracker.cli import common, main


class Shell:
    """Runs commands in this process, or each in one of its own (`child`), which is slow and just like a user."""

    def __init__(self, home: Path, *, child: bool = False, **environment: str) -> None:
        self.home = home
        self.environment = {"CHEBIAO_HOME": str(home), "COLUMNS": "100"} | environment
        self.run = self._child if child else self._here
        self.said = ""
        """What the last command wrote to stderr."""

    def __call__(self, *arguments: str, code: int = 0, stdin: str = "", **environment: str) -> str:
        """Stdout of a command that ends with `code`."""
        ended, out, self.said = self.run(arguments, stdin, self.environment | environment)
        assert ended == code, self.said
        assert "Traceback" not in self.said
        return out

    def rows(self, *arguments: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in self(*arguments, "--json").splitlines()]

    def _child(self, arguments: tuple[str, ...], stdin: str, environment: dict[str, str]) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "tracker", *arguments],
            env=os.environ | environment,
            input=stdin.encode(),
            capture_output=True,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def _here(self, arguments: tuple[str, ...], stdin: str, environment: dict[str, str]) -> tuple[int, str, str]:
        out, err = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["chebiao", *arguments])
            patch.setattr(sys, "stdin", StringIO(stdin))
            common.config.cache_clear()
            common.engine.cache_clear()
            try:
                main()
                ended = 0
            except SystemExit as end:
                ended = end.code if isinstance(end.code, int) else int(bool(end.code))
            finally:
                common.engine().dispose()
                common.engine.cache_clear()
                common.config.cache_clear()
        return ended, out.getvalue(), " ".join(err.getvalue().split())

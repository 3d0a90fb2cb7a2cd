"""`python -m tracker` is `chebiao`."""

from tracker.cli import main

main()

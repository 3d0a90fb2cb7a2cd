"""How a command ends that could not do what it was asked: a sentence and the exit code, or a traceback for our own."""

import errno
import sqlite3

from sqlalchemy.exc import OperationalError

from crawler.config import ConfigurationError
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.team.people import PersonError


def told(fault: Exception) -> tuple[str, int] | None:
    """What to say of a fault, and the exit code; None for one that is a mistake of this program."""
    match fault:
        case ConfigurationError() | Mistake() | PersonError():
            return str(fault), 2
        case OperationalError():
            return explain(fault), 1
        case OSError():
            return _file(fault), 1 if fault.errno in (errno.ENOSPC, errno.EIO) else 2
    return None


def explain(fault: OperationalError) -> str:
    """What a fault of the database means for a person."""
    words = str(fault.orig)
    if isinstance(fault.orig, sqlite3.OperationalError) and "locked" in words:
        return _("the database is locked by another program for more than 15 s; end it or try again")
    if "full" in words:
        return _("the disk is full: {words}; nothing stored is lost, make room and run it again").format(words=words)
    return _("the database cannot be used: {words}").format(words=words)


def _file(fault: OSError) -> str:
    if fault.errno == errno.ENOSPC:
        return _("the disk is full; nothing stored is lost, make room and run it again")
    return f"{fault.filename or ''}: {fault.strerror}".lstrip(": ")

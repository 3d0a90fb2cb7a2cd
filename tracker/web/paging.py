"""Long lists, page by page, by the last row seen: each costs the same wherever it lies; new rows shift nothing."""

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from tracker.decisions import Mistake
from tracker.i18n import _

Key = datetime | int | float | str | None


def cursor(*keys: Key) -> str:
    """The sort keys of the last row shown, for the address of the next page (tracker.db.beyond finds it)."""
    plain = [{"at": each.isoformat()} if isinstance(each, datetime) else each for each in keys]
    packed = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def keys(text: str, count: int) -> tuple[Any, ...] | None:
    """The sort keys of a cursor; None for the first page. Raises Mistake for one that is none of ours."""
    if not text:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        made = tuple(datetime.fromisoformat(each["at"]) if isinstance(each, dict) else each for each in found)
        if len(made) != count or any(isinstance(each, datetime) and each.tzinfo is None for each in made):
            raise ValueError(text)
    except (binascii.Error, ValueError, TypeError, KeyError):
        raise Mistake(_("this page of the list cannot be found; start again at its beginning")) from None
    return made

"""What every form sends: only the fields it names (anything else is refused, hostile 66) and the token."""

from pydantic import BaseModel, ConfigDict


class Fields(BaseModel):
    """The base of every form."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)

    csrf: str = ""
    """Checked by the guard (tracker/web/csrf.py) before the form is looked at."""
    back: str = ""
    """The page to go back to, where it is not the one the form stands on."""
    version: int | None = None
    """Of the row as it was shown: somebody else's change in between is not overwritten."""

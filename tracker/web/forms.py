"""What every form sends: only the fields it names (anything else is refused, hostile 66) and the token."""

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from crawler.text import clean

LONGEST = 20_000
"""Characters of one field: a note of many pages."""
AS_TYPED = frozenset({"password", "again", "old", "new"})


class Fields(BaseModel):
    """The base of every form."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False, str_max_length=LONGEST)

    csrf: str = ""
    """Checked by the guard (tracker/web/csrf.py) before the form is looked at."""
    back: str = ""
    """The page to go back to, where it is not the one the form stands on."""
    version: int | None = None
    """Of the row as it was shown: somebody else's change in between is not overwritten."""

    @field_validator("*", mode="before")
    @classmethod
    def _without_what_cannot_be_seen(cls, value: object, info: ValidationInfo) -> object:
        """Control, bidirectional and zero-width characters mislead whoever reads it, and break files (hostile 18)."""
        return clean(value) if isinstance(value, str) and info.field_name not in AS_TYPED else value

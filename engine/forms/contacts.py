"""A person's name and e-mail address, asked together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.forms.groups import Group
from engine.forms.resolving import Merged

_PARTS = {"name", "email"}


class Person(Group):
    """An object of `name` and `email`: two inputs side by side, one line to read."""

    kind = "person"

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        asked = merged.schema.get("properties")
        return (
            widget == "person"
            and isinstance(asked, Mapping)
            and set(asked) == _PARTS
            and not merged.conditions
            and not {"oneOf", "anyOf"} & merged.schema.keys()
        )

    def shown(self, value: Any) -> str:
        """`Ana Pérez (ana@school.example)`, or what there is of it."""
        if not isinstance(value, Mapping):
            return ""
        name, email = (str(value.get(key) or "") for key in ("name", "email"))
        return f"{name} ({email})" if name and email else name or email

    def address(self, value: Any) -> str:
        """The address to write to; empty for what no mail program would understand."""
        email = value.get("email") if isinstance(value, Mapping) else None
        if not isinstance(email, str) or email.count("@") != 1:
            return ""
        return "" if any(sign.isspace() or sign in "?&,;<>\"'%" for sign in email) else email

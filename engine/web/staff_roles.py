"""What roles are called, and what whoever has them does here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engine.languages import N_, _


class RoleWords(NamedTuple):
    """A role as staff choose it."""

    name: str
    label: str
    about: str
    for_admins: bool
    """Only an administrator gives and takes it."""

    def said(self) -> RoleWords:
        """In the language of the moment."""
        return self._replace(label=_(self.label), about=_(self.about))


ROLES = (
    RoleWords("candidate", N_("Candidate"), N_("Works towards credentials."), False),
    RoleWords("reviewer", N_("Reviewer"), N_("Scores what candidates submit."), False),
    RoleWords(
        "staff", N_("Program staff"), N_("Runs the program: people, documents, awards."), True
    ),
    RoleWords("admin", N_("Administrator"), N_("Also decides who is program staff."), True),
)


def role_words(names: Iterable[str]) -> list[str]:
    """Roles as people call them, in the order in which they are given."""
    return [_(role.label) for name in names for role in ROLES if role.name == name]

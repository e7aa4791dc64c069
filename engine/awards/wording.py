"""Dates and kinds as awards word them, on paper and on the verification page alike."""

from __future__ import annotations

from datetime import date

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_KINDS = {
    "micro-credential": "Micro-credential",
    "milestone": "Milestone credential",
    "programme": "Program certificate",
}


def day_in_words(day: date) -> str:
    """`12 March 2026`, whatever the machine's locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def kind_in_words(kind: str) -> str:
    """What a certificate of this kind of credential is called."""
    return _KINDS.get(kind, "Credential")

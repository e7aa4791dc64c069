"""Kinds as awards word them, on paper and on the verification page alike."""

from __future__ import annotations

from engine.languages import N_, _

_KINDS = {
    "micro-credential": N_("Micro-credential"),
    "milestone": N_("Milestone credential"),
    "programme": N_("Program certificate"),
}


def kind_in_words(kind: str) -> str:
    """What a certificate of this kind of credential is called."""
    return _(_KINDS.get(kind, N_("Credential")))

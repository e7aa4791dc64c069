"""What a program may be let in to do, each with the words that a person is asked in.

The names are those of Open Badges 3.0 §6.2.1. Whatever else a program asks for, such as
`offline_access`, is left out of what it gets.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.languages import N_

_SCOPE: Final = "https://purl.imsglobal.org/spec/ob/v3p0/scope/"
READ_CREDENTIALS: Final = f"{_SCOPE}credential.readonly"
ADD_CREDENTIALS: Final = f"{_SCOPE}credential.upsert"
READ_PROFILE: Final = f"{_SCOPE}profile.readonly"
CHANGE_PROFILE: Final = f"{_SCOPE}profile.update"

WORDS: Final = {
    READ_CREDENTIALS: N_("Read your credentials and badges, those that were revoked included"),
    ADD_CREDENTIALS: N_("Bring badges of yours from elsewhere, which then count here if they can"),
    READ_PROFILE: N_("Read your name and your e-mail address"),
    CHANGE_PROFILE: N_("Choose the DID that new badges name you by; nothing else of your account"),
}
"""In the order in which people read them."""


def known(said: str | Iterable[str]) -> tuple[str, ...]:
    """Those of the scopes in `said` that there are, each once, in the order of `WORDS`."""
    asked = set(said.split() if isinstance(said, str) else said)
    return tuple(one for one in WORDS if one in asked)

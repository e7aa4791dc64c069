"""Addresses and snippets by which a person shows an award elsewhere: nothing here is fetched.

Each is made of what the verification page says anyway, so that whoever follows it learns no more.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup

from engine.awards.certificates.certificate import verification_address
from engine.languages import _
from engine.records.tables import Award
from engine.settings import Settings

LINKEDIN: Final = "https://www.linkedin.com/profile/add"
FRAME_SIZE: Final = (420, 190)
"""Pixels that a framed award wants, wide and high."""


class Links(NamedTuple):
    """Everything that the page of an own award offers."""

    address: str
    """Of the verification page."""
    linkedin: str
    frame: str
    """HTML that frames the award, with its standing as it is at that time."""
    picture: str
    """HTML of the badge's picture as a link to the verification page."""


def links(award: Award, settings: Settings) -> Links:
    """How this award is shown elsewhere."""
    address = verification_address(award.serial, settings)
    picture = f"{settings.base_url}/badges/pictures/{award.edition_digest}.svg"
    wide, high = FRAME_SIZE
    frame = Markup(
        '<iframe src="{address}/embed" title="{title}" width="{wide}" height="{high}"'
        ' style="border:0;max-width:100%" loading="lazy"></iframe>'
    ).format(address=address, title=award.title, wide=wide, high=high)
    linked = Markup(
        '<a href="{address}"><img src="{picture}" alt="{words}" width="160" height="160"></a>'
    ).format(
        address=address,
        picture=picture,
        words=_("Badge: %(title)s", title=award.title),
    )
    return Links(address, linkedin(award, settings), str(frame), str(linked))


def linkedin(award: Award, settings: Settings) -> str:
    """LinkedIn's page that adds the award to one's profile, filled in as far as LinkedIn reads
    addresses: the person looks at it there, and saves it or not."""
    asked: dict[str, str | int] = {
        "startTask": "CERTIFICATION_NAME",
        "name": award.title,
        "organizationName": award.issuer,
        "issueYear": award.issued_at.year,
        "issueMonth": award.issued_at.month,
        "certUrl": verification_address(award.serial, settings),
        "certId": award.serial,
    }
    if award.expires_at is not None:
        asked |= {
            "expirationYear": award.expires_at.year,
            "expirationMonth": award.expires_at.month,
        }
    return f"{LINKEDIN}?{urlencode(asked)}"

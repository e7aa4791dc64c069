"""Frameworks in 1EdTech's exchange format, CASE 1.1 (Competencies and Academic Standards Exchange).

A package is one JSON object: the framework (CFDocument), its items (CFItems), and what stands
below what (CFAssociations of type isChildOf, those of the highest items leading to the document).
Identifiers are made from the framework's id and the item's code, so that they are the same whenever
and wherever they are made; those of somebody else's framework are kept in its document. The way
back is `case_reading`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from engine.credentials.frameworks import Framework, Item

VERSION = "1.1"
ADDRESS = "/ims/case/v1p1"
"""Below an installation's own address; the path is the standard's (REST binding 1.1)."""
CHILD = "isChildOf"

_OURS = UUID("b5f7a1de-6d3c-4a53-9d0b-0f5e8a1c2e47")
"""The name space of identifiers made here (RFC 9562 §5.5). Never change it."""


def made_identifier(name: str) -> str:
    """The UUID made of a framework's id, or of `ID:CODE` for an item."""
    return str(uuid5(_OURS, name))


def document_identifier(framework: Framework) -> str:
    """The UUID of a framework."""
    return framework.identifier or made_identifier(framework.id)


def item_identifier(framework: Framework, item: Item) -> str:
    """The UUID of one of its items."""
    return item.identifier or made_identifier(f"{framework.id}:{item.code}")


def package(framework: Framework, base_url: str, changed: datetime) -> dict[str, Any]:
    """The CFPackage (CASE 1.1, CFPackageDType) of a framework: a JSON object.

    `base_url` is where the installation answers, `changed` when the framework's words changed
    last. An item's number among its siblings is its place in the document, from 1.
    """
    return {
        "CFDocument": document(framework, base_url, changed),
        "CFItems": [item_object(framework, one, base_url, changed) for one in framework.items],
        "CFAssociations": list(associations(framework, base_url, changed)),
    }


def document(framework: Framework, base_url: str, changed: datetime) -> dict[str, Any]:
    """The CFDocument of a framework. One that names no publisher names its source as creator."""
    found = {
        "identifier": document_identifier(framework),
        "uri": _uri(base_url, "CFDocuments", document_identifier(framework)),
        "frameworkType": "Competency framework",
        "caseVersion": VERSION,
        "creator": framework.publisher or framework.source or framework.title,
        "title": framework.title,
        "lastChangeDateTime": _moment(changed),
        "publisher": framework.publisher,
        "language": framework.language,
        "version": framework.version,
        "adoptionStatus": "Adopted",
    }
    found["officialSourceURL" if _is_address(framework.source) else "notes"] = framework.source
    return {key: value for key, value in found.items() if value}


def package_link(framework: Framework, base_url: str) -> dict[str, str]:
    """The link (CFPackageURI) from a document by itself to the package that it is of."""
    return _link(
        base_url, "CFPackages", framework.title, document_identifier(framework), whole=False
    )


def document_link(framework: Framework, base_url: str) -> dict[str, str]:
    """The link (CFDocumentURI) from an item or association by itself to its document."""
    return _link(
        base_url, "CFDocuments", framework.title, document_identifier(framework), whole=False
    )


def item_object(
    framework: Framework, item: Item, base_url: str, changed: datetime
) -> dict[str, Any]:
    """The CFItem of one standard."""
    found = {
        "identifier": item_identifier(framework, item),
        "uri": _uri(base_url, "CFItems", item_identifier(framework, item)),
        "fullStatement": item.statement,
        "humanCodingScheme": item.code,
        "abbreviatedStatement": item.title,
        "language": framework.language,
        "lastChangeDateTime": _moment(changed),
    }
    return {key: value for key, value in found.items() if value}


def associations(
    framework: Framework, base_url: str, changed: datetime
) -> Iterator[dict[str, Any]]:
    """For each item the CFAssociation that says what it stands below: an item or the document."""
    items = {one.code: one for one in framework.items}
    siblings: Counter[str] = Counter()
    for one in framework.items:
        siblings[one.parent] += 1
        own = item_identifier(framework, one)
        above = items.get(one.parent)
        if above is None:
            parent = _link(base_url, "CFDocuments", framework.title, document_identifier(framework))
        else:
            parent = _link(base_url, "CFItems", above.code, item_identifier(framework, above))
        identifier = made_identifier(f"{own} {CHILD} {parent['identifier']}")
        yield {
            "identifier": identifier,
            "uri": _uri(base_url, "CFAssociations", identifier),
            "associationType": CHILD,
            "sequenceNumber": siblings[one.parent],
            "originNodeURI": _link(base_url, "CFItems", one.code, own),
            "destinationNodeURI": parent,
            "lastChangeDateTime": _moment(changed),
        }


def _link(
    base_url: str, kind: str, title: str, identifier: str, *, whole: bool = True
) -> dict[str, str]:
    link = {"title": title, "identifier": identifier, "uri": _uri(base_url, kind, identifier)}
    # Only the ends of an association say what system they lead to (LinkGenURIDType).
    return {**link, "targetType": "CASE"} if whole else link


def _uri(base_url: str, kind: str, identifier: str) -> str:
    return f"{base_url.rstrip('/')}{ADDRESS}/{kind}/{identifier}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_address(source: str) -> bool:
    return bool(re.fullmatch(r"https?://\S+", source))

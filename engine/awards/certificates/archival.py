"""What makes a printed page both an archive and accessible: PDF/A-3a and PDF/UA-1 in one file.

WeasyPrint writes the one or the other. Starting from its PDF/A-3a, this adds what PDF/UA-1 asks
for (its identification, told to PDF/A by an extension schema), puts the enclosed file in its list
once, and keeps a place for a signature: an unseen field that the tag tree knows, so that signing
changes neither standard's verdict. It works on the file's objects before they are written, which
costs a hundredth of opening and saving it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

SIGNATURE = "Signature"
"""The name of the field that waits for a signature."""
_PRINT_AND_LOCKED = 4 + 128
"""Flags of an annotation (ISO 32000-1 §12.5.3): PDF/A wants it printed, nobody is to move it."""

# ISO 14289-1 §5 asks for `pdfuaid:part`; ISO 19005-3 §6.6.2.3 for a description of every property
# that PDF/A does not know itself.
_UNIVERSAL = b"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"
 pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""


@dataclass(frozen=True)
class Enclosure:
    """A file that a page brings along: the same facts, for programs."""

    name: str
    content: bytes
    description: str
    at: datetime
    """Its date, in UTC: not that of the printing, or no two printings would be alike."""


def attachments(enclosure: Enclosure | None) -> list[object]:
    """As WeasyPrint takes it, related to the page as its data (ISO 19005-3 §6.8)."""
    if enclosure is None:
        return []
    from weasyprint import Attachment

    return [
        Attachment(
            url_fetcher=_fetches_nothing(),
            string=enclosure.content.decode(),
            name=enclosure.name,
            description=enclosure.description,
            relationship="Data",
            created=enclosure.at,
            modified=enclosure.at,
        )
    ]


@cache
def _fetches_nothing() -> object:
    """For what is there already; else one is made each time, with all that it could open."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=[])


def archival(signature: str) -> Callable[[object, Any], None]:
    """What finishes a file; `signature` says to those who listen what the empty field is for."""

    def finish(_document: object, pdf: Any) -> None:
        identify(pdf)
        _enclose_once(pdf)
        spell_out(pdf)
        _make_room(pdf, signature)

    return finish


def identify(pdf: Any) -> None:
    """Add to the file's own description (XMP) that it keeps PDF/UA too."""
    metadata = object_of(pdf, pdf.catalog["Metadata"])
    end = b"</rdf:RDF>"
    metadata.stream = [part.replace(end, _UNIVERSAL + end) for part in metadata.stream]


def _enclose_once(pdf: Any) -> None:
    """WeasyPrint lists an enclosed file twice, once as a file and once as a name."""
    from pydyf import Array

    if files := pdf.catalog.get("AF"):
        pdf.catalog["AF"] = Array(dict.fromkeys(files))


def spell_out(pdf: Any) -> None:
    """Every sign says which letters it stands for (ISO 14289-1 §7.21.7). Where several signs make
    one letter, the first says it and the others, which said nothing, that nothing follows."""
    for font in pdf.objects:
        if isinstance(font, dict) and "ToUnicode" in font:
            letters = object_of(pdf, font["ToUnicode"])
            letters.stream = [part.replace(b"> <>", b"> <2060>") for part in letters.stream]


def _make_room(pdf: Any, words: str) -> None:
    """An unseen signature field, its widget inside a Form element (ISO 14289-1 §7.18.4)."""
    from pydyf import Array, Dictionary, String

    page = object_of(pdf, pdf.page_references[0])
    tags = object_of(pdf, pdf.catalog["StructTreeRoot"])
    whole = object_of(pdf, tags["K"][0])
    numbers = object_of(pdf, tags["ParentTree"])["Nums"]
    number = max(numbers[::2]) + 1
    field = Dictionary(
        {
            "Type": "/Annot",
            "Subtype": "/Widget",
            "FT": "/Sig",
            "T": String(SIGNATURE),
            "TU": String(words),
            "F": _PRINT_AND_LOCKED,
            # Of no size it needs no appearance (ISO 19005-3 §6.3.3), and hides nothing.
            "Rect": Array([0, 0, 0, 0]),
            "P": page.reference,
            "StructParent": number,
        }
    )
    pdf.add_object(field)
    element = Dictionary(
        {
            "Type": "/StructElem",
            "S": "/Form",
            "P": whole.reference,
            "Pg": page.reference,
            "Alt": String(words),
            "K": Array(
                [Dictionary({"Type": "/OBJR", "Obj": field.reference, "Pg": page.reference})]
            ),
        }
    )
    pdf.add_object(element)
    whole["K"].append(element.reference)
    numbers.extend([number, element.reference])
    page["Annots"] = Array([*page.get("Annots", ()), field.reference])
    # 3: there is a signature, and what follows it is only ever added (ISO 32000-1 §12.7.2).
    form = Dictionary({"Fields": Array([field.reference]), "SigFlags": 3})
    pdf.add_object(form)
    pdf.catalog["AcroForm"] = form.reference


def object_of(pdf: Any, reference: bytes) -> Any:
    """What `reference` (`b"12 0 R"`) refers to, of a file that is not yet written."""
    return pdf.objects[number_of(reference)]


def number_of(reference: bytes) -> int:
    """12 of `b"12 0 R"`."""
    return int(reference.split()[0])

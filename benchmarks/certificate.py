"""One certificate in a warm worker against naive WeasyPrint, on the same HTML.

Naive reads the style sheet and the fonts for each page, and has the QR code as the SVG that segno
writes: that is the figure. What the drawings cost is told beside it: with the QR code from our
plate too, nothing but the warm press differs; with border and seal as SVG files as well, it is a
page as one would write it without this engine.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from benchmarks.timing import Figure, medians, milliseconds

ROUNDS = 30


def measure() -> list[Figure]:
    """The first is the figure; the other two say what the drawings have to do with it."""
    import segno
    from weasyprint import HTML

    from engine.awards import press
    from engine.awards.certificate import (
        CertificateFacts,
        composed,
        render,
        verification_address,
    )
    from engine.awards.typefaces import font_faces
    from engine.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            instance=Path(folder),
            database_url="",
            secret_key="",
            base_url="https://awards.example.org",
        )
        facts = CertificateFacts(
            serial="7K3M-Q2XH-9DTV-4WPC",
            name="Ana Ruiz",
            title="Window Garden",
            statement="Grows basil, mint and thyme in a window all year and shares them in class.",
            kind="milestone",
            issuer="Garden School",
            issued_on=date(2026, 3, 12),
            expires_on=date(2029, 3, 12),
            signatory="Rosa Field",
            signatory_title="Head Gardener",
            glyph="W",
            template="milestone",
        )
        html, style_sheet, drawings = composed(facts, settings)
        whole = html.replace("</head>", f"<style>{font_faces()}\n{style_sheet}</style></head>")
        code = segno.make(verification_address(facts.serial, settings), error="m", micro=False)
        with_code = whole.replace(f"{press.SCHEME}qr", code.svg_data_uri())
        with_files = with_code
        for name, drawing in drawings.items():
            file = Path(folder) / f"{name}.svg"
            file.write_text(drawing.svg(), "utf-8")
            with_files = with_files.replace(f"{press.SCHEME}{name}", file.as_uri())

        def warm() -> None:
            render(facts, settings)

        def naive() -> None:
            HTML(string=with_code).write_pdf(cache=press.plates(drawings), **press.OPTIONS)

        def same_plates() -> None:
            HTML(string=whole).write_pdf(cache=press.plates(drawings), **press.OPTIONS)

        def all_svg() -> None:
            HTML(string=with_files).write_pdf(**press.OPTIONS)

        fair = medians({"warm": warm, "naive": naive, "same_plates": same_plates}, rounds=ROUNDS)
        slow = medians({"warm": warm, "all_svg": all_svg}, rounds=ROUNDS // 4)
    return [
        Figure(
            "one certificate",
            fair["warm"] / fair["naive"],
            0.5,
            f"{milliseconds(fair['warm'])} against {milliseconds(fair['naive'])} by WeasyPrint "
            "with style sheet and fonts read each time",
        ),
        Figure(
            "the same, QR code from our plate",
            fair["warm"] / fair["same_plates"],
            None,
            "naive WeasyPrint helped with our own drawing of the code",
        ),
        Figure(
            "the same, every drawing as SVG",
            slow["warm"] / slow["all_svg"],
            None,
            "naive WeasyPrint with border and seal as SVG files",
        ),
    ]

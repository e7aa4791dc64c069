"""One certificate in a warm worker against naive WeasyPrint, on the same HTML.

Naive reads the style sheet and the fonts for each page, and has the QR code as the SVG that segno
writes: `ratio`. What the drawings cost is told beside it: `ratio_same_plates` gives naive the QR
code from our plate too, so that nothing but the warm press differs; `ratio_all_svg` gives it
border and seal as SVG files as well, as a page written without this engine would have them.
"""

from __future__ import annotations

import gc
import tempfile
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

ROUNDS = 30


def measure() -> dict[str, Any]:
    """Medians in milliseconds and ratios, measured interleaved in this process."""
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

        took: dict[str, list[float]] = {}
        for turn in range(ROUNDS + 2):
            for way in (warm, naive, same_plates, all_svg):
                if way is all_svg and turn % 4:
                    continue
                gc.collect()
                start = perf_counter()
                way()
                if turn > 1:
                    took.setdefault(way.__name__, []).append((perf_counter() - start) * 1000)
    middle = {name: median(times) for name, times in took.items()}
    return {
        "warm_ms": round(middle["warm"], 1),
        "naive_ms": round(middle["naive"], 1),
        "ratio": round(middle["warm"] / middle["naive"], 3),
        "goal": 0.5,
        "ratio_same_plates": round(middle["warm"] / middle["same_plates"], 3),
        "ratio_all_svg": round(middle["warm"] / middle["all_svg"], 3),
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:20} {value}")

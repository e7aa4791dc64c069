"""One certificate in a warm worker against naive WeasyPrint, its signature against bare pyHanko,
two workers against one, and whether many of them fill the memory.

Naive reads the style sheet and the fonts for each page, has the QR code as the SVG that segno
writes, and neither encloses the credential nor says PDF/UA: that is the figure. What the drawings
cost is told beside it: with the QR code from our plate too, nothing but the warm press differs;
with border and seal as SVG files as well, it is a page as one would write it without this engine.
"""

from __future__ import annotations

import gc
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from time import perf_counter

from benchmarks.timing import Figure, medians, milliseconds
from engine.awards.certificate import CertificateFacts, Page, composed, render, verification_address
from engine.settings import Settings

ROUNDS = 30
MANY = int(os.environ.get("CERTIFICATES", "2000"))
"""How many are printed and signed to see whether memory stays flat; 10,000 take ten minutes."""
EACH = 40
"""Certificates that a worker prints when two are held against one."""
CREDENTIAL = '{"type": ["VerifiableCredential", "OpenBadgeCredential"], "proof": "%s"}' % (
    "z" * 4000
)
"""As long as a signed credential is."""

_WORKER = """
import sys
from benchmarks import certificate
certificate.work(sys.argv[1], int(sys.argv[2]))
"""


def measure() -> list[Figure]:
    """The first is the figure; the two after it say what the drawings have to do with it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(folder)
        return [
            *_printing(settings, Path(folder)),
            _signing(settings),
            _two_workers(folder),
            _memory(settings),
        ]


def _printing(settings: Settings, folder: Path) -> list[Figure]:
    import segno
    from weasyprint import HTML

    from engine.awards import press
    from engine.awards.typefaces import font_faces

    page: Page = composed(FACTS, settings)
    faces = f"<style>{font_faces()}\n{page.style_sheet}</style></head>"
    whole = page.html.replace("</head>", faces)
    code = segno.make(verification_address(FACTS.serial, settings), error="m", micro=False)
    with_code = whole.replace(f"{press.SCHEME}qr", code.svg_data_uri())
    with_files = with_code
    for name, drawing in page.drawings.items():
        file = folder / f"{name}.svg"
        file.write_text(drawing.svg(), "utf-8")
        with_files = with_files.replace(f"{press.SCHEME}{name}", file.as_uri())

    def warm() -> None:
        render(FACTS, settings, CREDENTIAL)

    def naive() -> None:
        HTML(string=with_code).write_pdf(cache=press.plates(page.drawings), **press.OPTIONS)

    def same_plates() -> None:
        HTML(string=whole).write_pdf(cache=press.plates(page.drawings), **press.OPTIONS)

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


def _signing(settings: Settings) -> Figure:
    """Ours against the library as its own documentation shows it, its key loaded once as well."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, fields, signers

    from engine.awards import signature

    pdf = render(FACTS, settings, CREDENTIAL)
    signature.sign(pdf, settings)
    key = (settings.keys / signature.OWN).read_bytes()
    bare_signer = SimpleSigner.load_pkcs12_data(key, other_certs=[])
    metadata = PdfSignatureMetadata(
        field_name=signature.SIGNATURE,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
    )

    def ours() -> None:
        signature.sign(pdf, settings)

    def bare() -> None:
        signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), metadata, signer=bare_signer)

    took = medians({"ours": ours, "bare": bare}, rounds=ROUNDS)
    return Figure(
        "signing one",
        took["ours"] / took["bare"],
        1.2,
        f"{milliseconds(took['ours'])} against {milliseconds(took['bare'])} by pyHanko alone",
    )


def _two_workers(folder: str) -> Figure:
    """Seconds a certificate by two processes against those by one, taking turns three times."""
    ratios, rates = [], []
    for _ in range(3):
        alone, both = _rate(folder, 1), _rate(folder, 2)
        ratios.append(alone / both)
        rates.append(both)
    return Figure(
        "two workers against one",
        sorted(ratios)[1],
        1 / 1.8,
        f"{sorted(rates)[1]:.0f} certificates a second, signed, by two processes on"
        f" {os.cpu_count()} cores",
    )


def _rate(folder: str, workers: int) -> float:
    command = [sys.executable, "-c", _WORKER, folder, str(EACH)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(workers)
    ]
    for one in running:
        assert one.stdout is not None
        one.stdout.readline()  # warm
    begun = perf_counter()
    for one in running:
        one.communicate(b"go\n")
    return workers * EACH / (perf_counter() - begun)


def work(folder: str, count: int) -> None:
    """What a worker does: says that it is warm, waits for a line, prints and signs `count`."""
    settings = _settings(folder)
    _printed(settings, 0)
    print("warm", flush=True)
    sys.stdin.readline()
    for number in range(count):
        _printed(settings, number)


def _memory(settings: Settings) -> Figure:
    """How much a process grew from the first tenth of them to the last, in MiB."""
    first = MANY // 10
    for number in range(first):
        _printed(settings, number)
    before = _resident()
    for number in range(first, MANY):
        _printed(settings, number)
    grew = _resident() - before
    return Figure(
        "memory",
        grew,
        16.0,
        f"more in use after {MANY:,} certificates, signed, than after {first:,}",
        unit=" MiB",
    )


def _printed(settings: Settings, number: int) -> bytes:
    from engine.awards import signature

    facts = replace(FACTS, name=f"Ana Ruiz {number}", serial=f"7K3M-Q2XH-9DTV-{number:04}")
    return signature.sign(render(facts, settings, CREDENTIAL), settings)


def _resident() -> float:
    """MiB of this process in memory now; where that is not told, the most it ever took."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 1024**2


def _settings(folder: str) -> Settings:
    return Settings(
        instance=Path(folder),
        database_url="",
        secret_key="",
        base_url="https://awards.example.org",
    )


FACTS = CertificateFacts(
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

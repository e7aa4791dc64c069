"""One certificate in a warm worker against naive WeasyPrint, its signature against bare pyHanko,
two workers against one, and whether many of them fill the memory.

The first figure is for a page that is laid out, the second for one set in a page that stands from
before, as most of a list are. Naive reads the style sheet and the fonts for each page, has the QR
code as the SVG that segno writes, and neither encloses the credential nor says PDF/UA. What the
drawings cost is told beside it: with the QR code from our plate too, nothing but the warm press
differs; with border and seal as SVG files as well, it is a page as one would write it without this
engine.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from itertools import cycle, islice, product
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.timing import Figure, medians, milliseconds
from engine.awards.certificates.certificate import (
    CertificateFacts,
    Page,
    composed,
    render,
    verification_address,
    work,
)
from engine.awards.certificates.standing_type import whole
from engine.settings import Settings

ROUNDS = 30
MANY = int(os.environ.get("CERTIFICATES", "10000"))
"""How many are printed and signed to see whether memory stays flat; 10,000 take eight minutes."""
EACH = 150
"""Certificates that a worker prints when two are held against one."""
CREDENTIAL = '{"type": ["VerifiableCredential", "OpenBadgeCredential"], "proof": "%s"}' % (
    "z" * 4000
)
"""As long as a signed credential is."""

_WORKER = """
import sys
from benchmarks import certificate
certificate.print_and_sign(sys.argv[1], int(sys.argv[2]))
"""
_GROWING = """
import sys
from benchmarks import certificate
print(certificate.grown(sys.argv[1], int(sys.argv[2])))
"""


def measure() -> list[Figure]:
    """The first is the figure; the two after it say what the drawings have to do with it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(folder)
        return [
            *_printing(settings, Path(folder)),
            _signing(settings),
            _two_workers(folder),
            _memory(folder),
        ]


def _printing(settings: Settings, folder: Path) -> list[Figure]:
    import segno
    from weasyprint import HTML

    from engine.awards.typesetting import press
    from engine.awards.typesetting.typefaces import font_faces

    page: Page = composed(FACTS, settings)
    faces = f"<style>{font_faces()}\n{page.style_sheet}</style></head>"
    in_one = page.html.replace("</head>", faces)
    code = segno.make(verification_address(FACTS.serial, settings), error="m", micro=False)
    with_code = in_one.replace(f"{press.SCHEME}qr", code.svg_data_uri())
    with_files = with_code
    for name, drawing in page.drawings.items():
        file = folder / f"{name}.svg"
        file.write_text(drawing.svg(), "utf-8")
        with_files = with_files.replace(f"{press.SCHEME}{name}", file.as_uri())

    def warm() -> None:
        whole(work(FACTS, settings, CREDENTIAL))

    others = cycle(_others(FACTS))
    for other in islice(others, 2):
        render(other, settings, CREDENTIAL)

    def standing() -> None:
        render(next(others), settings, CREDENTIAL)

    def naive() -> None:
        HTML(string=with_code).write_pdf(cache=press.plates(page.drawings), **press.OPTIONS)

    def same_plates() -> None:
        HTML(string=in_one).write_pdf(cache=press.plates(page.drawings), **press.OPTIONS)

    def all_svg() -> None:
        HTML(string=with_files).write_pdf(**press.OPTIONS)

    fair = medians(
        {"warm": warm, "naive": naive, "standing": standing, "same_plates": same_plates},
        rounds=ROUNDS,
    )
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
            "one whose page stands",
            fair["standing"] / fair["naive"],
            0.15,
            f"{milliseconds(fair['standing'])}: another name and serial set in a page kept from"
            " before, the same file to the byte",
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


def _others(facts: CertificateFacts) -> list[CertificateFacts]:
    """Awards of the same credential to other people: more than a page remembers lines."""
    first = ("Ana", "Tory", "Wave", "Li", "Jo", "Grace", "Yvonne", "Łukasz", "Ngọc", "P. A.")
    last = ("Ruiz", "Avatar", "Wei", "Okonkwo", "Vance", "Ward", "Ty", "Fjord", "Nguyễn", "Hale")
    return [
        replace(facts, name=f"{one} {two}", serial=f"7K3M-Q2XH-{number:04}-4WPC")
        for number, (one, two) in enumerate(product(first, last), start=1000)
    ]


def _signing(settings: Settings) -> Figure:
    """Ours against the library as its own documentation shows it, its key loaded once as well."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, fields, signers

    from engine.awards.certificates import signature

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
    """Seconds a certificate by two processes against those by one, taking turns seven times."""
    ratios, rates = [], []
    for _ in range(7):
        alone, both = _rate(folder, 1), _rate(folder, 2)
        ratios.append(alone / both)
        rates.append(both)
    return Figure(
        "two workers against one",
        median(ratios),
        1 / 1.8,
        f"{median(rates):.0f} certificates a second, signed, by two processes on"
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
        assert one.stdin is not None
        one.stdin.write(b"go\n")
        one.stdin.flush()
    for one in running:
        one.communicate()
    return workers * EACH / (perf_counter() - begun)


def print_and_sign(folder: str, count: int) -> None:
    """What a worker does: says that it is warm, waits for a line, prints and signs `count`."""
    settings = _settings(folder)
    _printed(settings, 0)
    print("warm", flush=True)
    sys.stdin.readline()
    for number in range(count):
        _printed(settings, number)


def _memory(folder: str) -> Figure:
    """How much the most that a process took of memory grew after its first third of them. What it
    takes goes up and down: Python looks for garbage among what lives long every 2,000 or so."""
    command = [sys.executable, "-c", _GROWING, folder, str(MANY)]
    grew = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return Figure(
        "memory",
        grew,
        16.0,
        f"at most, more over {MANY:,} certificates, signed, than over the first {MANY // 3:,}",
        unit=" MiB",
    )


def grown(folder: str, many: int) -> float:
    """MiB by which the most that this process takes grows after a third of `many` certificates."""
    settings = _settings(folder)
    taken = []
    for number in range(many):
        _printed(settings, number)
        if number % 50 == 0:
            taken.append(_resident())
    return max(taken) - max(taken[: len(taken) // 3])


def _printed(settings: Settings, number: int) -> bytes:
    from engine.awards.certificates import signature

    facts = replace(FACTS, name=f"Ana Ruiz {number}", serial=f"7K3M-Q2XH-9DTV-{number:04}")
    return signature.sign(render(facts, settings, CREDENTIAL), settings)


def _resident() -> float:
    """MiB of this process in memory now; where that is not told, the most it ever took."""
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

"""An issuer on this machine: a site that speaks TLS, with keys, and badges signed by a library
that is not ours.

Nothing of Accolade signs here, so that a mistake in it would have to be made twice.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from openbadgeslib.ob2 import models as two
from openbadgeslib.ob2.signer import OB2Signer
from openbadgeslib.ob3 import credential as three
from openbadgeslib.ob3.ldp import OB3LdpSigner
from openbadgeslib.ob3.signer import OB3Signer

EARNED = datetime(2025, 6, 1, 9, tzinfo=UTC)
ANA = "ana@example.org"
SALT = "a little salt"


def pem_of(key: Any) -> bytes:
    """A private key as the library takes it."""
    made: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return made


def public_pem_of(key: Any) -> str:
    made: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return made.decode()


@dataclass
class Site:
    """What stands at which path, and what was asked for."""

    url: str
    certificate: Path
    pages: dict[str, tuple[int, bytes, dict[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, path: str, content: Any, status: int = 200, **headers: str) -> str:
        """Have `content` stand at `path`: bytes, text or JSON. Gives its address."""
        if not isinstance(content, bytes | str):
            content = json.dumps(content)
        data = content.encode() if isinstance(content, str) else content
        self.pages[path] = (status, data, headers)
        return self.url + path


@dataclass
class Issuer:
    """Who gives out badges here."""

    site: Site
    key: Ed25519PrivateKey
    achievement: str
    """The id of what its badges are for."""

    @property
    def did(self) -> str:
        return OB3LdpSigner(pem_of(self.key)).verification_method.partition("#")[0]

    def credential(self, **said: Any) -> three.OpenBadgeCredential:
        """A badge of version 3.0 for Ana, as `said` has it otherwise."""
        values: dict[str, Any] = {
            "issuer": three.Issuer(said.pop("issuer", self.did), "State University"),
            "recipient_id": None,
            "achievement": three.Achievement(
                said.pop("achievement", self.achievement), "Facilitator", "It was shown.", "Shown."
            ),
            "id": "urn:uuid:6f3cbd1f-91b1-4d5e-b1a1-3b1a1f5f0001",
            "issuance_date": EARNED,
            "identifiers": [three.IdentityObject.create(said.pop("email", ANA), SALT)],
        }
        return three.OpenBadgeCredential(**{**values, **said})

    def document(self, **said: Any) -> dict[str, Any]:
        """It, with a proof inside."""
        method = said.pop("method", None)
        return OB3LdpSigner(pem_of(self.key), method).sign(self.credential(**said))

    def token(self, key: Any = None, algorithm: str = "EdDSA", **said: Any) -> str:
        """It, as a token."""
        return OB3Signer(pem_of(key or self.key), algorithm).sign(self.credential(**said))

    # Version 2.0.

    def profile(self, **said: Any) -> str:
        """The issuer's profile, its badge class and its key, at their addresses."""
        url = self.site.url
        key = {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "CryptographicKey",
            "id": f"{url}/key",
            "owner": f"{url}/issuer",
            "publicKeyPem": public_pem_of(self.key),
        }
        self.site.put("/key", key)
        made = two.Profile(f"{url}/issuer", "State University", url, public_key=[f"{url}/key"])
        self.site.put(
            "/class",
            two.BadgeClass(
                f"{url}/class", "Facilitator", "Shown.", f"{url}/x.png", f"{url}/c", f"{url}/issuer"
            ).to_dict(),
        )
        return self.site.put("/issuer", {**made.to_dict(), **said})

    def assertion(self, kind: str = "HostedBadge", **said: Any) -> two.Assertion:
        """A badge of version 2.0 for Ana."""
        url = self.site.url
        values: dict[str, Any] = {
            "recipient": two.IdentityObject.create(ANA, SALT),
            "badge": f"{url}/class",
            "verification": two.Verification(kind, f"{url}/key" if kind == "SignedBadge" else None),
            "id": f"{url}/assertion" if kind == "HostedBadge" else None,
            "issued_on": EARNED,
        }
        return two.Assertion(**{**values, **said})

    def signed(self, **said: Any) -> str:
        return OB2Signer(pem_of(self.key), "EdDSA").sign(self.assertion("SignedBadge", **said))


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    # A name of its own, so that one may believe two of them at once.
    said = f"An issuer on this machine: {folder.name[-30:]}"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, said)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "issuer.crt", folder / "issuer.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(pem_of(key))
    return certificate, private


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """A site over TLS, whose certificate is in `folder`."""
    certificate, private = _certificate(folder)
    site = Site("", certificate)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            status, body, headers = site.pages.get(self.path, (404, b"", {}))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for header, text in headers.items():
                self.send_header(header.replace("_", "-"), text)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # whoever hangs up, as those do who do not believe the certificate

    server = Server(("127.0.0.1", 0), Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, private)
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    site.url = f"https://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield site
    server.shutdown()
    server.server_close()

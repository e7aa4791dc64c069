"""One frozen record of this installation's settings.

Values come from the environment (`ACCOLADE_` and the name in capitals), then from
`settings.toml` in the instance folder, then from the defaults below. What a document can say is
not a setting.
"""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.languages import LANGUAGES, SOURCE
from engine.time_zones import time_zones

PACKAGE = Path(__file__).resolve().parent
_IN_WHEEL = PACKAGE / "shipped"
SHIPPED = _IN_WHEEL if _IN_WHEEL.is_dir() else PACKAGE.parent
"""The folder that holds the shipped `schemas/`, `workflows/` and `templates/`."""
_DAY = "(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_WINDOW = re.compile(f"{_DAY}/{_DAY}")


@dataclass(frozen=True)
class Settings:
    """Everything an installation can choose. Paths are absolute; sizes are bytes; times hours."""

    instance: Path
    """This installation's folder: database, evidence, keys, outgoing mail."""
    database_url: str
    """SQLAlchemy address; SQLite in the instance folder unless said otherwise."""
    secret_key: str
    """Signs sessions and forms; made at first start in `instance/secret.key`."""
    base_url: str = "http://127.0.0.1:5000"
    """The public address, printed on certificates and in mail; no slash at the end."""
    site_name: str = "Accolade"
    """The institution's name, on every page and certificate."""
    documents: tuple[Path, ...] = (SHIPPED / "schemas",)
    """Folders of credential documents and frameworks; later ones win by id."""
    workflows: tuple[Path, ...] = (SHIPPED / "workflows",)
    """Folders of workflows; later ones win by name."""
    templates: tuple[Path, ...] = (SHIPPED / "templates",)
    """Folders of templates; the first that has a file wins."""
    evidence_max_bytes: int = 5 * 1024**3
    """The largest file anyone may upload, whatever a document allows."""
    evidence_quota_bytes: int = 50 * 1024**3
    """How much one person may keep here in all, files that are still on their way included."""
    upload_days: int = 7
    """How long half a file waits for the rest of it, in days since its last piece."""
    clamd_url: str = ""
    """A virus scanner, `tcp://host:port` or `unix:/path`; empty: files are not scanned."""
    links_to_private_networks: bool = False
    """Whether a link that somebody gives may be asked whether it answers when its address is not a
    public one: for an installation inside an intranet."""
    paper: str = "letter"
    """The sheet that PDF files are printed on: `letter` or `a4`. A document may say another one for
    its certificates."""
    signing_pfx: str = ""
    """The certificate that signs PDF certificates, with its key: a PKCS #12 file (`.p12`, `.pfx`),
    relative to the instance folder. Empty: one that is made here, which readers do not know."""
    signing_passphrase: str = ""
    """What opens that file."""
    trusted_proxies: int = 0
    """How many web servers of one's own pass a request on, one to the next, before it comes here.
    Each adds the address that it heard from to `X-Forwarded-For`; 0 believes no such word."""
    mail_url: str = ""
    """`smtp://user:password@host:port`, or empty: letters become files in `instance/mail/`."""
    mail_from: str = "accolade@localhost"
    language: str = "en"
    """What visitors are spoken to in while nothing says otherwise: a key of `LANGUAGES`."""
    zone: str = "UTC"
    """The time zone (IANA, such as `America/Chicago`) of whoever has not chosen one, and by which
    due times are counted."""
    session_hours: int = 12
    """How long a sign-in lasts without use."""
    embedded_worker: bool = True
    """Run queued work inside the web process."""
    survey_small_cell: int = 3
    """Results of a survey, or of one question, that fewer people answered are never shown."""
    gallery_visitor_days: int = 90
    """For so many days after the last word of a talk in the gallery a visitor's name and address
    are kept."""
    privacy_url: str = ""
    """The address of this institution's privacy policy, and of its terms of service: apps that
    connect ask for both. Empty: the first page."""
    terms_url: str = ""
    """See `privacy_url`."""
    end_of_school_year: str = "05-01/06-30"
    """The window in which surveys at the end of the school year may open: its first and last day,
    each as month and day."""

    @property
    def time_zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def evidence(self) -> Path:
        return self.instance / "evidence"

    @property
    def certificates(self) -> Path:
        return self.instance / "certificates"

    @property
    def records(self) -> Path:
        return self.instance / "records"

    @property
    def fonts(self) -> Path:
        return self.instance / "fonts"

    @property
    def mail(self) -> Path:
        return self.instance / "mail"

    @property
    def keys(self) -> Path:
        return self.instance / "keys"


def load_settings(
    instance: Path | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """The settings in force; creates the instance folder and its secret key when missing.

    Raises `ValueError` naming the setting when a value does not fit its type or is unknown.
    """
    environ = os.environ if environ is None else environ
    chosen = instance or Path(environ.get("ACCOLADE_INSTANCE", "instance"))
    folder = chosen.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    said = _from_file(folder / "settings.toml")
    known = {field.name: str(field.type) for field in fields(Settings)}
    for name in known:
        from_environment = environ.get(f"ACCOLADE_{name.upper()}")
        if from_environment is not None and name != "instance":
            said[name] = from_environment
    values: dict[str, object] = {"instance": folder}
    for name, value in said.items():
        if name not in known or name == "instance":
            raise ValueError(f"settings.toml: there is no setting named {name!r}")
        values[name] = _as_type(name, known[name], value, folder)
    values.setdefault("database_url", f"sqlite:///{folder / 'accolade.sqlite'}")
    values.setdefault("secret_key", _secret(folder / "secret.key"))
    values["base_url"] = str(values.get("base_url", Settings.base_url)).rstrip("/")
    for name in ("documents", "workflows", "templates"):
        if name in values:
            own = values[name]
            shipped = getattr(Settings, name)
            assert isinstance(own, tuple)
            values[name] = own + shipped if name == "templates" else shipped + own
    if (proxies := values.get("trusted_proxies", 0)) < 0:  # type: ignore[operator]
        raise ValueError(f"trusted_proxies must be 0 or more, not {proxies}")
    if values.get("paper", Settings.paper) not in ("letter", "a4"):
        raise ValueError(f"paper must be letter or a4, not {values['paper']!r}")
    if values.get("language", SOURCE) not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}")
    if (zone := str(values.get("zone", "UTC"))) not in time_zones():
        raise ValueError(f"zone must be a time zone such as America/Chicago, not {zone!r}")
    window = str(values.get("end_of_school_year", Settings.end_of_school_year))
    if not _WINDOW.fullmatch(window):
        raise ValueError(f"end_of_school_year must be like 05-01/06-30, not {window!r}")
    return Settings(**values)  # type: ignore[arg-type]


def _from_file(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from error


def _as_type(name: str, kind: str, value: object, folder: Path) -> object:
    if kind == "int":
        try:
            return int(str(value))
        except ValueError:
            raise ValueError(f"{name} must be a whole number, not {value!r}") from None
    if kind == "bool":
        words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
        if (word := str(value).lower()) not in words:
            raise ValueError(f"{name} must be true or false, not {value!r}")
        return words[word]
    if kind.startswith("tuple"):
        parts = value if isinstance(value, list) else str(value).split(os.pathsep)
        return tuple((folder / str(part)).resolve() for part in parts if part)
    return str(value)


def _secret(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), "utf-8")
    return path.read_text("utf-8").strip()

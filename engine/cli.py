"""The command line: what program staff and whoever runs the server do without a browser.

Each command parses, asks and prints; the work is done by the floors below. Heavy imports stay
inside the commands, so that `accolade check` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from engine.credentials.credential import CredentialKind
from engine.errors import AccoladeError, DocumentFaulty, Finding
from engine.settings import PACKAGE, Settings, load_settings

if TYPE_CHECKING:
    from engine.credentials.library import Library
    from engine.records.database import Database


class _Shown(click.Group):
    """Turns our own errors into their words and an exit code, never a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except DocumentFaulty as faulty:
            _print_findings(list(faulty.findings))
            sys.exit(1)
        except (AccoladeError, ValueError) as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.filename is None:  # a closed pipe, for one: click knows what to do
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}.") from error


@click.group(cls=_Shown)
@click.option(
    "--instance",
    type=click.Path(path_type=Path, file_okay=False),
    help="This installation's folder (default: instance, or ACCOLADE_INSTANCE).",
)
@click.version_option(package_name="accolade")
@click.pass_context
def main(ctx: click.Context, instance: Path | None) -> None:
    """Accolade: credentials from documents."""
    ctx.obj = lambda: load_settings(instance)


Loader = Callable[[], Settings]
PORT = click.IntRange(1, 65535)


@main.command()
@click.argument("kind", type=click.Choice(get_args(CredentialKind)))
@click.argument("id")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="The folder.")
@click.pass_obj
def new(load: Loader, kind: CredentialKind, id: str, into: Path | None) -> None:
    """Write a commented document for a new credential, ready to edit."""
    from engine.credentials import starter

    folder = into or _own_folder(load())
    path = folder / f"{id}.yaml"
    if path.exists():
        raise click.ClickException(f"{path} is there already; choose another id.")
    text = starter.new_document(kind, id)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    click.echo(f"Wrote {path}")
    click.echo(f"Next: edit it, then  accolade check {path}  and  accolade preview {path}")


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.pass_obj
def check(load: Loader, paths: tuple[Path, ...]) -> None:
    """List every fault in the documents, each with its line and column."""
    from engine.credentials import lint

    findings = lint.check(_library(load(), paths), paths)
    _print_findings(findings)
    errors = sum(finding.severity == "error" for finding in findings)
    if errors:
        sys.exit(1)
    click.echo("No faults found." if not findings else "Warnings only: this can be published.")


@main.command()
@click.argument("names", nargs=-1)
@click.option("--tests-only", is_flag=True, help="Run the flow tests, and walk nothing.")
@click.pass_obj
def simulate(load: Loader, names: tuple[str, ...], tests_only: bool) -> None:
    """Walk workflows (or credentials) with made-up people, and run the flow tests beside them.

    Prints who could do what in each state, the dead ends, and what goes another way than a test
    says. Without names: every workflow.
    """
    from engine import rehearsals

    settings = load()
    library = _library(settings)
    if not rehearsals.perform(settings, library, names, tests_only):
        sys.exit(1)


@main.command()
@click.argument("document")
@click.option("--port", type=PORT, default=5001, show_default=True)
@click.pass_obj
def preview(load: Loader, document: str, port: int) -> None:
    """Show a document (a file, or a credential's id) as live forms; reloads on save."""
    from werkzeug.serving import run_simple

    from engine.web.preview import create_preview_app

    settings = load()
    app = create_preview_app(settings, _file_of(settings, document))
    _must_be_free("127.0.0.1", port)
    click.echo(f"Preview at http://127.0.0.1:{port}  (Ctrl+C ends it)")
    run_simple("127.0.0.1", port, app, threaded=True)


@main.command()
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every credential that changed.")
@click.pass_obj
def publish(load: Loader, ids: tuple[str, ...], everything: bool) -> None:
    """Store credentials (by id or file) as they are now, with version and digest.

    What is published never changes; work that is under way keeps the version it began with.
    """
    if not ids and not everything:
        raise click.UsageError("Name the credentials to publish, or use --all.")
    settings = load()
    library = _library(settings)
    named = _named(library, ids) or tuple(library.credentials())
    _publish(_database(settings), library, named)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=PORT, default=5000, show_default=True)
@click.option(
    "--processes", type=click.IntRange(1), default=1, show_default=True, help="Web processes."
)
@click.pass_obj
def serve(load: Loader, host: str, port: int, processes: int) -> None:
    """Serve the pages, and run queued work unless a setting says otherwise."""
    settings = load()
    _must_be_free(host, port)
    _database(settings).dispose()
    _serve(settings, host, port, processes)


@main.command()
@click.pass_obj
def worker(load: Loader) -> None:
    """Run queued work: mail, certificates, hooks. Start as many as you like."""
    import signal

    from engine.web.serving import worker_for

    settings = load()
    running = worker_for(settings, _database(settings))
    # Blocked in every thread and then waited for: a handler that wakes this one could meet it
    # holding the very lock that it needs.
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    running.start()
    click.echo("The worker is running. Ctrl+C ends it.")
    signal.sigwait(ends)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)
    running.stop()


@main.command()
@click.option("--port", type=PORT, default=5000, show_default=True)
@click.option("--no-serve", is_flag=True, help="Fill the installation and stop.")
@click.pass_obj
def demo(load: Loader, port: int, no_serve: bool) -> None:
    """Fill an empty installation with a cast and submissions in every stage, and serve it."""
    from engine import demo as demonstration

    settings = load()
    address = f"http://127.0.0.1:{port}"
    if settings.base_url == Settings.base_url:
        # Certificates and letters made here must lead here.
        settings = replace(settings, base_url=address)
    if not no_serve:
        _must_be_free("127.0.0.1", port)
    database = _database(settings)
    try:
        demonstration.fill(settings, database, _library(settings), _now())
    except DocumentFaulty as faulty:
        # What was published before goes on being served; an empty installation has nothing.
        if not demonstration.is_filled(database):
            raise
        _print_findings(list(faulty.findings))
    if demonstration.is_filled(database):
        click.echo(demonstration.sign_ins(address))
    else:
        click.echo("This installation has people of its own, so nobody was added.")
    database.dispose()
    if not no_serve:
        _serve(settings, "127.0.0.1", port, 1)


@main.group()
def people() -> None:
    """Accounts."""


@people.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--role", "roles", multiple=True, default=("candidate",), show_default=True)
@click.password_option()
@click.pass_obj
def add_person(load: Loader, email: str, name: str, roles: tuple[str, ...], password: str) -> None:
    """Add an account, the first administrator for example."""
    from engine import people as accounts

    with _database(load()).transaction() as session:
        account = accounts.add(session, email, name, password, list(roles), _now())
        click.echo(f"{account.name} can sign in as {account.email}.")


@main.group()
def audit() -> None:
    """The record of everything that happened."""


@audit.command()
@click.pass_obj
def verify(load: Loader) -> None:
    """Check every chain of events, and name the first link that does not hold."""
    from engine.records import audit as trail

    with _database(load()).read() as session:
        broken = trail.verify(session)
    if broken:
        raise click.ClickException(broken)
    click.echo("Every chain holds.")


def _now() -> datetime:
    return datetime.now(UTC)


def _library(settings: Settings, paths: tuple[Path, ...] = ()) -> Library:
    from engine.credentials.library import Library

    named = {(path if path.is_dir() else path.parent).resolve() for path in paths}
    extra = tuple(sorted(folder for folder in named if not _inside(folder, settings.documents)))
    beside = tuple(
        workflows
        for folder in extra
        for workflows in (folder / "workflows", folder.parent / "workflows")
        if workflows.is_dir()
    )
    return Library(settings.documents + extra, settings.workflows + beside)


def _inside(path: Path, folders: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _named(library: Library, said: tuple[str, ...]) -> tuple[str, ...]:
    """Credential ids, from ids and files."""
    by_file = {document.path.resolve(): id for id, document in library.credentials().items()}
    for one in said:
        if Path(one).is_file() and Path(one).resolve() not in by_file:
            raise click.ClickException(
                f"{one} holds no credential, or is in no folder of this installation. Name its "
                "folder under 'documents' in settings.toml, so that the server finds it as well."
            )
    return tuple(by_file.get(Path(one).resolve(), one) for one in said)


def _file_of(settings: Settings, document: str) -> Path:
    if Path(document).is_file():
        return Path(document).resolve()
    known = _library(settings).credentials()
    if document not in known:
        raise click.ClickException(
            f"There is no file or credential called {document!r}. "
            f"Known: {', '.join(sorted(known)) or 'none'}."
        )
    return known[document].path


def _own_folder(settings: Settings) -> Path:
    """Where a new document goes: the last folder, unless that is inside the installed package."""
    folder = settings.documents[-1]
    if folder.is_relative_to(PACKAGE):
        raise click.ClickException(
            f"Say where to write it with --into, or name a folder of your own under 'documents' in "
            f"{settings.instance / 'settings.toml'}."
        )
    return folder


def _database(settings: Settings) -> Database:
    from sqlalchemy.exc import SQLAlchemyError

    from engine.records.database import Database

    try:
        database = Database(settings.database_url)
        database.migrate()
    except (SQLAlchemyError, ImportError) as error:
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise click.ClickException(f"The database can't be used: {why}") from error
    return database


def _publish(database: Database, library: Library, ids: tuple[str, ...]) -> None:
    """Each by itself: a fault in one keeps none of the others back, and every fault is listed."""
    from engine.people import SYSTEM
    from engine.records import catalogue

    findings: list[Finding] = []
    for id in ids:
        at = _now()
        try:
            with database.transaction() as session:
                edition = catalogue.publish(session, library, id, SYSTEM, at)
        except DocumentFaulty as faulty:
            findings += faulty.findings
            continue
        what = "" if edition.published_at == at else "  (published already)"
        click.echo(f"{edition.credential_id} version {edition.version}  {edition.digest}{what}")
        for form_id, why in edition.by_reference.items():
            click.echo(f"  {form_id}: checked by the slower validator, since {why}")
    if findings:
        raise DocumentFaulty(sorted(set(findings)))


def _must_be_free(host: str, port: int) -> None:
    """Refuse a port that is taken: the server would share it without a word, and half of the
    requests would reach the other one."""
    import errno
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            words = (
                f"Port {port} is taken: something is running there already, perhaps Accolade. "
                "Stop it, or choose another port with --port."
            )
        elif error.errno == errno.EACCES:
            words = f"Port {port} is for the administrator of this machine. Choose one above 1023."
        else:
            words = f"{host} is not an address that this machine can serve at."
        raise click.ClickException(words) from error


def _serve(settings: Settings, host: str, port: int, processes: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces

    from engine.web.fonts import ensure_fonts

    # The server's processes load the settings themselves; they must find the same ones.
    os.environ["ACCOLADE_INSTANCE"] = str(settings.instance)
    os.environ["ACCOLADE_BASE_URL"] = settings.base_url
    ensure_fonts(settings.fonts)
    click.echo(f"{settings.site_name} is at http://{host}:{port}  (Ctrl+C ends it)")
    Granian(
        "engine.web.serving:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        # An upload holds a thread for as long as its sender's line is slow, and waits most of it.
        blocking_threads=32,
        factory=True,
        log_enabled=False,
        # A process that is told to stop while it still starts would not hear it.
        workers_kill_timeout=15,
    ).serve()


def _print_findings(findings: list[Finding]) -> None:
    for finding in findings:
        click.echo(str(finding), err=finding.severity == "error")

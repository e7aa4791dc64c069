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
from engine.errors import AccoladeError, Conflict, DocumentFaulty, Finding, Refused
from engine.settings import PACKAGE, Settings, load_settings

if TYPE_CHECKING:
    from engine.awards.badges.issuer import Issuer
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
@click.option(
    "--people", "with_people", is_flag=True, help="Compare with this installation's accounts too."
)
@click.pass_obj
def check(load: Loader, paths: tuple[Path, ...], with_people: bool) -> None:
    """List every fault in the documents, each with its line and column."""
    from engine.credentials import lint
    from engine.mail import wordings

    settings = load()
    library = _library(settings, paths)
    findings = lint.check(library, paths, wordings.names(settings))
    if with_people:
        findings = sorted({*findings, *_pool_findings(settings, library, paths)})
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
@click.argument("workflow")
@click.option("--mermaid", is_flag=True, help="As text for Mermaid, instead of SVG.")
@click.pass_obj
def diagram(load: Loader, workflow: str, mermaid: bool) -> None:
    """Draw a workflow: an SVG picture with its states and the ways between them."""
    from engine.credentials import diagram as drawing
    from engine.credentials.meta import document_faults
    from engine.credentials.workflow import workflow_from

    document = _library(load()).workflow(workflow)
    if faults := document_faults(document, "workflow"):
        raise DocumentFaulty(faults)
    model = workflow_from(document.data)
    if mermaid:
        click.echo(drawing.mermaid(model), nl=False)
    else:
        click.echo(drawing.svg(drawing.steps_of(model), model.title, alone=True))


@main.command()
@click.argument("credential")
@click.option("--to", "version", type=click.IntRange(1), help="The version (default: the newest).")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--only", multiple=True, metavar="ID", help="Only this submission; may be repeated.")
@click.pass_obj
def migrate(
    load: Loader, credential: str, version: int | None, dry_run: bool, only: tuple[str, ...]
) -> None:
    """Move work that is under way to another version of its credential.

    Publishing moves nothing: without this command everybody goes on with the version they began.
    """
    from engine.people import SYSTEM
    from engine.submissions import migrating

    settings = load()
    database = _database(settings)
    with database.read() as session:
        to = migrating.target_of(session, credential, version)
        lines = [
            one for one in migrating.plan(session, to) if not only or one.submission_id in only
        ]
    if unknown := set(only) - {one.submission_id for one in lines}:
        raise click.ClickException(f"Not among the work to move: {', '.join(sorted(unknown))}.")
    refused = 0
    for line in lines:
        click.echo(f"{line.submission_id}  {line.candidate}, version {line.version}: ", nl=False)
        click.echo(f"{line.state} -> {line.to or '?'}")
        for old, new in line.moved:
            click.echo(f"  {old} -> {new}")
        for place in line.left:
            click.echo(f"  {place} has no place and stays with the submission")
        words = list(line.problems)
        if not words and not dry_run:
            try:
                with database.transaction() as session:
                    migrating.apply(
                        session, settings, SYSTEM, line.submission_id, to, line.token, _now()
                    )
            except (Conflict, Refused) as error:
                words = [str(error)]
        for problem in words:
            click.echo(f"  not moved: {problem}", err=True)
        refused += bool(words)
    what = "would be moved" if dry_run else "moved"
    click.echo(f"{len(lines) - refused} {what} to version {to.credential.version}.")
    if refused:
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


@main.group("jobs", invoke_without_command=True)
@click.option("--failed", is_flag=True, help="Only those that failed for good.")
@click.pass_context
def queued_jobs(ctx: click.Context, failed: bool) -> None:
    """What waits, runs and failed; `again` and `give-up` act on one."""
    from engine.records import jobs

    if ctx.invoked_subcommand is not None:
        return
    with _database(ctx.obj()).read() as session:
        listed = jobs.listing(session, 50, failed_only=failed)
    for job in listed:
        words = f"{job.queued_at:%Y-%m-%d %H:%M} UTC  {job.state:9}  try {job.attempt}  {job.id}"
        click.echo(f"{words}  {job.error}".rstrip())
    if not listed:
        click.echo("There are none.")


@queued_jobs.command("again")
@click.argument("id")
@click.pass_obj
def run_job_again(load: Loader, id: str) -> None:
    """Have a failed job run once more."""
    from engine.records import jobs
    from engine.web import serving  # noqa: F401 (its imports make every job known)

    with _database(load()).transaction() as session:
        done = jobs.again(session, id)
    click.echo("It is queued again." if done else "It is not one that failed: nothing was changed.")


@queued_jobs.command("give-up")
@click.argument("id")
@click.pass_obj
def give_job_up(load: Loader, id: str) -> None:
    """Never run a job that waits or failed."""
    from engine.records import jobs

    with _database(load()).transaction() as session:
        done = jobs.give_up(session, id)
    click.echo("It is given up for good." if done else "It runs or is done: nothing was changed.")


@main.command()
@click.pass_obj
def recount(load: Loader) -> None:
    """Count submissions by stage anew, and say where the kept numbers were wrong."""
    from engine.records import counting

    with _database(load()).transaction() as session:
        wrong = counting.recount(session)
    for one in wrong:
        click.echo(f"{one.credential_id}, {one.state}: {one.number:+}")
    click.echo("The numbers are right now." if wrong else "Every number was right.")


@main.group("framework")
def frameworks() -> None:
    """Standards, to and from 1EdTech's CASE 1.1."""


@frameworks.command("export")
@click.argument("name")
@click.option("--to", "path", type=click.Path(dir_okay=False, path_type=Path), help="The file.")
@click.pass_obj
def export_framework(load: Loader, name: str, path: Path | None) -> None:
    """Write a framework as a CASE package (JSON)."""
    import json

    from engine.credentials import case

    settings = load()
    framework, changed = _library(settings).framework(name)
    text = json.dumps(
        case.package(framework, settings.base_url, changed), indent=2, ensure_ascii=False
    )
    if path is None:
        click.echo(text)
        return
    path.write_text(text + "\n", "utf-8")
    click.echo(f"Wrote {path}")


@frameworks.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "id", default="", help="The framework's id (default: from its title).")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="The folder.")
@click.option("--make-codes", is_flag=True, help="Number items that have no code.")
@click.pass_obj
def import_framework(
    load: Loader, file: Path, id: str, into: Path | None, make_codes: bool
) -> None:
    """Write the framework document of a CASE package (JSON), ready to align to.

    Everything that is wrong in the package is listed with its line; warnings keep nothing back.
    """
    from engine.credentials import case_reading

    folder = into or _own_folder(load()) / "frameworks"
    read = case_reading.document_of(file, id, make_codes=make_codes)
    _print_findings(read.findings)
    if read.text is None:
        sys.exit(1)
    path = folder / f"{read.id}.yaml"
    if path.exists():
        raise click.ClickException(f"{path} is there already; choose another id with --as.")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(read.text, "utf-8")
    click.echo(f"Wrote {path}")
    click.echo(f"Next: read it, and name its items in credentials as {read.id}:CODE")


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
@click.option(
    "--against",
    "copies",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A copy of checkpoints.log that was kept elsewhere.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="Only checkpoints from then on (UTC), and the chains that they speak of.",
)
@click.pass_obj
def verify(load: Loader, copies: tuple[Path, ...], since: datetime | None) -> None:
    """Check every chain of events and every checkpoint, and name what does not hold."""
    from engine.records import checkpoints, signing, verification

    settings = load()
    own = settings.instance / checkpoints.LOG
    files = (*((own,) if own.exists() else ()), *copies)
    known = [verification.Copy(str(one), checkpoints.read_log(one)) for one in files]
    from_then = since.replace(tzinfo=UTC) if since else None
    with _database(settings).read() as session:
        keys = signing.known(settings.keys)
        found = 0
        for fault in verification.faults(session, keys, known, from_then):
            found += 1
            if found <= FAULTS_SHOWN:
                click.echo(fault, err=True)
    if found > FAULTS_SHOWN:
        click.echo(f"And {found - FAULTS_SHOWN} more.", err=True)
    if found:
        raise click.ClickException("The record is not whole.")
    click.echo("Every chain holds.")


FAULTS_SHOWN = 50


@audit.command()
@click.pass_obj
def checkpoint(load: Loader) -> None:
    """Sign now how far every chain of events has come; workers do it every hour."""
    from engine.records import checkpoints

    settings = load()
    made = checkpoints.run(_database(settings), settings, _now())
    log = settings.instance / checkpoints.LOG
    if made:
        click.echo(f"Made checkpoint {', '.join(map(str, made))}. Every checkpoint is in {log}.")
    else:
        click.echo(f"Nothing happened since the last checkpoint. Every checkpoint is in {log}.")


@audit.command()
@click.option("--new", "renew", is_flag=True, help="Sign with a new key from now on.")
@click.pass_obj
def key(load: Loader, renew: bool) -> None:
    """Show the public key that checkpoints are signed with, and those before it."""
    from engine.records import signing

    folder = load().keys
    now = signing.rotate(folder, _now()) if renew else signing.signer(folder, _now())
    click.echo(f"Signs now: {now.id}")
    for before in signing.known(folder):
        if before != now.id:
            click.echo(f"Before:    {before}")


@main.group("key", invoke_without_command=True)
@click.pass_context
def badge_key(ctx: click.Context) -> None:
    """The key that signs badges: show it, or see to it with rotate, lost or stolen."""
    from engine.awards.badges import issuer

    if ctx.invoked_subcommand is None:
        settings = ctx.obj()
        with _database(settings).read() as session:
            issuer.must_be_able_to_sign(session, settings)
        _show_keys(issuer.of(settings))


@badge_key.command("rotate")
@click.pass_obj
def rotate_badge_key(load: Loader) -> None:
    """Sign with a new key from now on. The old one is destroyed; what it signed stays good."""
    from engine.awards.badges import issuer, rekeying
    from engine.people import SYSTEM

    settings = load()
    with _database(settings).transaction() as session:
        rekeying.rotate(session, settings, SYSTEM, _now())
    _show_keys(issuer.of(settings))


@badge_key.command("lost")
@click.pass_obj
def badge_key_lost(load: Loader) -> None:
    """The key is gone or damaged, and nobody else has it: sign with a new one.

    What the old one signed stays good. Look for a copy of instance/keys in your backups first.
    """
    from engine.awards.badges import issuer, rekeying
    from engine.people import SYSTEM

    settings = load()
    with _database(settings).transaction() as session:
        rekeying.replace_lost(session, settings, SYSTEM, _now())
    _show_keys(issuer.of(settings))


@badge_key.command("stolen")
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@click.pass_obj
def badge_key_stolen(load: Loader, key: str, yes: bool) -> None:
    """Somebody else may have KEY (z6Mk…): nothing that it signed counts any more.

    Our own badges are signed anew by a job. Copies that people downloaded before do not verify any
    more: tell them to download their badges again.
    """
    from engine.awards.badges import issuer, rekeying
    from engine.people import SYSTEM

    settings = load()
    if not yes:
        click.confirm("Every copy of a badge that it signed stops counting. Go on?", abort=True)
    with _database(settings).transaction() as session:
        rekeying.declare_stolen(session, settings, key, SYSTEM, _now())
    _show_keys(issuer.of(settings))
    click.echo("Workers sign the badges anew; “accolade jobs” shows when they are done.")


def _show_keys(ours: Issuer) -> None:
    click.echo(f"Issuer:    {ours.did}")
    signs = ours.signer
    click.echo(f"Signs now: {signs.key_id}")
    for one in ours.known_keys:
        if one.stolen is not None:
            click.echo(f"Stolen:    {one.key_id}, declared {one.stolen:%Y-%m-%d %H:%M} UTC")
        elif one.key_id != signs.key_id:
            click.echo(f"Before:    {one.key_id}, since {one.since:%Y-%m-%d %H:%M} UTC")


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


def _pool_findings(settings: Settings, library: Library, paths: tuple[Path, ...]) -> list[Finding]:
    """What only this installation can tell of its workflows: too few people to review."""
    from engine.credentials import outside_faults
    from engine.credentials.parameters import filled, workflow_for
    from engine.credentials.workflow import workflow_from
    from engine.submissions import pools

    holdings = library.holdings()
    used = [workflow_for(one, holdings) for one in holdings.credentials.values()]
    files = {
        file.resolve() for path in paths for file in ([path] if path.is_file() else path.rglob("*"))
    }
    found: set[Finding] = set()
    with _database(settings).read() as session:
        for document in [*map(filled, holdings.workflows.values()), *filter(None, used)]:
            if paths and document.path.resolve() not in files:
                continue
            try:
                roles = workflow_from(document.data).roles.values()
            except (KeyError, TypeError, ValueError, AttributeError):
                continue  # its own faults are listed
            sizes = {
                role.name: len(pools.players(session, role))
                for role in roles
                if role.kind != "owner"
            }
            found.update(outside_faults.pool_faults(document, sizes))
    return sorted(found)


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

    from engine.records.audit import coming_from
    from engine.records.database import Database

    # Whatever is changed by this command says so in the trail.
    click.get_current_context().with_resource(coming_from("command line"))
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
    from engine.submissions import hooks  # noqa: F401  webhooks are told of what is published

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

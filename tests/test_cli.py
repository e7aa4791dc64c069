"""The command line: what each command does, and that what goes wrong is said in words.

Commands run in this process; those that go on running (`serve`, `worker`) run in one of their own.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy import text as sql

from engine import demo, notices, people
from engine.cli import main
from engine.credentials.library import Library
from engine.credentials.workflow import Workflow
from engine.records import catalogue
from engine.records.database import Database
from engine.records.tables import Account, Award, EditionRow, Event, Heartbeat, Submission
from engine.settings import load_settings
from tests.databases import ENGINES, ON_SQLITE, Installations, settle

ACCOLADE = Path(sys.executable).with_name("accolade")
PATIENCE = 60.0
"""Seconds; the machine may be busy."""


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    words: str


@dataclass(frozen=True)
class Desk:
    """A shell on the machine of one installation, whose own documents are in `documents`."""

    instance: Path

    @property
    def documents(self) -> Path:
        return self.instance / "documents"

    def run(self, *words: str, typed: str = "", settings: Mapping[str, str] | None = None) -> Said:
        given = {**_own_settings(), **(settings or {})}
        result = CliRunner().invoke(
            main, ["--instance", str(self.instance), *words], input=typed, env=given
        )
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        assert "Traceback" not in result.output
        return Said(result.exit_code, result.output)

    def write(self, name: str, text: str) -> Path:
        self.documents.mkdir(exist_ok=True)
        file = self.documents / name
        file.write_text(text, "utf-8")
        return file

    @contextmanager
    def database(self) -> Iterator[Database]:
        database = Database(load_settings(self.instance, {}).database_url)
        yield database
        database.dispose()

    def count(self, table: type) -> int:
        with self.database() as database, database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on until it is told to end."""
        process = subprocess.Popen(
            [ACCOLADE, "--instance", self.instance, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


@pytest.fixture
def desk(tmp_path: Path, empty_url: str) -> Desk:
    instance = tmp_path / "instance"
    instance.mkdir()
    (instance / "settings.toml").write_text('documents = ["documents"]\n', "utf-8")
    settle(instance, empty_url)
    return Desk(instance)


NOTE = """\
credential: {id}
version: {version}
kind: recognised
title: {title}
summary: Earned elsewhere.
"""


def note(id: str, version: int = 1, title: str = "A note") -> str:
    """A small credential document without faults."""
    return NOTE.format(id=id, version=version, title=title)


# new


@ON_SQLITE
def test_new_writes_a_document_that_has_no_faults(desk: Desk) -> None:
    written = desk.run("new", "micro-credential", "my-topic")

    file = desk.documents / "my-topic.yaml"
    assert written.code == 0
    assert f"Wrote {file}\n" in written.words
    assert f"accolade check {file}" in written.words
    assert desk.run("check", str(file)) == Said(0, "No faults found.\n")


@ON_SQLITE
def test_new_never_writes_over_a_document(desk: Desk) -> None:
    mine = desk.write("my-topic.yaml", "mine")

    refused = desk.run("new", "micro-credential", "my-topic")

    assert refused == Said(1, f"Error: {mine} is there already; choose another id.\n")
    assert mine.read_text("utf-8") == "mine"


@ON_SQLITE
def test_new_says_what_an_id_looks_like(desk: Desk) -> None:
    refused = desk.run("new", "goal", "My Topic!")

    assert refused.code == 1
    assert refused.words == (
        "Error: 'My Topic!' is not an id: use lower-case letters, digits and hyphens.\n"
    )
    assert not desk.documents.exists()


@ON_SQLITE
def test_new_lists_the_kinds_when_it_is_asked_for_another(desk: Desk) -> None:
    refused = desk.run("new", "badge", "my-topic")

    assert refused.code == 2
    assert "'micro-credential'" in refused.words
    assert "'goal'" in refused.words


# check


@ON_SQLITE
def test_check_lists_every_fault_with_its_line_and_column(desk: Desk) -> None:
    file = desk.write(
        "my-topic.yaml",
        "credential: my-topic\n"
        "version: one\n"
        "kind: recognised\n"
        "titel: My topic\n"
        "summary: Short.\n"
        "summary: Shorter.\n",
    )

    found = desk.run("check", str(file))

    assert found.code == 1
    assert [re.sub(r" .*", "", line) for line in found.words.splitlines()] == [
        f"{file}:1:1",
        f"{file}:2:10",
        f"{file}:4:1",
        f"{file}:6:1",
    ]
    assert "Did you mean 'title'?" in found.words


@ON_SQLITE
def test_check_says_when_the_text_is_no_yaml(desk: Desk) -> None:
    file = desk.write("my-topic.yaml", "credential: [my-topic\nversion: 1\n")

    found = desk.run("check", str(file))

    assert found.code == 1
    assert found.words.startswith(f"{file}:2:")


@ON_SQLITE
def test_check_without_names_reads_everything(desk: Desk) -> None:
    assert desk.run("check") == Said(0, "No faults found.\n")
    file = desk.write("my-topic.yaml", note("my-topic") + "prerequisites: {all: [my-topc]}\n")

    found = desk.run("check")

    assert found.code == 1
    assert found.words.startswith(f"{file}:6:")
    assert "Did you mean 'my-topic'?" in found.words


@ON_SQLITE
def test_check_finds_the_workflows_beside_a_folder_of_documents(
    desk: Desk, pytestconfig: pytest.Config
) -> None:
    folder = pytestconfig.rootpath / "tests" / "documents"

    assert desk.run("check", str(folder / "fields" / "text.yaml")).words == "No faults found.\n"


@ON_SQLITE
def test_check_says_when_a_file_is_not_there(desk: Desk) -> None:
    refused = desk.run("check", "nowhere.yaml")

    assert refused.code == 2
    assert "'nowhere.yaml' does not exist" in refused.words


# publish


def test_publish_stores_the_version_and_its_digest(desk: Desk) -> None:
    desk.write("my-topic.yaml", note("my-topic"))
    settings = load_settings(desk.instance, {})
    digest = Library(settings.documents, settings.workflows).bundle("my-topic")[0]

    assert desk.run("publish", "my-topic") == Said(0, f"my-topic version 1  {digest}\n")

    with desk.database() as database, database.read() as session:
        edition = catalogue.current(session, "my-topic")
        assert edition is not None
        assert (edition.digest, edition.credential.version) == (digest, 1)


def test_publishing_twice_changes_nothing_and_says_so(desk: Desk) -> None:
    file = desk.write("my-topic.yaml", note("my-topic"))
    first = desk.run("publish", "my-topic")

    again = desk.run("publish", str(file))

    assert again == Said(0, first.words.rstrip() + "  (published already)\n")
    assert desk.count(EditionRow) == 1


def test_a_changed_document_is_published_only_with_a_higher_version(desk: Desk) -> None:
    file = desk.write("my-topic.yaml", note("my-topic"))
    desk.run("publish", "my-topic")
    desk.write("my-topic.yaml", note("my-topic", title="Another title"))

    refused = desk.run("publish", "my-topic")

    assert refused.code == 1
    assert refused.words.startswith(f"{file}:2:10 version-not-raised ")
    desk.write("my-topic.yaml", note("my-topic", version=2, title="Another title"))
    assert desk.run("publish", "my-topic").words.startswith("my-topic version 2  ")
    assert desk.count(EditionRow) == 2


def test_publishing_all_lists_every_fault_and_keeps_no_sound_document_back(desk: Desk) -> None:
    desk.write("a.yaml", note("a") + "aligned_to: [tlms:4.b, tlms:99]\n")
    desk.write("b.yaml", note("b"))
    desk.write("c.yaml", note("c") + "titel: C\n")

    published = desk.run("publish", "--all")

    assert published.code == 1
    assert f"{desk.documents / 'a.yaml'}:6:" in published.words
    assert f"{desk.documents / 'c.yaml'}:6:1 " in published.words
    assert "\nb version 1  " in published.words
    assert desk.run("publish", "b").words.endswith("(published already)\n")


def test_a_framework_goes_out_as_a_package_and_comes_back(desk: Desk, tmp_path: Path) -> None:
    package = tmp_path / "package.json"
    desk.documents.mkdir()
    assert desk.run("framework", "export", "tlms", "--to", str(package)).code == 0

    back = desk.run("framework", "import", str(package), "--as", "ours")

    file = desk.documents / "frameworks" / "ours.yaml"
    assert back.words.startswith(f"Wrote {file}\n")
    assert desk.run("check", str(file)).words == "No faults found.\n"
    again = desk.run("framework", "import", str(package), "--as", "ours")
    assert (again.code, "is there already" in again.words) == (1, True)


def test_a_package_with_faults_writes_nothing_and_names_them_all(
    desk: Desk, tmp_path: Path
) -> None:
    package = tmp_path / "package.json"
    package.write_text(
        '{"CFDocument": {"title": "A"}, "CFItems": [{"identifier": "x"}, 1]}', "utf-8"
    )
    desk.documents.mkdir()

    refused = desk.run("framework", "import", str(package))

    assert refused.code == 1
    assert [one.split(" ")[1] for one in refused.words.splitlines()] == [
        "missing-key",
        "missing-code",
        "missing-key",
        "bad-value",
        "wrong-type",
    ]
    assert list(desk.documents.iterdir()) == []


def test_publish_suggests_the_id_that_was_meant(desk: Desk) -> None:
    desk.write("my-topic.yaml", note("my-topic"))

    refused = desk.run("publish", "my-topik")

    assert refused == Said(
        1, "Error: There is no credential 'my-topik'. Did you mean 'my-topic'?\n"
    )


def test_publish_wants_a_file_that_the_server_finds_as_well(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "my-topic.yaml"
    file.write_text(note("my-topic"), "utf-8")

    refused = desk.run("publish", str(file))

    assert refused.code == 1
    assert "Name its folder under 'documents' in settings.toml" in refused.words


def test_publish_wants_to_know_what(desk: Desk) -> None:
    refused = desk.run("publish")

    assert refused.code == 2
    assert "Name the credentials to publish, or use --all." in refused.words


# preview


@ON_SQLITE
def test_preview_of_an_unknown_credential_names_those_that_are_known(desk: Desk) -> None:
    desk.write("my-topic.yaml", note("my-topic"))

    refused = desk.run("preview", "my-topik")

    assert refused.code == 1
    assert "There is no file or credential called 'my-topik'." in refused.words
    assert "my-topic" in refused.words


# people


def test_an_added_administrator_can_sign_in(desk: Desk) -> None:
    password = "four plain words here"
    words = ("people", "add", "Ada@School.org", "Ada Moss", "--role", "staff", "--role", "admin")

    added = desk.run(*words, typed=f"{password}\n{password}\n")

    assert added.code == 0
    assert added.words.endswith("Ada Moss can sign in as ada@school.org.\n")
    assert password not in added.words
    with desk.database() as database, database.transaction() as session:
        account = people.authenticate(session, "ada@school.org", password, datetime.now(UTC))
        assert account is not None
        assert account.roles == ["staff", "admin"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["ada@school.org", "Ada", "--password", "short"], "Use at least 10 characters."),
        (["ada", "Ada", "--password", "four plain words"], "Enter an e-mail address"),
        (["a@b.org", "Ada", "--password", "four plain words", "--role", "boss"], "Choose from"),
    ],
    ids=["password", "address", "role"],
)
def test_an_account_that_cannot_be_is_refused_in_words(
    desk: Desk, words: list[str], reason: str
) -> None:
    refused = desk.run("people", "add", *words)

    assert refused.code == 1
    assert refused.words.startswith(f"Error: {reason}")
    assert desk.count(Account) == 0


def test_an_address_has_one_account(desk: Desk) -> None:
    words = ("people", "add", "ada@school.org", "Ada", "--password", "four plain words")
    desk.run(*words)

    assert desk.run(*words) == Said(1, "Error: There is an account with this address already.\n")


# audit


def test_audit_verify_names_the_first_event_that_was_changed(desk: Desk) -> None:
    desk.write("my-topic.yaml", note("my-topic"))
    desk.run("publish", "my-topic")
    assert desk.run("audit", "verify") == Said(0, "Every chain holds.\n")
    with desk.database() as database, database.transaction() as session:
        held, off = "DROP TRIGGER events_refuse_update", "ALTER TABLE events DISABLE TRIGGER USER"
        session.execute(sql(held if database.is_sqlite else off))
        session.execute(sql("UPDATE events SET actor_name = 'Somebody else'"))

    broken = desk.run("audit", "verify")

    assert broken.code == 1
    assert "my-topic" in broken.words


def test_audit_checkpoint_signs_and_a_copy_tells_what_is_gone(desk: Desk) -> None:
    desk.write("my-topic.yaml", note("my-topic"))
    desk.run("publish", "my-topic")
    made = desk.run("audit", "checkpoint")
    assert made.code == 0
    assert made.words.startswith("Made checkpoint 1. ")
    log = desk.instance / "checkpoints.log"
    copy = desk.instance / "copy.log"
    copy.write_text(log.read_text("utf-8").replace('"number": 1', '"number": 2'), "utf-8")

    again = desk.run("audit", "checkpoint")
    verified = desk.run("audit", "verify")
    against = desk.run("audit", "verify", "--against", str(copy))

    assert again.words.startswith("Nothing happened since the last checkpoint.")
    assert verified == Said(0, "Every chain holds.\n")
    assert against.code == 1
    assert "Checkpoint 2 is missing" in against.words


def test_audit_key_shows_the_public_key_and_those_before_it(desk: Desk) -> None:
    first = desk.run("audit", "key").words.split()[-1]
    renewed = desk.run("audit", "key", "--new").words

    assert renewed.startswith("Signs now: ")
    assert f"Before:    {first}" in renewed


def test_what_a_command_changes_says_where_it_came_from(desk: Desk) -> None:
    desk.write("my-topic.yaml", note("my-topic"))
    desk.run("publish", "my-topic")

    with desk.database() as database, database.read() as session:
        assert session.scalar(sql("SELECT source FROM events")) == "command line"


# The installation


@ON_SQLITE
def test_a_database_that_is_away_is_said_in_words(desk: Desk) -> None:
    url = f"postgresql://accolade:sesame@127.0.0.1:{_free_port()}/accolade"

    refused = desk.run("audit", "verify", settings={"ACCOLADE_DATABASE_URL": url})

    assert refused.code == 1
    assert refused.words.startswith("Error: The database can't be used: ")
    assert "refused" in refused.words
    assert "sesame" not in refused.words


@pytest.mark.parametrize("url", ["nonsense", "mysql://here/accolade"])
def test_an_address_of_no_database_is_said_in_words(desk: Desk, url: str) -> None:
    refused = desk.run("audit", "verify", settings={"ACCOLADE_DATABASE_URL": url})

    assert refused.code == 1
    assert refused.words.startswith("Error: The database can't be used: ")


@ON_SQLITE
def test_an_unknown_setting_is_named(desk: Desk) -> None:
    (desk.instance / "settings.toml").write_text('site_nam = "School"\n', "utf-8")

    refused = desk.run("check")

    assert refused == Said(1, "Error: settings.toml: there is no setting named 'site_nam'\n")


def test_an_instance_that_cannot_be_made_is_named() -> None:
    refused = Desk(Path("/proc/accolade")).run("check")

    assert refused == Said(1, "Error: /proc/accolade: No such file or directory.\n")


# demo


# Filling one takes as long as fifty other tests: those that look at it run in one process.
@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.xdist_group(f"demonstration on {name}"))
        for name in ENGINES
    ],
)
def filled(
    tmp_path_factory: pytest.TempPathFactory,
    installations: Installations,
    request: pytest.FixtureRequest,
) -> tuple[Desk, Said]:
    desk = Desk(tmp_path_factory.mktemp("demo"))
    installations.begin(desk.instance, request.param)
    return desk, desk.run("demo", "--no-serve", "--port", "5055")


def test_demo_prints_who_can_sign_in_with_which_password(filled: tuple[Desk, Said]) -> None:
    desk, said = filled

    assert said.code == 0
    lines = said.words.splitlines()
    assert lines[0] == (
        f"Sign in at http://127.0.0.1:5055/sign-in with the password: {demo.PASSWORD}"
    )
    printed = [line.split()[0] for line in lines[1:]]
    with desk.database() as database, database.transaction() as session:
        for email in printed:
            assert people.authenticate(session, email, demo.PASSWORD, datetime.now(UTC))


def test_demo_has_work_in_every_state_and_awards_whose_certificates_are_printed(
    filled: tuple[Desk, Said],
) -> None:
    desk, _ = filled
    with desk.database() as database, database.read() as session:
        shown: dict[str, list[set[str]]] = {}
        workflows: dict[str, Workflow] = {}
        for edition in catalogue.current_all(session):
            if edition.workflow is not None:
                states = select(Submission.state).where(Submission.edition_digest == edition.digest)
                found = set(session.scalars(states))
                assert found
                shown.setdefault(edition.workflow.name, []).append(found)
                workflows[edition.workflow.name] = edition.workflow
        # One credential of each workflow shows every way through it; the others show something.
        assert [name for name, one in workflows.items() if set(one.states) not in shown[name]] == []
        serials = set(session.scalars(select(Award.serial)))
    assert serials
    assert {file.name[:19] for file in (desk.instance / "certificates").rglob("*.pdf")} == serials


def test_a_second_demo_keeps_everything(filled: tuple[Desk, Said]) -> None:
    desk, first = filled
    tables = (Account, Submission, Award, EditionRow, Event)
    before = [desk.count(table) for table in tables]

    again = desk.run("demo", "--no-serve", "--port", "5055")

    assert again == first
    assert [desk.count(table) for table in tables] == before


def test_demo_adds_nobody_where_people_are_already(desk: Desk) -> None:
    desk.run("people", "add", "ada@school.org", "Ada", "--password", "four plain words")

    said = desk.run("demo", "--no-serve")

    assert said == Said(0, "This installation has people of its own, so nobody was added.\n")
    assert desk.count(Account) == 1
    assert desk.count(Submission) == 0


def test_demo_reports_a_faulty_document_and_keeps_what_is_published(
    filled: tuple[Desk, Said], tmp_path: Path
) -> None:
    desk, first = filled
    (tmp_path / "broken.yaml").write_text(note("broken") + "titel: Broken\n", "utf-8")

    again = desk.run(
        "demo",
        "--no-serve",
        "--port",
        "5055",
        settings={"ACCOLADE_DOCUMENTS": str(tmp_path)},
    )

    assert again.code == 0
    assert f"{tmp_path / 'broken.yaml'}:6:1 " in again.words
    assert again.words.endswith(first.words)


# serve and worker


def test_serve_answers_until_it_is_told_to_end(desk: Desk) -> None:
    port = _free_port()
    with desk.running("serve", "--port", str(port)) as server:
        page = _fetched(f"http://127.0.0.1:{port}/", server)
        assert "<h1" in page

        server.send_signal(signal.SIGTERM)

        said, _ = server.communicate(timeout=PATIENCE)
    assert server.returncode == 0
    assert said == f"Accolade is at http://127.0.0.1:{port}  (Ctrl+C ends it)\n"


@pytest.mark.parametrize("words", [["serve"], ["demo"], ["preview", "my-topic"]])
def test_a_port_that_is_taken_is_not_shared(desk: Desk, words: list[str]) -> None:
    desk.write("my-topic.yaml", note("my-topic"))
    with socket.socket() as taken:
        # As the server itself does: without this, the kernel would refuse in our stead.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        refused = desk.run(*words, "--port", str(port))

    assert refused == Said(
        1,
        f"Error: Port {port} is taken: something is running there already, perhaps Accolade. "
        "Stop it, or choose another port with --port.\n",
    )


def test_serve_wants_an_address_of_this_machine(desk: Desk) -> None:
    refused = desk.run("serve", "--host", "192.0.2.1", "--port", str(_free_port()))

    assert refused == Said(
        1, "Error: 192.0.2.1 is not an address that this machine can serve at.\n"
    )


def test_worker_knows_every_job(pytestconfig: pytest.Config) -> None:
    engine = pytestconfig.rootpath / "engine"
    registering = {
        ".".join(file.relative_to(engine.parent).with_suffix("").parts)
        for file in engine.rglob("*.py")
        if re.search(r"^jobs\.register\(", file.read_text("utf-8"), re.MULTILINE)
    }
    asked = "import sys, engine.web.serving; print(*sys.modules)"

    known = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True).stdout

    assert registering
    assert registering - set(known.split()) == set()


def test_worker_sends_the_mail_that_waits_and_ends_when_told(desk: Desk) -> None:
    added = ("people", "add", "ada@school.org", "Ada", "--password", "four plain words")
    desk.run(*added)
    settings = load_settings(desk.instance, {})
    with desk.database() as database, database.transaction() as session:
        ada = session.scalars(select(Account)).one()
        notices.write(
            session,
            settings,
            "submitted",
            ada,
            {"credential": "My topic", "path": "/my-work", "comment": "", "notes": []},
            datetime.now(UTC),
        )

    with desk.running("worker") as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "The worker is running. Ctrl+C ends it.\n"
        _until(lambda: list(settings.mail.glob("*.eml")), worker)
        worker.send_signal(signal.SIGTERM)
        rest, _ = worker.communicate(timeout=PATIENCE)

    assert worker.returncode == 0
    assert rest == ""


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_worker_that_is_told_to_end_at_once_signs_off(desk: Desk, told: signal.Signals) -> None:
    with desk.running("worker") as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        worker.send_signal(told)
        rest, _ = worker.communicate(timeout=PATIENCE)

    assert (worker.returncode, rest) == (0, "")
    assert desk.count(Heartbeat) == 0


def _own_settings() -> dict[str, str | None]:
    """Nothing of the settings of whoever runs the tests."""
    return {name: None for name in os.environ if name.startswith("ACCOLADE_")}


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def _fetched(url: str, server: subprocess.Popen[str]) -> str:
    """The page, as soon as the server is up."""
    pages: list[str] = []

    def ask() -> list[str]:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                pages.append(answer.read().decode())
        except OSError:
            pass
        return pages

    _until(ask, server)
    return pages[0]


def _until(happened: object, process: subprocess.Popen[str]) -> None:
    assert callable(happened)
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert process.poll() is None, process.stdout and process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.1)

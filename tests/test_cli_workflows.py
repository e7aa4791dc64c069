"""The commands about workflows: drawing them, checking them against people, moving work."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from engine import people
from engine.records import audit, catalogue
from engine.records.tables import Submission
from engine.submissions import drafting
from tests.databases import ON_SQLITE
from tests.test_cli import Desk, desk

__all__ = ["desk"]

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)

WORKFLOW = """\
workflow: leaf-review
version: 1
title: Leaf review
roles:
  teacher: {kind: owner}
  reader: {kind: reviewer}
initial: sketch
states:
  sketch: {kind: open}
  reading: {kind: decide, review: {by: reader, guides: all, count: 2, pick: claim}}
  done: {kind: outcome}
transitions:
  submit: {from: sketch, to: reading, by: teacher, do: [snapshot]}
  award: {from: reading, to: done, by: reader, do: [issue]}
"""

CREDENTIAL = """\
credential: leaves
version: 1
kind: micro-credential
title: Leaves
workflow: leaf-review
forms:
  leaf: {title: Leaf, type: object, properties: {kind: {title: Kind, type: string}}}
scoring_guides:
  leaf: {title: Leaf, reviews: [leaf], look_fors: [{id: a, text: A}]}
"""


def begun(desk: Desk) -> str:
    """Somebody's submission of the published version."""
    with desk.database() as database, database.transaction() as session:
        account = people.add(
            session, "ana@example.org", "Ana", "a long phrase", ["candidate"], NOON
        )
        edition = catalogue.current(session, "leaves")
        assert edition is not None
        actor = people.Actor(account.id, "Ana", account.email, frozenset(["candidate"]))
        return drafting.open_submission(session, edition, actor, NOON).id


def where(desk: Desk, submission_id: str) -> tuple[int, str]:
    with desk.database() as database, database.read() as session:
        subject = drafting.subject_of(session, submission_id)
        return subject.edition.credential.version, subject.submission.state


def publish_two_versions(desk: Desk) -> str:
    desk.write("leaf-review.yaml", WORKFLOW)
    desk.write("leaves.yaml", CREDENTIAL)
    assert desk.run("publish", "leaves").code == 0
    work = begun(desk)
    newer = WORKFLOW.replace("sketch", "outline").replace("version: 1", "version: 2")
    desk.write("leaf-review.yaml", newer + "migrate: {states: {sketch: outline}}\n")
    desk.write(
        "leaves.yaml",
        CREDENTIAL.replace("version: 1", "version: 2").replace("kind: {title", "sort: {title")
        + "migrate: {fields: {/leaf/kind: /leaf/sort}}\n",
    )
    assert desk.run("publish", "leaves").code == 0
    return work


@ON_SQLITE
def test_diagram_draws_a_workflow(desk: Desk) -> None:
    desk.write("leaf-review.yaml", WORKFLOW)

    drawn = desk.run("diagram", "leaf-review")
    text = desk.run("diagram", "leaf-review", "--mermaid")

    assert drawn.code == 0
    assert drawn.words.startswith("<svg ")
    assert text.words.startswith("stateDiagram-v2\n")
    assert "    sketch --> reading: Submit\n" in text.words


@ON_SQLITE
def test_diagram_of_an_unknown_workflow_says_which_was_meant(desk: Desk) -> None:
    desk.write("leaf-review.yaml", WORKFLOW)

    said = desk.run("diagram", "leaf-revue")

    assert said.code == 1
    assert "Did you mean 'leaf-review'?" in said.words


@ON_SQLITE
def test_check_with_people_warns_of_a_pool_that_is_too_small(desk: Desk) -> None:
    desk.write("leaf-review.yaml", WORKFLOW)
    desk.write("leaves.yaml", CREDENTIAL)

    without = desk.run("check")
    said = desk.run("check", "--people")

    assert without.words == "No faults found.\n"
    assert said.code == 0
    assert "pool-too-small 2 of the role 'reader' are wanted here" in said.words


@ON_SQLITE
def test_check_warns_of_a_letter_that_nobody_wrote_and_says_which_was_meant(desk: Desk) -> None:
    letter = "do: [{notify: {to: teacher, letter: award}}]"
    workflow = desk.write("leaf-review.yaml", WORKFLOW.replace("do: [issue]", letter))
    desk.write("leaves.yaml", CREDENTIAL)

    said = desk.run("check", str(workflow))

    assert said.code == 0
    assert "leaf-review.yaml:14:84 unknown-letter There is no letter 'award'" in said.words
    assert "Did you mean 'awarded'?" in said.words


@ON_SQLITE
def test_check_knows_the_installations_own_letters(desk: Desk) -> None:
    letter = "do: [{notify: {to: teacher, letter: hooray}}]"
    workflow = desk.write("leaf-review.yaml", WORKFLOW.replace("do: [issue]", letter))
    own = desk.instance / "own" / "mail"
    own.mkdir(parents=True)
    (own / "hooray.txt").write_text("Subject: Hooray\n\nWell done.\n", "utf-8")

    said = desk.run("check", str(workflow), settings={"ACCOLADE_TEMPLATES": str(own.parent)})

    assert said.words == "No faults found.\n"


@ON_SQLITE
def test_a_dropped_state_keeps_a_version_from_being_published(desk: Desk) -> None:
    desk.write("leaf-review.yaml", WORKFLOW)
    desk.write("leaves.yaml", CREDENTIAL)
    desk.run("publish", "leaves")
    desk.write("leaf-review.yaml", WORKFLOW.replace("sketch", "outline"))
    desk.write("leaves.yaml", CREDENTIAL.replace("version: 1", "version: 2"))

    said = desk.run("publish", "leaves")

    assert said.code == 1
    assert "dropped-state The published version has a state 'sketch'" in said.words


def test_migrate_says_first_and_moves_then(desk: Desk) -> None:
    work = publish_two_versions(desk)
    assert where(desk, work) == (1, "sketch")

    tried = desk.run("migrate", "leaves", "--dry-run")

    assert tried.code == 0
    assert f"{work}  Ana, version 1: Sketch -> Outline\n" in tried.words
    assert "1 would be moved to version 2." in tried.words
    assert where(desk, work) == (1, "sketch")

    done = desk.run("migrate", "leaves")

    assert "1 moved to version 2." in done.words
    assert where(desk, work) == (2, "outline")
    with desk.database() as database, database.read() as session:
        kinds = [one.kind for one in audit.story(session, f"submission:{work}")]
        assert kinds.count("migrated") == 1
        assert audit.verify(session) is None
    assert "0 moved to version 2." in desk.run("migrate", "leaves").words


@ON_SQLITE
def test_migrate_moves_only_what_is_named(desk: Desk) -> None:
    publish_two_versions(desk)

    said = desk.run("migrate", "leaves", "--only", "nothing")

    assert said.code == 1
    assert "Not among the work to move: nothing." in said.words
    with desk.database() as database, database.read() as session:
        assert session.scalars(select(Submission.state)).all() == ["sketch"]


@ON_SQLITE
def test_migrate_goes_back_to_an_earlier_version_where_that_has_a_place(desk: Desk) -> None:
    work = publish_two_versions(desk)
    desk.run("migrate", "leaves")

    said = desk.run("migrate", "leaves", "--to", "1")

    assert said.code == 1
    assert "does not say where it goes" in said.words
    assert where(desk, work) == (2, "outline")

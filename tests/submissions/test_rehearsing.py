"""Trying a workflow out: what a flow test that fails says, and where; what a walk finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli import main
from engine.credentials import lint
from engine.credentials.flows import flows_from
from engine.credentials.library import Library
from engine.records.jobs import JobContext
from engine.settings import SHIPPED, load_settings
from engine.submissions import flow_tests, rehearsing, simulating, stand_ins

WORKFLOW = """\
workflow: short
version: 1
title: Short
roles:
  candidate: {kind: owner}
  reviewer: {kind: reviewer}
initial: draft
states:
  draft: {kind: open}
  stuck: {kind: review}
  lost: {kind: review}
  done: {kind: outcome}
transitions:
  submit: {from: draft, to: stuck, by: candidate, do: [snapshot]}
  finish:
    from: [draft]
    to: done
    by: candidate
    when: [{rule: scores.percent >= 80, reason: Not enough points.}]
  find: {from: lost, to: done, by: reviewer}
"""
FLOWS = """\
flows: short
people: {ana: candidate, rosa: reviewer}
tests:
  - title: Enough points finish it
    steps:
      - {who: ana, may_not: finish, because: Not enough points}
      - {who: ana, does: finish, assume: {scores: {percent: 80}}}
      - {state: done}
  - title: This goes another way
    steps:
      - {who: ana, may: [submit, finish]}
  - title: So does this
    steps:
      - {who: ana, does: finish}
  - title: And this
    steps:
      - {who: ana, does: submit}
      - {state: draft}
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    (tmp_path / "short.yaml").write_text(WORKFLOW, "utf-8")
    return Library((SHIPPED / "schemas",), (SHIPPED / "workflows", tmp_path))


@pytest.fixture
def context(tmp_path: Path) -> Iterator[JobContext]:
    with rehearsing.stage(load_settings(tmp_path / "instance", {})) as found:
        yield found


def test_what_goes_another_way_is_a_finding_at_its_step(
    library: Library, context: JobContext, tmp_path: Path
) -> None:
    file = tmp_path / "short-flows.yaml"
    file.write_text(FLOWS, "utf-8")
    flows = flows_from(library.holdings().flows[str(file)])
    found = flow_tests.run(context, library, flows)
    assert [(one.line, one.code) for one in found] == [(11, "flow"), (14, "flow"), (18, "flow")]
    assert found[0].message == (
        "“This goes another way” goes another way: ana may now: submit. finish: Not enough points."
    )


def test_a_flow_test_that_names_what_is_not_there_has_findings(
    library: Library, tmp_path: Path
) -> None:
    file = tmp_path / "short-flows.yaml"
    file.write_text(
        "flows: short\n"
        "people: {ana: candidat}\n"
        "tests:\n"
        "  - title: Faulty\n"
        "    steps:\n"
        "      - {who: anna, does: submit}\n"
        "      - {does: submitt}\n"
        "      - {state: drafts, after: P0D}\n",
        "utf-8",
    )
    found = [(one.line, one.code) for one in lint.check(library, [file])]
    assert found == [
        (2, "unknown-role"),
        (6, "unknown-person"),
        (7, "nobody"),
        (7, "unknown-transition"),
        (8, "unknown-state"),
        (8, "span"),
    ]


def test_a_walk_finds_dead_ends_and_what_is_never_reached(
    library: Library, context: JobContext
) -> None:
    walk = simulating.walk(context, stand_ins.edition_of(context, library, "short", ""))
    assert [stop.state for stop in walk.dead_ends] == ["stuck"]
    assert walk.unreached == ("lost",)
    draft = walk.stops[0]
    assert [(one.who, one.transition, one.conditions) for one in draft.people] == [
        ("candidate", "submit", ()),
        ("candidate", "finish", ("Not enough points.",)),
    ]


def test_the_command_tells_and_fails_where_something_was_found(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    (instance / "workflows").mkdir(parents=True)
    (instance / "settings.toml").write_text('workflows = ["workflows"]\n', "utf-8")
    (instance / "workflows" / "short.yaml").write_text(WORKFLOW, "utf-8")
    (instance / "workflows" / "short-flows.yaml").write_text(FLOWS, "utf-8")
    said = CliRunner().invoke(main, ["--instance", str(instance), "simulate", "short"])
    assert said.exit_code == 1
    assert "Dead end: in 'stuck' nobody can do anything." in said.output
    assert "1 of 4 flow tests go as written." in said.output
    whole = CliRunner().invoke(main, ["--instance", str(instance), "simulate", "review"])
    assert (whole.exit_code, "3 of 3 flow tests go as written." in whole.output) == (0, True)

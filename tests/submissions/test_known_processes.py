"""Known processes as documents: the format is general, and their flow tests go as written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.credentials import lint
from engine.credentials.flows import flows_from
from engine.credentials.library import Library
from engine.records.jobs import JobContext
from engine.settings import SHIPPED, load_settings
from engine.submissions import flow_tests, rehearsing, simulating, stand_ins

DOCUMENTS = Path(__file__).parents[1] / "documents" / "processes"
LIBRARY = Library((SHIPPED / "schemas",), (SHIPPED / "workflows", DOCUMENTS))
PROCESSES = ("two-stage-grant", "conference-paper", "editorial-round", "assessed-twice")
SHIPPED_ONES = ("review", "coach-review")
FLOWS = sorted(LIBRARY.holdings().flows)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobContext]:
    settings = load_settings(tmp_path_factory.mktemp("rehearsal"), {})
    with rehearsing.stage(settings) as found:
        yield found


def test_the_documents_have_no_faults() -> None:
    assert [one for one in lint.check(LIBRARY, [DOCUMENTS]) if one.severity == "error"] == []


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: Path(file).stem)
def test_flow_tests_go_as_written(context: JobContext, file: str) -> None:
    flows = flows_from(LIBRARY.holdings().flows[file])
    assert [str(one) for one in flow_tests.run(context, LIBRARY, flows)] == []


@pytest.mark.parametrize("workflow", [*PROCESSES, *SHIPPED_ONES])
def test_every_state_is_reached_and_none_is_a_dead_end(context: JobContext, workflow: str) -> None:
    edition = stand_ins.edition_of(context, LIBRARY, workflow, "")
    walk = simulating.walk(context, edition)
    blocked = {(stop.state, *one) for stop in walk.stops for one in stop.blocked}
    assert (walk.unreached, walk.dead_ends, blocked) == ((), (), set())


def test_every_process_has_flow_tests() -> None:
    tested = {document.data["flows"] for document in LIBRARY.holdings().flows.values()}
    assert tested == {*PROCESSES, *SHIPPED_ONES}

"""The picture of a workflow on a page, with its states in words beneath."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from markupsafe import Markup

from engine.credentials import diagram
from engine.credentials.diagram import Step
from engine.credentials.workflow import Workflow
from engine.records.tables import Event


class Picture(NamedTuple):
    """What `web/diagram.html` shows."""

    svg: Markup
    steps: tuple[Step, ...]


def picture(
    workflow: Workflow,
    title: str,
    current: str = "",
    events: Iterable[Event] = (),
    *,
    public: bool = False,
) -> Picture:
    """The workflow, and where one submission is in it, with the states that it came through.
    `public`: as the candidate may see it."""
    visited = {workflow.initial} if current else set()
    for event in events:
        if event.kind in ("advanced", "migrated"):
            visited.update(str(event.facts.get(key, "")) for key in ("from", "to"))
    steps = diagram.steps_of(workflow, current, visited, public=public)
    # What `svg` puts into it is escaped there.
    return Picture(Markup(diagram.svg(steps, title)), steps)  # noqa: S704

"""Firing a transition of a submission's workflow, against the bare machine's own trigger.

Both take the shipped workflow around the same circle of states. Ours finds the machine of the
edition, names the event and makes the small object that the machine moves; the bare one moves one
object that it keeps.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter

from benchmarks.installation import installation
from benchmarks.timing import Figure, microseconds
from engine.permissions import SubmissionSubject
from engine.records.tables import Submission
from engine.submissions import progress

ROUNDS = 300
CIRCLE = ("submit", "claim", "return")


class _Bare:
    state = ""


def measure() -> list[Figure]:
    """One transition, the median over many rounds of three, taking turns."""
    with installation() as here:
        workflow = here.edition.workflow
        assert workflow is not None
        machine = progress.machine_of(here.edition.digest, workflow)
        row = Submission(id="measured", state=workflow.initial, state_kind="open")
        subject = SubmissionSubject(row, here.edition)
        bare = _Bare()
        bare.state = workflow.initial
        ours, theirs = [], []
        for _ in range(ROUNDS):
            start = perf_counter()
            for name in CIRCLE:
                transition = workflow.transitions[name]
                row.state = progress.fired(subject, transition, transition.target)
            middle = perf_counter()
            for name in CIRCLE:
                machine.events[name].trigger(bare)
            theirs.append(perf_counter() - middle)
            ours.append(middle - start)
    one, other = median(ours[10:]) / len(CIRCLE), median(theirs[10:]) / len(CIRCLE)
    return [
        Figure(
            "firing a transition",
            one / other,
            2,
            f"{microseconds(one)} against {microseconds(other)} for the bare machine",
        )
    ]

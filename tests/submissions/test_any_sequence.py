"""Whatever anybody tries, in whatever order: nothing happens that the document does not allow.

A small model reads the document by itself, as plain data, and says for each attempt whether it is
allowed and where it leads. Conditions are true or false as hypothesis draws them, so that the model
need not understand them. The workflows are the known processes, and ones made up by hypothesis.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from engine.credentials import documents
from engine.credentials.credential import Edition, editions_from
from engine.credentials.flows import Person
from engine.credentials.library import Library
from engine.credentials.parameters import without_parameters
from engine.errors import AccoladeError, NotFound
from engine.records.jobs import JobContext
from engine.records.tables import EditionRow, Event, Submission
from engine.settings import SHIPPED, load_settings
from engine.submissions import rehearsing, stand_ins
from engine.submissions.facts import Assumptions, assuming
from engine.submissions.rehearsing import Rehearsal

DOCUMENTS = Path(__file__).parents[1] / "documents" / "processes"
LIBRARY = Library((SHIPPED / "schemas",), (SHIPPED / "workflows", DOCUMENTS))
PROCESSES = ("two-stage-grant", "conference-paper", "editorial-round", "assessed-twice", "review")
KINDS = ("open", "review", "decide", "outcome", "closed")


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


class Model:
    """A workflow document, understood in forty lines: who may do what, and where it leads."""

    def __init__(self, data: Mapping[str, Any], people: list[Person]) -> None:
        self.data = data
        self.plays = {one.name: set(one.plays) for one in people}
        self.state = data["initial"]
        self.handed_in = False

    def knows(self, who: str) -> bool:
        """Reviewers learn of work once it was handed in; people from outside never do."""
        kinds = {self.data["roles"][role]["kind"] for role in self.plays[who]}
        return bool(kinds & {"owner", "staff"}) or ("reviewer" in kinds and self.handed_in)

    def goes(self, name: str, verdicts: Mapping[str, bool]) -> None:
        one = self.data["transitions"][name]
        self.handed_in = self.handed_in or "snapshot" in one.get("do", ())
        self.state = self.target(name, verdicts)

    def rules(self) -> list[str]:
        found = []
        for one in self.data["transitions"].values():
            found += [guard["rule"] for guard in one.get("when", ())]
            found += [choice["when"] for choice in one.get("choose", ()) if "when" in choice]
            found += listed(one.get("auto"))
        return sorted(set(found))

    def allows(self, who: str, name: str, verdicts: Mapping[str, bool]) -> bool:
        one = self.data["transitions"][name]
        return (
            self.knows(who)
            and self.state in listed(one["from"])
            and bool(self.plays[who] & set(listed(one.get("by"))))
            and all(verdicts[guard["rule"]] for guard in one.get("when", ()))
        )

    def needs_assignment(self, who: str, name: str) -> bool:
        """Every role by which this person could take it scores in this state."""
        one = self.data["transitions"][name]
        state = self.data["states"][self.state]
        blocks = list(state.get("reviews", {}).values()) + listed_block(state.get("review"))
        by = {block["by"] for block in blocks}
        return self.plays[who] & set(listed(one.get("by"))) <= by

    def target(self, name: str, verdicts: Mapping[str, bool]) -> str:
        one = self.data["transitions"][name]
        for choice in one.get("choose", ()):
            if "when" not in choice or verdicts[choice["when"]]:
                return str(choice["to"])
        return str(one["to"])

    def settled(self, verdicts: Mapping[str, bool]) -> str:
        """Where automatic transitions take it from here."""
        for _ in self.data["states"]:
            for name, one in self.data["transitions"].items():
                if "auto" not in one or self.state not in listed(one["from"]):
                    continue
                guards = [guard["rule"] for guard in one.get("when", ())]
                if all(verdicts[rule] for rule in [one["auto"], *guards]):
                    self.goes(name, verdicts)
                    break
            else:
                break
        return self.state


def listed_block(block: Any) -> list[Any]:
    return [block] if block else []


def cast_for(data: Mapping[str, Any]) -> list[Person]:
    people = [Person("outsider", ())]
    for name, role in data["roles"].items():
        number = 1 if role["kind"] == "owner" else 2
        people += [Person(f"{name}-{count}", (name,)) for count in range(number)]
    return people


@st.composite
def workflows(draw: st.DrawFn) -> dict[str, Any]:
    """A small workflow: any states, any ways between them, conditions, choices, reviews."""
    names = [f"s{number}" for number in range(draw(st.integers(2, 5)))]
    states: dict[str, Any] = {}
    for name in names:
        states[name] = {"kind": draw(st.sampled_from(KINDS))}
        if draw(st.booleans()):
            count = draw(st.integers(1, 2))
            states[name]["review"] = {"by": "judge", "guides": "all", "count": count}
    transitions = {}
    rules = [f"submission.revision >= {number}" for number in range(1, 4)]
    for number in range(draw(st.integers(1, 8))):
        one: dict[str, Any] = {
            "from": draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)),
            "do": draw(st.sampled_from([[], ["snapshot"], ["assign"], ["unassign"]])),
        }
        if draw(st.integers(0, 4)):
            roles = st.sampled_from(["grower", "judge", "office"])
            one["by"] = draw(st.lists(roles, min_size=1, max_size=2, unique=True))
        else:
            one["auto"] = draw(st.sampled_from(rules))
        if draw(st.booleans()):
            one["when"] = [{"rule": draw(st.sampled_from(rules)), "reason": "Not now."}]
        if draw(st.booleans()):
            one["choose"] = [
                {"when": draw(st.sampled_from(rules)), "to": draw(st.sampled_from(names))},
                {"to": draw(st.sampled_from(names))},
            ]
        else:
            one["to"] = draw(st.sampled_from(names))
        transitions[f"t{number}"] = one
    return {
        "workflow": "made-up",
        "version": 1,
        "title": "Made up",
        "roles": {
            "grower": {"kind": "owner"},
            "judge": {"kind": "reviewer"},
            "office": {"kind": "staff"},
        },
        "initial": names[0],
        "states": states,
        "transitions": transitions,
    }


def edition_for(context: JobContext, data: Mapping[str, Any]) -> Edition:
    bundle = stand_ins.stand_in(data)
    digest = documents.digest(bundle)
    with context.database.transaction() as session:
        if session.get(EditionRow, digest) is None:
            session.add(
                EditionRow(
                    digest=digest,
                    credential_id=f"made-up-{digest[:8]}",
                    version=1,
                    kind="micro-credential",
                    title="Made up",
                    bundle=bundle,
                    published_at=rehearsing.START,
                    published_by="command line",
                )
            )
    return editions_from(digest, bundle).said()


class Anything(RuleBasedStateMachine):
    """People try things, allowed or not."""

    context: JobContext
    data: Mapping[str, Any] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.played: Rehearsal | None = None

    @initialize(made_up=workflows())
    def begin(self, made_up: dict[str, Any]) -> None:
        data = self.data or made_up
        people = cast_for(data)
        self.model = Model(data, people)
        self.people = [one.name for one in people]
        self.played = rehearsing.rehearsal(self.context, edition_for(self.context, data), people)

    def teardown(self) -> None:
        if self.played is not None:
            rehearsing.retire(self.context, self.played.cast)

    def row(self) -> tuple[str, int, int]:
        """The state, the revision, and how many events there are."""
        assert self.played is not None
        with self.context.database.read() as session:
            found = session.get_one(Submission, self.played.id)
            chain = f"submission:{found.id}"
            events = select(func.count()).select_from(Event).where(Event.chain == chain)
            return found.state, found.revision, session.scalar(events) or 0

    @rule(data=st.data())
    def somebody_tries_a_transition(self, data: st.DataObject) -> None:
        assert self.played is not None
        who = data.draw(st.sampled_from(self.people))
        name = data.draw(st.sampled_from(sorted(self.model.data["transitions"])))
        verdicts = {one: data.draw(st.booleans()) for one in self.model.rules()}
        before, asked = self.row(), self.played.reviewers()
        allowed = self.model.allows(who, name, verdicts)
        needs = self.model.needs_assignment(who, name)
        transition = self.played.workflow.transitions[name]
        answers = {"words": "Long enough to be a letter."} if transition.form else None
        try:
            with assuming(Assumptions({}, verdicts.get)):
                self.played.does(who, name, "A few words.", answers)
        except AccoladeError:
            assert not allowed or needs, f"{who} may do {name} in {before[0]}"
            assert self.row() == before
            return
        assert allowed, f"{who} may not do {name} in {before[0]}"
        assert not needs or who in asked, f"{who} was not asked to review"
        self.model.goes(name, verdicts)
        assert self.row()[0] == self.model.settled(verdicts)
        assert self.row()[2] > before[2]

    @rule(data=st.data())
    @precondition(lambda self: self.played is not None)
    def somebody_takes_a_place(self, data: st.DataObject) -> None:
        assert self.played is not None
        who = data.draw(st.sampled_from(self.people))
        blocks = list(self.played.workflow.states[self.model.state].reviews)
        block = data.draw(st.sampled_from([*blocks, "nonsense"]))
        state = self.model.data["states"][self.model.state]
        said = state.get("reviews", {}).get(block) or (state.get("review") if not block else None)
        verdicts = dict.fromkeys(self.model.rules(), False)
        asked = self.played.reviewers()
        try:
            with assuming(Assumptions({}, verdicts.get)):
                self.played.claims(who, block)
        except AccoladeError:
            assert self.played.reviewers() == asked
            return
        assert said is not None
        assert said["by"] in self.model.plays[who]
        assert said.get("pick", "claim") != "manual"
        assert sorted({*asked, who}) == self.played.reviewers()
        assert self.row()[0] == self.model.state

    @rule(data=st.data())
    @precondition(lambda self: self.played is not None)
    def a_stranger_learns_nothing(self, data: st.DataObject) -> None:
        assert self.played is not None
        name = data.draw(st.sampled_from(sorted(self.model.data["transitions"])))
        with pytest.raises(NotFound):
            self.played.does("outsider", name)

    @invariant()
    def offers_are_what_the_document_allows(self) -> None:
        if self.played is None:
            return
        verdicts = dict.fromkeys(self.model.rules(), True)
        for who in self.people:
            if not self.model.knows(who):
                continue
            with assuming(Assumptions({}, verdicts.get)):
                offered = self.played.offered(who)
            for name, refusal in offered.items():
                assert self.model.plays[who] & set(
                    listed(self.model.data["transitions"][name]["by"])
                )
                assert self.model.state in listed(self.model.data["transitions"][name]["from"])
                if not refusal:
                    assert self.model.allows(who, name, verdicts)

    @invariant()
    def the_row_says_what_the_model_says(self) -> None:
        if self.played is None:
            return
        state = self.row()[0]
        assert state == self.model.state
        kinds = self.model.data["states"]
        with self.context.database.read() as session:
            assert session.get_one(Submission, self.played.id).state_kind == kinds[state]["kind"]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobContext]:
    chosen = load_settings(tmp_path_factory.mktemp("rehearsal"), {})
    with rehearsing.stage(chosen) as found:
        yield found


def _try(context: JobContext, data: Mapping[str, Any] | None, examples: int) -> None:
    machine = type("Machine", (Anything,), {"context": context, "data": data})
    chosen = settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("name", PROCESSES)
def test_no_sequence_leaves_a_known_process(context: JobContext, name: str) -> None:
    _try(context, without_parameters(LIBRARY.workflow(name).data), 5)


def test_no_sequence_leaves_a_workflow_that_was_made_up(context: JobContext) -> None:
    _try(context, None, 40)

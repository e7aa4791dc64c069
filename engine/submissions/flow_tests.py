"""The tests that a workflow's document brings along, run step by step as a rehearsal.

What a step may say is `credentials.flows`; here each is done, and what should be so is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.credentials.credential import Edition
from engine.credentials.documents import joined
from engine.credentials.flows import Flows, merged
from engine.credentials.library import Library
from engine.errors import AccoladeError, Finding, Refused
from engine.records.jobs import JobContext
from engine.submissions.facts import Assumptions, assuming
from engine.submissions.rehearsing import Rehearsal, Surprise, rehearsal, retire
from engine.submissions.stand_ins import edition_of


def run(context: JobContext, library: Library, flows: Flows) -> list[Finding]:
    """Run every test of a document; a finding, at its step, for each that does not go as it says.

    Raises `DocumentFaulty` and `NotFound` when what is to be rehearsed has faults itself.
    """
    edition = edition_of(context, library, flows.workflow, flows.credential)
    found = []
    for test in flows.tests:
        number = 0
        place = test.pointer
        played = None
        try:
            with assuming(Assumptions(test.assume)):
                played = rehearsal(context, edition, test.people)
            for number, step in enumerate(test.steps):
                place = joined(test.pointer, "steps", number)
                with assuming(Assumptions(merged(test.assume, step.get("assume", {})))):
                    _take(played, step, edition)
        except AccoladeError as error:
            words = f"“{test.title}” goes another way: {error}"
            found.append(flows.document.finding(place, "flow", words))
        finally:
            if played is not None:
                retire(context, played.cast)
    return found


def _take(played: Rehearsal, step: Mapping[str, Any], edition: Edition) -> None:
    """One step: what is done first, then what should be so."""
    wanted = step.get("refused")
    try:
        _act(played, step, edition)
    except Refused as refused:
        if wanted is None or wanted.casefold() not in _all_words(refused).casefold():
            raise
    else:
        if wanted is not None:
            raise Surprise("it should have been refused, and was done.")
    _look(played, step)


def _act(played: Rehearsal, step: Mapping[str, Any], edition: Edition) -> None:
    who = step.get("who", "")
    if "after" in step:
        played.passes(step["after"])
    if "fills" in step:
        example = step["fills"] == "example"
        played.fills(who, edition.examples if example else step["fills"])
    if "claims" in step:
        block = step["claims"]
        played.claims(who, block if isinstance(block, str) else next(iter(_blocks(played)), ""))
    if "names" in step:
        played.names(who, step["names"], next(iter(_blocks(played)), ""))
    if "scores" in step:
        played.scores(who, step["scores"])
    if "recommends" in step:
        played.recommends(who, step["recommends"])
    for name in ("finishes", "hands_back", "takes_back"):
        if name in step:
            getattr(played, name)(who)
    if "does" in step:
        played.does(who, step["does"], step.get("comment", ""), step.get("answers"))


def _look(played: Rehearsal, step: Mapping[str, Any]) -> None:
    if "may" in step or "may_not" in step:
        offered = played.offered(step["who"])
        able = sorted(name for name, refusal in offered.items() if not refusal)
        if "may" in step and able != sorted(step["may"]):
            told = "".join(f" {name}: {why}" for name, why in offered.items() if why)
            raise Surprise(f"{step['who']} may now: {', '.join(able) or 'nothing'}.{told}")
        if (name := step.get("may_not")) is not None:
            if name in able:
                raise Surprise(f"{step['who']} may do {name!r} now.")
            if step.get("because", "").casefold() not in offered.get(name, "").casefold():
                raise Surprise(f"the reason is another one: {offered.get(name, '')}")
    if "state" in step and (state := played.state()) != step["state"]:
        raise Surprise(f"it is in the state {state!r}.")
    if "reviewers" in step and (asked := played.reviewers()) != sorted(step["reviewers"]):
        raise Surprise(f"asked to review are: {', '.join(asked) or 'nobody'}.")
    if "awarded" in step and played.awarded() != step["awarded"]:
        raise Surprise("it is awarded." if played.awarded() else "it is not awarded.")


def _blocks(played: Rehearsal) -> Mapping[str, Any]:
    return played.workflow.states[played.state()].reviews


def _all_words(refused: Refused) -> str:
    refusal = refused.refusal
    return " ".join((refusal.reason, refusal.remedy, *refusal.details))

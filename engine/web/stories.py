"""The audit trail of a submission, told in words to the people concerned.

The trail knows more than a page should tell, a reviewer's notes on an open review for instance:
only what `TOLD` names is told, and what is left out on purpose is in `KEPT`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from engine.languages import N_, _
from engine.people import ENGINE, Actor
from engine.permissions import SubmissionSubject
from engine.records.tables import Event
from engine.submissions.blinding import Eyes

SURVEYS = {
    "survey-opened": N_("Survey opened"),
    "survey-reminded": N_("Reminders of a survey sent"),
    "survey-closed": N_("Survey closed"),
    "survey-attached": N_("Results of a survey used"),
}
ASKINGS = {
    "person-asked": N_("Asked"),
    "person-reminded": N_("Reminded of what they were asked"),
    "person-not-asked": N_("Not asked any more"),
    "person-gave": N_("Said yes"),
    "person-refused": N_("Said no"),
    "person-withdrew": N_("Took their yes back"),
    "award-withheld": N_("Award held back: a consent is missing"),
}
GALLERY = {
    "gallery-published": N_("Shared in the gallery"),
    "gallery-hidden": N_("Taken off the gallery"),
    "gallery-not-agreed": N_("Off the gallery: not agreed to any more"),
    "gallery-shared-again": N_("Shared in the gallery again"),
    "gallery-taken-down": N_("Page in the gallery taken down"),
    "gallery-put-back": N_("Page in the gallery put back"),
}
TOLD = frozenset(
    {"opened", "advanced", "taken-back", "migrated", "renewed", "reminded"}
    | {*SURVEYS, *ASKINGS, *GALLERY}
)
"""Kinds of events of a submission that its candidate is told of."""
KEPT = frozenset(
    {
        # Who reviews it and why not somebody else is the reviewers' business; that somebody is at
        # work on it is what the state says.
        *("assigned", "handed-back", "taken-away", "reassigned", "claim-lapsed", "overdue"),
        *("away", "left", "stepped-aside", "conflict-declared", "conflict-withdrawn"),
        *("review-finished", "review-reopened", "escalated", "timer-brought-forward"),
        # Notes and their answers stand beside the answers themselves, once they may be read.
        *("noted", "note-changed", "note-removed", "note-resolved", "note-reopened"),
        *("note-answered", "note-answer-removed"),
        # The talk with visitors has a page of its own; who reports something, nobody is told.
        *("gallery-questions-taken", "gallery-questions-stopped", "gallery-question-arrived"),
        *("gallery-question-answered", "gallery-question-closed"),
        *("gallery-reported", "gallery-reports-dismissed"),
    }
)
"""Kinds that only staff read of."""
_MOVES = ("advanced", "taken-back", "migrated")


class Chapter(NamedTuple):
    """One thing that happened: what it became, by whom, and the words that came with it."""

    at: datetime
    what: str
    who: str
    """`you`, or a name; empty when it happened by itself."""
    words: str


def of_submission(
    subject: SubmissionSubject, events: Iterable[Event], reader: Actor, seen: Eyes
) -> list[Chapter]:
    """What happened, the latest first, in the words of the states as the public knows them.
    `seen` says whose names the reader may learn.

    A step that changes nothing to be seen from outside, such as a reviewer taking the work over,
    is left out unless the reader did it or somebody explained it.
    """
    told: list[Chapter] = []
    for event in _announced(subject, events, reader):
        chapter = _told(subject, event, reader, seen)
        if chapter is None:
            continue
        same = bool(told) and told[-1].what == chapter.what
        if not same or chapter.words or event.actor_id == reader.id:
            told.append(chapter)
    return told[::-1]


def _announced(
    subject: SubmissionSubject, events: Iterable[Event], reader: Actor
) -> Sequence[Event]:
    """The events without those at the end that the candidate is not to know of yet."""
    kept = list(events)
    if reader.id != subject.submission.candidate_id:
        return kept
    kept = _without_secret_steps_taken_back(subject, kept)
    if subject.state.announced:
        return kept
    while kept and not _is_news(subject, kept[-1]):
        kept.pop()
    return kept


def _without_secret_steps_taken_back(
    subject: SubmissionSubject, events: Iterable[Event]
) -> list[Event]:
    """Of a step to where the candidate was not to know of, and back, there is nothing to tell."""
    kept: list[Event] = []
    for event in events:
        came_from = subject.workflow.states.get(str(event.facts.get("from")))
        if event.kind != "taken-back" or came_from is None or came_from.announced:
            kept.append(event)
            continue
        steps = (number for number in reversed(range(len(kept))) if kept[number].kind == "advanced")
        if (last := next(steps, None)) is not None:
            del kept[last]
    return kept


def _is_news(subject: SubmissionSubject, event: Event) -> bool:
    state = subject.workflow.states.get(str(event.facts.get("to")))
    return event.kind == "opened" or (
        event.kind in _MOVES and state is not None and state.announced
    )


def _told(subject: SubmissionSubject, event: Event, reader: Actor, seen: Eyes) -> Chapter | None:
    named = seen.name_of(event.actor_id, event.actor_name)
    who = _("you") if event.actor_id == reader.id else named
    facts = event.facts
    if event.actor_id == ENGINE.id:
        who = ""  # it happened by itself
    if event.kind not in TOLD or (event.kind == "reminded" and facts.get("to") != "candidate"):
        return None
    if event.kind == "opened":
        what = _("Begun, as a renewal") if facts.get("renews") else _("Begun")
        return Chapter(event.at, what, who, "")
    if event.kind in SURVEYS:
        survey = subject.edition.credential.surveys.get(str(facts.get("survey")))
        return Chapter(event.at, _(SURVEYS[event.kind]), who, survey.title if survey else "")
    if event.kind in GALLERY:
        return Chapter(event.at, _(GALLERY[event.kind]), who, str(facts.get("reason", "")))
    if event.kind in ASKINGS:
        person = str(facts.get("name", ""))
        by_link = event.kind in ("person-gave", "person-refused", "person-withdrew")
        words = _asked_for(subject, str(facts.get("concern", "")))
        said = event.kind == "person-gave" and facts.get("asks") != "consent"
        return Chapter(
            event.at,
            _("Answered") if said else _(ASKINGS[event.kind]),
            person if by_link else who,
            words if by_link or not person else f"{person}: {words}",
        )
    if event.kind == "renewed":
        return Chapter(event.at, _("Renewal begun"), who, "")
    if event.kind == "reminded":
        return Chapter(event.at, _("Reminded"), who, str(facts.get("words", "")))
    if event.kind == "migrated" and facts.get("versions"):
        what = _("Moved to version %(version)s", version=facts["versions"][-1])
        return Chapter(event.at, what, who, "")
    state = subject.workflow.states.get(str(facts.get("to")))
    if state is None:
        return None
    if event.kind == "taken-back":
        what = _("Taken back: %(state)s", state=state.public_label)
        return Chapter(event.at, what, who, "")
    return Chapter(event.at, state.public_label, who, str(facts.get("comment", "")))


def _asked_for(subject: SubmissionSubject, concern: str) -> str:
    """What somebody was asked for, in words."""
    credential = subject.edition.credential
    known = credential.consents.get(concern) or credential.statements.get(concern)
    return known.title if known is not None else ""

"""What was done, in words for program staff: one phrase for each kind of event.

A phrase goes on after the name of whoever did it. `%(name)s` in one is whom it was done to. A test
reads every kind that the source records and demands its words here.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.languages import N_

DEEDS: Mapping[str, str] = {
    "submission opened": N_("began"),
    "submission advanced": N_("moved it on"),
    "submission taken-back": N_("took the last step back"),
    "submission migrated": N_("moved it to another version"),
    "submission renewed": N_("began the renewal"),
    "submission reminded": N_("sent a reminder"),
    "submission escalated": N_("told somebody that it is overdue"),
    "submission timer-brought-forward": N_("brought forward what was to happen by itself"),
    "submission noted": N_("wrote a note on an answer"),
    "submission note-changed": N_("changed a note"),
    "submission note-removed": N_("took a note back"),
    "submission note-resolved": N_("marked a note as settled"),
    "submission note-reopened": N_("opened a settled note again"),
    "submission note-answered": N_("answered a note"),
    "submission note-answer-removed": N_("took the answer to a note back"),
    "submission review-finished": N_("finished a review"),
    "submission review-reopened": N_("opened a finished review again"),
    "submission survey-opened": N_("opened a survey"),
    "submission survey-reminded": N_("reminded those who had not answered a survey"),
    "submission survey-closed": N_("closed a survey"),
    "submission survey-attached": N_("used the results of a survey"),
    "submission person-asked": N_("asked somebody by a link"),
    "submission person-reminded": N_("reminded somebody who was asked by a link"),
    "submission person-not-asked": N_("asked somebody no longer"),
    "submission person-gave": N_("said yes by their link"),
    "submission person-refused": N_("said no by their link"),
    "submission person-withdrew": N_("took their yes back by their link"),
    "submission award-withheld": N_("held the award back, since a consent is missing"),
    "submission gallery-published": N_("shared it in the gallery"),
    "submission gallery-hidden": N_("took it off the gallery"),
    "submission gallery-not-agreed": N_("took it off the gallery, since it is not agreed to now"),
    "submission gallery-shared-again": N_("shared it in the gallery again"),
    "submission gallery-questions-taken": N_("took questions about it again"),
    "submission gallery-questions-stopped": N_("stopped questions about it"),
    "submission gallery-taken-down": N_("took its page in the gallery down"),
    "submission gallery-put-back": N_("put its page in the gallery back"),
    "submission gallery-question-arrived": N_("asked a question about it"),
    "submission gallery-question-answered": N_("answered a visitor’s question"),
    "submission gallery-question-closed": N_("ended a talk with a visitor"),
    "submission gallery-reported": N_("reported its page in the gallery"),
    "submission gallery-reports-dismissed": N_("dismissed reports of its page in the gallery"),
    "award awarded": N_("awarded it"),
    "award revoked": N_("revoked it"),
    "award suspended": N_("suspended it"),
    "award lifted": N_("lifted the suspension"),
    "award corrected": N_("corrected it: a new one takes its place"),
    "award reissued": N_("issued it anew, corrected"),
    "award shown": N_("chose what others see of it"),
    "account added": N_("added the account"),
    "account opened": N_("opened the account again"),
    "account closed": N_("closed the account"),
    "account roles": N_("changed the roles"),
    "account password-changed": N_("set a new password"),
    "account renamed": N_("changed the name"),
    "account name-asked": N_("asked for another name"),
    "account name-unasked": N_("asked for no other name any more"),
    "account name-refused": N_("left the name as it is"),
    "account placed": N_("changed the school and the groups"),
    "account zone": N_("changed the time zone"),
    "account away": N_("noted an absence"),
    "account back": N_("ended the absence"),
    "account calibrated": N_("finished a practice review"),
    "account letters-chosen": N_("chose which letters to get"),
    "account calendar-made": N_("made a calendar of due dates"),
    "account calendar-renewed": N_("gave the calendar a new address"),
    "account calendar-stopped": N_("ended the calendar"),
    "account page-opened": N_("chose an address for the page of awards"),
    "account page-closed": N_("took the page of awards back"),
    "account did-named": N_("chose a DID for badges"),
    "account program-let-in": N_("let an app in to the account"),
    "account program-shut-out": N_("shut an app out of the account"),
    "account badge-renewed": N_("brought a newer copy of a badge"),
    "account recognised": N_("recorded a recognized credential"),
    "account recognition revoked": N_("revoked a recognized credential"),
    "school year-set": N_("set when the school year ends"),
    "school year-forgotten": N_("let the school have the program’s school year again"),
    "credential published": N_("published it"),
    "credential calibration-prepared": N_("prepared a practice review"),
    "credential calibration-changed": N_("changed a practice review"),
    "credential calibration-agreed": N_("set the agreed scores of a practice review"),
    "credential calibration-opened": N_("opened a practice review to reviewers"),
    "credential calibration-retired": N_("retired a practice review"),
    "webhook added": N_("added the webhook"),
    "webhook paused": N_("paused the webhook"),
    "webhook resumed": N_("let the webhook hear again"),
    "webhook removed": N_("removed the webhook"),
    "webhook secret-renewed": N_("gave the webhook a new secret"),
    "webhook sent-again": N_("sent a message again"),
    "letter sent-again": N_("sent the letter again"),
    "letter-template reworded": N_("changed the words of the letter"),
    "letter-template reset": N_("went back to the letter’s own words"),
    "award-list begun": N_("had the list awarded"),
    "award-list stopped": N_("stopped the list"),
    "award-list resumed": N_("had the list go on"),
    "certificates bundled": N_("had the certificates put together in one file"),
    "issuer key-rotated": N_("gave the badges a new key"),
    "issuer key-lost": N_("gave the badges a new key, since the old one was lost"),
    "issuer key-stolen": N_("declared a key of the badges stolen"),
    "bulk begun": N_("began it"),
    "bulk stopped": N_("stopped it"),
    "job job-run-again": N_("had the job run again"),
    "job job-run-now": N_("had the job start at once"),
    "job job-given-up": N_("gave the job up"),
}
"""By what it was done to and the event's kind."""

TO_SOMEBODY: Mapping[str, str] = {
    "assigned": N_("asked %(name)s to review it"),
    "handed-back": N_("handed it back"),
    "taken-away": N_("took it from %(name)s"),
    "reassigned": N_("took it from %(name)s to give it to somebody else"),
    "claim-lapsed": N_("freed the place of %(name)s, who had not worked on it"),
    "overdue": N_("took it from %(name)s: the review was overdue"),
    "away": N_("took it from %(name)s, who is away"),
    "left": N_("took it from %(name)s, who does not review any more"),
    "stepped-aside": N_("freed the place of %(name)s"),
    "conflict-declared": N_("recorded a conflict of interest of %(name)s"),
    "conflict-withdrawn": N_("withdrew the conflict of interest of %(name)s"),
}
"""What was done about who reviews a submission, by the event's kind."""

HOW: Mapping[str, str] = {
    "turn": N_("asked %(name)s to review it, whose turn it was"),
    "load": N_("asked %(name)s to review it, who had least to do"),
    "again": N_("asked %(name)s to review it again"),
    "delegated": N_("asked %(name)s to review it, who stands in"),
}
"""An assignment, by how somebody came to it, where there is more to say."""


def subject_of(chain: str) -> str:
    """What kind of thing a chain is about: `submission`, `account` …"""
    return chain.partition(":")[0]


def known(subject: str, kind: str) -> bool:
    """Whether there are words for what was done."""
    return f"{subject} {kind}" in DEEDS or (subject == "submission" and kind in TO_SOMEBODY)


def phrase(subject: str, kind: str, how: str = "") -> str:
    """The phrase, not translated yet; an unknown kind is told by its own name."""
    if subject == "submission" and kind in TO_SOMEBODY:
        return HOW.get(how, TO_SOMEBODY[kind]) if kind == "assigned" else TO_SOMEBODY[kind]
    return DEEDS.get(f"{subject} {kind}", kind.replace("-", " ").replace("_", " "))

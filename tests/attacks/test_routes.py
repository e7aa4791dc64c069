"""Every address, for everybody: who gets in, who is turned away, and that turning away is all.

The table below is held against the application's own map, so a new page without a line here fails.
"""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine.forms.schema import form_set_of
from engine.mail import muting
from tests.attacks.conftest import HANDLE, MARK, Stage, sane
from tests.conftest import Browser
from tests.databases import ON_SQLITE
from tests.web.conftest import GARDEN

pytestmark = ON_SQLITE  # who may open what is decided above the database; the pages run on both

VISITOR, CLOSED, OWNER, OTHER = "visitor", "closed", "owner", "other"
REVIEWER, ASSIGNED, STAFF, ADMIN = "reviewer", "assigned", "staff", "admin"
PLAYED_BY = {
    VISITOR: "",
    CLOSED: "gone",
    OWNER: "ana",
    OTHER: "ben",
    REVIEWER: "otto",
    ASSIGNED: "rosa",
    STAFF: "sam",
    ADMIN: "ada",
}
EVERYBODY = tuple(PLAYED_BY)
SIGNED_IN = EVERYBODY[2:]
REVIEWERS = (REVIEWER, ASSIGNED)
OFFICE = (STAFF, ADMIN)

Expected = dict[str, int]


def only(*roles: str, gives: int = 200, others: int = 403) -> Expected:
    """`gives` for `roles`; strangers are sent to sign in; `others` for everybody else."""
    return {
        role: gives if role in roles else 303 if role in (VISITOR, CLOSED) else others
        for role in EVERYBODY
    }


def posting(*roles: str, gives: int = 303, others: int = 403) -> Expected:
    """The same for a post: a stranger's is answered by the sign-in page, which carries it."""
    return {
        role: 401 if role in (VISITOR, CLOSED) and role not in roles else status
        for role, status in only(*roles, gives=gives, others=others).items()
    }


ANYBODY = dict.fromkeys(EVERYBODY, 200)

GETS: dict[str, tuple[str, Expected]] = {
    "/": ("/", ANYBODY),
    "/pathways": ("/pathways", ANYBODY),
    "/static/<path:filename>": ("/static/style.css", ANYBODY),
    "/fonts/faces.css": ("/fonts/faces.css", ANYBODY),
    "/fonts/<name>": ("/fonts/nothing.woff2", dict.fromkeys(EVERYBODY, 404)),
    "/credentials/<credential_id>": (f"/credentials/{GARDEN}", ANYBODY),
    "/credentials/<credential_id>/badge": ("/credentials/water-safety/badge", only(*SIGNED_IN)),
    "/credentials/<credential_id>/examples/<form_id>": (
        f"/credentials/{GARDEN}/examples/plot",
        ANYBODY,
    ),
    "/frameworks": ("/frameworks", ANYBODY),
    "/frameworks/<framework_id>": ("/frameworks/tlms", ANYBODY),
    "/ims/case/v1p1/CFDocuments": ("/ims/case/v1p1/CFDocuments", ANYBODY),
    "/ims/case/v1p1/<kind>/<identifier>": (
        "/ims/case/v1p1/CFPackages/2c52980f-e36f-55f7-8e70-46bd617fb2b1",
        ANYBODY,
    ),
    "/verify": ("/verify?serial=x", dict.fromkeys(EVERYBODY, 303)),
    "/verify/<serial>": ("/verify/{serial}", ANYBODY),
    "/verify/file": ("/verify/file", dict.fromkeys(EVERYBODY, 303)),
    "/certificates/<serial>.pdf": (
        "/certificates/{serial}.pdf",
        only(OWNER, *OFFICE, others=404),
    ),
    "/my-work/awards": ("/my-work/awards", only(*SIGNED_IN)),
    "/my-work/awards/<serial>": ("/my-work/awards/{serial}", only(OWNER, others=404)),
    "/my-work/awards/<serial>/qr.<any(svg, png):kind>": (
        "/my-work/awards/{serial}/qr.png",
        only(OWNER, others=404),
    ),
    "/my-work/awards/transcript.pdf": ("/my-work/awards/transcript.pdf", only(*SIGNED_IN)),
    "/my-work/awards/record.json": ("/my-work/awards/record.json", only(OWNER, others=404)),
    "/people/<handle>": (f"/people/{HANDLE}", ANYBODY),
    "/verify/<serial>/embed": ("/verify/{serial}/embed", dict.fromkeys(EVERYBODY, 404)),
    "/badges/<serial>/evidence/<evidence_id>": (
        "/badges/{serial}/evidence/{photo}",
        dict.fromkeys(EVERYBODY, 404),
    ),
    "/badges/<serial>": ("/badges/{serial}", ANYBODY),
    "/badges/2.0/<serial>": ("/badges/2.0/{serial}", ANYBODY),
    "/badges/2.0/classes/<digest>": ("/badges/2.0/classes/0", dict.fromkeys(EVERYBODY, 404)),
    "/badges/2.0/issuer": ("/badges/2.0/issuer", ANYBODY),
    "/badges/achievements/<digest>": ("/badges/achievements/0", dict.fromkeys(EVERYBODY, 404)),
    "/badges/issuer": ("/badges/issuer", ANYBODY),
    "/badges/pictures/<name>.<any(svg, png):ending>": (
        "/badges/pictures/0.svg",
        dict.fromkeys(EVERYBODY, 404),
    ),
    "/badges/<serial>.<any(svg, png, json):ending>": (
        "/badges/{serial}.svg",
        only(OWNER, *OFFICE, others=404),
    ),
    "/badges/status/<int:number>": ("/badges/status/1", ANYBODY),
    "/.well-known/did.json": ("/.well-known/did.json", ANYBODY),
    "/did.json": ("/did.json", ANYBODY),
    "/gallery": ("/gallery", ANYBODY),
    "/gallery/feed.atom": ("/gallery/feed.atom", ANYBODY),
    "/gallery/<item_id>": ("/gallery/{item}", ANYBODY),
    "/gallery/<item_id>/files/<evidence_id>": ("/gallery/{item}/files/{seeds}", ANYBODY),
    "/gallery/<item_id>/ask": ("/gallery/{item}/ask", ANYBODY),
    "/gallery/<item_id>/report": ("/gallery/{item}/report", ANYBODY),
    "/gallery/questions/<token>": ("/gallery/questions/{talk}", ANYBODY),
    "/gallery/thanks/<any(question, report):what>": ("/gallery/thanks/question", ANYBODY),
    "/my-work/shared": ("/my-work/shared", only(*SIGNED_IN)),
    "/my-work/shared/questions/<question_id>": (
        "/my-work/shared/questions/{question}",
        only(OWNER, others=404),
    ),
    "/staff/gallery": ("/staff/gallery", only(*OFFICE)),
    "/staff/gallery/<item_id>": ("/staff/gallery/{item}", only(*OFFICE)),
    "/s/<token>": ("/s/{token}", ANYBODY),
    "/a/<token>": ("/a/{link}", ANYBODY),
    "/submissions/<submission_id>/people": (
        "/submissions/{kitchen}/people",
        only(OWNER, *OFFICE, others=404),
    ),
    "/c": ("/c", ANYBODY),
    "/c/<code>": ("/c/{code}", ANYBODY),
    "/thanks": ("/thanks", ANYBODY),
    "/submissions/<submission_id>/statements": (
        "/submissions/{studio}/statements",
        only(OWNER, *OFFICE, others=404),
    ),
    "/submissions/<submission_id>/surveys/<survey_id>": (
        "/submissions/{circle}/surveys/trust",
        only(OWNER, *OFFICE, others=404),
    ),
    "/sign-in": ("/sign-in", dict.fromkeys(SIGNED_IN, 303) | {VISITOR: 200, CLOSED: 200}),
    "/account": ("/account", only(*SIGNED_IN)),
    "/account/csrf": ("/account/csrf", ANYBODY),
    "/account/apps": ("/account/apps", only(*SIGNED_IN)),
    # A question that can't be answered; a good one is asked in tests/web/test_letting_in.py.
    "/oauth/authorize": ("/oauth/authorize?client_id=none", dict.fromkeys(EVERYBODY, 400)),
    "/account/letters": ("/account/letters", only(*SIGNED_IN)),
    "/account/name": ("/account/name", only(*SIGNED_IN)),
    "/account/calendar": ("/account/calendar", only(*SIGNED_IN)),
    "/letters/stop/<token>": ("/letters/stop/{stop}", ANYBODY),
    "/calendar/<account_id>/<key>.ics": ("/calendar/{ana}/{calendar}.ics", ANYBODY),
    "/my-work": ("/my-work", only(*SIGNED_IN)),
    "/my-work/standards": ("/my-work/standards", only(*SIGNED_IN)),
    "/submissions/<submission_id>": (
        "/submissions/{work}",
        only(*REVIEWERS, *OFFICE, gives=303, others=404) | {OWNER: 200},
    ),
    "/submissions/<submission_id>/<form_id>/<page_id>": (
        "/submissions/{work}/plot/place",
        only(*REVIEWERS, *OFFICE, gives=303, others=404) | {OWNER: 200},
    ),
    "/submissions/<submission_id>/check": (
        "/submissions/{work}/check",
        only(*REVIEWERS, *OFFICE, gives=303, others=404) | {OWNER: 200},
    ),
    "/submissions/<submission_id>/advance/<transition_name>": (
        "/submissions/{work}/advance/take_away",
        only(*OFFICE, others=403) | {OTHER: 404},
    ),
    "/submissions/<submission_id>/print": (
        "/submissions/{work}/print",
        only(OWNER, ASSIGNED, *OFFICE, others=404) | {REVIEWER: 303},
    ),
    "/submissions/<submission_id>/story": (
        "/submissions/{work}/story",
        only(OWNER, ASSIGNED, *OFFICE, others=404) | {REVIEWER: 303},
    ),
    "/submissions/<submission_id>/draft.json": (
        "/submissions/{work}/draft.json",
        only(OWNER, others=404),
    ),
    "/submissions/<submission_id>/copy": ("/submissions/{work}/copy", only(OWNER, others=404)),
    "/submissions/<submission_id>/record": (
        "/submissions/{work}/record",
        only(OWNER, ASSIGNED, *OFFICE, others=404) | {REVIEWER: 403},
    ),
    "/submissions/<submission_id>/record.pdf": (
        "/submissions/{work}/record.pdf",
        only(others=404) | {REVIEWER: 403},
    ),
    "/evidence/<evidence_id>": (
        "/evidence/{photo}",
        only(OWNER, ASSIGNED, *OFFICE, others=404) | {REVIEWER: 403},
    ),
    "/uploads/<upload_id>": ("/uploads/{upload}", only(OWNER, others=404)),
    "/queue": ("/queue", only(*REVIEWERS, *OFFICE)),
    "/queue.<any(csv, xlsx):kind>": ("/queue.csv", only(*REVIEWERS, *OFFICE)),
    "/bulk": ("/bulk", only(*REVIEWERS, *OFFICE)),
    "/bulk/new": ("/bulk/new?list=queue", only(*REVIEWERS, *OFFICE)),
    "/bulk/<run_id>": ("/bulk/none", only(*REVIEWERS, *OFFICE, gives=404)),
    "/review/<submission_id>": (
        "/review/{work}",
        only(OWNER, *REVIEWERS, *OFFICE, others=404),
    ),
    "/review/<submission_id>/conflict": (
        "/review/{work}/conflict",
        only(*REVIEWERS, *OFFICE, others=404) | {OWNER: 403},
    ),
    "/account/absence": ("/account/absence", only(*REVIEWERS, others=404)),
    "/staff/people/<account_id>/absence": ("/staff/people/{rosa}/absence", only(*OFFICE)),
    "/staff/submissions/<submission_id>/reviewers": (
        "/staff/submissions/{work}/reviewers",
        only(*OFFICE),
    ),
    "/practice": ("/practice", only(*REVIEWERS, *OFFICE)),
    "/practice/<calibration_id>": ("/practice/none", only(*REVIEWERS, *OFFICE, gives=404)),
    "/staff": ("/staff", only(*OFFICE)),
    "/staff/agreement": ("/staff/agreement", only(*OFFICE)),
    "/staff/alignment": ("/staff/alignment", only(*OFFICE)),
    "/staff/agreement/figures.csv": ("/staff/agreement/figures.csv", only(*OFFICE)),
    "/staff/calibration": ("/staff/calibration", only(*OFFICE)),
    "/staff/calibration/<calibration_id>": ("/staff/calibration/none", only(*OFFICE, gives=404)),
    "/staff/awards": ("/staff/awards", only(*OFFICE)),
    "/staff/awards/lists": ("/staff/awards/lists", only(*OFFICE)),
    "/staff/awards/lists/new": ("/staff/awards/lists/new", only(*OFFICE)),
    "/staff/awards/lists/<list_id>": ("/staff/awards/lists/none", only(*OFFICE, gives=404)),
    "/staff/awards/certificates/<bundle_id>": (
        "/staff/awards/certificates/none",
        only(*OFFICE, gives=404),
    ),
    "/staff/awards/certificates/<bundle_id>/file": (
        "/staff/awards/certificates/none/file",
        only(*OFFICE, gives=404),
    ),
    "/staff/awards/<serial>": ("/staff/awards/{serial}", only(*OFFICE)),
    "/staff/awards/standing-on-lost": ("/staff/awards/standing-on-lost", only(*OFFICE)),
    "/staff/awards/<serial>/<any(suspend, lift, correct, revoke):deed>": (
        "/staff/awards/{serial}/revoke",
        only(*OFFICE),
    ),
    "/staff/documents": ("/staff/documents", only(*OFFICE)),
    "/staff/documents/<credential_id>": (f"/staff/documents/{GARDEN}", only(*OFFICE)),
    "/staff/documents/<credential_id>/move": (
        f"/staff/documents/{GARDEN}/move",
        only(*OFFICE),
    ),
    "/staff/jobs": ("/staff/jobs", only(*OFFICE)),
    "/staff/jobs/planned": ("/staff/jobs/planned", only(*OFFICE)),
    "/staff/mail": ("/staff/mail", only(*OFFICE)),
    "/staff/mail/<letter_id>": ("/staff/mail/{letter}", only(*OFFICE)),
    "/staff/mail/<letter_id>/html": ("/staff/mail/{letter}/html", only(*OFFICE)),
    "/staff/letters": ("/staff/letters", only(*OFFICE)),
    "/staff/letters/<name>/<language>": ("/staff/letters/returned/es", only(*OFFICE)),
    "/staff/letters/<name>/<language>/preview": (
        "/staff/letters/returned/en/preview?about={work}",
        only(*OFFICE),
    ),
    "/staff/webhooks": ("/staff/webhooks", only(*OFFICE)),
    "/staff/webhooks/<webhook_id>": ("/staff/webhooks/{webhook}", only(*OFFICE)),
    "/staff/people": ("/staff/people", only(*OFFICE)),
    "/staff/people/new": ("/staff/people/new", only(*OFFICE)),
    "/staff/people/names": ("/staff/people/names", only(*OFFICE)),
    "/staff/people/<account_id>/name": ("/staff/people/{ben}/name", only(*OFFICE)),
    "/staff/schools": ("/staff/schools", only(*OFFICE)),
    "/staff/people/<account_id>": ("/staff/people/{ana}", only(*OFFICE)),
    "/staff/recognitions": ("/staff/recognitions", only(*OFFICE)),
    "/staff/recognitions/list": ("/staff/recognitions/list", only(*OFFICE)),
    "/staff/recognitions/badge": ("/staff/recognitions/badge", only(*OFFICE)),
    "/staff/reports": ("/staff/reports", only(*OFFICE)),
    "/staff/reports/reviewers": ("/staff/reports/reviewers", only(*OFFICE)),
    "/staff/reports/records": ("/staff/reports/records", only(*OFFICE)),
    "/staff/reports/<name>.csv": ("/staff/reports/stages.csv", only(*OFFICE)),
    "/staff/submissions": ("/staff/submissions", only(*OFFICE)),
    "/staff/submissions/list.<any(csv, xlsx):kind>": ("/staff/submissions/list.csv", only(*OFFICE)),
    "/staff/submissions/<submission_id>": ("/staff/submissions/{work}", only(*OFFICE)),
}

POSTS: dict[str, tuple[str, dict[str, str], Expected]] = {
    "/sign-in": (
        "/sign-in",
        {"_email": "{role}@nowhere.org", "_password": "not the password"},
        dict.fromkeys(EVERYBODY, 400),
    ),
    "/sign-out": ("/sign-out", {}, dict.fromkeys(EVERYBODY, 303)),
    "/language": ("/language", {"_language": "es"}, dict.fromkeys(EVERYBODY, 303)),
    "/account/password": (
        "/account/password",
        {"current_password": "not the password", "new_password": "another long one"},
        posting(*SIGNED_IN, gives=422),
    ),
    "/account/did": ("/account/did", {"did": ""}, posting(*SIGNED_IN)),
    "/my-work/awards/page": (
        "/my-work/awards/page",
        {"handle": "x{role}x"},
        posting(*SIGNED_IN),
    ),
    "/my-work/awards/<serial>": (
        "/my-work/awards/{serial}",
        {"on_page": "yes"},
        posting(OWNER, others=404),
    ),
    "/account/letters": ("/account/letters", {"rhythm": "daily"}, posting(*SIGNED_IN)),
    "/account/apps/<client_id>/shut-out": (
        "/account/apps/none/shut-out",
        {},
        posting(*SIGNED_IN, gives=404),
    ),
    # A stranger is asked to sign in, and is then asked again.
    "/oauth/authorize": (
        "/oauth/authorize",
        {"client_id": "none", "_decision": "allow"},
        only(*SIGNED_IN, gives=400),
    ),
    "/account/name": ("/account/name", {"name": "Somebody Else"}, posting(*SIGNED_IN)),
    "/account/zone": ("/account/zone", {"zone": "America/Chicago"}, posting(*SIGNED_IN)),
    "/account/calendar": ("/account/calendar", {"_go": "make"}, posting(*SIGNED_IN)),
    "/letters/stop/<token>": ("/letters/stop/{stop}", {}, dict.fromkeys(EVERYBODY, 200)),
    "/verify/file": ("/verify/file", {}, dict.fromkeys(EVERYBODY, 422)),
    "/staff/mail/<letter_id>/send": ("/staff/mail/{letter}/send", {}, posting(*OFFICE)),
    "/staff/letters/<name>/<language>": (
        "/staff/letters/returned/en",
        {"text": "Subject: Back\n\nIt is back.", "seen": "0"},
        posting(*OFFICE),
    ),
    "/staff/letters/<name>/<language>/preview": (
        "/staff/letters/returned/en/preview",
        {"text": "Subject: Back\n\nIt is back."},
        posting(*OFFICE, gives=200),
    ),
    "/staff/webhooks": (
        "/staff/webhooks",
        {"url": "https://records.example/hooks"},
        posting(*OFFICE, gives=200),
    ),
    "/staff/webhooks/<webhook_id>": (
        "/staff/webhooks/{webhook}",
        {"_go": "pause"},
        posting(*OFFICE),
    ),
    "/staff/webhooks/<webhook_id>/deliveries/<delivery_id>": (
        "/staff/webhooks/{webhook}/deliveries/{delivery}",
        {},
        posting(*OFFICE),
    ),
    "/prose": ("/prose", {"text": "# Plan"}, posting(*SIGNED_IN, gives=200)),
    "/credentials/<credential_id>/open": (
        f"/credentials/{GARDEN}/open",
        {},
        posting(*SIGNED_IN),
    ),
    "/submissions/<submission_id>/<form_id>/<page_id>": (
        "/submissions/{draft}/{coach_form}/{coach_page}",
        {"_go": "later"},
        posting(OWNER, others=404) | {STAFF: 403, ADMIN: 403},
    ),
    "/submissions/<submission_id>/evidence": (
        "/submissions/{draft}/evidence",
        {"pointer": "/questionnaire/nothing"},
        posting(gives=303, others=404) | {OWNER: 422, STAFF: 403, ADMIN: 403},
    ),
    "/submissions/<submission_id>/copy": (
        "/submissions/{draft}/copy",
        {"copy": "{{}}"},
        posting(gives=303, others=404) | {OWNER: 422},
    ),
    "/submissions/<submission_id>/record": (
        "/submissions/{work}/record",
        {},
        posting(OWNER, ASSIGNED, *OFFICE, others=404) | {REVIEWER: 403},
    ),
    "/submissions/<submission_id>/advance/<transition_name>": (
        "/submissions/{work}/advance/take_away",
        {"revision": "2", "comment": "Rosa is ill."},
        posting(*OFFICE, others=403) | {OTHER: 404},
    ),
    "/submissions/<submission_id>/notes": (
        "/submissions/{draft}/notes",
        {},
        posting(OWNER, others=404) | {STAFF: 403, ADMIN: 403},
    ),
    "/gallery/<item_id>/ask": (
        "/gallery/{item}/ask",
        {"name": "Vic", "email": "vic@home.example", "words": "How deep?"},
        dict.fromkeys(EVERYBODY, 303),
    ),
    "/gallery/<item_id>/report": (
        "/gallery/{item}/report",
        {"reason": "spam", "words": "It sells beans."},
        dict.fromkeys(EVERYBODY, 303),
    ),
    "/gallery/questions/<token>": (
        "/gallery/questions/{talk}",
        {},
        dict.fromkeys(EVERYBODY, 303),
    ),
    "/my-work/shared/<item_id>": (
        "/my-work/shared/{item}",
        {"_do": "hide"},
        posting(OWNER, others=404),
    ),
    "/my-work/shared/questions/<question_id>": (
        "/my-work/shared/questions/{question}",
        {"words": "Runner beans."},
        posting(OWNER, others=404),
    ),
    "/staff/gallery/<item_id>": (
        "/staff/gallery/{item}",
        {"_do": "take-down", "reason": "A name."},
        posting(*OFFICE),
    ),
    "/s/<token>": ("/s/{token}", {"/trust/helped": "4"}, dict.fromkeys(EVERYBODY, 303)),
    "/a/<token>": ("/a/{link}", {"say": "refused"}, dict.fromkeys(EVERYBODY, 303)),
    "/submissions/<submission_id>/people/ask": (
        "/submissions/{kitchen}/people/ask",
        {"concern": "quoted", "name": f"{MARK}-2", "email": "fay@example.org"},
        posting(OWNER, gives=303, others=404) | {STAFF: 403, ADMIN: 403},
    ),
    "/submissions/<submission_id>/people/<asking_id>/remind": (
        "/submissions/{kitchen}/people/{asking}/remind",
        {},
        posting(OWNER, gives=422, others=404) | {STAFF: 403, ADMIN: 403},
    ),
    "/submissions/<submission_id>/people/<asking_id>/correct": (
        "/submissions/{kitchen}/people/{asking}/correct",
        {"email": "bob@example.org"},
        posting(OWNER, gives=303, others=404) | {STAFF: 403, ADMIN: 403},
    ),
    "/submissions/<submission_id>/people/<asking_id>/take-back": (
        "/submissions/{kitchen}/people/{asking}/take-back",
        {},
        posting(OWNER, gives=303, others=404) | {STAFF: 403, ADMIN: 403},
    ),
    "/c/<code>": ("/c/{code}", {"/class/safe": "Yes"}, dict.fromkeys(EVERYBODY, 303)),
    "/submissions/<submission_id>/statements": (
        "/submissions/{studio}/statements",
        {"concern": "neighbor", "name": "Nan Gull", "email": "nan@example.org"},
        posting(OWNER, others=404) | {STAFF: 403, ADMIN: 403},
    ),
    "/submissions/<submission_id>/surveys/<survey_id>/<wave_id>/open": (
        "/submissions/{circle}/surveys/trust/first/open",
        {"closes_on": "2026-01-01"},
        posting(OWNER, gives=422, others=404) | {STAFF: 403, ADMIN: 403},
    ),
    "/submissions/<submission_id>/surveys/<survey_id>/<wave_id>/remind": (
        "/submissions/{circle}/surveys/trust/first/remind",
        {},
        posting(OWNER, gives=303, others=404) | {STAFF: 403, ADMIN: 403},
    ),
    "/submissions/<submission_id>/surveys/<survey_id>/<wave_id>/close": (
        "/submissions/{circle}/surveys/trust/first/close",
        {"sure": "yes"},
        posting(OWNER, gives=303, others=404) | {STAFF: 403, ADMIN: 403},
    ),
    "/submissions/<submission_id>/surveys/<survey_id>/<wave_id>/use": (
        "/submissions/{circle}/surveys/trust/first/use",
        {},
        posting(OWNER, gives=422, others=404) | {STAFF: 403, ADMIN: 403},
    ),
    "/submissions/<submission_id>/take-back": (
        "/submissions/{work}/take-back",
        {},
        posting(others=403) | {OTHER: 404},
    ),
    "/review/<submission_id>": (
        "/review/{work}",
        {"_seen": "1", "_go": "save", "score/ground/alive": "Y"},
        posting(ASSIGNED, others=409) | {OTHER: 404},
    ),
    "/review/<submission_id>/comments": (
        "/review/{work}/comments",
        {"pointer": "/plot/area", "body": "Is that right?"},
        posting(ASSIGNED, others=409) | {OTHER: 404},
    ),
    "/review/<submission_id>/claim": (
        "/review/{work}/claim",
        {"block": ""},
        posting(*REVIEWERS, others=403) | {OTHER: 404},
    ),
    "/review/<submission_id>/hand-back": (
        "/review/{work}/hand-back",
        {"reason": "Too busy"},
        posting(ASSIGNED, others=403) | {OTHER: 404},
    ),
    "/review/<submission_id>/conflict": (
        "/review/{work}/conflict",
        {"reason": "My cousin"},
        posting(*REVIEWERS, *OFFICE, others=404) | {OWNER: 403},
    ),
    "/practice/<calibration_id>": (
        "/practice/none",
        {"_seen": "0", "_go": "done"},
        posting(*REVIEWERS, *OFFICE, gives=404),
    ),
    "/staff/calibration": (
        "/staff/calibration",
        {"credential": GARDEN, "title": "For you"},
        posting(*OFFICE),
    ),
    "/staff/calibration/<calibration_id>": (
        "/staff/calibration/none",
        {"_go": "open"},
        posting(*OFFICE, gives=404),
    ),
    "/account/absence": ("/account/absence", {"_do": "back"}, posting(*REVIEWERS, others=404)),
    "/staff/people/<account_id>/absence": (
        "/staff/people/{rosa}/absence",
        {"_do": "back"},
        posting(*OFFICE),
    ),
    "/staff/people/<account_id>/place": (
        "/staff/people/{ben}/place",
        {"new_groups": "night", "school": "Lake Road School"},
        posting(*OFFICE),
    ),
    "/staff/submissions/<submission_id>/reviewers": (
        "/staff/submissions/{work}/reviewers",
        {"_do": ""},
        posting(*OFFICE),
    ),
    "/bulk": (
        "/bulk",
        {"list": "queue", "action": "hand_back:"},
        posting(*REVIEWERS, *OFFICE, gives=422),
    ),
    "/bulk/<run_id>/begin": ("/bulk/none/begin", {}, posting(*REVIEWERS, *OFFICE, gives=404)),
    "/bulk/<run_id>/stop": ("/bulk/none/stop", {}, posting(*REVIEWERS, *OFFICE, gives=404)),
    "/views": (
        "/views",
        {"list": "queue", "_view": "Mine", "whose": "mine"},
        posting(*REVIEWERS, *OFFICE),
    ),
    "/views/<view_id>/remove": (
        "/views/none/remove",
        {"list": "queue"},
        posting(*REVIEWERS, *OFFICE, gives=404, others=404),
    ),
    "/staff/jobs/act": (
        "/staff/jobs/act",
        {"id": "none", "do": "again"},
        posting(*OFFICE),
    ),
    "/staff/jobs/planned/<timer_id>/now": ("/staff/jobs/planned/none/now", {}, posting(*OFFICE)),
    "/staff/awards/<serial>/<any(suspend, lift, correct, revoke):deed>": (
        "/staff/awards/{serial}/revoke",
        {"reason": "A mistake."},
        posting(*OFFICE),
    ),
    "/staff/documents/<credential_id>/publish": (
        f"/staff/documents/{GARDEN}/publish",
        {},
        posting(*OFFICE),
    ),
    "/staff/documents/<credential_id>/move": (
        f"/staff/documents/{GARDEN}/move",
        {"version": "1"},
        posting(*OFFICE),
    ),
    "/staff/people/new": (
        "/staff/people/new",
        {"email": "new@example.org", "name": "New", "password": "a long phrase", "roles": "staff"},
        posting(ADMIN),
    ),
    "/staff/schools": (
        "/staff/schools",
        {"school": "hill school", "_do": "forget"},
        posting(*OFFICE),
    ),
    "/staff/people/<account_id>/name": (
        "/staff/people/{ben}/name",
        {"name": "Ben Other", "reason": "A typo."},
        posting(*OFFICE),
    ),
    "/staff/people/<account_id>/active": (
        "/staff/people/{ben}/active",
        {"active": "no"},
        posting(*OFFICE),
    ),
    "/staff/people/<account_id>/password": (
        "/staff/people/{ben}/password",
        {"password": "a quite new phrase"},
        posting(*OFFICE),
    ),
    "/staff/people/<account_id>/roles": (
        "/staff/people/{ben}/roles",
        {"roles": "reviewer"},
        posting(*OFFICE),
    ),
    "/staff/recognitions": (
        "/staff/recognitions",
        {
            "person": "ben@example.org",
            "credential": "standards-ambassador",
            "earned_on": "2025-06-01",
            "source": "State",
        },
        posting(*OFFICE),
    ),
    "/staff/recognitions/list": ("/staff/recognitions/list", {}, posting(*OFFICE, gives=422)),
    "/staff/awards/lists/new": ("/staff/awards/lists/new", {}, posting(*OFFICE, gives=422)),
    "/staff/awards/lists/begin": (
        "/staff/awards/lists/begin",
        {"waiting": "nothing"},
        posting(*OFFICE, gives=422),
    ),
    "/staff/awards/lists/<list_id>/stop": (
        "/staff/awards/lists/none/stop",
        {},
        posting(*OFFICE, gives=404),
    ),
    "/staff/awards/lists/<list_id>/go-on": (
        "/staff/awards/lists/none/go-on",
        {},
        posting(*OFFICE, gives=404),
    ),
    "/staff/awards/certificates": ("/staff/awards/certificates", {"name": ""}, posting(*OFFICE)),
    "/staff/recognitions/list/record": (
        "/staff/recognitions/list/record",
        {"waiting": "nothing"},
        posting(*OFFICE, gives=422),
    ),
    "/staff/recognitions/badge": (
        "/staff/recognitions/badge",
        {"person": "ben@example.org", "address": "http://example.org/"},
        posting(*OFFICE, gives=422),
    ),
    "/credentials/<credential_id>/badge": (
        "/credentials/water-safety/badge",
        {"address": "http://example.org/"},
        posting(*SIGNED_IN, gives=422),
    ),
    "/staff/recognitions/<recognition_id>/revoke": (
        "/staff/recognitions/{recognition}/revoke",
        {"reason": "A mistake."},
        posting(*OFFICE),
    ),
}

TUS: dict[tuple[str, str], tuple[str, dict[str, str], Expected]] = {
    ("POST", "/submissions/<submission_id>/uploads"): (
        "/submissions/{draft}/uploads",
        {"Upload-Length": "5", "Upload-Metadata": "pointer L25vdGhpbmc="},
        posting(gives=201, others=404) | {OWNER: 422, STAFF: 403, ADMIN: 403},
    ),
    ("POST", "/uploads/<upload_id>"): ("/uploads/{upload}", {}, dict.fromkeys(EVERYBODY, 405)),
    ("PATCH", "/uploads/<upload_id>"): (
        "/uploads/{upload}",
        {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
        posting(OWNER, gives=204, others=404),
    ),
    ("DELETE", "/uploads/<upload_id>"): (
        "/uploads/{upload}",
        {},
        posting(OWNER, gives=204, others=404),
    ),
}
"""Uploads in pieces, which carry no form: the header `Tus-Resumable` stands in for its token."""

PROGRAMS: dict[tuple[str, str], int] = {
    ("GET", "/ims/ob/v3p0/credentials"): 401,
    ("POST", "/ims/ob/v3p0/credentials"): 401,
    ("GET", "/ims/ob/v3p0/profile"): 401,
    ("PUT", "/ims/ob/v3p0/profile"): 401,
    ("GET", "/ims/ob/v3p0/discovery"): 200,
    ("GET", "/.well-known/oauth-authorization-server"): 200,
    ("POST", "/oauth/register"): 400,
    ("POST", "/oauth/token"): 400,
    ("POST", "/oauth/revoke"): 401,
}
"""Where programs come with a token of their own. Everybody who comes without one gets the same,
whoever they are on the pages and wherever they come from."""

TOKENLESS = ("/language", "/letters/stop/<token>", "/verify/file")
"""Posts that need no form's token: one changes only a browser's language, one checks a file for
anybody and keeps nothing, and both ask where they come from; the other is proof in itself."""

PRIVATE = [rule for rule, (_, expected) in GETS.items() if expected[VISITOR] != 200]
"""Pages that nobody sees without an account."""


def address(stage: Stage, pattern: str) -> str:
    ids = {name: actor.id for name, actor in stage.cast.items()}
    with stage.database.read() as session:
        page = form_set_of(stage.subject(session, stage.draft).edition).pages[0]
    return pattern.format(
        work=stage.work,
        item=stage.item,
        seeds=stage.seeds,
        talk=stage.talk,
        question=stage.question,
        draft=stage.draft,
        photo=stage.photo,
        upload=stage.upload,
        serial=stage.serial,
        letter=stage.letter,
        webhook=stage.webhook,
        delivery=stage.delivery,
        calendar=stage.calendar,
        stop=muting.link(stage.settings, ids["ana"], "returned").rpartition("/")[2],
        recognition=stage.recognition,
        circle=stage.circle,
        studio=stage.studio,
        kitchen=stage.kitchen,
        asking=stage.asking,
        link=stage.link,
        token=stage.token,
        code=stage.code,
        coach_form=page.form_id,
        coach_page=page.id,
        **ids,
    )


def browser_of(stage: Stage, role: str) -> Browser:
    # Closing an account raises its epoch too; here the flag alone has to be enough.
    return stage.browser(PLAYED_BY[role])


def post(stage: Stage, role: str, rule: str) -> TestResponse:
    pattern, fields, _ = POSTS[rule]
    browser = browser_of(stage, role)
    data: dict[str, Any] = {name: said.format(role=role) for name, said in fields.items()}
    if rule.endswith("/evidence"):
        data["file"] = (io.BytesIO(b"words"), "words.txt")
    return browser.post(address(stage, pattern), data)


def test_the_table_knows_every_route(shared: Stage) -> None:
    found = {
        (method, rule.rule)
        for rule in shared.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    known = {("GET", rule) for rule in GETS} | {("POST", rule) for rule in POSTS} | set(TUS)
    assert found == known | set(PROGRAMS)


def tus(stage: Stage, role: str, method: str, rule: str, version: str = "1.0.0") -> TestResponse:
    pattern, headers, _ = TUS[method, rule]
    sent = {**headers, "Tus-Resumable": version} if version else headers
    client = browser_of(stage, role).client
    return client.open(address(stage, pattern), method=method, headers=sent)


@pytest.mark.parametrize(("method", "rule"), TUS)
def test_a_piece_is_taken_from_whom_it_may_come(stage: Stage, method: str, rule: str) -> None:
    expected = TUS[method, rule][2]
    before = stage.dump()
    refused = [role for role in EVERYBODY if expected[role] >= 400]
    seen = {role: tus(stage, role, method, rule).status_code for role in refused}
    assert seen == {role: expected[role] for role in refused}
    assert stage.dump() == before
    for role in set(EVERYBODY) - set(refused):
        assert tus(stage, role, method, rule).status_code == expected[role]


@pytest.mark.parametrize(("method", "rule"), TUS)
def test_no_piece_is_taken_from_a_form_of_another_site(
    shared: Stage, method: str, rule: str
) -> None:
    before = shared.dump()
    for role in EVERYBODY:
        assert tus(shared, role, method, rule, version="").status_code == 412
    assert shared.dump() == before


def test_no_page_session_is_anybody_where_programs_come(shared: Stage) -> None:
    before = shared.dump()
    elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for (method, path), status in PROGRAMS.items():
        for role in EVERYBODY:
            for headers in ({}, elsewhere):
                answer = browser_of(shared, role).client.open(
                    path, method=method, headers=headers, data={"_language": "es"}
                )
                assert answer.status_code == status, (method, path, role)
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
                assert "Set-Cookie" not in answer.headers
                assert MARK not in answer.text
    assert shared.dump() == before


@pytest.mark.parametrize("rule", GETS)
def test_a_page_opens_for_whom_it_is_for(shared: Stage, rule: str) -> None:
    pattern, expected = GETS[rule]
    path = address(shared, pattern)
    seen = {role: browser_of(shared, role).get(path).status_code for role in EVERYBODY}
    assert seen == expected


@pytest.mark.parametrize("rule", GETS)
def test_looking_only_at_the_headers_opens_nothing_more(shared: Stage, rule: str) -> None:
    pattern, expected = GETS[rule]
    path = address(shared, pattern)
    seen = {
        role: browser_of(shared, role).client.head(path).status_code
        for role in (VISITOR, OTHER, REVIEWER)
    }
    assert seen == {role: expected[role] for role in seen}


@pytest.mark.parametrize("rule", POSTS)
def test_a_refused_post_changes_nothing(shared: Stage, rule: str) -> None:
    expected = POSTS[rule][2]
    before = shared.dump()
    refused = [role for role in EVERYBODY if expected[role] >= 400]
    seen = {role: post(shared, role, rule).status_code for role in refused}
    assert seen == {role: expected[role] for role in refused}
    assert shared.dump() == before


@pytest.mark.parametrize(
    ("rule", "role"),
    [(rule, role) for rule in POSTS for role in EVERYBODY if POSTS[rule][2][role] < 400],
)
def test_a_post_is_done_for_whom_it_is_for(stage: Stage, rule: str, role: str) -> None:
    assert post(stage, role, rule).status_code == POSTS[rule][2][role]


@pytest.mark.parametrize("rule", [rule for rule in POSTS if rule not in TOKENLESS])
def test_no_post_is_taken_without_the_pages_token(shared: Stage, rule: str) -> None:
    pattern, fields, expected = POSTS[rule]
    able = (200, 303, 400, 422)
    role = next((role for role in reversed(EVERYBODY) if expected[role] in able), OWNER)
    path, client = address(shared, pattern), browser_of(shared, role).client
    before = shared.dump()
    elsewhere = shared.browser("ben").token()
    for token in (None, "", "x", elsewhere, "ImZvcmdlZCI.aaaaaa.bbbbbbbb"):
        data = dict(fields) if token is None else {**fields, "csrf_token": token}
        for headers in ({}, {"X-CSRFToken": token or "x"}, {"Accept": "application/json"}):
            answer = client.post(path, data=data, headers=headers)
            assert answer.status_code == 400, (rule, token, headers)
    assert shared.dump() == before


def test_no_language_is_chosen_from_another_site(shared: Stage) -> None:
    before = shared.dump()
    elsewhere = {"Origin": "https://evil.example"}
    answer = browser_of(shared, OWNER).client.post(
        "/language", data={"_language": "es"}, headers=elsewhere
    )
    assert answer.status_code == 403
    assert shared.dump() == before


def test_nobody_gets_a_session_for_looking_at_a_page(shared: Stage) -> None:
    assert "Set-Cookie" not in browser_of(shared, VISITOR).client.get("/").headers


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("rule", sorted({*GETS, *POSTS}))
def test_no_other_method_does_anything(shared: Stage, rule: str, method: str) -> None:
    pattern = GETS[rule][0] if rule in GETS else POSTS[rule][0]
    answer = shared.browser("ada").client.open(address(shared, pattern), method=method)
    assert answer.status_code in (400, 405, 412)
    assert MARK not in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_method_named_in_a_field_or_header_is_not_believed(shared: Stage, method: str) -> None:
    before = shared.dump()
    browser = shared.browser("ada")
    path = f"/staff/awards/{shared.serial}?_method=POST"
    browser.client.open(
        path,
        method=method,
        data={"_method": "DELETE"} if method == "POST" else None,
        headers={"X-HTTP-Method-Override": "POST"},
    )
    assert shared.dump() == before


def every_address(stage: Stage) -> list[str]:
    """Each page with Ana's ids in it, and what somebody clever would try with them."""
    paths = [address(stage, pattern) for pattern, _ in GETS.values()]
    for id in (stage.draft, stage.work):
        paths += [
            f"/submissions/{id}{tail}"
            for tail in (
                *("", "/check", "/print", "/story", "/plot/place", "/advance/hand_in"),
                *("/draft.json", "/draft.json?replaced=1", "/copy", "/record", "/record.pdf"),
            )
        ]
        paths += [f"/review/{id}", f"/staff/submissions/{id}"]
    paths += [
        f"/evidence/{id}{tail}"
        for id in (stage.photo, stage.proof)
        for tail in ("", "?download=1", "?format=json", "/", "?submission_id=" + stage.ready)
    ]
    return paths


@pytest.mark.parametrize("name", ["", "gone", "ben", "otto"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_nobody_else_reads_a_word_of_hers(shared: Stage, name: str, accept: str) -> None:
    browser = shared.browser(name)
    for path in every_address(shared):
        for method in ("GET", "POST"):
            answer = browser.client.open(path, method=method, headers={"Accept": accept})
            sane(answer)
            # Reviewers see in the queue who waits for what, and no more; nobody else sees that.
            assert MARK.encode() not in answer.data, (method, path)
            assert MARK not in str(answer.headers), (method, path)


def _said(answer: TestResponse) -> str:
    """A page without what differs each time: the request's number and the form's token, which
    holds the second that it was made in."""
    text = answer.text.replace(answer.headers["X-Request-Number"], "")
    return re.sub(r'(name="csrf_token" value=)"[^"]*"', r"\1", text)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_somebody_elses_work_answers_like_work_that_never_was(shared: Stage, method: str) -> None:
    ben = shared.browser("ben").client
    nothing = "0" * 32
    for path in every_address(shared):
        ids = (shared.work, shared.draft, shared.photo, shared.proof, shared.upload)
        id = next((one for one in ids if one in path), None)
        if id is None or path.startswith("/staff"):
            continue
        theirs, nobodys = (
            ben.open(one, method=method) for one in (path, path.replace(id, nothing))
        )
        assert theirs.status_code == nobodys.status_code == 404
        assert _said(theirs).replace(id, nothing) == _said(nobodys)


def test_her_file_in_his_answers_shows_him_nothing(stage: Stage) -> None:
    ben = stage.browser("ben")
    path = f"/submissions/{stage.ready}/handover/picture"
    ben.post(path, {"/handover/photo": stage.photo, "_seen": ben.seen(path), "_go": "later"})
    for page in (
        path,
        f"{path}?check=1",
        *(f"/submissions/{stage.ready}{tail}" for tail in ("", "/check", "/print")),
    ):
        assert MARK not in ben.get(page).text
    answer = ben.post(
        f"/submissions/{stage.ready}/advance/hand_in", {"revision": stage.revision(stage.ready)}
    )
    assert answer.status_code == 422
    assert stage.state(stage.ready) == "sketching"


@pytest.mark.parametrize("rule", PRIVATE)
def test_no_shared_cache_keeps_a_private_page(shared: Stage, rule: str) -> None:
    path = address(shared, GETS[rule][0])
    for role in (OWNER, ASSIGNED, ADMIN):
        answer = browser_of(shared, role).get(path, buffered=True)
        said = answer.headers["Cache-Control"]
        assert "private" in said or "no-store" in said, (rule, said)
        assert "public" not in said


@pytest.mark.parametrize("rule", GETS)
def test_every_answer_carries_the_headers_that_keep_it_safe(shared: Stage, rule: str) -> None:
    path = address(shared, GETS[rule][0])
    for role in (VISITOR, OWNER, OTHER, ADMIN):
        for url in (path, path + "%00", path.rstrip("/") + "/a/../../x", path + "?after=%ff"):
            answer = browser_of(shared, role).get(url)
            sane(answer)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self'" in policy or "script-src" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Server" not in answer.headers

"""The document that `accolade new` writes: small, complete and commented, for somebody who has
never written one. It passes `check` as it is, and renders as it is."""

from __future__ import annotations

import re
from typing import get_args

from engine.credentials.credential import CredentialKind

KINDS: tuple[str, ...] = get_args(CredentialKind)


def new_document(kind: str, id: str) -> str:
    """A commented credential document of `kind` in YAML, with `id` as its id and, in words, its
    title. Raises `ValueError` when there is no such kind, or `id` is not fit to be an id."""
    if kind not in KINDS:
        raise ValueError(f"There is no kind {kind!r}. Choose one of {', '.join(KINDS)}.")
    if not re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", id) or len(id) > 80:
        raise ValueError(f"{id!r} is not an id: use lower-case letters, digits and hyphens.")
    title = id.replace("-", " ").replace("_", " ").capitalize()
    body = _NOBODY_SUBMITS if kind in ("recognised", "goal") else _CANDIDATES_SUBMIT
    about = _ABOUT.get(kind, "")
    head = _HEAD.replace("preview {id}", f"preview {id}").replace("{id}", _quoted(id))
    head = head.replace("{kind}", kind).replace("{title}", _quoted(title))
    return head.replace("{about}", about) + body.replace("{title}", title)


def _quoted(text: str) -> str:
    # `123`, `1e3` and `null` would be read as something else than text.
    plain = text[0].isalpha() and text.lower() not in ("null", "true", "false")
    return text if plain else f'"{text}"'


_ABOUT = {
    "recognised": " Program staff record who has earned it; nobody submits anything here.",
    "goal": " Other credentials build towards it; it has no form of its own yet.",
}

_HEAD = """\
# A credential, described in one file. Lines that begin with # are notes to you; delete them as
# you go. See what is wrong with `accolade check`, and how it looks with `accolade preview {id}`.

# The id stays the same for ever: addresses and other documents use it. Raise the version each
# time you publish a change; work that is under way keeps the version that it began with.
credential: {id}
version: 1
kind: {kind}
title: {title}

# For the catalogue: one or two sentences. You may use Markdown here, and in `instructions`.
summary: |
  Say in a sentence what somebody who holds this credential has shown.{about}
"""

_NOBODY_SUBMITS = """
# Standards that this credential speaks to, each as FRAMEWORK:CODE. For example:
# aligned_to: [tlms:4.b]

# Credentials that it is a step to. For example:
# builds_towards: [teacher-leader]
"""

_CANDIDATES_SUBMIT = """
effort: About two weeks, and an hour of writing

# What to do, on the credential's own page.
instructions: |
  1. Try one change in your classroom, in two lessons or more.
  2. Note what you saw in each lesson.
  3. Write down what you learned, and submit it here.

# Credentials that must be held before this one can be submitted: `all` of a list, `any` of it, or
# `at_least: {count: 2, of: [...]}`. For example:
# prerequisites: {all: [standards-ambassador]}

# Standards that it speaks to, each as FRAMEWORK:CODE. For example:
# aligned_to: [tlms:4.b]

# The way from a draft to an award. This one: a coach scores, then awards it or returns it.
workflow: review

# What candidates fill in. Each form is a JSON Schema; each property is a question.
forms:
  classroom-change:
    title: A change in my classroom
    type: object

    # Pages keep a long form friendly. Every question is on exactly one of them.
    pages:
      - id: plan
        title: What you tried
        why: Your coach reads this first, to know what you set out to do.
        effort: 5 minutes
        properties: [change, subject, planned_on]
      - id: lessons
        title: What happened
        why: What you saw matters more than whether it worked.
        effort: 20 minutes
        properties: [lessons, learned]

    required: [change, subject, planned_on, lessons, learned]

    properties:
      # `title` is the question, `description` the help below it.
      change:
        title: What did you change?
        description: One thing that you did differently, and why you chose it.
        type: string
        widget: long-text
        minLength: 1
        maxLength: 2000            # shows a counter
        messages:                  # friendlier words when something is missing
          required: Say what you changed.

      # A list of choices becomes radio buttons, or a drop-down list when there are many.
      subject:
        title: In which subject?
        enum: [Mathematics, English language arts, Science, Social studies, Another subject]

      planned_on:
        title: When did you plan it?
        hint: For example, 12 March 2026
        type: string
        format: date

      # A repeating group: a list of objects. Candidates add and remove rows.
      lessons:
        title: Lessons in which you tried it
        description: Two lessons at least.
        type: array
        minItems: 2
        maxItems: 10
        item_title: Lesson
        add_label: Add a lesson
        items:
          type: object
          required: [topic, taught_on, seen]
          properties:
            topic:
              title: What was the lesson about?
              type: string
              minLength: 1
              maxLength: 200
            taught_on:
              title: When did you teach it?
              type: string
              format: date
            seen:
              title: What did you see students do?
              type: string
              widget: long-text
              minLength: 1
              maxLength: 2000
            # Files. Say which kinds you take, and how large they may be.
            work:
              title: Student work, if you can share it
              description: A PDF or a photo, up to 10 MB. Please leave out names.
              type: string
              widget: evidence
              accept: [application/pdf, image/jpeg, image/png]
              max_bytes: 10000000

      learned:
        title: What did you learn?
        type: string
        widget: long-text
        minLength: 1
        maxLength: 2000

    # Rules compare answers with each other. `self` is this form; true means all is well. A rule
    # waits until the answers that it needs are there.
    rules:
      - rule: self.lessons.all(lesson, lesson.taught_on >= self.planned_on)
        message: A lesson cannot be earlier than your plan. Please check the dates.
        at: /lessons

# What reviewers decide: Y or N for each row, with notes. With `precheck`, the row is filled in
# beforehand from whether everything is answered, and the reviewer may overrule it.
scoring_guides:
  change:
    title: "{title}: scoring guide"
    reviews: [classroom-change]
    look_fors:
      - id: complete
        precheck: true
        text: Every question is answered.
      - id: evidence
        text: The candidate describes what students did in two lessons or more.
      - id: reflection
        text: What the candidate learned follows from what they saw.

# What the certificate says. `valid_for: P3Y` would make it expire after three years.
certificate:
  statement: Changed one thing in the classroom, looked closely, and learned from it.
"""

"""One page of sixty questions with 177 inputs, drawn by three: us, plain Jinja, and
react-jsonschema-form on a server.

All three draw the schema of `sixty`, with help under every question, and the same answers filled
in. Plain Jinja goes over a plan, which is what somebody would write by hand who knew this form: a
flat list of questions, every string that never changes worked out, no macros, no notes, no
problems, no rows. Its HTML is compared with ours before anything is timed. The form's tag and its
buttons are theirs only, some 100 bytes.

All are warmed up alike, and take turns of a few pages each.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from flask import Flask
from markupsafe import Markup

from benchmarks import rjsf, sixty
from benchmarks.installation import installation
from benchmarks.timing import Figure, milliseconds
from engine.forms.answers import Draft
from engine.forms.schema import Page, form_set
from engine.web.app import create_app

WARM = 15
TURNS = 60
ROUNDS = 4
"""Pages in a turn: a server draws many in a row, and caches should be as warm as there."""

PLAIN = """{% for f in plan -%}
{{ f.opened }}
{%- if f.options -%}
<div class="choices">
{%- for posted, html, chosen in f.options -%}
{% if posted in f.ticked %}{{ chosen }}{% else %}{{ html }}{% endif %}
{%- endfor -%}
</div></fieldset>
{%- else -%}
<input{{ f.attrs }} value="{{ f.value }}"{{ f.described }}></div>
{%- endif %}
{%- endfor %}"""

OURS = """{% from "web/fields.html" import page_fields %}{{ page_fields(page, draft) }}"""

Way = Callable[[], list[float]]
"""Takes a turn; how many seconds each page took."""


def measure() -> list[Figure]:
    """Times against both, and bytes against theirs; only plain Jinja where there is no node."""
    (page,) = form_set({"f": sixty.schema()}).pages
    draft = Draft({"f": sixty.answers()})
    with installation() as here:
        app = create_app(here.settings, here.database)
        with app.test_request_context():
            return _figures(app, page, draft)


def _figures(app: Flask, page: Page, draft: Draft) -> list[Figure]:
    ours = app.jinja_env.from_string(OURS)
    plain = app.jinja_env.from_string(PLAIN)
    plan = _plan(page, draft)
    html = ours.render(page=page, draft=draft)
    assert html == plain.render(plan=plan)
    inputs = html.count("<input") - html.count('type="hidden"')
    assert (len(sixty.schema()["properties"]), inputs) == (60, 177)

    ways: dict[str, Way] = {
        "ours": _turn(lambda: ours.render(page=page, draft=draft)),
        "plain": _turn(lambda: plain.render(plan=plan)),
    }
    with rjsf.drawing(sixty.schema(), sixty.answers(), sixty.WIDGETS) as theirs:
        if theirs is None:
            sys.stderr.write("rjsf: there is no node or npm, or npm installs nothing.\n")
        else:
            ways["theirs"] = lambda: theirs.turn(ROUNDS)
        took = _interleaved(ways)
    figures = [
        Figure(
            "drawing a page, against plain Jinja",
            took["ours"] / took["plain"],
            1.7,
            f"{milliseconds(took['ours'])} against {milliseconds(took['plain'])}, {inputs} inputs",
        )
    ]
    if theirs is not None:
        figures += [
            Figure(
                "drawing a page, against react-jsonschema-form",
                took["ours"] / took["theirs"],
                0.25,
                f"{milliseconds(took['ours'])} against {milliseconds(took['theirs'])}",
            ),
            Figure(
                "its bytes, against react-jsonschema-form",
                len(html.encode()) / theirs.size,
                0.5,
                f"{len(html.encode()) / 1000:.1f} KB against {theirs.size / 1000:.1f} KB",
            ),
        ]
    return figures


def _turn(render: Callable[[], str]) -> Way:
    def turn() -> list[float]:
        gc.collect(0)
        took = []
        for _ in range(ROUNDS):
            start = perf_counter()
            render()
            took.append(perf_counter() - start)
        return took

    return turn


def _interleaved(ways: dict[str, Way]) -> dict[str, float]:
    """The median seconds of a page, each way."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(WARM + TURNS):
        for name, way in ways.items():
            found = way()
            if turn >= WARM:
                took[name] += found
    return {name: median(times) for name, times in took.items()}


def _plan(page: Page, draft: Draft) -> list[dict[str, Any]]:
    plan = []
    for b in page.view(draft, {}, {}, {}).fields:
        place = b.place
        many = b.kind in ("radios", "checkboxes")
        opened = place.opened_set if many else place.opened
        if b.kind == "checkboxes":
            opened += Markup('<input type="hidden" name="{}">').format(place.name)
        plan.append(
            {
                "opened": opened,
                "options": [(o.posted, o.html, o.chosen) for o in place.options] if many else (),
                "ticked": b.text if b.kind == "checkboxes" else (b.text,),
                "attrs": place.attrs,
                "described": place.aria,
                "value": b.text,
            }
        )
    return plan

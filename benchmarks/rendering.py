"""A form's pages, against a plain Jinja template over a precompiled plan of the same HTML.

The plan is what somebody would write by hand who knew this form: a flat list of questions, every
string that never changes worked out, no macros, no notes, no problems, no rows. Both fill in the
same draft, and the HTML is compared before anything is timed.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from markupsafe import Markup

from benchmarks.installation import installation
from benchmarks.timing import Figure, medians, milliseconds
from engine.forms.answers import Draft
from engine.forms.schema import FormSet, Page, form_set_of
from engine.web.app import create_app

PLAIN = """{{ lists }}
{%- for f in plan -%}
{% if f.many -%}
<fieldset class="field"{{ f.described }}><legend class="field__label">{{ f.label }}</legend>
{{ f.about }}{% if f.blank %}<input type="hidden" name="{{ f.name }}" value="">{% endif %}
<div class="choices">
{%- for o in f.options -%}
{{ o.before }}{% if o.posted in f.ticked %} checked{% endif %}{{ o.after }}</div>
{%- endfor -%}
{% if f.other %}{{ f.other.before }}{% if f.is_other %} checked{% endif %}{{ f.other.after }}
<div class="choice__other" data-other="{{ f.name }}">
<input{{ f.other_attrs }} value="{{ f.other_text }}"></div></div>{% endif -%}
</div></fieldset>
{%- else -%}
<div class="field"><label class="field__label" for="{{ f.id }}">{{ f.label }}</label>
{{ f.about }}{% if f.long %}<textarea{{ f.attrs }}{{ f.described }}>
{{ f.value }}</textarea><p class="counter" id="{{ f.id }}#count">{{ f.room }}</p>
{%- else %}<input{{ f.attrs }} value="{{ f.value }}"{{ f.described }}>{% endif %}</div>
{%- endif %}
{%- endfor %}"""

OURS = """{% from "web/fields.html" import page_fields %}{{ page_fields(page, draft) }}"""

FLAT = {"text", "standard", "date", "long_text", "radios", "checkboxes", "choice_or_other"}


def measure() -> list[Figure]:
    """The first form of the catalogue whose questions are all of the plain kinds."""
    with installation() as here:
        app = create_app(here.settings, here.database)
        form_set = form_set_of(here.edition)
        draft = Draft.of(dict(here.edition.examples))
        pages = _flat_form(form_set)
        with app.test_request_context():
            return [_figure(app, pages, draft)]


def _figure(app: Flask, pages: list[Page], draft: Draft) -> Figure:
    ours = app.jinja_env.from_string(OURS)
    plain = app.jinja_env.from_string(PLAIN)
    plans = [(_lists(page, draft), _plan(page, draft)) for page in pages]

    def render_ours() -> str:
        return "".join(ours.render(page=page, draft=draft) for page in pages)

    def render_plain() -> str:
        return "".join(plain.render(lists=lists, plan=plan) for lists, plan in plans)

    assert _squeezed(render_ours()) == _squeezed(render_plain())
    took = medians({"ours": render_ours, "plain": render_plain}, rounds=150, warm=20)
    inputs = render_ours().count("<input") + render_ours().count("<textarea")
    return Figure(
        "rendering a form",
        took["ours"] / took["plain"],
        1.7,
        f"{milliseconds(took['ours'])} against {milliseconds(took['plain'])} for plain Jinja over "
        f"a plan, {inputs} inputs",
    )


def _flat_form(form_set: FormSet) -> list[Page]:
    for form in form_set.forms.values():
        if all(node.kind in FLAT for page in form.pages for node in page.fields):
            return list(form.pages)
    raise LookupError("no form of the catalogue has plain questions only")


def _plan(page: Page, draft: Draft) -> list[dict[str, Any]]:
    plan = []
    for b in page.view(draft, {}, {}, {}).fields:
        node, place = b.node, b.place
        help = Markup('<div class="field__help" id="{}#help">{}</div>').format(place.id, node.help)
        described = place.described
        plan.append(
            {
                "id": place.id,
                "name": place.name,
                "label": node.label,
                "about": help if node.help else "",
                "described": Markup(' aria-describedby="{}"').format(described)
                if described
                else "",
                "attrs": Markup(' type="date"' if b.kind == "date" else "")
                + getattr(place, "attrs", ""),
                "many": b.kind in ("radios", "checkboxes", "choice_or_other"),
                "blank": b.kind == "checkboxes",
                "options": getattr(place, "options", ()),
                "ticked": b.text if b.kind == "checkboxes" else (b.text,),
                "other": getattr(place, "other", None),
                "other_attrs": getattr(place, "other_attrs", ""),
                "is_other": getattr(b, "other", False),
                "other_text": getattr(b, "other_text", ""),
                "long": b.kind == "long_text",
                "value": b.text,
                "room": getattr(node, "room", ""),
            }
        )
    return plan


def _lists(page: Page, draft: Draft) -> Markup:
    """The page's lists of suggestions, which never change."""
    nodes = page.view(draft, {}, {}, {}).standards
    return Markup("").join(node.suggestions for node in nodes)


def _squeezed(html: str) -> str:
    return "".join(html.split())

"""A workflow as a picture and in words: its states, the ways between them, where one submission is.

`steps_of` says what there is to show, to staff or to a candidate; `svg` draws it, `mermaid` writes
it for other tools. Graphviz works out the places (from a wheel, so nothing is to be installed
beside Python); the drawing is ours, so that it has the page's colors, sizes and words. A page
shows the steps in words beneath the picture, which says nothing that they do not.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from threading import Lock
from typing import Literal, NamedTuple

from engine.credentials.spans import in_words
from engine.credentials.workflow import State, Transition, Workflow
from engine.languages import _

LETTER, LINE = 7.6, 19.0
"""How wide a letter and how high a line of a state's label is, in pixels."""
_SMALL, SMALL_LINE = 6.6, 16.0
"""The same of the words beside an arrow."""
PAD = 12.0
_RESERVED = frozenset(("end", "state", "note", "class", "direction", "default", "style"))


@dataclass(frozen=True)
class Way:
    """An arrow: where it leads, what it is called and how it comes about."""

    target: int
    """The step's place in the list."""
    label: str
    how: str
    """Who takes it, or that it happens by itself; in words, perhaps empty."""


@dataclass(frozen=True)
class Step:
    """A state as it is shown, or several that the candidate can't tell apart."""

    label: str
    kind: str
    tone: str
    ways: tuple[Way, ...]
    current: bool = False
    visited: bool = False


def steps_of(
    workflow: Workflow,
    current: str = "",
    visited: Collection[str] = (),
    *,
    public: bool = False,
) -> tuple[Step, ...]:
    """The states in the document's order, each with its ways on.

    `public`: as the candidate sees them. States with one public label are one step, so nobody
    learns from the picture what is decided and not yet announced; only the candidate's own ways
    have a name.
    """
    groups: dict[str, list[State]] = {}
    for state in workflow.states.values():
        groups.setdefault(state.public_label if public else state.name, []).append(state)
    at = {state.name: place for place, one in enumerate(groups.values()) for state in one}
    return tuple(
        Step(
            label=group[0].public_label if public else group[0].label,
            kind=group[0].public_kind if public else group[0].kind,
            tone=group[0].public_tone if public else group[0].tone,
            ways=tuple(dict.fromkeys(_ways(workflow, group, place, at, public))),
            current=current in {state.name for state in group},
            visited=any(state.name in visited for state in group),
        )
        for place, group in enumerate(groups.values())
    )


def _ways(
    workflow: Workflow, group: Sequence[State], place: int, at: dict[str, int], public: bool
) -> Iterator[Way]:
    for state in group:
        for transition in workflow.leaving(state.name):
            own = "owner" in {workflow.roles[name].kind for name in transition.by}
            for target in transition.targets:
                if public and at[target] == place:
                    continue
                if public and not own:
                    yield Way(at[target], "", "")
                else:
                    how = "" if public else _how(workflow, transition)
                    yield Way(at[target], transition.label, how)


def _how(workflow: Workflow, transition: Transition) -> str:
    if transition.after is not None:
        return _("by itself after %(span)s", span=in_words(transition.after))
    if transition.auto:
        return _("by itself")
    return ", ".join(workflow.roles[name].label for name in transition.by)


def mermaid(workflow: Workflow) -> str:
    """The workflow as text for Mermaid (`stateDiagram-v2`)."""
    names = {
        name: f"{name}_" if name.lower() in _RESERVED else name.replace("-", "_")
        for name in workflow.states
    }
    lines = ["stateDiagram-v2"]
    lines += [
        f'    state "{_in_mermaid(state.label)}" as {names[state.name]}'
        for state in workflow.states.values()
    ]
    lines.append(f"    [*] --> {names[workflow.initial]}")
    for one in workflow.transitions.values():
        lines += [
            f"    {names[source]} --> {names[target]}: {_in_mermaid(one.label)}"
            for source in one.sources
            for target in one.targets
        ]
    lines += [
        f"    {names[state.name]} --> [*]"
        for state in workflow.states.values()
        if state.kind in ("outcome", "closed")
    ]
    return "\n".join(lines) + "\n"


def _in_mermaid(text: str) -> str:
    signs = {"#": "#35;", '"': "#quot;", ":": "#58;", ";": "#59;", "\n": " "}
    return "".join(signs.get(sign, sign) for sign in text)


def svg(steps: Sequence[Step], title: str, id: str = "workflow", *, alone: bool = False) -> str:
    """The picture, as an SVG element of its own size in pixels.

    `id` keeps the ids in it apart from others of the page. Colors come from the page's style
    sheet; with `alone` they are in it, for a file. The steps in words belong beside it.
    """
    boxes = tuple((_lines(step), step.current) for step in steps)
    arrows = tuple(
        (number, way.target, tuple(textwrap.wrap(way.label, 22)))
        for number, step in enumerate(steps)
        for way in step.ways
    )
    place = placed(tuple((_wide(lines), _high(lines)) for lines, _ in boxes), arrows)
    now = [step.label for step in steps if step.current]
    said = _("%(count)s states.", count=len(steps))
    said += " " + _("Now: %(state)s.", state=now[0]) if now else ""
    parts = [opening(place, title, said, id), f"<style>{_ALONE}</style>" if alone else ""]
    for (_from, _to, label), line in zip(arrows, place.lines, strict=True):
        parts.append(f'<path class="diagram__way" d="{line.curve}"/>')
        parts.append(f'<path class="diagram__head" d="{line.head}"/>')
        parts.append(text_at("diagram__word", label, line.x, line.y, SMALL_LINE))
    for step, (lines, _current), (x, y) in zip(steps, boxes, place.centers, strict=True):
        wide, high = _wide(lines), _high(lines)
        names = ["diagram__state", f"diagram__state--{step.tone}"]
        names += ["diagram__state--now"] if step.current else []
        names += ["diagram__state--visited"] if step.visited else []
        names += ["diagram__state--end"] if step.kind in ("outcome", "closed") else []
        parts.append(
            f'<rect class="{" ".join(names)}" x="{x - wide / 2:.1f}" y="{y - high / 2:.1f}" '
            f'width="{wide:.1f}" height="{high:.1f}" rx="6"/>'
        )
        parts.append(text_at("diagram__label", lines, x, y, LINE))
    parts.append("</svg>")
    return "".join(parts)


def opening(place: Placed, title: str, said: str, id: str) -> str:
    """The beginning of a picture: its size, its title, and in `said` what it shows."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="diagram__picture" role="img" '
        f'aria-labelledby="{id}-title {id}-desc" width="{place.width:.0f}" '
        f'height="{place.height:.0f}" viewBox="0 0 {place.width:.0f} {place.height:.0f}">'
        f'<title id="{id}-title">{escape(title)}</title>'
        f'<desc id="{id}-desc">{escape(said)}</desc>'
    )


def _lines(step: Step) -> tuple[str, ...]:
    marks = [_("Here now")] if step.current else []
    return (*(textwrap.wrap(step.label, 22) or [""]), *marks)


def _wide(lines: Sequence[str]) -> float:
    return max(110.0, max(map(len, lines)) * LETTER + 2 * PAD)


def _high(lines: Sequence[str]) -> float:
    return len(lines) * LINE + 2 * PAD


def text_at(name: str, lines: Sequence[str], x: float, y: float, line: float) -> str:
    """Lines of text around a point, as SVG; `line` is the height of one."""
    if not lines:
        return ""
    top = y - (len(lines) - 1) * line / 2
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{top + number * line:.1f}" dy=".32em">{escape(words)}</tspan>'
        for number, words in enumerate(lines)
    )
    return f'<text class="{name}" text-anchor="middle">{spans}</text>'


class Line(NamedTuple):
    curve: str
    head: str
    x: float
    y: float


class Placed(NamedTuple):
    width: float
    height: float
    centers: tuple[tuple[float, float], ...]
    lines: tuple[Line, ...]


_graphviz = Lock()
"""Graphviz's library keeps state of its own, and serves one thread at a time."""


@lru_cache(maxsize=256)
def placed(
    sizes: tuple[tuple[float, float], ...],
    arrows: tuple[tuple[int, int, tuple[str, ...]], ...],
    direction: Literal["TB", "LR"] = "TB",
) -> Placed:
    """Where everything goes, from the top down or from left to right: boxes of these sizes in
    pixels, and arrows between them (by place in the list) with the lines of their labels. Only
    sizes go to Graphviz, never a document's words, so nothing in them can be taken for its own
    signs."""
    # Late: it costs what a whole command costs otherwise.
    from pygraphviz import AGraph  # type: ignore[import-untyped]

    graph = AGraph(strict=False, directed=True, rankdir=direction, nodesep="0.35", ranksep="0.45")
    for number, (wide, high) in enumerate(sizes):
        graph.add_node(
            number, shape="box", fixedsize="true", width=f"{wide / 72:.4f}",
            height=f"{high / 72:.4f}", label="",
        )  # fmt: skip
    for key, (source, target, label) in enumerate(arrows):
        room = max((len(words) for words in label), default=0) * _SMALL + 10
        high = len(label) * SMALL_LINE + 6
        box = f'<<table border="0" fixedsize="true" width="{room:.0f}" height="{high:.0f}">'
        said = {"label": f"{box}<tr><td></td></tr></table>>"} if label else {}
        graph.add_edge(source, target, key=str(key), **said)
    with _graphviz:
        graph.layout(prog="dot")
    _, _, width, height = map(float, graph.graph_attr["bb"].split(","))

    def point(text: str) -> tuple[float, float]:
        x, y = map(float, text.split(","))
        # Graphviz counts upward, and so puts what comes first lowest in a picture to the right.
        return x + 4, (y if direction == "LR" else height - y) + 4

    lines = []
    for key, (source, target, _label) in enumerate(arrows):
        edge = graph.get_edge(source, target, str(key))
        lines.append(_line(edge.attr["pos"], edge.attr["lp"], point))
    centers = tuple(point(graph.get_node(number).attr["pos"]) for number in range(len(sizes)))
    return Placed(width + 8, height + 8, centers, tuple(lines))


def _line(pos: str, label: str, point: Callable[[str], tuple[float, float]]) -> Line:
    """A curve of Graphviz (`e,END P0 P1 P2 P3 …`, Bézier) as paths, and its label's place."""
    ends = [part for part in pos.split() if part.startswith("e,")]
    points = [point(part) for part in pos.split() if part[0] not in "es"]
    tip = point(ends[0][2:]) if ends else points[-1]
    (x, y), rest = points[0], points[1:]
    curve = f"M{x:.1f},{y:.1f}C" + " ".join(f"{x:.1f},{y:.1f}" for x, y in rest)
    back_x, back_y = points[-1]
    along = (tip[0] - back_x, tip[1] - back_y)
    aside = (-along[1] * 0.4, along[0] * 0.4)
    head = (
        f"M{tip[0]:.1f},{tip[1]:.1f}L{back_x + aside[0]:.1f},{back_y + aside[1]:.1f}"
        f"L{back_x - aside[0]:.1f},{back_y - aside[1]:.1f}Z"
    )
    x, y = point(label) if label else (0.0, 0.0)
    return Line(curve, head, x, y)


_ALONE = (
    "svg{--paper:#FBFAF7;--card:#FFFFFF;--ink:#1C1B19;--muted:#5A5750;--edge:#7A766C;"
    "--accent:#1F6B4A;--accent-wash:#EDF3F0;background:var(--paper);font-family:sans-serif}"
    "@media(prefers-color-scheme:dark){svg{--paper:#171614;--card:#201F1C;--ink:#EDEAE3;"
    "--muted:#B0AB9F;--edge:#8C877B;--accent:#7CCBA2;--accent-wash:#27302A}}"
    ".diagram__state{fill:var(--card);stroke:var(--edge);stroke-width:1.5}"
    ".diagram__state--end{stroke-width:3}"
    ".diagram__state--visited{fill:var(--accent-wash)}"
    ".diagram__state--now{stroke:var(--accent);stroke-width:4}"
    ".diagram__label{fill:var(--ink);font-size:15px}"
    ".diagram__word{fill:var(--muted);font-size:13px}"
    ".diagram__way{fill:none;stroke:var(--edge);stroke-width:1.5}"
    ".diagram__head{fill:var(--edge)}"
)
"""The page's own rules (`style.css`), for a picture without a page."""

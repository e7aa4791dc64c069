"""The picture of a badge: drawn from the document, legible, and the same everywhere."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from engine.awards.badges import picture
from engine.awards.badges.shapes import CENTRE, field, outline, room
from engine.awards.typesetting import raster
from engine.awards.typesetting.drawing import Drawing, Mark, polyline
from engine.credentials.badge_design import SHAPES, BadgeDesign, Shape
from engine.credentials.credential import Credential, credential_from
from engine.credentials.library import Library

SVG = "{http://www.w3.org/2000/svg}"
LONG = "Sharing Improvement Strategies to Advance Professional Knowledge"


def credential(**said: Any) -> Credential:
    return credential_from(
        {
            "credential": "window-garden",
            "version": 1,
            "kind": "micro-credential",
            "title": "Window Garden",
            **said,
        }
    )


def marks(**design: Any) -> tuple[Mark, ...]:
    return picture.drawing(replace(BadgeDesign(glyph="W", text="Window Garden"), **design)).marks


def pixels(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGBA")


def test_a_document_that_says_nothing_of_it_has_a_badge() -> None:
    assert credential().badge == BadgeDesign("hexagon", "#1F6B4A", "W", "Window Garden")
    assert credential(kind="milestone").badge.shape == "shield"
    assert credential(kind="goal").badge.shape == "rosette"
    assert credential(kind="programme").badge.shape == "circle"
    assert credential(certificate={"glyph": "☘"}).badge.glyph == "☘"


def test_a_stack_has_one_color() -> None:
    stack = {"title": "Growing things"}
    colours = {credential(stack=stack, title=title).badge.colour for title in ("One", "Two")}
    assert len(colours) == 1
    assert colours != {credential().badge.colour}


def test_the_document_decides() -> None:
    said = {"shape": "shield", "color": "#2f3f63", "glyph": "IC", "text": "Coach"}
    assert credential(badge=said).badge == BadgeDesign("shield", "#2F3F63", "IC", "Coach")


def test_the_drawing_says_in_words_what_it_is() -> None:
    drawn = picture.svg(credential(title='Tom & "Jerry" <b>'), "Hill School")
    root = ElementTree.fromstring(drawn)
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == 'Tom & "Jerry" <b> · Hill School'


def test_the_drawing_needs_no_font_and_nothing_from_elsewhere() -> None:
    root = ElementTree.fromstring(picture.svg(credential(), "Hill School"))
    assert {one.tag.removeprefix(SVG) for one in root.iter()} == {"svg", "title", "g", "path"}
    assert {name for one in root.iter() for name in one.attrib} <= {
        *("viewBox", "role", "width", "height", "transform", "d"),
        *("fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin"),
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_a_square_on_a_clear_ground_with_a_rim_of_paper(shape: Shape) -> None:
    drawn = pixels(picture.png(credential(badge={"shape": shape, "color": "#7A3B69"}), ""))
    assert drawn.size == (picture.PIXELS, picture.PIXELS)
    assert drawn.getpixel((0, 0))[3] == 0  # type: ignore[index]
    middle = drawn.width // 2
    down = [drawn.getpixel((middle, y)) for y in range(middle)]
    first = next(at for at, one in enumerate(down) if one[3] == 255)  # type: ignore[index]
    assert first < 20
    assert (255, 255, 255, 255) in down[first : first + 30]  # the rim
    assert (0x7A, 0x3B, 0x69, 255) in down


def test_the_same_credential_gives_the_same_bytes() -> None:
    one, other = credential(), credential()
    assert picture.svg(one, "A school") == picture.svg(other, "A school")
    design = one.badge
    picture.drawing.cache_clear()
    assert raster.png(picture.drawing(design), 512) == picture.png(other, "A school")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("text", ["Coach", "Window Garden", LONG, "a " * 40, "B" * 12])
def test_words_stay_inside_the_shape(shape: Shape, text: str) -> None:
    for steps in [mark.path for mark in marks(shape=shape, text=text)][-_lines(shape, text) :]:
        xs = [x for _pen, at in steps for x in at[::2]]
        ys = [y for _pen, at in steps for y in at[1::2]]
        reach = max(max(xs) - CENTRE[0], CENTRE[0] - min(xs))
        assert reach <= min(room(shape, 84, max(ys)), room(shape, 84, min(ys)))


def _lines(shape: Shape, text: str) -> int:
    """How many lines the words take: as many marks more than a badge without any has, but for
    the divider."""
    lines = len(marks(shape=shape, text=text)) - len(marks(shape=shape, text="")) - 3
    assert lines > 0
    return lines


@pytest.mark.parametrize("text", ["", " ", "窗台花园", "W" * 80, "one " * 200, "\x00‮"])
def test_words_that_nobody_could_read_give_way_to_the_glyph(text: str) -> None:
    assert len(marks(text=text)) == len(marks(text=""))
    assert _height(marks(text=text)[-1]) > 1.4 * _height(marks()[-5])


def _height(mark: Mark) -> float:
    ys = [y for _pen, at in mark.path for y in at[1::2]]
    return max(ys) - min(ys)


@pytest.mark.parametrize("glyph", ["", "☘", "🌱", "王"])
def test_a_glyph_that_the_typeface_lacks_becomes_a_star(glyph: str) -> None:
    assert marks(glyph=glyph)[-5] == marks(glyph="")[-5]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_room_of_a_shape_is_what_its_outline_leaves(shape: Shape) -> None:
    xs = [x for _pen, at in field(shape, 80) for x in at[::2]]
    widest = max(room(shape, 80, y) for y in range(0, 200, 5))
    assert widest == pytest.approx(max(xs) - CENTRE[0], abs=2)
    assert room(shape, 80, 5) == 0
    assert all(0 <= n <= 200 for _pen, at in outline(shape, 97) for n in at)


def test_pixels_are_where_the_drawing_has_them() -> None:
    square = polyline([(0, 0), (10, 0), (10, 10), (0, 10)], closed=True)
    drawn = pixels(raster.png(Drawing(20, 20, (Mark(square, "#102030"),)), 40))
    assert drawn.getpixel((5, 5)) == (0x10, 0x20, 0x30, 255)
    assert drawn.getpixel((30, 5)) == drawn.getpixel((5, 30)) == (255, 255, 255, 0)


def test_every_credential_of_the_catalogue_has_words_on_its_badge(library: Library) -> None:
    """None is so long that it is left out; and each stack has one color, unlike the others'."""
    colours: dict[str, set[str]] = {}
    for id, document in library.credentials().items():
        made = credential_from(document.data)
        assert _lines(made.badge.shape, made.badge.text), id
        colours.setdefault(made.stack.title if made.stack else "", set()).add(made.badge.colour)
    colours.pop("")
    assert [len(one) for one in colours.values()] == [1, 1, 1]
    assert len(set.union(*colours.values())) == 3


@pytest.fixture
def library() -> Library:
    from engine.settings import SHIPPED

    return Library((SHIPPED / "schemas",), (SHIPPED / "workflows",))

"""Reading YAML and JSON: what values become, where they are, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.credentials import documents, suggestions
from engine.credentials.reading import read_json, read_yaml
from engine.errors import DocumentFaulty

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def written(folder: Path, text: str, name: str = "a.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def faults(text: str, read: Any = read_yaml) -> list[tuple[int, int, str]]:
    return [(one.line, one.column, one.code) for one in read(text, "a").findings]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Y", "Y"),
        ("2026-03-12", "2026-03-12"),
        ("2026-03-12T10:00:00Z", "2026-03-12T10:00:00Z"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("010", 10),
        ("0x10", 16),
        ("0o10", 8),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("~", None),
        ("", None),
        ("'true'", "true"),
        ("!!str 4", "4"),
        ("4.b", "4.b"),
    ],
)
def test_plain_text_becomes_what_yaml_1_2_says(text: str, value: Any) -> None:
    assert read_yaml(f"key: {text}\n", "a").data == {"key": value}


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029"])
def test_what_broke_lines_in_yaml_1_1_is_text(mark: str) -> None:
    read = read_yaml(f"a{mark}b: c{mark}d\nd: e\n", "a")

    assert read.data == {f"a{mark}b": f"c{mark}d", "d": "e"}
    assert read.values["/d"] == (2, 4)


def test_keys_are_always_the_text_that_was_written() -> None:
    assert list(read_yaml("no: 1\n4: 2\n2026-03-12: 3\n~: 4\n", "a").data) == [
        "no",
        "4",
        "2026-03-12",
        "~",
    ]


def test_every_duplicate_key_is_found_not_only_the_first() -> None:
    assert faults("a: 1\nb: {c: 1, c: 2}\na: 2\na: 3\n") == [
        (2, 11, "duplicate-key"),
        (3, 1, "duplicate-key"),
        (4, 1, "duplicate-key"),
    ]


def test_a_document_with_duplicate_keys_is_still_read(tmp_path: Path) -> None:
    document, findings = documents.read(written(tmp_path, "a: 1\na: 2\n"))

    assert document is not None
    assert dict(document.data) == {"a": 2}
    assert len(findings) == 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a:\n\tb: 1\n", (2, 1, "syntax")),
        ("a: b: c\n", (1, 5, "syntax")),
        ('a: "\x01"\n', (1, 5, "syntax")),
        ('é: é\n😀: "é\x01"\n', (2, 6, "syntax")),
        ("é: 1\na: \udc80\n", (2, 4, "syntax")),
        ("a: .nan\n", (1, 4, "bad-value")),
        ("a: 1e999\n", (1, 4, "bad-value")),
        ("a: !thing 1\n", (1, 4, "syntax")),
        ("? [a]\n: 1\n", (1, 3, "bad-key")),
        ("a: 1\n---\nb: 2\n", (2, 1, "syntax")),
        ("a: *nothing\n", (1, 4, "syntax")),
        ("a: &a [*a]\n", (1, 8, "syntax")),
    ],
)
def test_what_yaml_cannot_mean_here_is_found_at_its_place(
    text: str, place: tuple[int, int, str]
) -> None:
    assert faults(text) == [place]


def test_a_list_or_nothing_is_no_document(tmp_path: Path) -> None:
    for text in ("- a\n", "", "just words\n"):
        document, findings = documents.read(written(tmp_path, text, f"{len(text)}.yaml"))
        assert document is None
        assert [one.code for one in findings] == ["wrong-type"]


def test_json_is_chosen_by_the_ending_and_read_strictly(tmp_path: Path) -> None:
    sound = '{\n\t"a": {"b": [1, "\\ud83d\\ude00"]}}'
    assert documents.load(written(tmp_path, sound, "a.json")).data == {"a": {"b": [1, "😀"]}}

    for number, text in enumerate(("{a: 1}", '{"a": NaN}', '{"a": 1,}', "[" * 5000)):
        _, findings = documents.read(written(tmp_path, text, f"{number}.json"))
        assert [one.code for one in findings] == ["syntax"]


def test_json_knows_places_and_duplicate_keys_too(tmp_path: Path) -> None:
    text = '{"a": 1,\n "b": [true,\n  {"c": null}],\n "a": 2}'
    document, findings = documents.read(written(tmp_path, text, "a.json"))

    assert document is not None
    assert document.at("/b/1/c") == (3, 9)
    assert [(one.line, one.column, one.code) for one in findings] == [(4, 2, "duplicate-key")]


@given(JSON)
def test_json_is_read_as_the_standard_reader_reads_it(value: Any) -> None:
    text = json.dumps(value, indent=1)

    assert read_json(text, "a").data == value


def test_a_place_is_the_value_or_its_key_when_the_value_begins_below(tmp_path: Path) -> None:
    document = documents.load(written(tmp_path, "a: 1\nb:\n  c: x\n  d:\n    - y\n"))

    assert document.at("/a") == (1, 4)
    assert document.at("/b") == (2, 1)
    assert document.at("/b/d/0") == (5, 7)
    assert document.at("/b/d/7/e") == (4, 3)


def test_nesting_size_and_aliases_are_bounded() -> None:
    assert faults("a: " + "[" * 100) == [(1, 67, "too-deep")]
    lines = ['a0: &a0 ["x","x","x","x","x","x","x","x","x","x"]']
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    begun = process_time()

    assert [code for _, _, code in faults("\n".join(lines))] == ["too-large"]
    assert process_time() - begun < 2


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path, "a: " + "x" * documents.MAX_BYTES)

    assert [one.code for one in documents.read(path)[1]] == ["too-large"]


def test_text_that_is_not_utf_8_is_found_where_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\nb: caf\xe9\n")

    assert [(one.line, one.column) for one in documents.read(path)[1]] == [(2, 7)]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\n")
    assert documents.load(path).data == {"a": 1}

    written(tmp_path, "a: 23\n")

    assert documents.load(path).data == {"a": 23}


def test_loading_what_is_faulty_raises_every_finding(tmp_path: Path) -> None:
    with pytest.raises(DocumentFaulty) as raised:
        documents.load(written(tmp_path, "a: 1\na: 2\na: 3\n"))

    assert len(raised.value.findings) == 2


def test_equal_values_have_equal_digests_whatever_their_order() -> None:
    assert documents.digest({"a": 1, "b": [1.5, "é"]}) == documents.digest(
        {"b": [1.5, "é"], "a": 1}
    )
    assert documents.canonical({"b": "é", "a": None}) == '{"a":null,"b":"é"}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        documents.canonical(float("nan"))


@given(st.lists(st.text()))
def test_pointers_lead_back_to_the_names_they_were_made_of(names: list[str]) -> None:
    assert documents.tokens(documents.joined("", *names)) == names


def test_a_suggestion_is_close_or_there_is_none() -> None:
    assert suggestions.did_you_mean("titel", ["title", "type"]) == "Did you mean 'title'?"
    assert suggestions.did_you_mean("In Review", ["in review"]) == "Did you mean 'in review'?"
    assert suggestions.did_you_mean("zzz", ["a", "b"]) == "Known here: a, b."
    assert suggestions.did_you_mean("zzz", [str(number) for number in range(20)]) == ""

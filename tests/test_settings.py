"""Settings: environment first, then the instance's file, then the defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings import SHIPPED, load_settings


def test_a_fresh_instance_gets_a_database_and_a_secret_of_its_own(tmp_path: Path) -> None:
    first = load_settings(tmp_path / "one", {})
    second = load_settings(tmp_path / "two", {})
    assert first.database_url == f"sqlite:///{tmp_path / 'one' / 'accolade.sqlite'}"
    assert first.secret_key != second.secret_key
    assert load_settings(tmp_path / "one", {}).secret_key == first.secret_key


def test_the_secret_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    load_settings(tmp_path, {})
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('site_name = "File"\nsession_hours = 3\n')
    settings = load_settings(tmp_path, {"ACCOLADE_SITE_NAME": "Environment"})
    assert (settings.site_name, settings.session_hours) == ("Environment", 3)


def test_an_installations_documents_come_after_the_shipped_ones_and_its_templates_before(
    tmp_path: Path,
) -> None:
    (tmp_path / "settings.toml").write_text('documents = ["ours"]\ntemplates = ["looks"]\n')
    settings = load_settings(tmp_path, {})
    assert settings.documents == (SHIPPED / "schemas", tmp_path / "ours")
    assert settings.templates == (tmp_path / "looks", SHIPPED / "templates")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sesion_hours = 3", "there is no setting named 'sesion_hours'"),
        ('session_hours = "soon"', "session_hours must be a whole number, not 'soon'"),
        ('embedded_worker = "maybe"', "embedded_worker must be true or false, not 'maybe'"),
        ("session_hours = ", "Invalid value"),
        ("trusted_proxies = -1", "trusted_proxies must be 0 or more, not -1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(ValueError, match=words):
        load_settings(tmp_path, {})


def test_paper_is_one_that_there_is(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}).paper == "letter"
    assert load_settings(tmp_path, {"ACCOLADE_PAPER": "a4"}).paper == "a4"
    with pytest.raises(ValueError, match="paper must be letter or a4, not 'a5'"):
        load_settings(tmp_path, {"ACCOLADE_PAPER": "a5"})

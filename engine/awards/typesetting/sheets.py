"""The templates of what is printed: certificates, and copies of whole submissions."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from engine.awards.typesetting import template_faults
from engine.languages import into_templates


@lru_cache(maxsize=4)
def templates(folders: tuple[Path, ...]) -> Environment:
    """Those in `folders`; the first that has a file wins. Remembered for as long as it runs."""
    environment = Environment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    into_templates(environment)
    return environment


def filled(folders: tuple[Path, ...], template: str, **words: Any) -> str:
    """What `template` (`records/transcript.html`) gives with these words. Raises
    `TemplateFault`."""
    with template_faults.told(template, folders):
        return templates(folders).get_template(template).render(words)

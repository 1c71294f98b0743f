"""Templates follow the house: none unused, partials say what they take and are included with `only`."""

import ast
import re
from pathlib import Path

import pytest
from django.template import engines

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
FILES = sorted(path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"})
PARTIALS = [path for path in FILES if path.name.startswith("_")]
INLINE = re.compile(
    r"<style|\sstyle=|javascript:|"
    r"\son(?:click|change|submit|load|input|error|toggle|blur|drop|(?:key|mouse|focus|pointer|drag|touch)\w*)=",
    re.IGNORECASE,
)
REFERENCE = re.compile(r"{%-?\s*(?:include|extends)\s+[\"']([^\"']+)[\"']([^%]*)%}")
# Django and the packages ask for these by name.
BY_NAME = {"400.html", "403.html", "404.html", "500.html", "403_csrf.html", "429.html"}
BY_NAME |= {"account/password_reset_help_text.html"}
BY_NAME |= {f"account/email/door_closed_{part}.txt" for part in ("subject", "message")}


def name_of(path):
    return str(path.relative_to(TEMPLATES))


def strings_of_code():
    """Every string of the code, f-strings with a star where a value goes."""
    for wing in ("portal", "governance", "usecases"):
        for path in (ROOT / wing).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
                if isinstance(node, ast.JoinedStr):
                    yield "".join(
                        part.value if isinstance(part, ast.Constant) else "*" for part in node.values
                    )


def of_a_package(name):
    """Say whether a package brings a template of this name, which ours stands in for."""
    directories = engines["django"].template_dirs
    return any((Path(place) / name).exists() for place in directories if Path(place) != TEMPLATES)


def test_no_template_is_unused():
    code = list(strings_of_code())
    named = {text for text in code if text.endswith((".html", ".txt"))}
    patterns = [re.compile(re.escape(text).replace(r"\*", "[^/]+")) for text in named if "*" in text]
    asked = {target for path in FILES for target, _rest in REFERENCE.findall(path.read_text())}
    unused = [
        name_of(path)
        for path in FILES
        if name_of(path) not in named | asked | BY_NAME
        and not any(pattern.fullmatch(name_of(path)) for pattern in patterns)
        and not of_a_package(name_of(path))
    ]
    assert unused == []


@pytest.mark.parametrize("path", PARTIALS, ids=name_of)
def test_a_partial_opens_by_saying_what_it_takes(path):
    opening = re.sub(r"^({%-?\s*load [^%]*%}\s*)*", "", path.read_text()).lstrip()
    comment = re.match(
        r"({#(?P<line>.*?)#}|{%\s*comment.*?%}(?P<block>.*?){%\s*endcomment)", opening, re.DOTALL
    )
    assert comment, "it opens with something else than a comment"
    assert re.search(r"\bTakes\b", comment["line"] or comment["block"]), (
        "the comment does not say what it takes"
    )


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_partials_are_included_with_only_what_they_take(path):
    body = name_of(
        path.with_name(f"_{path.name}")
    )  # a page and its part are one, the part drawn alone for htmx
    loose = [
        target
        for target, rest in REFERENCE.findall(path.read_text())
        if target != body and Path(target).name.startswith("_") and rest.split()[-1:] != ["only"]
    ]
    assert loose == []


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".html"], ids=name_of)
def test_nothing_is_inline(path):
    source = path.read_text()
    assert INLINE.findall(source) == []
    assert [
        tag
        for tag in re.findall(r"<script[^>]*>", source)
        if "src=" not in tag and "application/json" not in tag
    ] == []

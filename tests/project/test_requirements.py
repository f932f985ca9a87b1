"""The pinned files fit pyproject.toml; when this fails, run scripts/lock.sh."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text("utf-8")
    return {
        str(canonicalize_name(found[1])): found[2]
        for found in re.finditer(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)
    }


def wanted(*groups: str) -> list[Requirement]:
    texts = list(PROJECT["project"]["dependencies"])
    for group in groups:
        texts += PROJECT["dependency-groups"][group]
    return [Requirement(t) for t in texts]


@pytest.mark.parametrize(
    ("file", "groups"), [("requirements.txt", ()), ("requirements-test.txt", ("test", "dev"))]
)
def test_every_library_is_pinned_within_its_range(file: str, groups: tuple[str, ...]) -> None:
    pinned = pins(file)
    for requirement in wanted(*groups):
        version = pinned.get(str(canonicalize_name(requirement.name)))
        assert version is not None, f"{requirement.name} is missing in {file}"
        assert requirement.specifier.contains(version, prereleases=True), (requirement, version)


@pytest.mark.parametrize(
    ("file", "groups"), [("requirements.txt", ()), ("requirements-test.txt", ("test", "dev"))]
)
def test_what_is_pinned_for_us_is_what_we_ask_for(file: str, groups: tuple[str, ...]) -> None:
    text = (ROOT / file).read_text("utf-8")
    asked = {
        str(canonicalize_name(found[1]))
        for found in re.finditer(r"^([A-Za-z0-9._-]+)==[^#]*?((?:\n    # .*)+)", text, re.MULTILINE)
        if "invoice-ai (pyproject.toml" in found[2]
    }
    assert asked == {str(canonicalize_name(r.name)) for r in wanted(*groups)}


def test_tests_run_on_the_versions_that_users_get() -> None:
    tested = pins("requirements-test.txt")
    assert {n: tested.get(n) for n in pins("requirements.txt")} == pins("requirements.txt")


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-test.txt"])
def test_every_pin_has_a_hash_and_no_address(file: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text

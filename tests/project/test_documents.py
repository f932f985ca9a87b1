"""The documents keep up with the code: what exists is described, what is linked exists."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from sqlalchemy.dialects import sqlite
from typer.main import get_command

from invoice_ai.api.errors import ERROR_TYPES
from invoice_ai.checks.evidence import _MARKS
from invoice_ai.cli import app
from invoice_ai.domain.status import EDGES, GUIDE_STATUS, STATUSES
from invoice_ai.settings import Settings
from invoice_ai.store.types import Money

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "invoice_ai"
DOCS = ROOT / "docs"


@cache
def tracked() -> tuple[Path, ...]:
    """The files of the repository, also those not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    return tuple(p for name in listed.split("\0") if name and (p := ROOT / name).is_file())


def text(*names: str) -> str:
    return "\n".join((ROOT / name).read_text("utf-8") for name in names)


def rows(page: str) -> list[list[str]]:
    """The cells of every table row of a page."""
    lines = [line for line in text(page).splitlines() if line.startswith("| ")]
    return [re.split(r"\s*\|\s*", line.strip())[1:-1] for line in lines]


def missing(words: list[str], page: str, *, quoted: bool = True) -> list[str]:
    written = text(page)
    return [word for word in words if (f"`{word}" if quoted else word) not in written]


# --- what exists is described ---


def test_every_setting_is_described() -> None:
    named = [name.upper() for name in Settings.model_fields]
    assert missing(named, "docs/reference/settings.md") == []


def test_every_endpoint_is_described_and_no_other() -> None:
    described = json.loads(text("docs/reference/openapi.json"))["paths"]
    existing = {f"{verb.upper()} {path}" for path, verbs in described.items() for verb in verbs}
    named = re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`", api_page(), re.MULTILINE)
    assert set(named) == existing
    assert len(named) == len(existing)


def test_every_kind_of_http_error_is_described() -> None:
    named = dict(re.findall(r"^\| (\d{3}) \| `(\w+)`", api_page(), re.MULTILINE))
    assert named == {str(status): name for status, name in ERROR_TYPES.items()}


def api_page() -> str:
    return text("docs/reference/api.md")


def test_every_room_is_described() -> None:
    rooms = [
        f"{p.name}/" if p.is_dir() else p.name
        for p in PACKAGE.iterdir()
        if not p.name.startswith("_") and (p.is_dir() or p.suffix == ".py")
    ]
    assert missing(rooms, "ARCHITECTURE.md") == []


def test_every_command_and_its_options_are_described() -> None:
    group: Any = get_command(app)
    written = text("docs/reference/command-line.md")
    lines = {words[0]: line for line in written.splitlines() if (words := _command(line))}
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            for sub in command.commands:
                assert f"`{name} {sub}" in written
            continue
        assert name in lines, name
        options = [o for p in command.params for o in p.opts if o.startswith("--")]
        assert [o for o in options if o not in lines[name] and o != "--help"] == []


def _command(line: str) -> list[str]:
    found = re.match(r"\| `([a-z]+[^`]*)`", line)
    return found[1].split() if found else []


def test_every_exit_code_is_described() -> None:
    told = set(re.findall(r"^\| (\d+) \| ", text("docs/reference/command-line.md"), re.MULTILINE))
    docstring = ast.get_docstring(ast.parse(text("src/invoice_ai/cli.py"))) or ""
    assert told == set(re.findall(r"(?:codes: |· )(\d+) ", " ".join(docstring.split())))


def test_every_state_and_every_way_between_them_is_described() -> None:
    told = {
        cells[0].strip("`"): (set(re.findall(r"`(\w+)`", cells[2])), cells[3])
        for cells in rows("docs/reference/states.md")
        if cells[0].strip("`") in STATUSES
    }
    assert told == {state: (set(EDGES[state]), GUIDE_STATUS[state]) for state in STATUSES}


def test_every_error_code_is_described() -> None:
    codes = set()
    for module in PACKAGE.rglob("*.py"):
        found = re.findall(r"\bcode(?:: str)? ?= ?\"([a-z_]+)\"", module.read_text("utf-8"))
        codes.update(found)
    codes.discard("error")  # the root of the tree; nothing is raised with it
    assert missing(sorted(codes), "docs/reference/codes.md") == []


def test_every_reason_and_mark_is_described() -> None:
    codes = {"low_confidence", "low_ocr", *_MARKS}
    for module in (PACKAGE / "checks").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Check":
                last = node.args[-1]
                if isinstance(last, ast.Constant):
                    codes.add(str(last.value))
    assert len(codes) > 40
    assert missing(sorted(codes), "docs/reference/codes.md") == []


def test_every_mark_that_reading_leaves_is_told_to_people_in_a_sentence() -> None:
    left = set()
    for module in (PACKAGE / "reading").glob("*.py"):
        left.update(
            re.findall(r"[Ff]lags?(?:\.append\(|\(|\[)\"([a-z_]+)\"", module.read_text("utf-8"))
        )
    assert len(left) > 7
    assert left - set(_MARKS) == {"hidden_text"}  # has a check of its own


def test_every_library_has_its_reason_and_no_other() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    page = "docs/decisions/0002-dependencies.md"
    told = {name for cells in rows(page) for name in re.findall(r"`([\w.-]+)`", cells[0])}
    assert told == {Requirement(each).name for group in groups for each in group}


# --- what is written is so ---


@pytest.mark.parametrize("cells", [r for r in rows("docs/reference/limits.md") if len(r) == 4])
def test_a_limit_is_what_the_page_says(cells: list[str]) -> None:
    _, value, where, _ = cells
    if "`" not in where:
        return
    name = where.strip("`")
    setting = Settings.model_fields.get(name.lower())
    actual = setting.default if setting else _named(name)
    number = re.match(r"[\d.]+", str(actual))
    assert number is not None, actual
    assert Decimal(number[0]) == Decimal(value.replace(",", "")), name


def _named(path: str) -> object:
    """A constant, or the default of a dataclass field."""
    parts = path.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(["invoice_ai", *parts[:cut]]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            fields = getattr(found, "__dataclass_fields__", {})
            found = fields[part].default if part in fields else getattr(found, part)
        return found
    raise AssertionError(f"there is no {path}")


def test_money_is_exact_where_sqlite_is_not() -> None:
    """Decision 4, in one line."""
    amount = Decimal("123456789012345.6789")
    stored = Money().process_bind_param(amount, sqlite.dialect())
    assert Money().process_result_value(stored, sqlite.dialect()) == amount


@pytest.mark.parametrize("record", sorted((DOCS / "decisions").glob("*.md")), ids=lambda p: p.name)
def test_a_decision_has_its_parts_and_its_guards_exist(record: Path) -> None:
    written = record.read_text("utf-8")
    for part in ("Context", "Decision", "Consequences", "Alternatives", "Guarded by"):
        assert f"\n**{part}" in written, part
    guards = re.findall(r"`(tests/[\w./]+)`", written.split("**Guarded by**")[1])
    assert guards
    assert [g for g in guards if not (ROOT / g).exists()] == []


# --- what is linked exists; what is ours alone stays here ---

PAGES = [p for p in tracked() if p.suffix == ".md"]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    written = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", written):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert there.is_relative_to(ROOT), f"{target} leaves the repository"
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = re.findall(
        r"`((?:tests|scripts|docs|deploy|evaluation|benchmarks|src)/[\w./-]+)`",
        page.read_text("utf-8"),
    )
    assert [name for name in named if not (ROOT / name).exists()] == []


# Written in two parts, so that this file does not find itself.
OURS = re.compile(
    "|".join(
        [
            "/wo" + "rk/(main|shared)",
            "/tm" + "p/lab",
            "/ro" + r"ot/(?!\.ollama)",
            "/home/" + r"(?!ubuntu\b)\w+",
            "/opt/" + "(pypi|wheels)",
            "(files|pypi)" + r"\.python" + "hosted",
            r"--(extra-)?index" + "-url",
            r"\bregistry\." + r"(npmjs|yarnpkg)",
        ]
    )
)


def test_nothing_of_the_machine_it_was_made_on_is_told() -> None:
    told = []
    for file in tracked():
        if file.suffix in {".bin", ".woff2", ".png", ".webp", ".pdf", ".jpg", ".tif"}:
            continue
        content = file.read_text("utf-8", errors="replace")
        told += [f"{file.relative_to(ROOT)}: {found[0]}" for found in OURS.finditer(content)]
    assert told == []

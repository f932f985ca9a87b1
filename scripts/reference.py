"""Writes what is generated from the settings: .env.example and docs/reference/settings.md.

python scripts/reference.py; a test fails when they are stale.
"""

from __future__ import annotations

import enum
import re
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from invoice_ai.settings import Settings

ROOT = Path(__file__).parents[1]

# Read by docker-compose.yml, not by the program; commented out, so that the defaults stand there.
CONTAINERS = (
    (
        "PUBLISH_ADDRESS",
        "127.0.0.1",
        "Address of the host that the proxy listens on; 0.0.0.0: all.",
    ),
    ("PUBLISH_PORT", "8000", "Port of the host for the API and the app."),
    ("PUBLISH_DASHBOARD_PORT", "8501", "Port of the host for the dashboard."),
    ("OLLAMA_CONTAINER_URL", "http://ollama:11434", "Where the containers find Ollama."),
)


def groups() -> list[tuple[str, list[str]]]:
    """The settings in the order and under the headings of settings.py."""
    source = (ROOT / "src" / "invoice_ai" / "settings.py").read_text("utf-8")
    body = source.split("model_config", 1)[1].split("@field_validator", 1)[0]
    found: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        if heading := re.match(r"    # (.+)", line):
            found.append((heading[1], []))
        elif name := re.match(r"    ([a-z_]+): ", line):
            found[-1][1].append(name[1])
    return found


def default_text(name: str, field: FieldInfo) -> str:
    """The default as one writes it into .env."""
    value: Any = field.default
    if value is None or value == {} or name == "app_version":  # empty means: our own version
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(value)
    return str(value.value if isinstance(value, enum.Enum) else value)


def env_example() -> str:
    """The text of .env.example."""
    out = [
        "# Every setting of Invoice AI with its default. Copy to .env and change what you need;",
        "# variables of the environment win over this file. docs/reference/settings.md explains.",
    ]
    for heading, names in groups():
        out += ["", f"# --- {heading} ---"]
        for name in names:
            field = Settings.model_fields[name]
            out += [f"# {field.description}", f"{name.upper()}={default_text(name, field)}"]
    out += ["", "# --- Containers only: docker-compose.yml reads these ---"]
    for name, default, meaning in CONTAINERS:
        out += [f"# {meaning}", f"#{name}={default}"]
    return "\n".join(out) + "\n"


def settings_page() -> str:
    """The text of docs/reference/settings.md."""
    out = [
        "# Settings",
        "",
        "Set them in `.env` (in the folder you start from) or as environment variables, which win.",
        "A wrong value stops the start with a line that names the setting, the value and what is",
        "allowed. This page is generated from `src/invoice_ai/settings.py`.",
    ]
    for heading, names in groups():
        out += ["", f"## {heading}", "", "| setting | default | meaning |", "|---|---|---|"]
        for name in names:
            field = Settings.model_fields[name]
            default = default_text(name, field)
            shown = f"`{default}`" if default else "(empty)"
            out.append(f"| `{name.upper()}` | {shown} | {field.description} |")
    out += ["", "## Containers only", "", "Read by `docker-compose.yml` from `.env`.", ""]
    out += ["| variable | default | meaning |", "|---|---|---|"]
    out += [f"| `{name}` | `{default}` | {meaning} |" for name, default, meaning in CONTAINERS]
    out += ["", "## Dashboard only", "", "| variable | default | meaning |", "|---|---|---|"]
    out.append("| `INVOICE_AI_API_URL` | (empty) | Where the API is; else 127.0.0.1 and `PORT`. |")
    return "\n".join(out) + "\n"


def main() -> None:
    (ROOT / ".env.example").write_text(env_example(), "utf-8")
    (ROOT / "docs" / "reference").mkdir(parents=True, exist_ok=True)
    (ROOT / "docs" / "reference" / "settings.md").write_text(settings_page(), "utf-8")


if __name__ == "__main__":
    main()

"""docker-compose.yml starts what R5 names, and only the proxy is reachable from outside."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from invoice_ai.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def test_the_guides_services_are_there(compose: dict[str, Any]) -> None:
    named = {
        "postgres", "redis", "invoice-agent-api", "worker", "watcher",
        "invoice-agent-dashboard", "proxy", "ollama",
    }  # fmt: skip
    assert named <= set(compose["services"])
    assert compose["services"]["ollama"]["profiles"] == ["ollama"]
    assert "postgres_data" in compose["volumes"]


def test_only_the_proxy_publishes_ports_and_on_loopback(compose: dict[str, Any]) -> None:
    publishing = {n: s["ports"] for n, s in compose["services"].items() if s.get("ports")}
    assert set(publishing) == {"proxy"}
    assert all(p.startswith("${PUBLISH_ADDRESS:-127.0.0.1}:") for p in publishing["proxy"])


@pytest.mark.parametrize("service", ["worker", "invoice-agent-api"])
def test_it_can_be_scaled(compose: dict[str, Any], service: str) -> None:
    """Neither a container name nor a host port stands in the way of `--scale`."""
    assert "container_name" not in compose["services"][service]
    assert "ports" not in compose["services"][service]


def test_database_and_queue_are_out_of_reach(compose: dict[str, Any]) -> None:
    assert compose["networks"]["inside"] == {"internal": True}
    for service in ("postgres", "redis"):
        assert compose["services"][service]["networks"] == ["inside"]
    assert "proxy" not in [n for n in compose["services"]["proxy"]["networks"] if n == "inside"]


def test_every_variable_is_a_setting(compose: dict[str, Any]) -> None:
    known = {n.upper() for n in Settings.model_fields} | {"PGPASSFILE"}
    assert set(compose["x-service"]["environment"]) <= known


def test_no_password_is_written_down(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    assert not re.search(r"(?i)password:\s*\S", text.replace("POSTGRES_PASSWORD_FILE: /", ""))
    assert compose["services"]["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"]


def test_workers_may_finish_before_they_are_killed(compose: dict[str, Any]) -> None:
    assert compose["services"]["worker"]["stop_grace_period"] == "60s"


def test_every_dependency_and_volume_exists(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert set(service.get("depends_on", {})) <= set(compose["services"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in compose["volumes"], (name, volume)


def test_every_stage_that_is_built_exists(compose: dict[str, Any]) -> None:
    stages = set(re.findall(r" AS (\S+)", (ROOT / "Dockerfile").read_text("utf-8")))
    built = {s["build"]["target"] for s in compose["services"].values() if "build" in s}
    assert built <= stages


def test_the_image_runs_without_root() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    for stage in ("service", "dashboard"):
        body = re.split(r"\nFROM ", text.split(f" AS {stage}\n", 1)[1])[0]
        assert "\nUSER invoice\n" in body


def test_the_proxy_tells_who_the_client_is_and_lets_a_scan_through() -> None:
    text = (ROOT / "deploy" / "docker" / "nginx.conf").read_text("utf-8")
    assert "X-Forwarded-For $remote_addr" in text
    assert "proxy_add_x_forwarded_for" not in text
    size = int(re.search(r"client_max_body_size (\d+)m", text)[1])  # type: ignore[index]
    assert size > Settings.model_fields["max_file_size_mb"].default
    if nginx := shutil.which("nginx"):  # a syntax check on top, where nginx is installed
        path = str(ROOT / "deploy" / "docker" / "nginx.conf")
        subprocess.run([nginx, "-t", "-q", "-c", path], check=True)

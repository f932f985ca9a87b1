"""The scripts people start: executable, correct shell, and clear about what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BASH = shutil.which("bash") or "/bin/bash"


@pytest.mark.parametrize("name", ["start_api.sh", "start_dashboard.sh", "run_tests.sh", ".ci/run"])
def test_it_can_be_started(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
    subprocess.run([BASH, "-n", ROOT / name], check=True)


def test_without_a_fitting_python_it_says_what_to_install(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # as one older than 3.11 answers
    old.chmod(0o755)
    done = subprocess.run(
        [BASH, "-c", ". scripts/environment.sh; prepare_environment venv requirements.txt"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Python 3.11" in done.stderr and "python3-venv" in done.stderr
    assert not (ROOT / "venv" / "bin" / "python").exists()


def test_an_environment_that_fits_is_left_alone(tmp_path: Path) -> None:
    """The second start installs nothing, and so needs neither pip nor a network."""
    (tmp_path / "requirements.txt").write_text("nothing==1.0\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\n[ "$1" = -c ] && [ -z "$2" ]\n')  # no -m pip
    python.chmod(0o755)
    prepare = f". '{ROOT}/scripts/environment.sh'; prepare_environment .venv requirements.txt"
    stamp = 'printf "%s" "$(cksum <requirements.txt) $PWD" > .venv/.prepared'

    def run(script: str) -> int:
        return subprocess.run([BASH, "-c", script], cwd=tmp_path, capture_output=True).returncode

    assert run(prepare) == 1
    assert run(f"{stamp}; {prepare}") == 0
    (tmp_path / "requirements.txt").write_text("nothing==1.1\n")
    assert run(prepare) == 1

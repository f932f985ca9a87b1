"""The real service in a folder of its own, started the way people start it."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port, wait_until


@dataclass(frozen=True)
class Service:
    address: str
    folder: Path

    @property
    def incoming(self) -> Path:
        return self.folder / "incoming"

    def drop(self, name: str, content: bytes) -> None:
        """Put a file into the watched folder, as a scanner does: written first, then named."""
        half = self.incoming / f".{os.urandom(4).hex()}.tmp"
        half.write_bytes(content)
        half.rename(self.incoming / name)


@contextmanager
def running(folder: Path, command: str = "serve", **settings: str) -> Iterator[Service]:
    """Start `invoice-ai COMMAND` and stop it afterwards; nothing it printed is lost on failure."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
        "PORT": str(port),
        "PROCESSING_INTERVAL_SECONDS": "0.5",
        "WORKER_PROCESSES": "1",
        **settings,
    }
    folder.mkdir(parents=True, exist_ok=True)
    program = [sys.executable, "-m", "invoice_ai.cli"]
    subprocess.run([*program, "migrate"], cwd=folder, env=environment, check=True)
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [*program, command], cwd=folder, env=environment, stdout=output, stderr=output
        )
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until(_answers(address, process), seconds=60, what=f"{command} answers")
            yield Service(address, folder)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(address: str, process: subprocess.Popen[bytes]) -> Callable[[], bool]:
    def ask() -> bool:
        assert process.poll() is None, "the service ended at its start"
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return ask

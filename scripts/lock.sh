#!/usr/bin/env bash
# Pins every library with its hashes, from pyproject.toml. Needs uv, which run_tests.sh installs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$PWD/.venv-test/bin:$PATH"
options=(--quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links)
uv pip compile "${options[@]}" "$@" pyproject.toml -o requirements.txt
# The tests run on the very versions that users get.
uv pip compile "${options[@]}" "$@" pyproject.toml --group test --group dev -c requirements.txt -o requirements-test.txt
# The dashboard lives in an environment of its own: Streamlit outweighs everything else.
uv pip compile "${options[@]}" "$@" --group pyproject.toml:dashboard -o requirements-dashboard.txt

#!/usr/bin/env bash
# Sets up everything the tests need and runs all of them.  ./run_tests.sh [pytest arguments]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. scripts/environment.sh
prepare_environment .venv-test requirements-test.txt
prepare_environment .venv-dashboard requirements-dashboard.txt # for the dashboard's own tests
export PATH="$PWD/.venv-test/bin:$PATH"

# The browser tests drive the system's own Chromium.
export CHROMIUM="${CHROMIUM:-$(command -v chromium || command -v google-chrome || true)}"
if ! [ -x "$CHROMIUM" ]; then
  unset CHROMIUM # the tests look for what is installed now
  as_root=""
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  if command -v apt-get >/dev/null; then
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq chromium >/dev/null
  elif command -v dnf >/dev/null; then
    $as_root dnf install -y -q chromium
  else
    echo "Install Chromium or Chrome for the browser tests, or set CHROMIUM to its path." >&2
    exit 1
  fi
fi

ruff check .
ruff format --check .
mypy
lint-imports
pytest -n 2 "$@"

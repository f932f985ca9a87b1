#!/usr/bin/env bash
# Sets up everything the tests need and runs all of them: ./run_tests.sh [pytest arguments]
set -euo pipefail
cd "$(dirname "$0")"
python=""
for candidate in python3.13 python3.12 python3.11 python3; do
  if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    python=$candidate; break
  fi
done
[ -n "$python" ] || { echo "Python 3.11 or newer is needed: install it and run this again." >&2; exit 1; }
venv=.venv-test
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
stamp=$(sha256sum requirements-test.txt | cut -d' ' -f1)
if [ "$(cat "$venv/.requirements" 2>/dev/null)" != "$stamp" ]; then
  "$venv/bin/python" -m pip install --quiet --require-hashes -r requirements-test.txt
  echo "$PWD/src" > "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/invoice_ai.pth"
  echo "$stamp" > "$venv/.requirements"
fi
export PATH="$PWD/$venv/bin:$PATH"
ruff check .
ruff format --check .
mypy
lint-imports
pytest -n 2 "$@"

# Sourced by the start and test scripts. Makes or refreshes a virtual environment:
#   prepare_environment FOLDER REQUIREMENTS
# Nothing is downloaded when the requirements have not changed since the last time.

find_python() {
  local candidate
  for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "Invoice AI needs Python 3.11 or newer with the venv module." >&2
  echo "Debian/Ubuntu: sudo apt install python3 python3-venv. macOS: brew install python." >&2
  return 1
}

prepare_environment() {
  local folder=$1 requirements=$2 python stamp site
  if ! [ -x "$folder/bin/python" ] || ! "$folder/bin/python" -c '' 2>/dev/null; then
    python=$(find_python) || exit 1
    echo "Making the virtual environment $folder ..." >&2
    "$python" -m venv --clear "$folder" || exit 1
  fi
  # The folder's own path is part of the stamp: a moved project refreshes its links.
  stamp="$(cksum <"$requirements") $PWD"
  if [ "$(cat "$folder/.prepared" 2>/dev/null)" != "$stamp" ]; then
    echo "Installing the libraries of $requirements (once) ..." >&2
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
      --require-hashes -r "$requirements" || exit 1
    site=$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$PWD/src" >"$site/invoice_ai.pth"
    printf '#!/bin/sh\nexec "$(dirname "$0")/python" -m invoice_ai.cli "$@"\n' >"$folder/bin/invoice-ai"
    chmod +x "$folder/bin/invoice-ai"
    printf '%s' "$stamp" >"$folder/.prepared"
  fi
}

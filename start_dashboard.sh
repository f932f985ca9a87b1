#!/usr/bin/env bash
# Sets up and starts the Streamlit dashboard on port 8501; the API must be running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. scripts/environment.sh
prepare_environment .venv-dashboard requirements-dashboard.txt
PYTHONPATH="$PWD" exec .venv-dashboard/bin/python -m streamlit run dashboard/app.py "$@"

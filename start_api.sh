#!/usr/bin/env bash
# Sets up and starts everything: API, app, workers and the watched folder.  ./start_api.sh [--dev]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. scripts/environment.sh
prepare_environment .venv requirements.txt
umask 027 # invoices are nobody else's business
[ -e .env ] || cp .env.example .env
exec .venv/bin/invoice-ai serve "$@"

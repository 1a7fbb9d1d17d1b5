#!/bin/bash
# Builds the package with maturin in a virtual environment of its own, and tests it there.
set -euo pipefail
cd "$(dirname "$0")"
root="$(cd ../.. && pwd)"
place="$root/target/python/venv"
export CARGO_TARGET_DIR="$root/target/python"
if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' \
  2>/dev/null; then
  echo "left out: the Python package needs Python 3.10 with venv (Debian: python3-venv)" >&2
  exit 0
fi
python3 -m venv "$place"
if ! "$place/bin/pip" install --quiet --disable-pip-version-check 'maturin>=1.9,<2'; then
  echo "left out: maturin could not be fetched from PyPI" >&2
  exit 0
fi
VIRTUAL_ENV="$place" PATH="$place/bin:$PATH" maturin develop --quiet --release
"$place/bin/python" -m unittest discover -s tests

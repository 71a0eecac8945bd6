#!/usr/bin/env bash
# Makes the virtual environment: setup/venv.sh PYTHON FOLDER
set -euo pipefail
python=$1 folder=$2
cd "$(dirname "$0")/.."

"$python" - <<'CHECK' || { echo "Modescope needs Python 3.11 or newer; set PYTHON=/path/to/python3 for make." >&2; exit 2; }
import sys
sys.exit(sys.version_info < (3, 11))
CHECK

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian ships venv apart from Python.
    version=$("$python" -c 'import sys; print(f"{sys.version_info[0]}.{sys.version_info[1]}")')
    ./setup/system.sh --packages "python$version-venv"
fi
[ -x "$folder/bin/python" ] || "$python" -m venv "$folder"
echo "Installing PyTorch, Qt and the rest into $folder: about 5 GB, a few minutes..."
"$folder/bin/python" -m pip install --quiet --upgrade pip
"$folder/bin/python" -m pip install --quiet --editable '.[dev]'

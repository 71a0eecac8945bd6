#!/usr/bin/env bash
# Opens the window; without a display takes the tour offscreen instead.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
if [ "$(uname -s)" != Linux ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec "$python" main.py
fi
echo "There is no display here, so Modescope takes its tour offscreen and leaves pictures in tour/."
QT_QPA_PLATFORM=offscreen exec "$python" main.py tour --out tour

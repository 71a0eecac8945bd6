#!/usr/bin/env bash
# Installs the system libraries that Qt needs, if any are missing, or the packages given after
# --packages. Debian and its relatives; elsewhere it says what is missing.
set -euo pipefail

offscreen=(libglib2.0-0:libglib-2.0.so.0 libgl1:libGL.so.1 libegl1:libEGL.so.1
    libfontconfig1:libfontconfig.so.1 libxkbcommon0:libxkbcommon.so.0 libdbus-1-3:libdbus-1.so.3)
desktop=(libxcb-cursor0:libxcb-cursor.so.0 libxkbcommon-x11-0:libxkbcommon-x11.so.0
    libxcb-icccm4:libxcb-icccm.so.4 libxcb-keysyms1:libxcb-keysyms.so.1 libxcb-shape0:libxcb-shape.so.0)

missing=()
if [ "${1:-}" = --packages ]; then
    shift
    missing=("$@")
elif [ "$(uname -s)" = Linux ]; then
    known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null || true)
    for pair in "${offscreen[@]}" "${desktop[@]}"; do
        grep -qF "${pair#*:}" <<<"$known" || missing+=("${pair%%:*}")
    done
fi
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "Missing system packages (Debian's names): ${missing[*]}. Install them and try again." >&2
    exit 2
fi
root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "Missing: ${missing[*]}. As root: apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 2
    }
    root=(sudo)
fi
echo "Installing system packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install() { "${root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null; }
install 2>/dev/null || { "${root[@]}" apt-get update -q >/dev/null && install; }

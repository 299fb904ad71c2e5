#!/usr/bin/env bash
# Installs the programs that the tests run against and that no Python package brings: three browsers, PostgreSQL,
# pgbouncer, Redis, nginx, kubectl, promtool, libfaketime.
# Does nothing where all are there. Elsewhere than on Debian or Ubuntu it says what to install.
set -euo pipefail
export PATH="$PATH:/usr/sbin:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)"
missing=()
need() { # need PACKAGE PROGRAM [PROGRAM ...]: any one of the programs will do
	local package=$1 program
	shift
	for program in "$@"; do command -v "$program" >/dev/null 2>&1 && return; done
	missing+=("$package")
}
need chromium chromium chromium-browser google-chrome
need firefox-esr firefox-esr firefox
need webkit2gtk-driver WebKitWebDriver
need xvfb Xvfb
need postgresql postgres
need pgbouncer pgbouncer
need redis-server redis-server
need nginx-light nginx
need kubernetes-client kubectl
need faketime faketime
need prometheus promtool
[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
	echo "The tests need these programs; please install them, then run make test again: ${missing[*]}" >&2
	exit 1
fi
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "Installing what the tests run against: ${missing[*]} (a few minutes the first time) ..."
"${as_root[@]}" apt-get update -qq &&
	DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || {
	echo "They could not be installed. Please install them yourself, then run make test again: ${missing[*]}" >&2
	exit 1
}

#!/bin/sh
# debian.sh COMMAND PACKAGE...: install Debian's packages where the command is missing.
set -eu
command="$1"
shift
if command -v "$command" >/dev/null; then exit 0; fi
if ! command -v apt-get >/dev/null; then
    echo "$command is missing: install it (Debian: $*) and run this again" >&2
    exit 1
fi
apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"

#!/usr/bin/env bash
# Makes a library, serves it twice (open; with a token, read-only) and runs all checks, or those named, against it. Ends with 0 or 1.
#   TANDEM=/path/to/tandem TANDEM_MODELS=/path/to/models serve/clients/run.sh [openai_client.py ...]
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=${TANDEM_CLIENTS:-${TMPDIR:-/tmp}/tandem-clients}
export TANDEM=${TANDEM:-tandem} TANDEM_CLIENTS=$home TANDEM_SHOTS=${TANDEM_SHOTS:-$home/shots} PYTHONDONTWRITEBYTECODE=1
python=$home/venv/bin/python
mkdir -p "$home" "$TANDEM_SHOTS"

[ -x "$python" ] || { python3 -m venv "$home/venv" && "$home/venv/bin/pip" install -q -r "$here/requirements.txt"; } || exit 1
cmp -s "$here/package.json" "$home/package.json" || { cp "$here/package.json" "$home/" && (cd "$home" && npm install --silent); } || exit 1

work=$(mktemp -d "$home/run.XXXXXX")
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT
"$python" "$here/corpus.py" "$work/docs" && "$TANDEM" init "$work/lib" >/dev/null && "$TANDEM" add --library "$work/lib" "$work/docs" || exit 1
export TANDEM_LIBRARY=$work/lib

serve() { # PORT ARGUMENTS...: starts a server and waits until it answers
  local port=$1; shift
  "$TANDEM" serve --library "$work/lib" --address "127.0.0.1:$port" "$@" >"$work/serve-$port.log" 2>&1 &
  pids+=($!)
  for _ in $(seq 100); do curl -sf "http://127.0.0.1:$port/health" >/dev/null && return; sleep 0.2; done
  cat "$work/serve-$port.log"; return 1
}
port=${TANDEM_PORT:-8931}
serve "$port" --largest-upload 8 || exit 1
export TANDEM_URL=http://127.0.0.1:$port TANDEM_PID=${pids[0]}
serve $((port + 1)) --token 0123456789abcdef-token --read-only --host-name docs.example || exit 1
export TANDEM_TOKEN_URL=http://127.0.0.1:$((port + 1))

bad=0
# What changes the library comes last; the load comes before it.
[ $# -gt 0 ] || set -- openai_client.py openai_client.mjs mcp_client.py load.py browser.py hostile.py
for script in "$@"; do
  echo "== $script"
  case $script in
    # Modules are looked for from the script upwards, and ours lie elsewhere.
    *.mjs) cp "$here/$script" "$home/" && node "$home/$script" ;;
    *) "$python" "$here/$script" ;;
  esac || bad=1
  kill -0 "${pids[0]}" 2>/dev/null && kill -0 "${pids[1]}" 2>/dev/null || { echo "FAIL a server has ended"; bad=1; }
done
for pid in "${pids[@]}"; do # told to stop, a server ends well
  kill "$pid"; wait "$pid"; rc=$?
  [ $rc = 0 ] || { echo "FAIL a server ended with $rc when it was told to stop"; bad=1; }
done
if grep -H -i panicked "$work"/serve-*.log; then echo "FAIL a server panicked"; bad=1; fi
cp "$work"/serve-*.log "$home/"
exit $bad

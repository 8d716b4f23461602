#!/usr/bin/env bash
# Copies what `just build` made to where an installation lies: the program, its models beside it (it finds them from its own place, in any working
# folder), manual pages and completions. Called by `just install [PREFIX]`; PREFIX is ~/.local if not given. Nothing else is touched, and to take it
# away again the named files are deleted.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:-${PREFIX:-$HOME/.local}}
built=${CARGO_TARGET_DIR:-target}/release/tandem
[ -x "$built" ] || { echo "install: $built is missing: run \`./bootstrap build\` first" >&2; exit 1; }

# Beside and renamed: a program that is running keeps its file, and a killed installation leaves a whole one.
mkdir -p "$prefix/bin" "$prefix/share/tandem"
cp "$built" "$prefix/bin/.tandem.new"
# Symbols are a third of it; without binutils they stay.
if command -v strip >/dev/null; then strip "$prefix/bin/.tandem.new"; fi
mv -f "$prefix/bin/.tandem.new" "$prefix/bin/tandem"
rm -rf "$prefix/share/tandem/.models.new"
cp -R data/models "$prefix/share/tandem/.models.new"
rm -rf "$prefix/share/tandem/models"
mv "$prefix/share/tandem/.models.new" "$prefix/share/tandem/models"

tandem=$prefix/bin/tandem
"$tandem" man --out "$prefix/share/man/man1"
completion() { # SHELL FILE
  mkdir -p "$(dirname "$prefix/share/$2")"
  "$tandem" completions "$1" >"$prefix/share/$2"
}
completion bash bash-completion/completions/tandem
completion zsh zsh/site-functions/_tandem
completion fish fish/vendor_completions.d/tandem.fish
"$tandem" config show | sed -n '1,5p'
case ":$PATH:" in
  *":$prefix/bin:"*) ;;
  *) echo "install: $prefix/bin is not on the PATH: add it with  export PATH=\"$prefix/bin:\$PATH\"" >&2 ;;
esac
echo "installed $tandem; \`tandem self-test\` tries it"

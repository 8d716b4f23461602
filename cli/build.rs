//! Names the build: `TANDEM_COMMIT` is the commit that the sources are of, with `-dirty` if tracked files were changed since; where the sources lie
//! in no repository of their own, what the variable of that name says, else `unknown`.

use std::path::Path;
use std::process::Command;

/// What decides the binary, beside the position of the head.
const SOURCES: [&str; 10] = [
    "../Cargo.lock",
    "build.rs",
    "src",
    "../records/src",
    "../synth",
    "../backbone/src",
    "../prep-model/src",
    "../retrieve-model/src",
    "../serve/src",
    "../eval/src",
];

fn main() {
    let tracked = git(&["ls-files", "--error-unmatch", "Cargo.toml"]).is_some();
    let head = if tracked { git(&["rev-parse", "--short=12", "HEAD"]) } else { None };
    let commit = head.map_or_else(
        || std::env::var("TANDEM_COMMIT").ok().filter(|given| !given.is_empty()).unwrap_or_else(|| "unknown".to_owned()),
        |head| {
            let changed = git(&[&["status", "--porcelain", "--untracked-files=no", "--"][..], &SOURCES[..]].concat())
                .is_some_and(|changes| !changes.is_empty());
            if changed { format!("{head}-dirty") } else { head }
        },
    );
    println!("cargo::rustc-env=TANDEM_COMMIT={commit}");
    println!("cargo::rerun-if-env-changed=TANDEM_COMMIT");
    // Every commit and checkout is written into the head's log.
    let of_git = ["HEAD", "logs/HEAD"].into_iter().filter_map(|name| git(&["rev-parse", "--git-path", name]));
    for path in of_git.chain(SOURCES.map(str::to_owned)).filter(|path| Path::new(path).exists()) {
        println!("cargo::rerun-if-changed={path}");
    }
}

/// What git says; none where it fails or is not installed.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

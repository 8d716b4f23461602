//! Where a verb reads and where it writes: checked before anything is opened, so that no option can turn an input into an output.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use anyhow::{Result, bail};

/// Something a verb reads, with the option that names it.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    option: &'a str,
    path: &'a Path,
    /// Whether nothing may be written inside either: what lies in the folder is all read, or all of it belongs together.
    whole: bool,
}

impl<'a> Input<'a> {
    /// A file, or a folder that belongs together.
    pub fn of(option: &'a str, path: &'a Path) -> Self {
        Self { option, path, whole: true }
    }

    /// A folder in which others may lie, results too.
    #[cfg(any(feature = "lance", test))]
    pub fn root(option: &'a str, path: &'a Path) -> Self {
        Self { option, path, whole: false }
    }

    /// An option that may be left out.
    pub fn maybe(option: &'a str, path: Option<&'a Path>) -> Option<Self> {
        path.map(|path| Self::of(option, path))
    }
}

/// Refuses an input that is not there, and an output that is an input, lies inside of one or holds one, however the two are spelled and through
/// whichever links.
///
/// # Errors
/// If so; the error names both and what to do.
pub fn apart<'a>(out: &Path, inputs: impl IntoIterator<Item = Input<'a>>) -> Result<()> {
    let written = resolved(out);
    for Input { option, path, whole } in inputs {
        let read = resolved(path);
        let missing = fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        let (out, path) = (out.display(), path.display());
        if written == read {
            bail!("{out}: is both what {option} names and what --out would write: name another --out");
        }
        if whole && written.starts_with(&read) {
            bail!("{out}: lies inside of what {option} names ({path}): name an --out beside it");
        }
        if read.starts_with(&written) {
            bail!("{out}: holds what {option} names ({path}): name another --out");
        }
        if missing {
            bail!("{path}: {option} names nothing that is there: check the path");
        }
    }
    Ok(())
}

/// [`apart`] for an output that is a folder.
///
/// # Errors
/// If it is an input, lies inside of one or holds one, or is a file.
pub fn folder_apart<'a>(out: &Path, inputs: impl IntoIterator<Item = Input<'a>>) -> Result<()> {
    apart(out, inputs)?;
    if out.exists() && !out.is_dir() {
        bail!("{}: is a file: name a new or an empty folder as --out", out.display());
    }
    Ok(())
}

/// The place that a path leads to: links followed as far as the path exists, the rest as it would be made.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let existing = absolute.ancestors().find_map(|ancestor| Some((ancestor, fs::canonicalize(ancestor).ok()?)));
    let Some((ancestor, mut real)) = existing else { return absolute };
    for part in absolute.strip_prefix(ancestor).unwrap_or(Path::new("")).components() {
        match part {
            Component::ParentDir => drop(real.pop()),
            Component::CurDir => {}
            part => real.push(part),
        }
    }
    real
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(out: &Path, input: &Path) -> Option<String> {
        apart(out, [Input::of("--corpus", input)]).err().map(|error| error.to_string())
    }

    #[test]
    fn an_input_that_is_missing_is_named_with_its_option() {
        let dir = tempfile::tempdir().unwrap();
        let said = refused(&dir.path().join("out"), &dir.path().join("nothing")).unwrap();
        assert!(said.contains("nothing: --corpus names nothing that is there"), "{said}");
    }

    #[test]
    fn an_input_is_recognised_however_it_is_spelled() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = dir.path().join("corpus");
        fs::create_dir_all(corpus.join("sub")).unwrap();
        fs::write(dir.path().join("q.jsonl"), "x").unwrap();
        let at = |path: &str| dir.path().join(path);
        for (out, input) in [
            ("corpus", "corpus"),
            ("corpus/", "corpus/."),
            ("corpus/sub/..", "corpus"),
            ("corpus/new/../../corpus", "corpus"),
            ("q.jsonl", "corpus/../q.jsonl"),
            ("gone", "gone"),
        ] {
            let message = refused(&at(out), &at(input)).unwrap_or_else(|| panic!("{out} for {input}"));
            assert!(message.contains("both") && message.contains("--corpus"), "{message}");
        }
        for out in ["corpus/out", "corpus/sub/a/b"] {
            assert!(refused(&at(out), &corpus).unwrap().contains("inside"));
        }
        assert!(refused(dir.path(), &corpus).unwrap().contains("holds"));
        for out in ["corpus2", "corp", "out/corpus", "q.json"] {
            assert_eq!(refused(&at(out), &corpus), None, "{out}");
        }
        assert!(folder_apart(&at("q.jsonl"), [Input::of("--corpus", &corpus)]).unwrap_err().to_string().contains("is a file"));
        folder_apart(&at("new"), [Input::of("--corpus", &corpus)]).unwrap();
        folder_apart(&at("corpus/sub"), [Input::root("--data", &corpus)]).unwrap();
        apart(&at("corpus/out"), [Input::root("--data", &corpus)]).unwrap();
        assert!(apart(&corpus, [Input::root("--data", &corpus)]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let (corpus, link) = (dir.path().join("corpus"), dir.path().join("link"));
        fs::create_dir(&corpus).unwrap();
        symlink(&corpus, &link).unwrap();
        assert!(refused(&link, &corpus).is_some());
        assert!(refused(&corpus, &link).is_some());
        assert!(refused(&link.join("out"), &corpus).unwrap().contains("inside"));
    }
}

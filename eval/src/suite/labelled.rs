//! The documents of a synthetic world with what each of their lines is for: the development split tunes, the test split is scored.

use std::collections::HashMap;
use std::path::PathBuf;

use records::{Document, LineLabel, Split, read_table};

use super::SuiteFile;
use super::task::{Items, LabelledFile};
use crate::EvalError;

/// Loads the documents of the folder that `tandem synth --world` made.
///
/// # Errors
/// If a table or the raw files are missing, or no document is held back for tests.
pub(super) fn files(file: SuiteFile, data: PathBuf) -> Result<Items<LabelledFile>, EvalError> {
    let raw = data.join("raw");
    if !raw.is_dir() {
        return Err(EvalError::input(&raw, "missing: make a world with `tandem synth --world PRESET --out DIR`"));
    }
    let mut labels: HashMap<String, Vec<LineLabel>> = HashMap::new();
    for label in read_table::<LineLabel>(&data)? {
        let label = label?;
        labels.entry(label.doc_id.clone()).or_default().push(label);
    }
    let (mut development, mut test) = (Vec::new(), Vec::new());
    for document in read_table::<Document>(&data)? {
        let document = document?;
        let Some(mut own) = labels.remove(&document.doc_id) else { continue };
        own.sort_by_key(|label| label.raw_start);
        let path = raw.join(&document.path);
        let one = LabelledFile { id: document.path, kind: document.media_type, path, labels: own };
        match document.split {
            Split::Train => {}
            Split::Dev => development.push(one),
            Split::Test => test.push(one),
        }
    }
    if test.is_empty() {
        return Err(EvalError::input(&data, "holds no labelled document of the test split: make a larger world"));
    }
    Ok(Items { file, data, corpus: None, development, test, unusable: 0 })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use indicatif::ProgressBar;
    use synth::world::{WorldPreset, generate};

    use crate::suite::Task;

    #[test]
    fn the_documents_of_a_world_come_with_their_labels_by_split() {
        let dir = tempfile::tempdir().unwrap();
        generate(&WorldPreset::named("small").unwrap(), &dir.path().join("world"), 4_000, 3, &ProgressBar::hidden()).unwrap();
        let path = dir.path().join("s.toml");
        let write = |data: &Path| std::fs::write(&path, format!("name='s'\nkind='roles'\ndata='{}'\n", data.display())).unwrap();
        write(&dir.path().join("world"));
        let Some(Task::Roles(items)) = Task::open(&path, None, dir.path()).unwrap() else { panic!("no roles") };
        assert!(!items.test.is_empty() && !items.development.is_empty());
        assert!(items.test.iter().all(|file| file.path.is_file() && file.labels.is_sorted_by_key(|label| label.raw_start)));
        write(dir.path());
        assert!(Task::open(&path, None, dir.path()).unwrap_err().to_string().contains("tandem synth"));
    }
}

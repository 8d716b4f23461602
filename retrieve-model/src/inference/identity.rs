//! Hashes of a release folder: of all that answers depend on, and of what its retrieval vectors depend on.

use std::path::Path;

use crate::model::RetrieveConfig;

/// The file of a release that holds what makes retrieval vectors.
pub(crate) const VECTORS_FILE: &str = "vectors.safetensors";

/// The whole model's, and the vectors': their blocks, the tokenizer, and the base, whose embeddings stay as they are. A folder that has no file of
/// its own for the vectors' blocks has one hash for both.
pub(super) fn identities(model_dir: &Path, config: &RetrieveConfig) -> (String, String) {
    let entries = std::fs::read_dir(model_dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "json" || end == "safetensors")).collect();
    files.sort();
    let (mut whole, mut vectors, mut apart) = (blake3::Hasher::new(), blake3::Hasher::new(), false);
    vectors.update(config.base.as_bytes()).update(&(config.vector_tokens as u64).to_le_bytes());
    for file in files {
        // All of them were read a moment ago; one that has gone since only changes the hash.
        let bytes = std::fs::read(&file).unwrap_or_default();
        whole.update(&bytes);
        let is = |name: &str| file.file_name().is_some_and(|file| file == name);
        if is(VECTORS_FILE) || is("tokenizer.json") {
            vectors.update(&bytes);
        }
        apart |= is(VECTORS_FILE);
    }
    let whole = whole.finalize().to_hex().to_string();
    let vectors = if apart { vectors.finalize().to_hex().to_string() } else { whole.clone() };
    (whole, vectors)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::data::fixture;
    use crate::training::Preset;

    #[test]
    fn an_index_outlives_a_new_reader_but_not_new_vectors() {
        let dir = tempfile::tempdir().unwrap();
        let config = Preset::open("demo").unwrap().config(fixture::bert(), "base".to_owned());
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        ["tokenizer.json", "config.json", "encoder.safetensors", VECTORS_FILE].iter().for_each(|name| write(name, "first"));
        let first = identities(dir.path(), &config);
        write("encoder.safetensors", "a new reader");
        write("config.json", "another threshold");
        let (whole, vectors) = identities(dir.path(), &config);
        assert!(whole != first.0 && vectors == first.1);
        for name in [VECTORS_FILE, "tokenizer.json"] {
            write(name, "another");
            assert_ne!(identities(dir.path(), &config).1, first.1);
            write(name, "first");
        }
        let other = crate::model::RetrieveConfig { vector_tokens: config.vector_tokens + 1, ..config };
        assert_ne!(identities(dir.path(), &other).1, first.1);
        fs::remove_file(dir.path().join(VECTORS_FILE)).unwrap();
        let (whole, vectors) = identities(dir.path(), &other);
        assert_eq!(whole, vectors);
    }
}

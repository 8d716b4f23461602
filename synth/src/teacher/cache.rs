//! Answers on disk, one file each under the blake3 hash of its request (endpoint and body, never the key), written beside and renamed: a kill
//! leaves a whole answer or none. A file that cannot be read as one counts as none and is written anew.

use std::fs;
use std::path::{Path, PathBuf};

use records::write_atomically;
use serde::{Deserialize, Serialize};

use super::reply::Completion;
use crate::SynthError;

/// A folder of answers.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    dir: PathBuf,
}

/// A file: the request is kept beside its answer, for a person who reads it.
#[derive(Serialize, Deserialize)]
struct Entry {
    request: String,
    content: String,
    tokens: Option<u64>,
}

impl Cache {
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_path_buf() }
    }

    /// The name of a request.
    pub fn key(endpoint: &str, body: &str) -> String {
        blake3::Hasher::new().update(endpoint.as_bytes()).update(b"\n").update(body.as_bytes()).finalize().to_hex().to_string()
    }

    fn path(&self, key: &str) -> PathBuf {
        let (shelf, _) = key.split_at(key.len().min(2));
        self.dir.join(shelf).join(format!("{key}.json"))
    }

    pub fn find(&self, key: &str) -> Option<Completion> {
        let bytes = fs::read(self.path(key)).ok()?;
        let Entry { content, tokens, .. } = serde_json::from_slice(&bytes).ok()?;
        Some(Completion { content, tokens })
    }

    /// Keeps an answer.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn keep(&self, key: &str, request: &str, completion: &Completion) -> Result<(), SynthError> {
        let path = self.path(key);
        let dir = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(dir).map_err(SynthError::io(dir))?;
        let entry = Entry { request: request.to_owned(), content: completion.content.clone(), tokens: completion.tokens };
        let json = serde_json::to_vec(&entry).map_err(|error| SynthError::data("teacher", error))?;
        write_atomically(&path, &json).map_err(SynthError::io(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_and_a_broken_file_counts_as_none() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path());
        let key = Cache::key("http://a", "{}");
        assert_ne!(key, Cache::key("http://b", "{}"));
        assert_eq!(cache.find(&key), None);
        let completion = Completion { content: "hi".into(), tokens: Some(3) };
        cache.keep(&key, "{}", &completion).unwrap();
        assert_eq!(cache.find(&key).as_ref(), Some(&completion));
        fs::write(cache.path(&key), b"{\"request\":\"{}\",\"con").unwrap();
        assert_eq!(cache.find(&key), None);
        cache.keep(&key, "{}", &completion).unwrap();
        assert_eq!(cache.find(&key), Some(completion));
    }
}

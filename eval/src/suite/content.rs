//! What a suite asks, and of which documents, as one hash: data that was edited makes another run, whatever stayed as it was.

use std::fmt::{self, Debug, Write as _};
use std::path::Path;

use prep_model::read::Corpus;

use crate::EvalError;

/// The hash of some items and of the corpus they are asked of.
///
/// # Errors
/// If the corpus cannot be opened.
pub(crate) fn content(corpus: Option<&Path>, items: &[&dyn Debug]) -> Result<String, EvalError> {
    let mut hasher = Hasher(blake3::Hasher::new());
    for items in items {
        // Only memory is written to, which cannot fail; and the words of `Debug` change with the types alone.
        let _ = write!(hasher, "{items:?}");
    }
    if let Some(corpus) = corpus {
        let opened = Corpus::open(corpus).map_err(|error| EvalError::Input { path: error.path, reason: error.reason })?;
        hasher.0.update(opened.identity().as_bytes());
    }
    Ok(hasher.0.finalize().to_hex().to_string())
}

struct Hasher(blake3::Hasher);

impl fmt::Write for Hasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_question_or_document_is_another_content_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let of = |items: &[&str]| content(Some(dir.path()), &[&items]).unwrap();
        std::fs::write(dir.path().join("a.txt"), "The fair is on 12 June.").unwrap();
        let before = of(&["When is the fair?"]);
        assert_eq!(of(&["When is the fair?"]), before);
        assert_ne!(of(&["Where is the fair?"]), before);
        std::fs::write(dir.path().join("a.txt"), "The fair is on 19 July.").unwrap();
        assert_ne!(of(&["When is the fair?"]), before);
        assert!(content(Some(&dir.path().join("gone")), &[]).is_err());
    }
}

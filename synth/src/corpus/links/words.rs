//! What is known of links in general, from `language/links.toml`: words that name nothing, series of numbered documents, and how sentences
//! tell what a linked document is.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use crate::SynthError;
use crate::world::grammar::{Families, read};

/// `language/links.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::corpus) struct LinkWords {
    empty: String,
    openers: String,
    pub schemes: Vec<String>,
    pub path_fields: Vec<String>,
    pub slug_fields: Vec<String>,
    #[serde(rename = "series")]
    series_texts: Vec<SeriesText>,
    #[serde(skip)]
    pub series: Vec<Series>,
    participles: String,
    page_verbs: String,
    pub sending: Vec<String>,
    pub fillers: Vec<String>,
    pub described: Described,
    pub field: Vec<Field>,
    pub asked: Families,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesText {
    noun: String,
    targets: Vec<String>,
    file: String,
    name: String,
}

/// A series of numbered documents.
pub(in crate::corpus) struct Series {
    /// What one of them is called.
    pub noun: String,
    pub targets: Vec<Regex>,
    /// Names of files, with the number.
    pub file: Regex,
    /// The number as a name in running text: "PEP 8".
    pub name: Regex,
}

/// Descriptions of a linked document: `{n}` is what it is called, `{y}` what the sentence says of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::corpus) struct Described {
    #[serde(rename = "in")]
    pub inside: String,
    pub by: String,
    pub with: String,
    pub that: String,
    #[serde(rename = "for")]
    pub reading: String,
    pub cited: String,
}

/// A field of a document's head, and how it is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::corpus) struct Field {
    pub label: String,
    pub ask: Families,
}

static WORDS: LazyLock<Result<LinkWords, SynthError>> = LazyLock::new(LinkWords::read);

impl LinkWords {
    /// The lists, read once.
    pub fn get() -> Result<&'static Self, SynthError> {
        WORDS.as_ref().map_err(|error| SynthError::data("language/links.toml", error))
    }

    fn read() -> Result<Self, SynthError> {
        let mut words: Self = read("language/links.toml", include_str!("../../../language/links.toml"))?;
        let regex = |text: &String| Regex::new(text).map_err(|error| SynthError::data("language/links.toml", error));
        for SeriesText { noun, targets, file, name } in std::mem::take(&mut words.series_texts) {
            let targets = targets.iter().map(regex).collect::<Result<_, _>>()?;
            words.series.push(Series { noun, targets, file: regex(&file)?, name: regex(&name)? });
        }
        Ok(words)
    }

    /// Whether a word names no document.
    pub fn is_empty(&self, word: &str) -> bool {
        holds(&self.empty, word)
    }

    /// Whether link text that begins with this word is no name.
    pub fn opens(&self, word: &str) -> bool {
        holds(&self.openers, word)
    }

    /// Whether this participle tells what a document does for its subject.
    pub fn is_participle(&self, word: &str) -> bool {
        holds(&self.participles, word)
    }

    /// Whether an unnumbered page can be the subject of this verb.
    pub fn is_page_verb(&self, word: &str) -> bool {
        holds(&self.page_verbs, word)
    }
}

fn holds(list: &str, word: &str) -> bool {
    list.split(' ').any(|listed| listed == word)
}

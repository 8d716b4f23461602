//! What sort of document it is, and what such documents look like (`worlds/genres.toml`).

use serde::{Deserialize, Serialize};

use super::grammar::read;
use crate::SynthError;

/// What sort of document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Genre {
    /// A page of an intranet.
    WebPage,
    /// A chapter of a staff handbook.
    Handbook,
    /// Minutes of a meeting.
    Minutes,
    /// A report.
    Report,
    /// Frequently asked questions.
    QuestionsAndAnswers,
    /// A circular e-mail.
    Email,
    /// A notice.
    Notice,
    /// A technical specification.
    Specification,
    /// A page of an encyclopaedia.
    Encyclopaedia,
    /// Tables with little prose around them.
    Table,
    /// What changed from version to version.
    Changelog,
    /// Articles and paragraphs.
    Regulation,
    /// A newspaper article.
    News,
}

impl Genre {
    /// Every genre.
    pub const ALL: [Self; 13] = [
        Self::WebPage,
        Self::Handbook,
        Self::Minutes,
        Self::Report,
        Self::QuestionsAndAnswers,
        Self::Email,
        Self::Notice,
        Self::Specification,
        Self::Encyclopaedia,
        Self::Table,
        Self::Changelog,
        Self::Regulation,
        Self::News,
    ];

    /// The name in data files and paths.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WebPage => "web_page",
            Self::Handbook => "handbook",
            Self::Minutes => "minutes",
            Self::Report => "report",
            Self::QuestionsAndAnswers => "questions_and_answers",
            Self::Email => "email",
            Self::Notice => "notice",
            Self::Specification => "specification",
            Self::Encyclopaedia => "encyclopaedia",
            Self::Table => "table",
            Self::Changelog => "changelog",
            Self::Regulation => "regulation",
            Self::News => "news",
        }
    }
}

/// What sort of file it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    Html,
    Markdown,
    /// Plain text, set in pages where the genre is.
    Text,
}

/// How one genre is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenreRule {
    pub genre: Genre,
    /// Relative shares of HTML, Markdown and plain text.
    pub formats: [f64; 3],
    /// Share of the plain texts that are set in pages.
    pub paged: f64,
    /// What stands before a heading; `{i}` is the number of the section.
    pub numbering: Vec<String>,
    /// Share of the sections that hold a table, and a list.
    pub tables: f64,
    pub lists: f64,
    /// Share of the headings that name what the section is about; whether they ask.
    pub about: f64,
    pub asks: bool,
    /// Whether it begins with a salutation and ends with a name.
    pub letter: bool,
    /// Whether paragraphs are numbered.
    pub clauses: bool,
    pub titles: Vec<String>,
    /// Sets of lines; a document has one set.
    pub metadata: Vec<Vec<String>>,
    pub headings: Vec<String>,
    /// First sentences; a document has one, or none if the list is empty.
    pub leads: Vec<String>,
}

#[derive(Deserialize)]
struct GenreFile {
    genre: Vec<GenreRule>,
}

/// Reads the rules; each genre must have one.
pub(crate) fn load() -> Result<Vec<GenreRule>, SynthError> {
    let name = "worlds/genres.toml";
    let file: GenreFile = read(name, include_str!("../../worlds/genres.toml"))?;
    match Genre::ALL.iter().find(|genre| file.genre.iter().filter(|rule| rule.genre == **genre).count() != 1) {
        Some(genre) => Err(SynthError::data(name, format!("{:?} must be described once", genre.name()))),
        None => Ok(file.genre),
    }
}

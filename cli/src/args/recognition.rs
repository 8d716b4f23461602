//! What a user types about text in pictures.

use clap::{Args, ValueEnum};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    Auto,
    Off,
    Force,
}

#[derive(Clone, Debug, Default, Args)]
pub struct Recognition {
    /// Whether pictures and pages of PDF without text are recognised: `auto` where tesseract-ocr is installed (and poppler-utils for PDF), `off`, or `force` for
    /// every page of a PDF whatever text it has. A library remembers it.
    #[arg(long, value_enum, value_name = "WHEN")]
    pub ocr: Option<When>,
    /// The language of what is recognised, as tesseract calls it (`eng`, `deu+eng`). A library remembers it.
    #[arg(long, value_name = "LANGUAGE")]
    pub ocr_language: Option<String>,
}

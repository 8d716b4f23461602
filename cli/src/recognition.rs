//! How a verb recognises text in pictures: as was typed, else as the library remembers, else by itself where it can.

use anyhow::{Result, anyhow};
use prep_model::read::ocr::{self, Ocr};

use crate::args::{Recognition, When};

/// Chooses for this process, and says what was chosen.
///
/// # Errors
/// If the language is not installed.
pub fn choose(typed: &Recognition, remembered: Option<Ocr>) -> Result<Ocr> {
    let Ocr { when, language } = remembered.unwrap_or_default();
    let when = typed.ocr.map_or(when, |typed| match typed {
        When::Auto => ocr::When::Auto,
        When::Off => ocr::When::Off,
        When::Force => ocr::When::Force,
    });
    let chosen = Ocr { when, language: typed.ocr_language.clone().unwrap_or(language) };
    ocr::recognise(chosen.clone()).map_err(|reason| anyhow!(reason))?;
    Ok(chosen)
}

/// Whether anything was typed.
#[cfg(feature = "lance")]
pub fn is_typed(typed: &Recognition) -> bool {
    typed.ocr.is_some() || typed.ocr_language.is_some()
}

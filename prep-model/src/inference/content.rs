//! Which lines of a web page are beside what it is about, in the opinion of the part that looks at the whole page. It is asked only where the
//! page itself marks some part as navigation or the like: a chapter, a mail or a handbook that was turned into HTML loses nothing.

use std::path::{Path, PathBuf};

use burn::tensor::Device;

use super::LoadError;
use super::evidence::is_marked;
use crate::model::{CONTENT_FEATURES, CONTENT_FOLDER, ContentConfig, ContentModel, Topics, WORDS_FILE, is_prose, load_content};
use crate::read::{MediaType, Reading};

/// Share of the running text of a page that has to stay, or the part is not believed: then its page is of a kind that it does not know.
const LEAST_PROSE: f32 = 0.2;

/// The part of a preparation model's folder; none if it has none.
///
/// # Errors
/// If a file is broken, or of a version that this program cannot run.
pub(super) fn load(dir: &Path, device: &Device) -> Result<Option<(ContentConfig, ContentModel)>, LoadError> {
    let content = load_content(dir, device)?;
    if content.as_ref().is_some_and(|(config, _)| config.features != CONTENT_FEATURES) {
        let reason = "not of this version: train it again (tandem train prep --pages)".into();
        return Err(LoadError::File { path: dir.join(CONTENT_FOLDER), reason });
    }
    Ok(content)
}

/// A hash of the files of a preparation model and its parts.
pub(super) fn identity(dir: &Path) -> String {
    let own = ["config.json", "model.safetensors", WORDS_FILE].map(PathBuf::from);
    let content = ["config.json", "model.safetensors"].map(|file| Path::new(CONTENT_FOLDER).join(file));
    let mut hasher = blake3::Hasher::new();
    for file in own.into_iter().chain(Topics::files()).chain(content) {
        hasher.update(&std::fs::read(dir.join(file)).unwrap_or_default());
    }
    hasher.finalize().to_hex().to_string()
}

/// Whether a part around a line is marked as furniture. The name of a heading (`<h2 id="searching-the-office">`) says what is below it, not what it is.
fn is_part_marked(path: &str) -> bool {
    let is_part = |part: &&str| !(part.starts_with('h') && part.as_bytes().get(1).is_some_and(u8::is_ascii_digit));
    is_marked(&path.split('/').filter(is_part).collect::<Vec<_>>().join("/"))
}

/// For each line whether it is left out; none where the part is not asked or not believed.
pub(super) fn left_out(reading: &Reading, (config, model): &(ContentConfig, ContentModel), device: &Device) -> Option<Vec<bool>> {
    let lines = &reading.lines;
    if reading.media_type != MediaType::Html || !lines.iter().any(|line| is_part_marked(&line.hints.html_path)) {
        return None;
    }
    let scores = model.score(reading, device);
    let places = &reading.outline.places;
    // A line outside of all elements is the page's title.
    let out: Vec<bool> = scores.into_iter().zip(places).map(|(score, place)| place.is_some() && score < config.least).collect();
    let prose = |kept: bool| -> usize {
        lines.iter().zip(&out).filter(|(line, out)| is_prose(line) && !(kept && **out)).map(|(line, _)| line.text.len()).sum()
    };
    (prose(true) as f32 >= LEAST_PROSE * prose(false) as f32).then_some(out)
}

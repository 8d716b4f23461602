//! Which model a verb uses: the one named, else the installed one.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// The folder of a model: the one the user named (a run folder stands for the model inside it), else `NAME` among the installed models.
///
/// # Errors
/// If there is none; the error says how to get one.
pub fn find(named: Option<&Path>, name: &str) -> Result<PathBuf> {
    if let Some(named) = named {
        let inside = named.join("model");
        return Ok(if inside.join("config.json").exists() { inside } else { named.to_path_buf() });
    }
    let recipe = if name == "prep" { "just train-prep" } else { "just train-retrieve" };
    let Some(place) = backbone::models_place() else {
        let looked: Vec<String> = backbone::models_places().iter().map(|place| place.dir.display().to_string()).collect();
        bail!(
            "no models are installed: run `./bootstrap install` in the checkout, or {recipe}, or set {} to the folder that holds `{name}` (looked in {})",
            backbone::MODELS_VARIABLE,
            looked.join(", ")
        );
    };
    let dir = place.dir.join(name);
    if !dir.join("config.json").exists() {
        bail!("{}: no {name} model there ({}): run {recipe}, or name one with --model", dir.display(), place.why);
    }
    Ok(dir)
}

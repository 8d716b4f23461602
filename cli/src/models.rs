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
    let Some(models) = backbone::models_dir() else {
        bail!("no models are installed: run {recipe}, or set TANDEM_MODELS to the folder that holds `{name}`");
    };
    let dir = models.join(name);
    if !dir.join("config.json").exists() {
        bail!("{}: no {name} model there: run {recipe}, or name one with --model", dir.display());
    }
    Ok(dir)
}

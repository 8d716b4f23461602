//! The update: look at the documents, prepare and encode what is new or has changed, and make the next generation of all that is kept. Where
//! nothing has changed nothing is made. Killed at any moment, the next update goes on behind what is kept and ends with the same sections.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::SystemTime;

use backbone::DeviceChoice;
use indicatif::ProgressBar;
use records::{Counts, SCHEMA_VERSION};
use retrieve_model::index::LAYOUT;

use super::catalogue::{Listed, State};
use super::generation::{Card, Generation};
use super::models::{Loaded, changes};
use super::scan::{self, Earlier};
use super::settings::Settings;
use super::work::Work;
use super::write::write;
use super::{Library, LibraryError, Writing};

/// How an update is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Where to compute.
    pub device: DeviceChoice,
    /// Read, prepare and encode everything again, whatever is kept.
    pub again: bool,
}

/// What an update did.
#[derive(Clone, Debug, Default)]
pub struct Updated {
    /// The number of the generation that readers see now.
    pub generation: u64,
    /// Whether that is a new one.
    pub is_new: bool,
    /// `in` = `out` + `skipped` + `failed`, with `new`, `changed`, `unchanged`, `gone` (documents by name), `read` (files whose bytes were read),
    /// `prepared` (documents), `encoded` (sections), `documents`, `sections`, `dropped`, `skipped: REASON`.
    pub counts: Counts,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// Names and reasons of what could not be read.
    pub failures: Vec<(String, String)>,
}

impl Writing<'_> {
    /// Brings the library up to date with what is registered. `progress` shows one stage after the other.
    ///
    /// # Errors
    /// If a model cannot be loaded or the disk refuses. A document that cannot be read is a failure of its own and ends nothing.
    pub fn update(&self, options: Options, progress: &ProgressBar) -> Result<Updated, LibraryError> {
        self.update_to(self.library.settings()?, options, progress)
    }

    /// The same with other settings, which take the place of those that are there once the generation made by them does: readers never see new
    /// settings beside an old generation for longer than it takes to write a file.
    pub(super) fn update_to(&self, mut settings: Settings, options: Options, progress: &ProgressBar) -> Result<Updated, LibraryError> {
        let library = self.library;
        let before = library.settings()?;
        let models = Loaded::find(&mut settings.models, options.device)?;
        let current = library.generations().current();
        let card = current.as_ref().and_then(|current| current.card().ok());
        if options.again {
            library.kept().clear()?;
        }
        stage(progress, "read", 0);
        let earlier = if options.again { Earlier::default() } else { Earlier::load(&library.private()) };
        let look = scan::look(&settings, &library.dir, &earlier, progress);
        drop(earlier);
        scan::save(&library.private(), &look.rows)?;
        // Said because it can take seconds, and nothing moves meanwhile.
        progress.set_message("loading the models");
        let identities = models.identities(card.as_ref())?;
        progress.set_message("");
        let mut rows: Vec<Listed> = look.rows.iter().map(|seen| Listed::of(seen, &identities[0][1])).collect();
        mark_same(&mut rows);
        let configuration = configuration(&rows, &identities);
        let mut updated = Updated { warnings: look.warnings, ..Updated::default() };
        updated.counts.insert("read".into(), look.read);
        let old = current.as_ref().and_then(|current| current.catalogue().ok()).unwrap_or_default();
        updated.warnings.extend(models.replaced.iter().cloned().chain(changes(card.as_ref(), &identities)));
        let [prep, retrieve] = identities;
        let is_same = |(current, card): &(Generation, Card)| !options.again && card.configuration == configuration && current.is_whole();
        if let Some((current, card)) = current.zip(card).filter(is_same) {
            // A model may have another reader and the same vectors; told once.
            if card.prep != prep || card.retrieve != retrieve {
                current.finish(&Card { prep, retrieve, ..card })?;
            }
            updated.generation = current.number;
            updated.count(&old, &old);
        } else {
            let work = Work { settings: &settings, models: &models, kept: library.kept(), progress };
            let changed_meanwhile = work.prepare(&mut rows, &mut updated)?;
            work.encode(&rows, &retrieve[1], &mut updated)?;
            // What changed while it was read is looked at again next time, whatever it is then.
            let configuration = if changed_meanwhile { String::new() } else { configuration };
            let made = scan::nanoseconds(SystemTime::now()) / 1_000_000_000;
            let (generation, rows) = write(library, rows, Card { configuration, prep, retrieve, made, counts: Counts::new() }, progress)?;
            (updated.generation, updated.is_new) = (generation.number, true);
            updated.count(&old, &rows);
        }
        if settings != before {
            settings.save(&library.dir)?;
        }
        tidy(library);
        Ok(updated)
    }
}

/// Starts a stage on the bar.
pub(super) fn stage(progress: &ProgressBar, name: &'static str, length: u64) {
    progress.set_prefix(name);
    progress.set_message("");
    progress.set_length(length);
    progress.reset();
}

/// Of documents with the same bytes the first is prepared and the others point to it.
fn mark_same(rows: &mut [Listed]) {
    let mut first: HashMap<String, String> = HashMap::new();
    for row in rows.iter_mut().filter(|row| row.state == State::Prepared) {
        match first.get(&row.doc_id) {
            Some(name) => (row.state, row.reason) = (State::Same, name.clone()),
            None => drop(first.insert(row.doc_id.clone(), row.name.clone())),
        }
    }
}

/// A hash of all that a generation depends on.
fn configuration(rows: &[Listed], identities: &[[String; 2]; 2]) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut take = |part: &str| {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    };
    take(&format!("{LAYOUT} {SCHEMA_VERSION}"));
    identities.iter().for_each(|[_, identity]| take(identity));
    for Listed { name, source, state, reason, doc_id, key, .. } in rows {
        [name, source, &format!("{state:?}"), reason, doc_id, key].into_iter().for_each(|part| take(part));
    }
    hasher.finalize().to_hex().to_string()
}

/// Removes generations that nobody can need, and what is kept for none of the others.
fn tidy(library: &Library) {
    let generations = library.generations();
    generations.tidy();
    let Some(card) = generations.current().and_then(|current| current.card().ok()) else { return };
    let mut keys = HashSet::new();
    for generation in [generations.current(), generations.previous()].into_iter().flatten() {
        // Without its catalogue nobody knows what belongs to it.
        let Ok(rows) = generation.catalogue() else { return };
        keys.extend(rows.into_iter().map(|row| row.key).filter(|key| !key.is_empty()));
    }
    library.kept().tidy(&keys, &card.retrieve[1]);
}

impl Updated {
    /// Takes the numbers of the new catalogue, and what is different from the old one.
    fn count(&mut self, old: &[Listed], new: &[Listed]) {
        let answering = |rows: &[Listed]| -> BTreeMap<String, String> {
            rows.iter().filter(|row| row.state.answers()).map(|row| (row.name.clone(), row.doc_id.clone())).collect()
        };
        let (before, after) = (answering(old), answering(new));
        let mut add = |name: &str, number: u64| *self.counts.entry(name.to_owned()).or_default() += number;
        for name in ["in", "out", "skipped", "failed", "new", "changed", "unchanged", "gone", "prepared", "encoded"] {
            add(name, 0);
        }
        for (name, doc_id) in &after {
            add(before.get(name).map_or("new", |known| if known == doc_id { "unchanged" } else { "changed" }), 1);
        }
        add("gone", before.keys().filter(|name| !after.contains_key(*name)).count() as u64);
        for row in new {
            add("in", 1);
            add("sections", u64::from(row.sections));
            add("dropped", u64::from(row.dropped));
            match row.state {
                State::Prepared | State::Same => add("out", 1),
                State::Failed => {
                    add("failed", 1);
                    self.failures.push((row.name.clone(), row.reason.clone()));
                }
                State::Excluded | State::Empty | State::Skipped => {
                    add("skipped", 1);
                    add(&format!("skipped: {}", row.reason), 1);
                }
            }
        }
        add("same", new.iter().filter(|row| row.state == State::Same).count() as u64);
    }
}

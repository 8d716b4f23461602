//! Adapting: triples are made of the library's own sections, the model that it uses is trained on from there, and both are weighed on triples about
//! documents that were held back. Only a sure gain is taken: then the library keeps the new model in `.tandem/models`, uses it, and remembers the one
//! before, to which [`Writing::undo_adapt`] goes back.
//!
//! What is under way lies in `.tandem/adapt`, so that an adapting that was killed goes on. Readers and updates go on meanwhile: the library is locked
//! for the change of models alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use backbone::DeviceChoice;
use indicatif::ProgressBar;
use records::{FolderLock, RunError, RunFolder};
use retrieve_model::training::{self, AdaptOptions, AdaptPreset, Gained, Usable};
use serde::{Deserialize, Serialize};

use super::settings::{MODELS, Model, Models};
use super::update::{Options, Updated, stage};
use super::{Library, LibraryError, Writing};

/// Triples that are wanted: as many as the rules make of any library that a machine trains on in minutes.
const TRIPLES: usize = 20_000;
/// How long an update by another process is waited for when the model is to be changed.
const PATIENCE: Duration = Duration::from_secs(600);
const PAUSE: Duration = Duration::from_millis(500);

/// What is under way: only what began with the same goes on.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Begun {
    /// Hash of the model that is trained on.
    model: String,
    seed: u64,
    /// Hash of the numbers of the training.
    preset: String,
}

/// What an adapting did.
#[derive(Clone, Debug)]
pub struct Adapted {
    /// Questions that were made of the library and could be used.
    pub usable: Usable,
    /// How the new model did beside the old one.
    pub gained: Gained,
    /// The model from which it began.
    pub before: Model,
    /// The model that the library uses now, and the update that followed; none where nothing was gained.
    pub taken: Option<(Model, Updated)>,
}

/// What taking back an adapting did.
#[derive(Clone, Debug)]
pub struct Undone {
    /// The model that the library uses again.
    pub model: Model,
    /// The update that followed.
    pub updated: Updated,
}

impl Library {
    /// Trains the library's model on from where it is, for the minutes of `options`, and takes the result where it is surely better.
    ///
    /// # Errors
    /// If the library holds too little to tell a gain by, another process is at it, or a step fails. The library is as it was then.
    pub fn adapt(&self, options: &AdaptOptions, progress: &ProgressBar) -> Result<Adapted, LibraryError> {
        let work = self.private().join("adapt");
        fs::create_dir_all(&work).map_err(LibraryError::io(&work))?;
        let lock = FolderLock::take(&work).map_err(|error| match error {
            RunError::Busy { holder, .. } => LibraryError::Busy { dir: self.dir.clone(), holder },
            error => error.into(),
        })?;
        let before = Model::of(&self.settings()?.models.retrieve.path)?;
        let preset = AdaptPreset::load().map_err(LibraryError::model)?;
        begin(&work, &Begun { model: before.hash.clone(), seed: options.seed, preset: preset.hash() })?;
        let triples = work.join("triples");
        let usable = self.triples(&triples, &preset, options.seed, progress)?;
        let out = work.join("training");
        stage(progress, "train", 0);
        training::adapt(&triples, &before.path, &out, options, progress).map_err(LibraryError::adapting)?;
        let model = out.join("model");
        stage(progress, "weigh", 0);
        let gained = weighed(&work, &triples, [&before.path, &model], options.seed, progress)?;
        let taken = if gained.is_gain() { Some(self.take(&model, &before, &gained, options.device, progress)?) } else { None };
        drop(lock);
        // It only takes room; the next adapting begins by removing it.
        let _ = fs::remove_dir_all(&work);
        Ok(Adapted { usable, gained, before, taken })
    }

    /// Makes the triples of the sections that readers see now, if they are not made yet.
    fn triples(&self, out: &Path, preset: &AdaptPreset, seed: u64, progress: &ProgressBar) -> Result<Usable, LibraryError> {
        if RunFolder::manifest(out).is_err() {
            let held = self.hold()?;
            // Of another state of the library, if it has changed since they were begun.
            clear(out)?;
            stage(progress, "triples", 0);
            synth::corpus::generate(&held.generation.sections(), out, TRIPLES, seed, progress).map_err(LibraryError::adapting)?;
        }
        let usable = training::usable(out).map_err(LibraryError::adapting)?;
        let [train, held_back] = preset.least;
        if usable.train < train || usable.held_back < held_back {
            // The library may be larger the next time.
            clear(out)?;
            let Usable { train: found, held_back: kept } = usable;
            let reason = format!(
                "is too small to be adapted to: {found} usable questions could be made of its sentences and {kept} more of the tenth of its documents \
                 that is held back, {train} and {held_back} are needed; add more documents (tandem add PATH), the model stays as it is"
            );
            return Err(LibraryError::refused(self.dir.display(), reason));
        }
        Ok(usable)
    }

    /// Copies the new model into the library and uses it from here on.
    fn take(
        &self,
        model: &Path,
        before: &Model,
        gained: &Gained,
        device: DeviceChoice,
        progress: &ProgressBar,
    ) -> Result<(Model, Updated), LibraryError> {
        let writing = self.write_patiently()?;
        let mut settings = self.settings()?;
        if settings.models.retrieve.path != before.path {
            let reason = "uses another model than when the adapting began: run `tandem adapt` again";
            return Err(LibraryError::refused(self.dir.display(), reason));
        }
        let place = self.place(&settings.models);
        copy(model, &before.path, gained, &place)?;
        let new = Model::of(&place)?;
        settings.models.former.push(std::mem::replace(&mut settings.models.retrieve, new.clone()));
        let updated = writing.update_to(settings, Options { device, again: false }, progress)?;
        Ok((new, updated))
    }

    /// Where the next model of its own goes: a folder that the settings do not name. What lies there is of an adapting that was killed.
    fn place(&self, models: &Models) -> PathBuf {
        let own = self.private().join(MODELS);
        let is_free = |place: &PathBuf| models.former.iter().chain([&models.retrieve]).all(|model| model.path != *place);
        (1..).map(|number| own.join(format!("retrieve-{number}"))).find(is_free).expect("numbers do not end")
    }

    /// The right to change the library, waited for.
    fn write_patiently(&self) -> Result<Writing<'_>, LibraryError> {
        let start = Instant::now();
        loop {
            match self.write() {
                Err(LibraryError::Busy { .. }) if start.elapsed() < PATIENCE => sleep(PAUSE),
                other => return other,
            }
        }
    }
}

impl Writing<'_> {
    /// Goes back to the model that the library used before it was adapted, and brings it up to date.
    ///
    /// # Errors
    /// If it uses no adapted model, or the update fails.
    pub fn undo_adapt(&self, options: Options, progress: &ProgressBar) -> Result<Undone, LibraryError> {
        let mut settings = self.library.settings()?;
        let Some(former) = settings.models.former.pop() else {
            let reason = "was never adapted, or that is undone already: there is no model to go back to";
            return Err(LibraryError::refused(self.library.dir.display(), reason));
        };
        let left = std::mem::replace(&mut settings.models.retrieve, former);
        let updated = self.update_to(settings, options, progress)?;
        if left.path.starts_with(self.library.private().join(MODELS)) {
            // It only takes room.
            let _ = fs::remove_dir_all(&left.path);
        }
        Ok(Undone { model: self.library.settings()?.models.retrieve, updated })
    }
}

/// Prepares the folder of work: what lies there goes on if it began with the same, and is removed otherwise.
fn begin(work: &Path, begun: &Begun) -> Result<(), LibraryError> {
    let path = work.join("adapt.json");
    let known = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Begun>(&bytes).ok());
    if known.as_ref() == Some(begun) {
        return Ok(());
    }
    for name in ["triples", "training"] {
        clear(&work.join(name))?;
    }
    // Without it nothing was begun; if it cannot be removed it is written over.
    let _ = fs::remove_file(work.join("gained.json"));
    write_json(&path, begun)
}

/// How the new model does, measured once.
fn weighed(work: &Path, triples: &Path, models: [&Path; 2], seed: u64, progress: &ProgressBar) -> Result<Gained, LibraryError> {
    let path = work.join("gained.json");
    if let Some(known) = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        return Ok(known);
    }
    let gained = training::weigh(triples, models, seed, progress).map_err(LibraryError::adapting)?;
    write_json(&path, &gained)?;
    Ok(gained)
}

/// Copies a release folder, with what was gained by it and the licence of the one it was trained from. It appears whole or not at all.
fn copy(model: &Path, before: &Path, gained: &Gained, place: &Path) -> Result<(), LibraryError> {
    let beside = place.with_extension("new");
    clear(&beside)?;
    fs::create_dir_all(&beside).map_err(LibraryError::io(&beside))?;
    let files = fs::read_dir(model).map_err(LibraryError::io(model))?.flatten().map(|entry| entry.path());
    let licence = ["LICENSE", "NOTICE"].map(|name| before.join(name)).into_iter();
    for file in files.chain(licence).filter(|file| file.is_file()) {
        fs::copy(&file, beside.join(file.file_name().unwrap_or_default())).map_err(LibraryError::io(&file))?;
    }
    write_json(&beside.join("gained.json"), gained)?;
    clear(place)?;
    fs::rename(&beside, place).map_err(LibraryError::io(place))
}

fn clear(dir: &Path) -> Result<(), LibraryError> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LibraryError::io(dir)(error)),
        _ => Ok(()),
    }
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), LibraryError> {
    let json = serde_json::to_vec_pretty(value).map_err(|error| LibraryError::io(path)(error.into()))?;
    records::write_atomically(path, &json).map_err(LibraryError::io(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn released(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/models").join(name)
    }

    #[test]
    fn a_model_that_is_taken_is_the_librarys_own_and_the_one_before_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let note = dir.path().join("note.txt");
        fs::write(&note, "The harbour pilot of Vik is Ola Ness.").unwrap();
        let library = Library::init(&dir.path().join("library"), &released("prep"), &released("retrieve")).unwrap();
        let hidden = ProgressBar::hidden();
        let options = Options { device: DeviceChoice::Cpu, again: false };
        let writing = library.write().unwrap();
        writing.add(&[note]).unwrap();
        writing.update(options, &hidden).unwrap();
        assert!(writing.undo_adapt(options, &hidden).unwrap_err().to_string().contains("never adapted"));
        drop(writing);

        let before = library.settings().unwrap().models.retrieve;
        let left_by_a_kill = library.private().join("models/retrieve-1/half");
        fs::create_dir_all(&left_by_a_kill).unwrap();
        let taken = library.take(&released("retrieve"), &before, &Gained::default(), DeviceChoice::Cpu, &hidden).unwrap().0;
        let models = library.settings().unwrap().models;
        assert_eq!((&models.retrieve, &models.former), (&taken, &vec![before.clone()]));
        assert!(taken.path.ends_with(".tandem/models/retrieve-1") && taken.path.join("gained.json").is_file() && !left_by_a_kill.exists());
        let again = library.take(&released("retrieve"), &before, &Gained::default(), DeviceChoice::Cpu, &hidden).unwrap_err();
        assert!(again.to_string().contains("another model"), "{again}");
        let second = library.take(&released("retrieve"), &taken, &Gained::default(), DeviceChoice::Cpu, &hidden).unwrap().0;
        assert!(second.path.ends_with("retrieve-2"));

        let writing = library.write().unwrap();
        for (model, left) in [(&taken, &second), (&before, &taken)] {
            assert_eq!(writing.undo_adapt(options, &hidden).unwrap().model, *model);
            assert!(!left.path.exists());
        }
        assert!(library.settings().unwrap().models.former.is_empty() && before.path.exists());
    }

    #[test]
    fn only_what_began_with_the_same_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let begun = |seed| Begun { model: "m".into(), seed, preset: "p".into() };
        begin(dir.path(), &begun(1)).unwrap();
        let made = dir.path().join("triples/made");
        fs::create_dir_all(&made).unwrap();
        begin(dir.path(), &begun(1)).unwrap();
        assert!(made.exists());
        begin(dir.path(), &begun(2)).unwrap();
        assert!(!made.exists());
    }
}

//! The models of a library, loaded when there is work for them: an update that finds nothing new loads none.

use std::sync::OnceLock;

use backbone::{DeviceChoice, open_device};
use prep_model::inference::Preparer;
use prep_model::read::{READERS, ocr};
use retrieve_model::inference::Answerer;

use super::LibraryError;
use super::generation::Card;
use super::settings::{Model, Models};

/// Both models, where they lie now.
pub struct Loaded {
    /// Models that have gone and what is used in their place, in words for the user.
    pub replaced: Vec<String>,
    models: Models,
    device: DeviceChoice,
    preparer: OnceLock<Preparer>,
    answerer: OnceLock<Answerer>,
}

impl Loaded {
    /// Finds the models that the settings name, and the installed ones in the place of any that have gone. The settings take what was found.
    ///
    /// # Errors
    /// If a model is nowhere.
    pub fn find(models: &mut Models, device: DeviceChoice) -> Result<Self, LibraryError> {
        let mut replaced = Vec::new();
        for (model, name) in [(&mut models.prep, "prep"), (&mut models.retrieve, "retrieve")] {
            let path = model.place(name).ok_or_else(|| model.gone(name))?;
            if path != model.path {
                replaced.push(format!("{} is gone: {} is used in its place", model.path.display(), path.display()));
            }
            *model = Model::of(&path)?;
        }
        Ok(Self { replaced, models: models.clone(), device, preparer: OnceLock::new(), answerer: OnceLock::new() })
    }

    /// The preparation model.
    ///
    /// # Errors
    /// If it cannot be loaded.
    pub fn preparer(&self) -> Result<&Preparer, LibraryError> {
        if self.preparer.get().is_none() {
            let device = open_device(self.device).map_err(LibraryError::model)?;
            let loaded = Preparer::load(&self.models.prep.path, &device).map_err(LibraryError::model)?;
            let _ = self.preparer.set(loaded);
        }
        Ok(self.preparer.get().expect("it was set a line above"))
    }

    /// The retrieval model.
    ///
    /// # Errors
    /// If it cannot be loaded.
    pub fn answerer(&self) -> Result<&Answerer, LibraryError> {
        if self.answerer.get().is_none() {
            let device = open_device(self.device).map_err(LibraryError::model)?;
            let loaded = Answerer::load(&self.models.retrieve.path, &device).map_err(LibraryError::model)?;
            let _ = self.answerer.set(loaded);
        }
        Ok(self.answerer.get().expect("it was set a line above"))
    }

    /// Hash and identity of both models, as a generation's card holds them; `known` saves loading a model that is still the same.
    ///
    /// # Errors
    /// If a model cannot be loaded.
    pub fn identities(&self, known: Option<&Card>) -> Result<[[String; 2]; 2], LibraryError> {
        let (prep, retrieve) = (&self.models.prep.hash, &self.models.retrieve.hash);
        // What a document becomes depends on the program's readers too.
        let readers = format!(" readers {READERS} {}", ocr::identity());
        let prep = match known.filter(|card| card.prep[0] == *prep && card.prep[1].ends_with(&readers)) {
            Some(card) => card.prep.clone(),
            None => [prep.clone(), format!("{}{readers}", self.preparer()?.identity())],
        };
        let retrieve = match known.filter(|card| card.retrieve[0] == *retrieve) {
            Some(card) => card.retrieve.clone(),
            None => [retrieve.clone(), self.answerer()?.embedding().to_owned()],
        };
        Ok([prep, retrieve])
    }
}

/// What a change of models means for a library, in words for its user; nothing where neither has changed.
#[must_use]
pub fn changes(known: Option<&Card>, [prep, retrieve]: &[[String; 2]; 2]) -> Vec<String> {
    let Some(card) = known else { return Vec::new() };
    let mut out = Vec::new();
    if card.prep[1] != prep[1] {
        out.push("the preparation model or the program's readers of files have changed: every document was prepared anew".to_owned());
    }
    if card.retrieve[1] != retrieve[1] {
        out.push("the retrieval model has changed: every section got a new vector".to_owned());
    } else if card.retrieve[0] != retrieve[0] {
        out.push("the retrieval model has changed, its vectors have not: nothing had to be made anew for it".to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use records::Counts;

    use super::*;

    #[test]
    fn a_user_is_told_what_another_model_costs() {
        let pair = |hash: &str, identity: &str| [hash.to_owned(), identity.to_owned()];
        let (prep, retrieve) = (pair("p", "P"), pair("r", "R"));
        let card = Card { configuration: String::new(), prep: prep.clone(), retrieve: retrieve.clone(), made: 0, counts: Counts::new() };
        let told = |prep: [String; 2], retrieve: [String; 2]| changes(Some(&card), &[prep, retrieve]).join("\n");
        assert_eq!(told(prep.clone(), retrieve.clone()), "");
        assert!(told(pair("q", "Q"), retrieve).contains("every document"));
        assert!(told(prep.clone(), pair("s", "R")).contains("nothing had to be made"));
        assert!(told(prep, pair("s", "S")).contains("every section"));
    }
}

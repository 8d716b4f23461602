//! The data files of a world as types: which relations there are, how they are told and asked, and what the surroundings are made of.

use std::collections::BTreeMap;

use records::Split;
use serde::{Deserialize, Serialize};

use crate::SynthError;

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntityKind {
    Organisation,
    Department,
    Person,
    Product,
    Policy,
    Incident,
    Project,
    Site,
}

impl EntityKind {
    /// Every kind with the name it has in the data files.
    pub const NAMES: [(Self, &'static str); 8] = [
        (Self::Organisation, "organisation"),
        (Self::Department, "department"),
        (Self::Person, "person"),
        (Self::Product, "product"),
        (Self::Policy, "policy"),
        (Self::Incident, "incident"),
        (Self::Project, "project"),
        (Self::Site, "site"),
    ];
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ValueKind {
    Person,
    Department,
    Site,
    City,
    Company,
    Year,
    RecentYear,
    Date,
    Money,
    SmallMoney,
    Count,
    Version,
    Phone,
    Email,
    Purpose,
    Cause,
}

impl ValueKind {
    /// The kind of entity that is the value, if it is one.
    pub fn entity(self) -> Option<EntityKind> {
        match self {
            Self::Person => Some(EntityKind::Person),
            Self::Department => Some(EntityKind::Department),
            Self::Site => Some(EntityKind::Site),
            _ => None,
        }
    }
}

/// Surface forms by split: what one split sees, the others do not.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Families {
    pub train: Vec<String>,
    pub dev: Vec<String>,
    pub test: Vec<String>,
}

impl Families {
    pub fn of(&self, split: Split) -> &[String] {
        match split {
            Split::Train => &self.train,
            Split::Dev => &self.dev,
            Split::Test => &self.test,
        }
    }
}

/// One thing that can be said about an entity.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Relation {
    pub id: String,
    pub subject: EntityKind,
    pub value: ValueKind,
    /// What a table calls it.
    pub label: String,
    /// Whether asking for it asks what the subject is.
    #[serde(default)]
    pub definition: bool,
    pub statements: Families,
    pub questions: Families,
    pub keywords: Families,
    /// Noun phrases that name the value through the subject.
    #[serde(default)]
    pub chains: Families,
}

#[derive(Clone, Debug, Deserialize)]
struct RelationFile {
    relation: Vec<Relation>,
}

/// What names and values are made of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameLists {
    pub heads: Vec<String>,
    pub tails: Vec<String>,
    pub organisation_fields: Vec<String>,
    pub organisation_types: Vec<String>,
    pub first_names: Vec<String>,
    pub last_heads: Vec<String>,
    pub last_tails: Vec<String>,
    pub departments: Vec<String>,
    pub product_heads: Vec<String>,
    pub product_middles: Vec<String>,
    pub product_tails: Vec<String>,
    pub product_suffixes: Vec<String>,
    pub project_nouns: Vec<String>,
    pub site_prefixes: Vec<String>,
    pub site_types: Vec<String>,
    pub city_tails: Vec<String>,
    pub companies: Vec<String>,
    pub company_forms: Vec<String>,
    pub incident_events: Vec<String>,
    pub months: Vec<String>,
    /// Subject and code letters.
    pub policies: Vec<(String, String)>,
    pub purposes: Vec<String>,
    pub causes: Vec<String>,
    pub mail_domains: Vec<String>,
}

/// The surroundings in which facts stand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProseLists {
    pub filler: Vec<String>,
    pub headings: Vec<String>,
    pub about: Vec<String>,
    pub ask: Vec<String>,
    pub words: BTreeMap<String, Vec<String>>,
    pub titles: BTreeMap<String, Vec<String>>,
    pub furniture: BTreeMap<String, Vec<String>>,
}

/// All data files of a world.
#[derive(Clone, Debug)]
pub(crate) struct Grammar {
    pub relations: Vec<Relation>,
    pub names: NameLists,
    pub prose: ProseLists,
}

impl Grammar {
    /// Reads the data files that are part of this crate.
    pub fn load() -> Result<Self, SynthError> {
        let relations: RelationFile = read("worlds/relations.toml", include_str!("../../worlds/relations.toml"))?;
        let names = read("worlds/names.toml", include_str!("../../worlds/names.toml"))?;
        let prose = read("worlds/prose.toml", include_str!("../../worlds/prose.toml"))?;
        Ok(Self { relations: relations.relation, names, prose })
    }
}

pub(crate) fn read<T: for<'a> Deserialize<'a>>(name: &str, text: &str) -> Result<T, SynthError> {
    toml::from_str(text).map_err(|error| SynthError::data(name, error))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::filter::shared_words;

    const SPLITS: [Split; 3] = [Split::Train, Split::Dev, Split::Test];

    #[test]
    fn every_relation_has_six_forms_a_side_that_name_what_they_must() {
        let grammar = Grammar::load().unwrap();
        assert!(grammar.relations.len() >= 10);
        for relation in &grammar.relations {
            for (families, slots) in
                [(&relation.statements, &["{s}", "{v}"][..]), (&relation.questions, &["{s}"]), (&relation.keywords, &["{s}"])]
            {
                let all: Vec<&String> = SPLITS.iter().flat_map(|split| families.of(*split)).collect();
                assert!(SPLITS.iter().all(|split| !families.of(*split).is_empty()), "{}: an empty split", relation.id);
                for form in &all {
                    assert!(slots.iter().all(|slot| form.matches(slot).count() == 1), "{}: {form}", relation.id);
                }
            }
            let count = |families: &Families| SPLITS.iter().map(|split| families.of(*split).len()).sum::<usize>();
            assert!(count(&relation.statements) >= 6 && count(&relation.questions) >= 6, "{}", relation.id);
            assert_eq!(relation.value.entity().is_some(), !relation.chains.train.is_empty(), "{}: chains", relation.id);
        }
    }

    #[test]
    fn no_wording_is_used_in_two_splits() {
        let mut seen: HashMap<String, Split> = HashMap::new();
        for relation in &Grammar::load().unwrap().relations {
            for families in [&relation.statements, &relation.questions, &relation.keywords, &relation.chains] {
                for split in SPLITS {
                    for form in families.of(split) {
                        assert_eq!(*seen.entry(form.clone()).or_insert(split), split, "{}: {form}", relation.id);
                    }
                }
            }
        }
    }

    #[test]
    fn every_relation_has_a_natural_and_a_paraphrase_question_in_every_split() {
        for relation in &Grammar::load().unwrap().relations {
            for split in SPLITS {
                let pairs = |wanted: bool| {
                    let statements = relation.statements.of(split).iter();
                    statements
                        .flat_map(|s| relation.questions.of(split).iter().map(move |q| (s, q)))
                        .any(|(s, q)| (shared_words(q, s, &[]) > 0) == wanted)
                };
                assert!(relation.definition || pairs(true), "{} has no natural question in {split:?}", relation.id);
                assert!(pairs(false), "{} has no paraphrase in {split:?}", relation.id);
            }
        }
    }
}

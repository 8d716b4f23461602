//! The data files of a world as types: which relations there are, how they are told and asked, and what the surroundings are made of.

use std::collections::BTreeMap;

use records::Split;
use serde::{Deserialize, Serialize};

use super::genre::GenreRule;
use crate::SynthError;

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntityKind {
    Organisation,
    Department,
    Committee,
    Person,
    Product,
    Dataset,
    Vehicle,
    Policy,
    Law,
    Contract,
    Incident,
    Project,
    Event,
    Site,
}

impl EntityKind {
    /// Every kind with the name it has in the data files.
    pub const NAMES: [(Self, &'static str); 14] = [
        (Self::Organisation, "organisation"),
        (Self::Department, "department"),
        (Self::Committee, "committee"),
        (Self::Person, "person"),
        (Self::Product, "product"),
        (Self::Dataset, "dataset"),
        (Self::Vehicle, "vehicle"),
        (Self::Policy, "policy"),
        (Self::Law, "law"),
        (Self::Contract, "contract"),
        (Self::Incident, "incident"),
        (Self::Project, "project"),
        (Self::Event, "event"),
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
    Project,
    City,
    Company,
    Year,
    RecentYear,
    Date,
    Money,
    SmallMoney,
    Count,
    FewPeople,
    Tonnes,
    Duration,
    Version,
    Phone,
    Email,
    Purpose,
    Cause,
    Content,
    Subject,
    Profession,
    Licence,
    Rhythm,
}

impl ValueKind {
    /// The kind of entity that is the value, if it is one.
    pub fn entity(self) -> Option<EntityKind> {
        match self {
            Self::Person => Some(EntityKind::Person),
            Self::Department => Some(EntityKind::Department),
            Self::Site => Some(EntityKind::Site),
            Self::Project => Some(EntityKind::Project),
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
    /// Whether the value may change from one year to the next.
    #[serde(default)]
    pub changes: bool,
    pub statements: Families,
    pub questions: Families,
    pub keywords: Families,
    /// Noun phrases that name the value through the subject.
    #[serde(default)]
    pub nouns: Families,
    /// Questions for the one of two subjects, `{a}` and `{b}`, whose value is larger or later.
    #[serde(default)]
    pub larger: Families,
    /// The same for the smaller or earlier value.
    #[serde(default)]
    pub smaller: Families,
    /// Questions for the values of all subjects that the organisation `{o}` has.
    #[serde(default)]
    pub all: Families,
    /// Questions for the subjects that have the value `{v}`.
    #[serde(default)]
    pub inverse: Families,
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
    pub middle_initials: Vec<String>,
    /// Function and the letters it is known by.
    pub departments: Vec<(String, String)>,
    pub committees: Vec<String>,
    pub product_heads: Vec<String>,
    pub product_middles: Vec<String>,
    pub product_tails: Vec<String>,
    pub product_suffixes: Vec<String>,
    pub dataset_nouns: Vec<String>,
    pub vehicle_types: Vec<String>,
    pub vehicle_nouns: Vec<String>,
    pub vehicle_numbers: Vec<String>,
    pub law_topics: Vec<String>,
    pub contract_kinds: Vec<String>,
    pub project_nouns: Vec<String>,
    pub event_types: Vec<String>,
    pub event_years: Vec<String>,
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
    pub contents: Vec<String>,
    pub law_subjects: Vec<String>,
    pub professions: Vec<String>,
    pub licences: Vec<String>,
    pub rhythms: Vec<String>,
    pub mail_domains: Vec<String>,
}

/// The surroundings in which facts stand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProseLists {
    pub filler: Vec<String>,
    pub about: Vec<String>,
    pub ask: Vec<String>,
    /// Label and entry of table rows that tell nothing.
    pub idle_rows: Vec<(String, String)>,
    pub words: BTreeMap<String, Vec<String>>,
    pub furniture: BTreeMap<String, Vec<String>>,
    /// What stands for a thing of this kind that was just named.
    pub follow_ups: BTreeMap<EntityKind, Vec<String>>,
    /// What may be put between commas after a name.
    pub appositions: BTreeMap<EntityKind, Vec<String>>,
}

/// Wordings that fit any relation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Frames {
    /// What may stand around a statement, `{S}`.
    pub wrappers: Families,
    /// What ties a statement to a year, `{y}`.
    pub dated: Families,
    /// What ties two statements about one subject into one sentence.
    pub joints: Families,
    /// How a list or a form gives a value: `{l}` is the label, `{s}` the subject, `{v}` the value.
    pub entries: Families,
    /// Questions for a noun phrase, `{n}`, that names a thing, and those that name a person.
    pub what: Families,
    pub who: Families,
    /// What may stand around any question, `{q}`.
    pub lead_ins: Families,
    /// What asks for the latest value: around a question, and around noun phrases.
    pub latest: Families,
    pub latest_what: Families,
    pub latest_who: Families,
    /// What asks for the value in the year `{y}`.
    pub in_year: Families,
    pub in_year_what: Families,
    pub in_year_who: Families,
    /// What asks for every side.
    pub sides: Families,
}

/// All data files of a world.
#[derive(Clone, Debug)]
pub(crate) struct Grammar {
    pub relations: Vec<Relation>,
    pub names: NameLists,
    pub prose: ProseLists,
    pub frames: Frames,
    pub genres: Vec<GenreRule>,
}

const RELATIONS: [(&str, &str); 5] = [
    ("worlds/relations/bodies.toml", include_str!("../../worlds/relations/bodies.toml")),
    ("worlds/relations/people.toml", include_str!("../../worlds/relations/people.toml")),
    ("worlds/relations/things.toml", include_str!("../../worlds/relations/things.toml")),
    ("worlds/relations/rules.toml", include_str!("../../worlds/relations/rules.toml")),
    ("worlds/relations/work.toml", include_str!("../../worlds/relations/work.toml")),
];

impl Grammar {
    /// Reads the data files that are part of this crate.
    pub fn load() -> Result<Self, SynthError> {
        let mut relations = Vec::new();
        for (name, text) in RELATIONS {
            relations.extend(read::<RelationFile>(name, text)?.relation);
        }
        let names = read("worlds/names.toml", include_str!("../../worlds/names.toml"))?;
        let prose = read("worlds/prose.toml", include_str!("../../worlds/prose.toml"))?;
        let frames = read("worlds/frames.toml", include_str!("../../worlds/frames.toml"))?;
        Ok(Self { relations, names, prose, frames, genres: super::genre::load()? })
    }
}

pub(crate) fn read<T: for<'a> Deserialize<'a>>(name: &str, text: &str) -> Result<T, SynthError> {
    toml::from_str(text).map_err(|error| SynthError::data(name, error))
}

#[cfg(test)]
mod tests;

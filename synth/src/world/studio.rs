//! Organisations one by one: each composed, rendered, cut and asked about from its number alone.

use std::fs;
use std::path::Path;

use indicatif::ProgressBar;
use rand::Rng;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use records::{Counts, Document, Kind, LineLabel, Section, Split};

use super::cluster::{Cluster, DOCUMENTS, World};
use super::compose;
use super::genre::{Format, GenreRule};
use super::grammar::Grammar;
use super::names::Names;
use super::preset::WorldPreset;
use super::questions::{Asker, ToldFact};
use crate::SynthError;
use crate::candidates::{Library, Triple, section_terms};
use crate::dropped::Dropped;
use crate::filter::Asked;
use crate::output::Tables;
use crate::render::noise::Channel;
use crate::render::render;
use crate::sections::{Origin, cut};
use crate::teacher::Lesson;

/// Organisations generated at a time: bounds the memory between the threads that make them and the one that writes.
const CHUNK: usize = 64;

fn count_document(document: &Document, counts: &mut Counts) {
    let genre = document.path.rsplit(['/']).next().and_then(|name| name.rsplit_once('-')).map_or("", |(genre, _)| genre);
    let clean = if document.noise_level == 0.0 { "documents_without_noise" } else { "documents_with_noise" };
    for key in [format!("genre.{genre}"), format!("media_type.{}", document.media_type), clean.to_owned()] {
        *counts.entry(key).or_default() += 1;
    }
}

/// What every organisation is made with.
pub(super) struct Studio<'a> {
    preset: &'a WorldPreset,
    pub world: World,
    channel: Channel,
    kinds: (Vec<Kind>, Vec<f64>),
    genres: (Vec<GenreRule>, WeightedIndex<f64>),
    triples: u64,
}

/// One organisation's rows.
struct Made {
    documents: Vec<Document>,
    sections: Vec<(Section, Vec<String>)>,
    labels: Vec<LineLabel>,
    triples: Vec<Triple>,
    dropped: Dropped,
    facts: u64,
    /// What each channel of noise did.
    noise: Counts,
}

impl<'a> Studio<'a> {
    pub fn new(preset: &'a WorldPreset, triples: u64, seed: u64) -> Result<Self, SynthError> {
        let grammar = Grammar::load()?;
        let names = Names::new(&grammar.names, seed);
        let clusters = (triples as f64 / (preset.triples_per_document * DOCUMENTS as f64)).ceil().max(1.0) as u64;
        let most = World::most_clusters(&names);
        if clusters > most {
            let reason = format!(
                "{triples} triples need {clusters} organisations, the word lists of worlds/names.toml name {most}; ask for fewer triples"
            );
            return Err(SynthError::data("world", reason));
        }
        let total: f64 = preset.kinds.values().sum();
        let mut sum = 0.0;
        let kinds = preset.kinds.iter().map(|(kind, share)| {
            sum += share / total;
            (*kind, sum)
        });
        let genres: Vec<GenreRule> = grammar.genres.clone();
        let share = |rule: &GenreRule| preset.genres.get(&rule.genre).copied().unwrap_or(0.0);
        let weights =
            WeightedIndex::new(genres.iter().map(share)).map_err(|error| SynthError::data(format!("preset {:?}", preset.name), error))?;
        let world = World { grammar, names, seed, clusters, withheld: preset.withheld, id: preset.world.clone() };
        Ok(Self {
            preset,
            world,
            channel: Channel::load()?.without(&preset.noise.without),
            kinds: kinds.unzip(),
            genres: (genres, weights),
            triples,
        })
    }

    /// Writes the documents of some organisations and adds them to the library; gives their questions.
    pub fn part(
        &self,
        clusters: &[u64],
        raw: &Path,
        (tables, lesson): (&mut Tables, &mut Lesson),
        library: &mut Library,
        (dropped, counts): (&mut Dropped, &mut Counts),
        progress: &ProgressBar,
    ) -> Result<Vec<Triple>, SynthError> {
        let mut kept = Vec::new();
        for chunk in clusters.chunks(CHUNK) {
            let made: Vec<Result<Made, SynthError>> = chunk.par_iter().map(|number| self.make(*number, raw)).collect();
            for made in made {
                let Made { documents, sections, labels, triples, dropped: reasons, facts, noise } = made?;
                let split = documents.first().map_or(Split::Train, |document| document.split);
                for (section, terms) in sections {
                    lesson.look(&section, split);
                    library.add(&section.doc_id, section.section, &terms);
                    tables.sections.push(section)?;
                }
                documents.iter().for_each(|document| count_document(document, counts));
                *counts.entry("facts_told".into()).or_default() += facts;
                noise.into_iter().for_each(|(channel, marks)| *counts.entry(channel).or_default() += marks);
                tables.documents.extend(documents)?;
                tables.line_labels.extend(labels)?;
                dropped.merge(reasons);
                progress.inc(triples.len() as u64);
                kept.extend(triples);
            }
        }
        Ok(kept)
    }

    /// The kind of the question with this number: a golden-section walk through the shares, so that any stretch of numbers has them.
    fn kind(&self, number: u64) -> Kind {
        let at = (number as f64 * 0.618_033_988_749_894_9 + 0.5).fract();
        let found = self.kinds.1.iter().position(|end| at < *end).unwrap_or(self.kinds.0.len() - 1);
        self.kinds.0[found]
    }

    fn make(&self, number: u64, raw: &Path) -> Result<Made, SynthError> {
        let cluster = self.world.cluster(number);
        let mut made = Made {
            documents: Vec::new(),
            sections: Vec::new(),
            labels: Vec::new(),
            triples: Vec::new(),
            dropped: Dropped::default(),
            facts: 0,
            noise: Counts::new(),
        };
        let mut told: Vec<Option<ToldFact>> = cluster.facts.iter().map(|_| None).collect();
        let folder = folder_name(&cluster);
        let dir = raw.join(&folder);
        fs::create_dir_all(&dir).map_err(SynthError::io(&dir))?;
        for document in 0..DOCUMENTS {
            self.document(&cluster, document, (&folder, raw), &mut told, &mut made)?;
        }
        made.facts = told.iter().flatten().count() as u64;
        let mentions = mentions(&cluster, &made.sections);
        let (mut rng, mut asked) = (self.world.random(number, "questions"), Asked::default());
        let clusters = self.world.clusters;
        let first = |number: u64| (u128::from(self.triples) * u128::from(number) / u128::from(clusters)) as u64;
        for slot in first(number)..first(number + 1) {
            let mut asker = Asker {
                world: &self.world,
                cluster: &cluster,
                told: &told,
                mentions: &mentions,
                asked: &mut asked,
                rng: &mut rng,
                dropped: &mut made.dropped,
            };
            let id = format!("{}-{}-{slot:07}", self.world.id, self.world.seed);
            made.triples.extend(asker.ask(self.kind(slot), id));
        }
        Ok(made)
    }

    fn document(
        &self,
        cluster: &Cluster,
        document: usize,
        (folder, raw): (&str, &Path),
        told: &mut [Option<ToldFact>],
        made: &mut Made,
    ) -> Result<(), SynthError> {
        let mut rng = self.world.random(cluster.number, &format!("document {document}"));
        let genre = &self.genres.0[self.genres.1.sample(&mut rng)];
        let draft = compose::compose(&self.world, self.preset, cluster, document, genre, &mut rng);
        let rendered = render(&draft, &self.channel, self.damage(draft.format, &mut rng), &self.preset.noise, &mut rng);
        rendered.marks.add_to(&mut made.noise);
        let path = format!("{folder}/{}-{}.{}", draft.genre.name(), document + 1, rendered.extension);
        let file = raw.join(&path);
        fs::write(&file, &rendered.raw).map_err(SynthError::io(&file))?;
        let doc_id = blake3::hash(rendered.raw.as_bytes()).to_hex().to_string();
        let origin = Origin { doc_id: &doc_id, path: &path, title: &draft.title };
        let (sections, planted) = cut(&draft.blocks, &rendered.placed, origin);
        for at in planted {
            let plan = draft.told[at.told].clone();
            let fact = plan.fact;
            told[fact] = Some(ToldFact { document, doc_id: doc_id.clone(), told: plan, at });
        }
        made.sections.extend(sections.into_iter().map(|section| {
            let terms = section_terms(&section);
            (section, terms)
        }));
        made.labels.extend(rendered.labels.into_iter().map(|label| LineLabel { doc_id: doc_id.clone(), ..label }));
        made.documents.push(Document {
            doc_id,
            path,
            media_type: rendered.media_type.to_owned(),
            bytes: rendered.raw.len() as u64,
            title: Some(draft.title),
            corpus: format!("{}-{}", self.world.id, self.world.seed),
            split: cluster.split,
            noise_level: rendered.noise_level,
            replaced: 0,
            dropped: 0,
        });
        Ok(())
    }

    /// The share of words to damage in a document: none for most, small values commoner than large ones.
    fn damage(&self, format: Format, rng: &mut ChaCha8Rng) -> f64 {
        let noise = &self.preset.noise;
        let share = if format == Format::Text { noise.plain } else { noise.markup };
        let [low, high] = noise.words;
        let (chosen, at) = (rng.random_bool(share), rng.random_range(0.0..1.0_f64));
        if chosen && low > 0.0 { low * (high / low).powf(at) } else { 0.0 }
    }
}

/// How many sections name each entity of a cluster.
fn mentions(cluster: &Cluster, sections: &[(Section, Vec<String>)]) -> Vec<usize> {
    let named = |name: &str| sections.iter().filter(|(section, _)| section.text.contains(name)).count();
    cluster.entities.iter().map(|entity| named(&entity.name.short)).collect()
}

fn folder_name(cluster: &Cluster) -> String {
    let name = cluster.entities.first().map_or("", |entity| entity.name.full.as_str());
    let slug: String =
        name.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ').map(|c| if c == ' ' { '-' } else { c }).collect();
    format!("{:06}-{slug}", cluster.number)
}

//! The card of a data set: a `README.md` beside the tables in the layout that Hugging Face reads (front matter that names the files of each
//! table, then prose), rendered from what the manifest will say. No dates: the same run gives the same card. Written before the manifest,
//! so that the manifest stays the last file of a run.

mod markdown;

use std::collections::BTreeMap;
use std::path::Path;

use records::{Counts, Kind, Shard, write_atomically};

use crate::SynthError;
use crate::candidates::{RANKS, name};
use crate::sample::{Sample, samples};
use crate::teacher::JOBS;
pub(crate) use markdown::count;
use markdown::{escaped, quoted, share, table};

/// Rows shown.
const EXAMPLES: usize = 5;

/// What the documents are.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// Invented, by a preset.
    World { preset: String, world: String },
    /// A user's own, by the name of their folder; and whether questions of a file were kept out.
    Corpus { name: String, excludes: bool },
}

/// What the manifest does not say.
#[derive(Clone, Debug)]
pub(crate) struct About<'a> {
    pub source: Source,
    /// Wanted share of each kind; they add up to 1.
    pub wanted: BTreeMap<Kind, f64>,
    pub seed: u64,
    /// The teacher's model, where one was asked.
    pub teacher: Option<&'a str>,
}

/// Writes the card of the tables in `dir`.
pub(crate) fn write(dir: &Path, about: &About<'_>, counts: &Counts, shards: &[Shard]) -> Result<(), SynthError> {
    let card = Card { about, counts, shards, samples: samples(dir, EXAMPLES)? };
    let path = dir.join("README.md");
    write_atomically(&path, card.render().as_bytes()).map_err(SynthError::io(&path))
}

struct Card<'a> {
    about: &'a About<'a>,
    counts: &'a Counts,
    shards: &'a [Shard],
    samples: Vec<Sample>,
}

impl Card<'_> {
    fn render(&self) -> String {
        let mut parts = vec![
            self.front_matter(),
            self.opening(),
            self.kinds(),
            self.splits(),
            self.spans(),
            self.filters(),
            self.teacher(),
            self.ranks(),
            self.examples(),
            self.files(),
            self.licence(),
        ];
        parts.retain(|part| !part.is_empty());
        parts.join("\n")
    }

    fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// The counts whose names begin with `prefix`, without it.
    fn counts_of<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, u64)> {
        self.counts.iter().filter_map(move |(name, count)| Some((name.strip_prefix(prefix)?, *count)))
    }

    fn name(&self) -> &str {
        match &self.about.source {
            Source::World { world, .. } => world,
            Source::Corpus { name, .. } => name,
        }
    }

    /// The files of each table, by the table's name.
    fn tables(&self) -> BTreeMap<&str, Vec<&Shard>> {
        let mut tables: BTreeMap<&str, Vec<&Shard>> = BTreeMap::new();
        for shard in self.shards {
            let table = shard.file.rsplit_once('-').map_or(shard.file.as_str(), |(table, _)| table);
            tables.entry(table).or_default().push(shard);
        }
        tables.values_mut().for_each(|files| files.sort_by(|a, b| a.file.cmp(&b.file)));
        tables
    }

    fn front_matter(&self) -> String {
        let mut out = format!("---\npretty_name: {}\n", quoted(&format!("Tandem triples: {}", self.name())));
        out.push_str(match self.about.source {
            Source::World { .. } => "license: apache-2.0\n",
            Source::Corpus { .. } => "license: other\nlicense_name: as-the-source-corpus\n",
        });
        out.push_str("language:\n- en\ntask_categories:\n- question-answering\ntags:\n- synthetic\n");
        out.push_str(&format!("size_categories:\n- {}\nconfigs:\n", size_category(self.count("questions"))));
        for (table, files) in self.tables() {
            out.push_str(&format!("- config_name: {table}\n"));
            if table == "questions" {
                out.push_str("  default: true\n");
            }
            // Train, dev and test stand in a column of the rows: a table is one piece here.
            out.push_str("  data_files:\n  - split: full\n    path:\n");
            files.iter().for_each(|shard| out.push_str(&format!("    - {}\n", shard.file)));
        }
        out.push_str("---\n");
        out
    }

    fn opening(&self) -> String {
        let (questions, documents, sections) = (self.count("questions"), self.count("documents"), self.count("sections"));
        let (wanted, seed) = (self.count("questions_wanted"), self.about.seed);
        let what = format!("{} questions about {} documents in {} sections", count(questions), count(documents), count(sections));
        let (what, command) = match &self.about.source {
            Source::World { preset, world } => (
                format!(
                    "{what} of the fictional world {}, with {} facts planted in the files.",
                    escaped(world),
                    count(self.count("facts_told"))
                ),
                format!("tandem synth --world {} --triples {wanted} --seed {seed}", escaped(preset)),
            ),
            Source::Corpus { name, excludes } => {
                let exclude = if *excludes { " --exclude FILE" } else { "" };
                let command = format!("tandem synth --corpus {} --triples {wanted} --seed {seed}{exclude}", escaped(name));
                (format!("{what} of the corpus {}.", escaped(name)), command)
            }
        };
        let (by, with) = match self.about.teacher {
            None => ("Made by rules, with no language model and no human labels".to_owned(), String::new()),
            Some(model) => (
                format!(
                    "Made by rules; the language model {} said {} of the questions in other words and asked {} more. No human labels",
                    escaped(model),
                    count(self.count("teacher.paraphrase.used")),
                    count(self.count("teacher.ask.used"))
                ),
                format!(" --teacher URL --teacher-model {}", escaped(model)),
            ),
        };
        format!("# Questions, answers and documents: {}\n\n{what} {by}. Preset and seed:\n\n> {command}{with}\n", escaped(self.name()))
    }

    /// What became of the teacher's answers. Whether one came from the cache is left to the manifest: the card is the same for both.
    fn teacher(&self) -> String {
        if self.about.teacher.is_none() {
            return String::new();
        }
        let row = |job: &str| {
            let of = |what: &str| self.count(&format!("teacher.{job}.{what}"));
            let ends = ["refused", "failed", "rejected", "used"].map(|what| count(of(what)));
            let numbers = [count(of("asked")), count(of("cached") + of("made"))].into_iter().chain(ends);
            std::iter::once(job.to_owned()).chain(numbers).collect()
        };
        let jobs = JOBS.map(|job| name(&job));
        let reason = |(key, number): (&str, u64)| {
            let (job, rest) = key.split_once('.')?;
            let (end, reason) = rest.split_once('.')?;
            Some(vec![job.to_owned(), end.to_owned(), reason.replace('_', " "), count(number)])
        };
        let header = ["job", "asked", "answered", "refused", "failed", "rejected", "used"];
        format!(
            "## Teacher\n\nRefused requests were not sent, failed ones brought no answer, rejected answers did not pass the checks or the judge. `teacher.jsonl` shows some of each.\n\n{}\n{}",
            table(&header, jobs.iter().map(|job| row(job))),
            table(&["job", "end", "reason", "number"], self.counts_of("teacher.").filter_map(reason))
        )
    }

    fn kinds(&self) -> String {
        let all = self.count("questions").max(1) as f64;
        let mut kinds: BTreeMap<String, (f64, u64)> = self.about.wanted.iter().map(|(kind, share)| (name(kind), (*share, 0))).collect();
        self.counts_of("kind.").for_each(|(kind, number)| kinds.entry(kind.to_owned()).or_default().1 = number);
        let rows = kinds.into_iter().map(|(kind, (wanted, got))| vec![kind, share(wanted), share(got as f64 / all), count(got)]);
        format!("## Kinds\n\n{}", table(&["kind", "share wanted", "share got", "questions"], rows))
    }

    fn splits(&self) -> String {
        let rows = self.counts_of("split.").map(|(split, number)| vec![split.to_owned(), count(number)]);
        let rule = match self.about.source {
            Source::World { .. } => {
                "what a dev or test question rests on stands in no train document, and its wording was never used for train"
            }
            Source::Corpus { .. } => {
                "a question has the split of its document, and wordings that come from lists are divided in the same way"
            }
        };
        format!("## Splits\n\nNo fact is in two: {rule}.\n\n{}", table(&["split", "questions"], rows))
    }

    fn spans(&self) -> String {
        let facts = count(self.count("facts_in_answers"));
        let mut out = format!(
            "## Spans\n\nThe answers rest on {facts} facts. For each, `raw_start..raw_end` are the bytes of the value and `sentence_start..sentence_end` those of its sentence, in the original file"
        );
        match self.about.source {
            Source::World { .. } => out.push_str(" under `raw/`, after mark-up, page furniture and damage.\n"),
            Source::Corpus { .. } => out.push_str(&format!(
                ", by the offset maps of the prepared sections. Some answer rests on {} of the {} documents and on {} of the {} sections.\n",
                count(self.count("covered.documents")),
                count(self.count("documents")),
                count(self.count("covered.sections")),
                count(self.count("sections"))
            )),
        }
        out
    }

    fn filters(&self) -> String {
        let rows = self.counts_of("dropped.").map(|(reason, number)| vec![reason.replace('_', " "), count(number)]);
        format!("## Filters\n\nTries that were dropped, by the first reason found.\n\n{}", table(&["reason", "dropped"], rows))
    }

    fn ranks(&self) -> String {
        let kinds: Vec<&str> = self.counts_of("kind.").map(|(kind, _)| kind).collect();
        let of_kind = |kind: &str| RANKS.map(|rank| self.count(&format!("bm25_rank.{kind}.{rank}")));
        let rows = kinds.into_iter().filter(|kind| of_kind(kind).iter().any(|number| *number > 0));
        let rows = rows.map(|kind| std::iter::once(kind.to_owned()).chain(of_kind(kind).map(count)).collect());
        let header: Vec<&str> = std::iter::once("kind").chain(RANKS).collect();
        format!(
            "## BM25\n\nRank of the first gold section in a keyword search for the question (answerable ones only).\n\n{}",
            table(&header, rows)
        )
    }

    fn examples(&self) -> String {
        let row = |sample: &Sample| {
            let answer = sample.answer.as_deref().unwrap_or("(not in the documents)");
            let sentences: Vec<String> = sample.sentences.iter().map(|sentence| escaped(sentence)).collect();
            vec![name(&sample.kind), escaped(&sample.question), escaped(answer), sentences.join("<br>")]
        };
        format!("## Examples\n\n{}", table(&["kind", "question", "answer", "sentence"], self.samples.iter().map(row)))
    }

    fn files(&self) -> String {
        let rows = self.tables().into_iter().map(|(table, files)| {
            let (rows, bytes) = (files.iter().map(|file| file.rows).sum(), files.iter().map(|file| file.bytes).sum());
            vec![table.to_owned(), count(files.len() as u64), count(rows), count(bytes)]
        });
        format!(
            "## Tables\n\nOne row of `answers` and of `candidates` for each row of `questions`, in the same order.\n\n{}",
            table(&["table", "files", "rows", "bytes"], rows)
        )
    }

    fn licence(&self) -> String {
        let text = match &self.about.source {
            Source::World { .. } => {
                "The documents are invented: organisations, people and products come from word lists, and a likeness to real ones is chance. Documents and questions stand under the Apache licence 2.0.".to_owned()
            }
            Source::Corpus { name, .. } => format!(
                "The documents are the corpus {}; they, and the sentences and questions taken from them, keep its licence, which this program does not know. Look there before you pass the tables on.",
                escaped(name)
            ),
        };
        format!("## Source and licence\n\n{text}\n")
    }
}

/// The size class of Hugging Face's cards.
fn size_category(rows: u64) -> &'static str {
    match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000..10_000_000 => "1M<n<10M",
        _ => "10M<n<100M",
    }
}

//! Decides what a document says, before anyone knows how it will look: blocks of clean text in order, with the planted facts marked.

mod rows;

use std::collections::BTreeMap;

use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use records::Role;

use super::cluster::{Cluster, Version, World};
use super::genre::{Format, Genre, GenreRule};
use super::preset::WorldPreset;
use super::prose::{Prose, Sentence, Told};
use super::writer::Writer;
use crate::render::NoiseChannel;

/// A paragraph, heading, item or row.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub role: Role,
    /// Heading level from 1, else 0.
    pub level: u8,
    pub prose: Prose,
    /// Whether a new section starts here although it is no heading.
    pub opens: bool,
}

/// A document before rendering.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub genre: Genre,
    pub format: Format,
    /// Whether plain text is set in pages.
    pub paged: bool,
    pub title: String,
    /// Content in reading order, the title first.
    pub blocks: Vec<Block>,
    pub told: Vec<Told>,
    /// Lines for the furniture around the content.
    pub furniture: Furniture,
}

/// What a renderer may put around the content.
#[derive(Clone, Debug)]
pub(crate) struct Furniture {
    pub navigation: Vec<String>,
    pub cookies: String,
    pub buttons: Vec<String>,
    pub footers: Vec<String>,
    pub mark: String,
    pub organisation: String,
    pub signature: String,
    /// Texts of a column beside that of a paged document.
    pub column: Vec<String>,
}

/// Composes document `document` of a cluster.
pub(crate) fn compose(
    world: &World,
    preset: &WorldPreset,
    cluster: &Cluster,
    document: usize,
    rule: &GenreRule,
    rng: &mut ChaCha8Rng,
) -> Draft {
    let mut own = NoiseChannel::ColumnInterleaving.random(rng);
    let formats = [Format::Html, Format::Markdown, Format::Text];
    let format = WeightedIndex::new(rule.formats).map_or(Format::Text, |weights| formats[weights.sample(rng)]);
    let mut writer = Writer::new(world, cluster, document, rng);
    let paged = writer.chance(rule.paged);
    let title = writer.one_of(&rule.titles);
    let numbering = rule.numbering.choose(writer.rng).cloned().unwrap_or_default();
    let mut composer = Composer { writer, rule, numbering, blocks: Vec::new(), fillers: preset.filler_sentences };
    composer.opening(&title);
    composer.body(subjects(cluster, document), preset.sections);
    composer.closing();
    let Composer { mut writer, blocks, .. } = composer;
    let mut furniture = furniture(&mut writer, cluster);
    let told = writer.told;
    if paged && format == Format::Text {
        furniture.column = column(Writer::new(world, cluster, document, &mut own));
    }
    Draft { genre: rule.genre, format, paged, title, blocks, told, furniture }
}

/// The facts a document tells, by subject.
fn subjects(cluster: &Cluster, document: usize) -> Vec<Vec<usize>> {
    let mut by_subject: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, fact) in cluster.facts.iter().enumerate().filter(|(_, fact)| fact.document == Some(document)) {
        by_subject.entry(fact.subject).or_default().push(at);
    }
    by_subject.into_values().collect()
}

fn furniture(writer: &mut Writer, cluster: &Cluster) -> Furniture {
    let mut navigation: Vec<String> = Vec::new();
    for _ in 0..9 {
        let entry = writer.furniture("navigation");
        if !navigation.contains(&entry) {
            navigation.push(entry);
        }
    }
    Furniture {
        navigation,
        cookies: writer.furniture("cookies"),
        buttons: (0..2).map(|_| writer.furniture("buttons")).collect(),
        footers: (0..3).map(|_| writer.furniture("footers")).collect(),
        mark: writer.furniture("marks"),
        organisation: cluster.entities[0].name.full.clone(),
        signature: writer.furniture("signatures"),
        column: Vec::new(),
    }
}

/// Notices and advertisements; their writer has a generator of its own, so that the document stays the same with and without them.
fn column(mut writer: Writer) -> Vec<String> {
    (0..writer.between(1..=4)).map(|_| writer.furniture("columns")).collect()
}

struct Composer<'a> {
    writer: Writer<'a>,
    rule: &'a GenreRule,
    numbering: String,
    blocks: Vec<Block>,
    fillers: [usize; 2],
}

impl Composer<'_> {
    fn push(&mut self, role: Role, level: u8, prose: Prose) {
        self.blocks.push(Block { role, level, prose, opens: false });
    }

    /// The title and what stands between it and the first section.
    fn opening(&mut self, title: &str) {
        let lines = self.rule.metadata.choose(self.writer.rng).cloned().unwrap_or_default();
        let metadata: Vec<String> = lines.iter().map(|line| self.writer.expand(line)).collect();
        if self.rule.letter {
            metadata.into_iter().for_each(|line| self.push(Role::Metadata, 0, Prose::plain(line)));
            self.push(Role::Metadata, 0, Prose::plain(format!("Subject: {title}")));
            let salutation = self.writer.furniture("salutations");
            self.push(Role::Paragraph, 0, Prose::plain(salutation));
            self.open_here();
        } else {
            self.push(Role::Title, 1, Prose::plain(title));
            metadata.into_iter().for_each(|line| self.push(Role::Metadata, 0, Prose::plain(line)));
        }
        if self.writer.chance(0.7) {
            let lead = self.writer.one_of(&self.rule.leads);
            let mut prose = self.paragraph(Vec::new());
            if !lead.is_empty() {
                let mut led = Prose::plain(lead);
                prose.sentences.iter().for_each(|range| led.push(Sentence::plain(prose.text[range.clone()].to_owned())));
                prose = led;
            }
            self.push(Role::Paragraph, 0, prose);
            self.open_here();
        }
    }

    /// Marks the last block as the start of a section.
    fn open_here(&mut self) {
        if let Some(last) = self.blocks.last_mut() {
            last.opens = true;
        }
    }

    /// Sections; a subject's facts stand in one of them, but for stragglers.
    fn body(&mut self, subjects: Vec<Vec<usize>>, limits: [usize; 2]) {
        let sections = self.writer.between(limits[0]..=limits[1]);
        let mut shares: Vec<Vec<Vec<usize>>> = vec![Vec::new(); sections];
        for mut facts in subjects {
            facts.shuffle(self.writer.rng);
            if facts.len() > 1 && self.writer.chance(0.3) {
                let straggler = facts.pop().into_iter().collect();
                shares[self.writer.between(0..=sections - 1)].push(straggler);
            }
            shares[self.writer.between(0..=sections - 1)].push(facts);
        }
        for (number, share) in shares.into_iter().enumerate() {
            self.heading(number, share.first().and_then(|facts| facts.first()).copied());
            self.section(share);
        }
    }

    fn heading(&mut self, number: usize, fact: Option<usize>) {
        if self.rule.letter && self.writer.chance(0.6) {
            return;
        }
        let about = fact.filter(|_| self.writer.chance(self.rule.about));
        let mut text = match about {
            Some(fact) => self.writer.heading_about(fact, self.rule.asks),
            None => self.writer.one_of(&self.rule.headings),
        };
        let taken =
            |blocks: &[Block], text: &str| blocks.iter().any(|block| block.role == Role::Heading && block.prose.text.ends_with(text));
        for _ in 0..8 {
            if taken(&self.blocks, &text) {
                text = self.writer.one_of(&self.rule.headings);
            }
        }
        let number = self.numbering.replace("{i}", &(number + 1).to_string());
        self.push(Role::Heading, 2, Prose::plain(format!("{number}{text}")));
    }

    fn section(&mut self, mut subjects: Vec<Vec<usize>>) {
        let told: usize = subjects.iter().map(Vec::len).sum();
        // A value that changed needs words that say when it holds: it never stands in a table.
        let facts = &self.writer.cluster.facts;
        let dated = |fact: &usize| matches!(facts[*fact].version, Version::Dated { .. });
        let mut table = Vec::new();
        if told >= 2 && self.writer.chance(self.rule.tables) {
            for share in &mut subjects {
                let (worded, tabled): (Vec<usize>, Vec<usize>) = share.iter().copied().partition(dated);
                *share = worded;
                table.push(tabled);
            }
            subjects.retain(|share| !share.is_empty());
            table.retain(|share| !share.is_empty());
        }
        let as_list = self.writer.chance(self.rule.lists);
        let listed = if as_list { subjects.split_off(subjects.len() / 2) } else { Vec::new() };
        let paragraphs = self.writer.between(1..=2).max(subjects.iter().map(Vec::len).sum::<usize>().div_ceil(4));
        for number in 0..paragraphs {
            let share: Vec<Vec<usize>> = subjects.iter().skip(number).step_by(paragraphs).cloned().collect();
            let mut prose = self.paragraph(share);
            if self.rule.clauses {
                prose = numbered(prose, number + 1);
            }
            self.push(Role::Paragraph, 0, prose);
        }
        if as_list {
            self.list(listed);
        }
        if !table.is_empty() {
            self.tables(table);
        } else if !as_list && self.rule.genre == Genre::Handbook && self.writer.chance(0.12) {
            let code = self.writer.furniture("code").to_lowercase();
            self.push(Role::Code, 0, Prose::plain(code));
        }
    }

    /// A paragraph of filler with the facts at random places, those of one subject in a row.
    fn paragraph(&mut self, subjects: Vec<Vec<usize>>) -> Prose {
        let fillers = self.writer.between(self.fillers[0]..=self.fillers[1]).max(usize::from(subjects.is_empty()) * 2);
        let mut parts: Vec<Option<Vec<usize>>> = subjects.into_iter().map(Some).chain(std::iter::repeat_n(None, fillers)).collect();
        parts.shuffle(self.writer.rng);
        let mut prose = Prose::default();
        for part in parts {
            match part {
                Some(facts) => self.writer.tell(&facts).into_iter().for_each(|sentence| prose.push(sentence)),
                None => prose.push(self.writer.filler()),
            }
        }
        prose
    }

    /// What stands at the end.
    fn closing(&mut self) {
        if self.rule.letter {
            let (closing, name) = (self.writer.furniture("closings"), self.writer.expand("{person}"));
            self.push(Role::Paragraph, 0, Prose::plain(closing));
            self.push(Role::Metadata, 0, Prose::plain(name));
        } else if matches!(self.rule.genre, Genre::Report | Genre::Encyclopaedia | Genre::Specification) && self.writer.chance(0.5) {
            self.push(Role::Heading, 2, Prose::plain("References"));
            for number in 1..=self.writer.between(2..=3) {
                let reference = self.writer.furniture("references");
                self.push(Role::Reference, 0, Prose::plain(format!("[{number}] {reference}")));
            }
        } else if self.writer.chance(0.25) {
            let footnote = self.writer.furniture("footnotes");
            self.push(Role::Footnote, 0, Prose::plain(format!("* {footnote}")));
        }
    }
}

/// The paragraph with its number before it, as regulations have it.
fn numbered(prose: Prose, number: usize) -> Prose {
    let mut out = Prose::plain(format!("({number})"));
    let shift = out.text.len() + 1;
    out.text.push(' ');
    out.text.push_str(&prose.text);
    let moved = |range: &std::ops::Range<usize>| range.start + shift..range.end + shift;
    out.sentences.extend(prose.sentences.iter().map(moved));
    out.plants.extend(prose.plants.into_iter().map(|mut plant| {
        plant.value = moved(&plant.value);
        plant.sentence = moved(&plant.sentence);
        plant.subject = plant.subject.as_ref().map(moved);
        plant
    }));
    out
}

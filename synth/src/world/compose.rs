//! Decides what a document says, before anyone knows how it will look: blocks of clean text in order, with the planted facts marked.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use records::Role;
use serde::{Deserialize, Serialize};

use super::cluster::{Cluster, World};
use super::preset::WorldPreset;
use super::prose::{Prose, Told, Writer};

/// What sort of document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Genre {
    /// A page of an intranet (HTML).
    WebPage,
    /// A chapter of a staff handbook (Markdown).
    Handbook,
    /// Minutes of a meeting (plain text with pages).
    Minutes,
    /// A report (plain text with pages).
    Report,
    /// Frequently asked questions (HTML or Markdown).
    QuestionsAndAnswers,
    /// A circular e-mail (plain text).
    Email,
    /// A notice (plain text).
    Notice,
}

impl Genre {
    /// The name in data files and paths.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WebPage => "web_page",
            Self::Handbook => "handbook",
            Self::Minutes => "minutes",
            Self::Report => "report",
            Self::QuestionsAndAnswers => "questions_and_answers",
            Self::Email => "email",
            Self::Notice => "notice",
        }
    }

    fn has_tables(self) -> bool {
        matches!(self, Self::WebPage | Self::Handbook | Self::Report)
    }
}

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
}

/// Composes document `document` of a cluster.
pub(crate) fn compose(
    world: &World,
    preset: &WorldPreset,
    cluster: &Cluster,
    document: usize,
    genre: Genre,
    rng: &mut ChaCha8Rng,
) -> Draft {
    let mut facts: Vec<usize> = (0..cluster.facts.len()).filter(|fact| cluster.facts[*fact].document == Some(document)).collect();
    facts.shuffle(rng);
    let mut writer = Writer::new(world, cluster, rng);
    let title = writer.title(genre.name());
    let mut composer = Composer { writer, genre, blocks: Vec::new(), fillers: preset.filler_sentences };
    composer.opening(&title);
    composer.body(facts, preset.sections);
    composer.closing();
    let Composer { mut writer, blocks, .. } = composer;
    let furniture = furniture(&mut writer, cluster);
    Draft { genre, title, blocks, told: writer.told, furniture }
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
    }
}

struct Composer<'a> {
    writer: Writer<'a>,
    genre: Genre,
    blocks: Vec<Block>,
    fillers: [usize; 2],
}

impl Composer<'_> {
    fn push(&mut self, role: Role, level: u8, prose: Prose) {
        self.blocks.push(Block { role, level, prose, opens: false });
    }

    /// The title and what stands between it and the first section.
    fn opening(&mut self, title: &str) {
        let date = self.writer.date();
        let author = self.writer.expand("{person}");
        let metadata: Vec<String> = match self.genre {
            Genre::Email => vec![
                format!("From: {author}"),
                format!("To: {}", self.writer.expand("all members of the {group}")),
                format!("Date: {date}"),
            ],
            Genre::Minutes => vec![
                format!("Date: {date}"),
                self.writer.expand("Present: {person}, {person}, {person}"),
                format!("Minutes taken by: {author}"),
            ],
            Genre::Report | Genre::Handbook => vec![format!("Author: {author}"), format!("Date: {date}")],
            Genre::WebPage => vec![format!("Last updated on {date}")],
            Genre::Notice => vec![format!("Posted on {date}")],
            Genre::QuestionsAndAnswers => Vec::new(),
        };
        let metadata = metadata.into_iter().map(Prose::plain);
        if self.genre == Genre::Email {
            metadata.for_each(|line| self.push(Role::Metadata, 0, line));
            self.push(Role::Metadata, 0, Prose::plain(format!("Subject: {title}")));
            let salutation = self.writer.furniture("salutations");
            self.push(Role::Paragraph, 0, Prose::plain(salutation));
            self.open_here();
        } else {
            self.push(Role::Title, 1, Prose::plain(title));
            metadata.for_each(|line| self.push(Role::Metadata, 0, line));
        }
        if self.writer.chance(0.6) {
            let lead = self.paragraph(Vec::new());
            self.push(Role::Paragraph, 0, lead);
            self.open_here();
        }
    }

    /// Marks the last block as the start of a section.
    fn open_here(&mut self) {
        if let Some(last) = self.blocks.last_mut() {
            last.opens = true;
        }
    }

    fn body(&mut self, facts: Vec<usize>, limits: [usize; 2]) {
        let sections = self.writer.between(limits[0]..=limits[1]);
        let mut shares: Vec<Vec<usize>> = vec![Vec::new(); sections];
        for fact in facts {
            let at = self.writer.between(0..=sections - 1);
            shares[at].push(fact);
        }
        let mut table_left = self.genre.has_tables();
        for (number, share) in shares.into_iter().enumerate() {
            self.heading(number, share.first().copied());
            let as_table = table_left && share.len() >= 2 && self.writer.chance(0.5);
            table_left &= !as_table;
            self.section(share, as_table);
        }
    }

    fn heading(&mut self, number: usize, fact: Option<usize>) {
        if self.genre == Genre::Email && self.writer.chance(0.6) {
            return;
        }
        let mut text = self.writer.heading(fact, self.genre == Genre::QuestionsAndAnswers);
        let taken =
            |blocks: &[Block], text: &str| blocks.iter().any(|block| block.role == Role::Heading && block.prose.text.ends_with(text));
        while taken(&self.blocks, &text) {
            text = self.writer.heading(None, false);
        }
        if matches!(self.genre, Genre::Minutes | Genre::Report) {
            text = format!("{}. {text}", number + 1);
        }
        self.push(Role::Heading, 2, Prose::plain(text));
    }

    fn section(&mut self, mut facts: Vec<usize>, as_table: bool) {
        if as_table {
            let rows = facts.split_off(facts.len().saturating_sub(4).min(facts.len() - 2));
            let lead = self.paragraph(facts);
            self.push(Role::Paragraph, 0, lead);
            self.table(rows);
            return;
        }
        let as_list = !matches!(self.genre, Genre::Email) && self.writer.chance(0.3);
        let in_list = if as_list { facts.split_off(facts.len() / 2) } else { Vec::new() };
        let paragraphs = self.writer.between(1..=2).max(facts.len().div_ceil(3));
        for number in 0..paragraphs {
            let share: Vec<usize> = facts.iter().copied().skip(number).step_by(paragraphs).collect();
            let paragraph = self.paragraph(share);
            self.push(Role::Paragraph, 0, paragraph);
        }
        if as_list {
            self.list(in_list);
        } else if matches!(self.genre, Genre::Handbook | Genre::WebPage) && self.writer.chance(0.12) {
            let code = self.writer.furniture("code").to_lowercase();
            self.push(Role::Code, 0, Prose::plain(code));
        }
    }

    /// A paragraph of filler with the facts at random places.
    fn paragraph(&mut self, facts: Vec<usize>) -> Prose {
        let fillers = self.writer.between(self.fillers[0]..=self.fillers[1]).max(usize::from(facts.is_empty()) * 2);
        let mut parts: Vec<Option<usize>> = facts.into_iter().map(Some).chain(std::iter::repeat_n(None, fillers)).collect();
        parts.shuffle(self.writer.rng);
        let mut prose = Prose::default();
        for part in parts {
            let (sentence, plant) = match part {
                Some(fact) => self.writer.fact(fact),
                None => (self.writer.filler(), None),
            };
            prose.push(&sentence, plant);
        }
        prose
    }

    fn list(&mut self, facts: Vec<usize>) {
        let idle = self.writer.between(2..=3);
        let mut items: Vec<Option<usize>> = facts.into_iter().map(Some).chain(std::iter::repeat_n(None, idle)).collect();
        items.shuffle(self.writer.rng);
        for item in items {
            let mut prose = Prose::default();
            let (sentence, plant) = match item {
                Some(fact) => self.writer.fact(fact),
                None => (self.writer.filler(), None),
            };
            prose.push(&sentence, plant);
            self.push(Role::ListItem, 0, prose);
        }
    }

    fn table(&mut self, facts: Vec<usize>) {
        let caption = self.writer.furniture("captions");
        self.push(Role::Caption, 0, Prose::plain(caption));
        self.push(Role::TableRow, 0, Prose::row(&["Subject".into(), "Item".into(), "Entry".into()], None));
        let mut rows: Vec<Prose> = facts.into_iter().map(|fact| self.writer.row(fact)).collect();
        let idle = self.writer.between(1..=2);
        rows.extend((0..idle).map(|_| self.writer.idle_row()));
        rows.shuffle(self.writer.rng);
        rows.into_iter().for_each(|row| self.push(Role::TableRow, 0, row));
    }

    /// What stands at the end.
    fn closing(&mut self) {
        match self.genre {
            Genre::Email => {
                let (closing, name) = (self.writer.furniture("closings"), self.writer.expand("{person}"));
                self.push(Role::Paragraph, 0, Prose::plain(closing));
                self.push(Role::Metadata, 0, Prose::plain(name));
            }
            Genre::Report if self.writer.chance(0.6) => {
                self.push(Role::Heading, 2, Prose::plain("References"));
                for number in 1..=self.writer.between(2..=3) {
                    let reference = self.writer.furniture("references");
                    self.push(Role::Reference, 0, Prose::plain(format!("[{number}] {reference}")));
                }
            }
            Genre::Report | Genre::WebPage if self.writer.chance(0.4) => {
                let footnote = self.writer.furniture("footnotes");
                self.push(Role::Footnote, 0, Prose::plain(format!("* {footnote}")));
            }
            _ => {}
        }
    }
}

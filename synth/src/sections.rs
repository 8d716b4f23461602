//! Gold sections: the clean text of a draft, cut where a careful editor would cut it, tied to the raw file.

use std::ops::Range;

use records::{OffsetMap, Role, Section};

use crate::render::Placed;
use crate::world::compose::Block;

/// Most characters of a section's text.
pub(crate) const LONGEST: usize = 900;

/// Which blocks start a section in a reader's eyes: a title, a heading or an opening with something before it.
pub(crate) fn starts(blocks: &[Block]) -> Vec<bool> {
    let mut pending = true;
    let mut started = false;
    let mut start_of = |block: &Block| {
        let opens = block.opens || matches!(block.role, Role::Title | Role::Heading);
        let starts = (opens && pending) || !started;
        started = true;
        // Headings in a row start one section together.
        pending = !matches!(block.role, Role::Title | Role::Heading);
        starts
    };
    blocks.iter().map(&mut start_of).collect()
}

/// A fact's place in the gold sections.
#[derive(Clone, Debug)]
pub(crate) struct PlantedAt {
    pub told: usize,
    pub section: u32,
    /// Raw bytes of the value, of the subject's name where the sentence holds it, and of the sentence.
    pub value: Range<u64>,
    pub subject: Option<Range<u64>>,
    pub sentence: Range<u64>,
}

/// The document the sections belong to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    pub doc_id: &'a str,
    pub path: &'a str,
    pub title: &'a str,
}

/// Cuts a rendered draft into sections and says where each planted fact came to stand.
pub(crate) fn cut(blocks: &[Block], placed: &[Placed], origin: Origin) -> (Vec<Section>, Vec<PlantedAt>) {
    let mut cutter = Cutter { origin, heading: None, sections: Vec::new(), planted: Vec::new(), pending: Pending::default() };
    for ((block, placed), starts) in blocks.iter().zip(placed).zip(starts(blocks)) {
        if starts {
            cutter.flush();
        }
        match block.role {
            Role::Title => {}
            Role::Heading => cutter.heading = Some(block.prose.text.clone()),
            _ => cutter.block(block, placed),
        }
    }
    cutter.flush();
    (cutter.sections, cutter.planted)
}

#[derive(Default)]
struct Pending {
    text: String,
    characters: usize,
    spans: OffsetMap,
    page: Option<u32>,
    roles: Vec<(Role, usize)>,
}

struct Cutter<'a> {
    origin: Origin<'a>,
    heading: Option<String>,
    sections: Vec<Section>,
    planted: Vec<PlantedAt>,
    pending: Pending,
}

impl Cutter<'_> {
    /// Adds a block, whole if it fits into any section, else sentence by sentence.
    fn block(&mut self, block: &Block, placed: &Placed) {
        let text = &block.prose.text;
        if text.chars().count() <= LONGEST {
            self.part(block, placed, 0..text.len(), "\n");
            return;
        }
        for (number, sentence) in block.prose.sentences.iter().enumerate() {
            self.part(block, placed, sentence.clone(), if number == 0 { "\n" } else { " " });
        }
    }

    /// Adds a part of a block; `glue` stands between it and what is pending.
    fn part(&mut self, block: &Block, placed: &Placed, range: Range<usize>, glue: &str) {
        let text = &block.prose.text[range.clone()];
        let characters = text.chars().count();
        if self.pending.characters + 1 + characters > LONGEST {
            self.flush();
        }
        let pending = &mut self.pending;
        if pending.text.is_empty() {
            pending.page = placed.page;
        } else {
            pending.text.push_str(glue);
            pending.characters += 1;
        }
        let map = placed.map.slice(range.start as u64..range.end as u64);
        pending.spans.append(&map, pending.text.len() as u64).expect("blocks lie in the file in their order");
        pending.text.push_str(text);
        pending.characters += characters;
        pending.roles.push((block.role, text.len()));
        for plant in block.prose.plants.iter().filter(|plant| range.start <= plant.sentence.start && plant.sentence.end <= range.end) {
            let raw = |clean: &Range<usize>| placed.map.raw_range(clean.start as u64..clean.end as u64);
            if let (Some(value), Some(sentence)) = (raw(&plant.value), raw(&plant.sentence)) {
                let subject = plant.subject.as_ref().and_then(raw);
                self.planted.push(PlantedAt { told: plant.told, section: self.sections.len() as u32, value, subject, sentence });
            }
        }
    }

    fn flush(&mut self) {
        let Pending { text, spans, page, roles, .. } = std::mem::take(&mut self.pending);
        if text.is_empty() {
            return;
        }
        self.sections.push(Section {
            doc_id: self.origin.doc_id.to_owned(),
            path: self.origin.path.to_owned(),
            title: Some(self.origin.title.to_owned()),
            section: self.sections.len() as u32,
            heading_path: self.heading.iter().cloned().collect(),
            role: main_role(&roles),
            text,
            spans,
            page,
            repairs: Vec::new(),
            links: Vec::new(),
            pages: Vec::new(),
        });
    }
}

/// The role most of the text has; the first one among equals.
fn main_role(parts: &[(Role, usize)]) -> Role {
    let total = |role: Role| parts.iter().filter(|(other, _)| *other == role).map(|(_, length)| length).sum::<usize>();
    let best = parts.iter().map(|(role, _)| *role).fold(None, |best: Option<Role>, role| match best {
        Some(best) if total(best) >= total(role) => Some(best),
        _ => Some(role),
    });
    best.unwrap_or(Role::Paragraph)
}

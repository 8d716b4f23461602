//! Plain text as it comes from a printer or a scanner: hard-wrapped lines, hyphens at line ends, pages with headers, numbers and form feeds.

use std::ops::Range;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use records::{Join, Role};

use super::canvas::{Canvas, groups};
use super::channels::NoiseChannel;
use super::column::Column;
use super::noise::Piece;
use crate::world::NoiseShares;
use crate::world::compose::Draft;
use crate::world::genre::Genre;

/// How a document is set.
struct Layout {
    width: usize,
    /// Lines of content on a page; none for a text without pages.
    page_lines: Option<usize>,
    /// Share of the lines with room for it that end in a hyphenated word.
    hyphenation: f64,
    header: Option<String>,
    footer: Option<String>,
    /// How page numbers look: `{n}` is the number.
    number: &'static str,
    bullet: &'static str,
    underlined: bool,
    blank_lines: bool,
}

impl Layout {
    fn of(draft: &Draft, shares: &NoiseShares, rng: &mut ChaCha8Rng) -> Self {
        let paged = draft.paged;
        let headers = [
            draft.title.clone(),
            draft.furniture.organisation.to_uppercase(),
            format!("{} - {}", draft.furniture.organisation, draft.furniture.mark),
        ];
        let mut own = NoiseChannel::Footers.random(rng);
        let footers = [
            draft.furniture.organisation.clone(),
            format!("{} | {}", draft.title, draft.furniture.mark),
            draft.furniture.mark.clone(),
            draft.furniture.footers.first().cloned().unwrap_or_default(),
        ];
        let numbers = ["- {n} -", "Page {n}", "{n}", "[{n}]", "p. {n}"];
        Self {
            width: rng.random_range(58..86),
            page_lines: paged.then(|| rng.random_range(24..44)),
            hyphenation: if paged && rng.random_bool(0.7) { rng.random_range(0.2..0.9) } else { 0.0 },
            header: (paged && rng.random_bool(0.85)).then(|| headers[rng.random_range(0..headers.len())].clone()),
            footer: (paged && own.random_bool(shares.footers)).then(|| footers[own.random_range(0..footers.len())].clone()),
            number: numbers[rng.random_range(0..numbers.len())],
            bullet: ["- ", "* ", "o ", "  - "][rng.random_range(0..4)],
            underlined: rng.random_bool(0.4),
            blank_lines: rng.random_bool(0.85),
        }
    }
}

/// Writes the draft as plain text.
pub(crate) fn write(canvas: &mut Canvas, draft: &Draft, shares: &NoiseShares, rng: &mut ChaCha8Rng) {
    let (cutting, column) = (NoiseChannel::Hyphenation.random(rng), Column::beside(draft, shares, rng));
    let layout = Layout::of(draft, shares, rng);
    let mut press = Press { canvas, layout, on_page: 0, cutting, column };
    if press.layout.page_lines.is_some() {
        press.canvas.page = Some(1);
        press.header();
    }
    for at in 0..draft.blocks.len() {
        press.block(at);
    }
    press.closing(draft);
}

struct Press<'a, 'b> {
    canvas: &'a mut Canvas<'b>,
    layout: Layout,
    on_page: usize,
    /// Decides which words are cut.
    cutting: ChaCha8Rng,
    column: Column,
}

impl Press<'_, '_> {
    fn block(&mut self, at: usize) {
        let block = self.canvas.block(at);
        let above = at.checked_sub(1).map(|above| self.canvas.block(above).role);
        let tight = matches!((above, block.role), (Some(a), b) if a == b && matches!(b, Role::ListItem | Role::TableRow | Role::Metadata | Role::Reference));
        if at > 0 && !tight && (self.layout.blank_lines || block.role == Role::Heading) {
            self.blank();
        }
        let pieces = self.canvas.pieces(at, 0..block.prose.text.len());
        let (first, rest) = match block.role {
            Role::ListItem => (self.layout.bullet.to_owned(), " ".repeat(self.layout.bullet.len())),
            Role::Title => (" ".repeat(self.layout.width.saturating_sub(block.prose.text.chars().count()) / 2), String::new()),
            Role::Code => ("    ".to_owned(), "    ".to_owned()),
            _ => (String::new(), String::new()),
        };
        let hyphenation = if matches!(block.role, Role::Paragraph | Role::ListItem) { self.layout.hyphenation } else { 0.0 };
        let width = if matches!(block.role, Role::Paragraph | Role::ListItem | Role::Title) { self.layout.width } else { usize::MAX };
        self.canvas.markup(&first);
        self.canvas.begin_block();
        self.canvas.begin_line(at, true);
        self.wrapped(at, &pieces, first.len(), &rest, (width, hyphenation));
        self.canvas.end_block();
        self.line_end(Join::Break);
        if block.role == Role::Heading && self.layout.underlined {
            self.canvas.markup(&"-".repeat(block.prose.text.chars().count()));
            self.line_end(Join::Break);
        }
    }

    /// Sets the pieces into lines; `column` characters of the first are taken, later lines begin with `indent`.
    fn wrapped(&mut self, at: usize, pieces: &[Piece], mut column: usize, indent: &str, (width, hyphenation): (usize, f64)) {
        let clean = &self.canvas.block(at).prose.text;
        let cuts = self.canvas.marks.has(NoiseChannel::Hyphenation);
        let mut previous: Option<Range<usize>> = None;
        for group in groups(pieces, clean) {
            let length: usize = pieces[group.clone()].iter().map(|piece| piece.text(clean).chars().count()).sum();
            let space = previous.as_ref().map(|previous| previous.end..group.start);
            let gap = usize::from(space.is_some());
            if column + gap + length <= width || column <= indent.len() {
                space.into_iter().for_each(|space| self.spaces(&pieces[space]));
                self.group(&pieces[group.clone()], clean);
                column += gap + length;
            } else {
                let room = width.saturating_sub(column + gap + 1);
                let cut = cut_of(&pieces[group.clone()], clean, room).filter(|(_, hard)| *hard || self.cutting.random_bool(hyphenation));
                let cut = cut.filter(|_| cuts);
                if let (Some((cut, hard)), Some(space)) = (cut, space.clone()) {
                    self.spaces(&pieces[space]);
                    let Piece::Same(word) = &pieces[group.start] else { continue };
                    self.canvas.put(word.start..cut, &clean[word.start..cut]);
                    if !hard {
                        self.canvas.markup("-");
                    }
                    self.canvas.marks.count(NoiseChannel::Hyphenation);
                    self.next_line(at, if hard { Join::KeepHyphen } else { Join::DropHyphen }, indent);
                    self.canvas.put(cut..word.end, &clean[cut..word.end]);
                    column = indent.len() + clean[cut..word.end].chars().count();
                } else {
                    self.broken_space(at, space.map(|space| &pieces[space]), indent);
                    self.group(&pieces[group.clone()], clean);
                    column = indent.len() + length;
                }
            }
            previous = Some(group);
        }
    }

    fn spaces(&mut self, spaces: &[Piece]) {
        spaces.iter().for_each(|space| self.canvas.put(space.clean().clone(), " "));
    }

    /// A line end where the clean text has a space.
    fn broken_space(&mut self, at: usize, spaces: Option<&[Piece]>, indent: &str) {
        self.canvas.end_line(Join::Space);
        if let Some(first) = spaces.and_then(<[Piece]>::first) {
            self.canvas.put(first.clean().clone(), "\n");
        } else {
            self.canvas.markup("\n");
        }
        self.count_line();
        self.goes_on(at, indent);
    }

    fn next_line(&mut self, at: usize, join: Join, indent: &str) {
        self.line_end(join);
        self.goes_on(at, indent);
    }

    /// Begins a later line of a block; the line of the column at its side comes first.
    fn goes_on(&mut self, at: usize, indent: &str) {
        if let Some(line) = self.column.lines.next_if(|_| at >= self.column.from && self.canvas.marks.has(NoiseChannel::ColumnInterleaving))
        {
            self.canvas.markup(&" ".repeat(self.column.indent));
            self.canvas.furniture(NoiseChannel::ColumnInterleaving, Role::Boilerplate, &line);
            self.canvas.markup("\n");
        }
        self.canvas.markup(indent);
        self.canvas.begin_line(at, false);
    }

    fn group(&mut self, pieces: &[Piece], clean: &str) {
        for piece in pieces {
            match piece {
                Piece::Same(range) => self.canvas.put(range.clone(), &clean[range.clone()]),
                Piece::Damaged(range, text, _) => self.canvas.damage(range.clone(), text, &clean[range.clone()]),
            }
        }
    }

    fn line_end(&mut self, join: Join) {
        self.canvas.end_line(join);
        self.canvas.markup("\n");
        self.count_line();
    }

    fn blank(&mut self) {
        self.canvas.markup("\n");
        self.count_line();
    }

    fn count_line(&mut self) {
        self.on_page += 1;
        if self.layout.page_lines.is_some_and(|lines| self.on_page >= lines) {
            self.foot();
            self.canvas.markup("\u{c}");
            self.canvas.page = self.canvas.page.map(|page| page + 1);
            self.header();
            self.on_page = 0;
        }
    }

    fn header(&mut self) {
        if let Some(header) = self.layout.header.clone().filter(|_| self.canvas.marks.has(NoiseChannel::RunningHeaders)) {
            self.canvas.furniture(NoiseChannel::RunningHeaders, Role::RunningHeader, &header);
            self.canvas.markup("\n\n");
        }
    }

    /// What stands below the text of a page.
    fn foot(&mut self) {
        let Some(page) = self.canvas.page else { return };
        self.canvas.markup("\n");
        let footer = self.layout.footer.clone().map(|footer| (NoiseChannel::Footers, Role::RunningHeader, footer));
        let number = (NoiseChannel::PageNumbers, Role::PageNumber, self.layout.number.replace("{n}", &page.to_string()));
        for (channel, role, text) in footer.into_iter().chain([number]) {
            if self.canvas.marks.has(channel) {
                self.canvas.markup(&" ".repeat(self.layout.width.saturating_sub(text.chars().count()) / 2));
                self.canvas.furniture(channel, role, &text);
                self.canvas.markup("\n");
            }
        }
    }

    fn closing(&mut self, draft: &Draft) {
        if draft.genre == Genre::Email {
            if !self.canvas.marks.has(NoiseChannel::Footers) {
                return;
            }
            self.canvas.markup("\n-- \n");
            for line in [draft.furniture.organisation.clone(), draft.furniture.signature.clone()] {
                self.canvas.furniture(NoiseChannel::Footers, Role::Boilerplate, &line);
                self.canvas.markup("\n");
            }
        } else if self.on_page > 0 {
            self.foot();
        }
    }
}

/// Where a word that does not fit may be cut, and whether it has a hyphen there already. Only undamaged words are cut.
fn cut_of(pieces: &[Piece], clean: &str, room: usize) -> Option<(usize, bool)> {
    let [Piece::Same(range)] = pieces else { return None };
    let word = &clean[range.clone()];
    if let Some(hyphen) = word.match_indices('-').map(|(at, _)| at + 1).rfind(|at| *at <= room && *at > 2 && *at < word.len()) {
        let letters = |text: &str| text.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | ',' | '.'));
        return letters(word).then_some((range.start + hyphen, true));
    }
    let body = word.trim_end_matches(['.', ',', ';', ':', '?', '!']);
    if body.len() < 7 || !body.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    // A syllable begins with a consonant and a vowel; "th" and its like stay together.
    let vowel = |b: u8| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let bytes = body.as_bytes();
    let fits = |at: &usize| {
        *at <= room && !vowel(bytes[*at]) && bytes[*at] != b'h' && vowel(bytes[at + 1]) && bytes[..*at].iter().any(|b| vowel(*b))
    };
    (3..body.len() - 2).rev().find(fits).map(|at| (range.start + at, false))
}

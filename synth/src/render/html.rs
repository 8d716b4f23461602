//! HTML as content management systems write it: navigation, a cookie banner, nested containers, inline mark-up, entities and a footer.

use std::ops::Range;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use records::{Join, Role};

use super::canvas::{Canvas, groups};
use super::channels::NoiseChannel;
use super::noise::Piece;
use crate::world::compose::Draft;
use crate::world::prose::CELL;

const INLINE: [(&str, &str); 6] = [
    ("<b>", "</b>"),
    ("<em>", "</em>"),
    ("<a href=\"/index.html\">", "</a>"),
    ("<strong class=\"hl\">", "</strong>"),
    ("<span class='x'>", "</span>"),
    ("<a\n href=\"#top\" title=\"a &gt; b\">", "</a>"),
];

/// Writes the draft as an HTML page.
pub(crate) fn write(canvas: &mut Canvas, draft: &Draft, rng: &mut ChaCha8Rng) {
    let mut page = Page { canvas, draft, open: Vec::new(), depth: 2 };
    page.head(rng);
    for at in 0..draft.blocks.len() {
        page.block(at, rng);
    }
    page.leave_containers();
    page.foot(rng);
}

struct Page<'a, 'b> {
    canvas: &'a mut Canvas<'b>,
    draft: &'a Draft,
    /// Closing tags of the list or table that is open.
    open: Vec<&'static str>,
    depth: usize,
}

impl Page<'_, '_> {
    fn head(&mut self, rng: &mut ChaCha8Rng) {
        let furniture = &self.draft.furniture;
        let title = escaped(&self.draft.title);
        self.canvas.markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
        self.canvas.markup(&title);
        self.canvas.markup("</title>\n<style>body { font: 16px serif; } .hl > b { color: navy }</style>\n</head>\n<body>\n");
        if rng.random_bool(0.6) && self.canvas.marks.has(NoiseChannel::CookieBanners) {
            self.canvas.markup("<div id=\"cookie-banner\" role=\"dialog\"><p>");
            self.canvas.furniture(NoiseChannel::CookieBanners, Role::Boilerplate, &escaped(&furniture.cookies));
            self.canvas.markup("</p>");
            for button in &furniture.buttons {
                self.canvas.markup("<button type=\"button\">");
                self.canvas.furniture(NoiseChannel::CookieBanners, Role::Boilerplate, &escaped(button));
                self.canvas.markup("</button>");
            }
            self.canvas.markup("</div>\n");
        }
        let is_nav = rng.random_bool(0.5);
        if self.canvas.marks.has(NoiseChannel::Navigation) {
            self.menu(is_nav);
        }
        self.canvas.markup("<main>\n<div class=\"content\"><article>\n");
    }

    fn menu(&mut self, is_nav: bool) {
        self.canvas.markup(if is_nav { "<nav><ul>\n" } else { "<div class=\"menu\"><ul class=\"nav\">\n" });
        for entry in &self.draft.furniture.navigation {
            self.canvas.markup("  <li><a href=\"/");
            self.canvas.markup(&entry.to_lowercase().replace(' ', "-"));
            self.canvas.markup(".html\">");
            self.canvas.furniture(NoiseChannel::Navigation, Role::Navigation, &escaped(entry));
            self.canvas.markup("</a></li>\n");
        }
        self.canvas.markup(if is_nav { "</ul></nav>\n" } else { "</ul></div>\n" });
    }

    fn foot(&mut self, rng: &mut ChaCha8Rng) {
        self.canvas.markup("</article></div>\n</main>\n");
        if rng.random_bool(0.4) && self.canvas.marks.has(NoiseChannel::Navigation) {
            self.canvas.markup("<aside><h3>");
            self.canvas.furniture(NoiseChannel::Navigation, Role::Boilerplate, "More from us");
            self.canvas.markup("</h3><ul>\n");
            for entry in self.draft.furniture.navigation.iter().rev().take(3) {
                self.canvas.markup("<li><a href=\"#\">");
                self.canvas.furniture(NoiseChannel::Navigation, Role::Navigation, &escaped(entry));
                self.canvas.markup("</a></li>\n");
            }
            self.canvas.markup("</ul></aside>\n");
        }
        if self.canvas.marks.has(NoiseChannel::Footers) {
            self.canvas.markup("<footer>\n");
            for line in &self.draft.furniture.footers {
                self.canvas.markup("<p class=\"small\">");
                self.canvas.furniture(NoiseChannel::Footers, Role::Boilerplate, &escaped(line));
                self.canvas.markup("</p>\n");
            }
            self.canvas.markup("</footer>\n");
        }
        self.canvas.markup("<script>if (1 < 2) { track(\"page\"); }</script>\n</body>\n</html>\n");
    }

    fn leave_containers(&mut self) {
        for tag in std::mem::take(&mut self.open).into_iter().rev() {
            self.canvas.markup(tag);
        }
    }

    fn block(&mut self, at: usize, rng: &mut ChaCha8Rng) {
        let role = self.canvas.block(at).role;
        let above = at.checked_sub(1).map(|above| self.canvas.block(above).role);
        let (open, close) = match role {
            Role::Title => ("<h1>", "</h1>\n"),
            Role::Heading => (["<h2>", "<h2 class=\"section\">"][rng.random_range(0..2)], "</h2>\n"),
            Role::ListItem => ("<li>", "</li>\n"),
            Role::TableRow => ("<tr><td>", "</td></tr>\n"),
            Role::Caption => ("<caption>", "</caption>\n"),
            Role::Code => ("<pre><code>", "</code></pre>\n"),
            Role::Metadata => ("<p class=\"meta\"><small>", "</small></p>\n"),
            Role::Footnote => ("<p class=\"footnote\"><small>", "</small></p>\n"),
            _ if rng.random_bool(0.15) => ("<div class=\"row\"><div><p>", "</p></div></div>\n"),
            _ => ("<p>", "</p>\n"),
        };
        let joins =
            matches!((above, role), (Some(Role::ListItem), Role::ListItem) | (Some(Role::TableRow | Role::Caption), Role::TableRow));
        if !joins {
            self.leave_containers();
            match role {
                Role::ListItem => self.enter("<ul>\n", "</ul>\n"),
                Role::TableRow | Role::Caption => self.enter("<table class=\"data\">\n", "</table>\n"),
                _ => {}
            }
        }
        self.canvas.markup(&" ".repeat(if role == Role::Code { 0 } else { self.depth }));
        self.canvas.markup(open);
        self.canvas.begin_block();
        self.canvas.begin_line(at, true);
        if role == Role::TableRow {
            self.cells(at, rng);
        } else {
            let pieces = self.canvas.pieces(at, 0..self.canvas.block(at).prose.text.len());
            self.inline(at, &pieces, matches!(role, Role::Paragraph | Role::ListItem), rng);
        }
        self.canvas.end_line(Join::Break);
        self.canvas.end_block();
        self.canvas.markup(close);
    }

    fn enter(&mut self, open: &str, close: &'static str) {
        self.canvas.markup(open);
        self.open.push(close);
    }

    fn cells(&mut self, at: usize, rng: &mut ChaCha8Rng) {
        let cells = self.canvas.block(at).prose.cells.clone();
        debug_assert!(cells.windows(2).all(|pair| pair[0].end + CELL.len() == pair[1].start));
        for (number, cell) in cells.into_iter().enumerate() {
            if number > 0 {
                self.canvas.markup("</td><td>");
            }
            let pieces = self.canvas.pieces(at, cell);
            self.inline(at, &pieces, false, rng);
        }
    }

    /// Text with inline mark-up around some runs of words, and line breaks in the source for some spaces.
    fn inline(&mut self, at: usize, pieces: &[Piece], decorated: bool, rng: &mut ChaCha8Rng) {
        let clean = &self.canvas.block(at).prose.text;
        let mut open: Vec<(usize, &str)> = Vec::new();
        let mut previous: Option<Range<usize>> = None;
        for group in groups(pieces, clean) {
            if let Some(previous) = &previous {
                let broken = decorated && rng.random_bool(0.06);
                for space in &pieces[previous.end..group.start] {
                    self.canvas.put(space.clean().clone(), if broken { "\n      " } else { " " });
                }
            }
            if decorated && open.len() < 2 && rng.random_bool(0.05) {
                let (tag, close) = INLINE[rng.random_range(0..INLINE.len())];
                let words = open.last().map_or(5, |(left, _)| *left);
                // Links do not nest.
                if open.is_empty() || !tag.starts_with("<a") {
                    self.canvas.markup(tag);
                    open.push((rng.random_range(1..=words.max(1)), close));
                }
            }
            self.group(&pieces[group.clone()], clean, rng);
            open.iter_mut().for_each(|(left, _)| *left = left.saturating_sub(1));
            while open.last().is_some_and(|(left, _)| *left == 0) {
                open.pop().into_iter().for_each(|(_, close)| self.canvas.markup(close));
            }
            previous = Some(group);
        }
        while let Some((_, close)) = open.pop() {
            self.canvas.markup(close);
        }
    }

    fn group(&mut self, pieces: &[Piece], clean: &str, rng: &mut ChaCha8Rng) {
        for piece in pieces {
            match piece {
                Piece::Same(range) => self.escaped_copy(range.clone(), clean, rng),
                Piece::Damaged(range, text, _) => self.canvas.damage(range.clone(), text, &clean[range.clone()]),
            }
        }
    }

    fn escaped_copy(&mut self, range: Range<usize>, clean: &str, rng: &mut ChaCha8Rng) {
        for (at, c) in clean[range.clone()].char_indices() {
            let place = range.start + at..range.start + at + c.len_utf8();
            match entity(c).filter(|_| matches!(c, '&' | '<' | '>') || rng.random_bool(0.5)) {
                Some(entity) => self.canvas.put(place, entity),
                None => self.canvas.put(place.clone(), &clean[place]),
            }
        }
    }
}

fn entity(c: char) -> Option<&'static str> {
    Some(match c {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        'é' => "&eacute;",
        'ö' => "&#246;",
        '€' => "&euro;",
        '©' => "&copy;",
        _ => return None,
    })
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match entity(c).filter(|_| matches!(c, '&' | '<' | '>' | '©')) {
            Some(entity) => out.push_str(entity),
            None => out.push(c),
        }
        out
    })
}

//! What can be said about a line without reading it: its path, its place, its shape, its neighbours. These numbers stand beside the pooled
//! characters, and carry most of what tells a heading from a paragraph in text never seen in training.

mod shape;

use std::collections::HashMap;

use records::Line;

use self::shape::{SHAPE, Shape};
use super::words::form;

/// Elements of a path that have a feature of their own.
const ELEMENTS: [&str; 30] = [
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "li",
    "tr",
    "td",
    "th",
    "thead",
    "pre",
    "blockquote",
    "nav",
    "header",
    "footer",
    "aside",
    "form",
    "figure",
    "figcaption",
    "caption",
    "dt",
    "dd",
    "button",
    "metadata",
    "footnote",
    "main",
    "article",
    "time",
];
/// Words of class names that have a feature of their own; see `read::elements`.
const MARKERS: [&str; 18] = [
    "nav",
    "header",
    "footer",
    "sidebar",
    "cookie",
    "share",
    "advert",
    "related",
    "comment",
    "newsletter",
    "login",
    "search",
    "modal",
    "toc",
    "byline",
    "caption",
    "footnote",
    "reference",
];
/// Words that give away page furniture and captions.
const TELLING: [&str; 12] =
    ["cookie", "copyright", "©", "all rights", "http", "www.", "@", "subscribe", "sign in", "privacy", "figure ", "table "];
/// Numbers of one line about its path, itself, its place, and a shorter view of each neighbour.
const OWN: usize = 1 + ELEMENTS.len() + MARKERS.len() + 3 + SHAPE + TELLING.len() + PLACE + STRANGERS;
const PLACE: usize = 21;
const NEIGHBOUR: usize = 11;
const STRANGERS: usize = 3;
/// Words of a line that are looked up; a piece of a line without breaks has about 700.
const MOST_WORDS: usize = 1_000;
/// Numbers per line.
pub const FEATURES: usize = OWN + 2 * NEIGHBOUR;

/// `[lines, FEATURES]`, row by row, of all lines of one document. `knows` says of a word in lower case whether anybody knows it.
#[must_use]
pub fn features(lines: &[Line], knows: &dyn Fn(&str) -> bool) -> Vec<f32> {
    let shapes: Vec<Shape> = lines.iter().map(|line| Shape::of(&line.text)).collect();
    let width = usual_width(&shapes);
    let repeats = Repeats::of(lines);
    let mut out = Vec::with_capacity(lines.len() * FEATURES);
    for (at, line) in lines.iter().enumerate() {
        path_features(&line.hints.html_path, &mut out);
        out.extend([line.hints.link_density, flag(line.hints.link_density > 0.5), flag(line.hints.link_density > 0.9)]);
        out.extend(&shapes[at].own);
        let head: String = line.text.chars().take(200).collect::<String>().to_lowercase();
        out.extend(TELLING.iter().map(|word| flag(head.contains(word))));
        place_features(lines, at, shapes[at].characters as f32 / width, repeats.count(&line.text), &mut out);
        stranger_features(&line.text, knows, &mut out);
        let before = at.checked_sub(1).map(|at| (&lines[at], &shapes[at]));
        neighbour_features(before, line, line, width, &mut out);
        let after = lines.get(at + 1).map(|line| (line, &shapes[at + 1]));
        neighbour_features(after, line, lines.get(at + 1).unwrap_or(line), width, &mut out);
    }
    out
}

fn flag(is: bool) -> f32 {
    if is { 1.0 } else { 0.0 }
}

/// The length that full lines have: the 90th percentile, so that one long line does not hide that the others are wrapped.
fn usual_width(shapes: &[Shape]) -> f32 {
    let mut lengths: Vec<usize> = shapes.iter().map(|shape| shape.characters).collect();
    if lengths.is_empty() {
        return 1.0;
    }
    let at = lengths.len() * 9 / 10;
    let (_, usual, _) = lengths.select_nth_unstable(at);
    (*usual).clamp(20, 200) as f32
}

fn path_features(path: &str, out: &mut Vec<f32>) {
    let start = out.len();
    out.resize(start + 1 + ELEMENTS.len() + MARKERS.len(), 0.0);
    out[start] = flag(!path.is_empty());
    for part in path.split('/') {
        let (element, marker) = part.split_once('.').unwrap_or((part, ""));
        if let Some(at) = ELEMENTS.iter().position(|known| *known == element) {
            out[start + 1 + at] = 1.0;
        }
        if let Some(at) = MARKERS.iter().position(|known| *known == marker) {
            out[start + 1 + ELEMENTS.len() + at] = 1.0;
        }
    }
}

/// How often a line stands in the document, digits aside: headers and footers come back on every page.
struct Repeats(HashMap<u64, u32>);

impl Repeats {
    fn of(lines: &[Line]) -> Self {
        let mut counts = HashMap::with_capacity(lines.len());
        for line in lines {
            *counts.entry(Self::key(&line.text)).or_insert(0) += 1;
        }
        Self(counts)
    }

    fn key(text: &str) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in text.bytes().filter(|byte| !byte.is_ascii_digit() && !byte.is_ascii_whitespace()) {
            hash = (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3);
        }
        hash
    }

    fn count(&self, text: &str) -> u32 {
        self.0.get(&Self::key(text)).copied().unwrap_or(1)
    }
}

fn place_features(lines: &[Line], at: usize, fill: f32, repeats: u32, out: &mut Vec<f32>) {
    let line = &lines[at];
    let page_of = |at: Option<usize>| at.and_then(|at| lines.get(at)).and_then(|line| line.hints.page);
    let page = line.hints.page;
    let turns = |distance: usize| page.is_some() && page_of(at.checked_sub(distance)) != page;
    let ends = |distance: usize| page.is_some() && page_of(Some(at + distance)) != page;
    let indent_before = at.checked_sub(1).map_or(0, |at| lines[at].hints.indent);
    let start = out.len();
    out.extend([
        fill.min(2.0) / 2.0,
        flag(fill > 0.8),
        (line.hints.indent as f32 / 40.0).min(1.0),
        flag(line.hints.indent > 8),
        flag(line.hints.indent > indent_before),
        flag(line.hints.indent < indent_before),
        flag(line.hints.blank_before == 0),
        flag(line.hints.blank_before == 1),
        flag(line.hints.blank_before >= 2),
        flag(page.is_some()),
        flag(turns(1)),
        flag(turns(2)),
        flag(turns(3)),
        flag(ends(1)),
        flag(ends(2)),
        (f64::from(repeats).ln() / 5.0).min(1.0) as f32,
        flag(repeats >= 3),
        at as f32 / lines.len() as f32,
        flag(at == 0),
        flag(at < 5),
        flag(at + 5 >= lines.len()),
    ]);
    debug_assert_eq!(out.len() - start, PLACE);
}

/// How many words nobody knows, those in lower case apart from those that may be names. Damage makes such words.
fn stranger_features(text: &str, knows: &dyn Fn(&str) -> bool, out: &mut Vec<f32>) {
    let (mut lower, mut upper, mut words) = (0_u32, 0_u32, 0_u32);
    for word in text::words(text).take(MOST_WORDS) {
        let word = &text[word];
        words += 1;
        if !word.contains(char::is_alphabetic) || knows(&form(word)) {
            continue;
        }
        let is_name = word.starts_with(char::is_uppercase);
        lower += u32::from(!is_name);
        upper += u32::from(is_name);
    }
    let share = (lower + upper) as f32 / words.max(1) as f32;
    out.extend([(lower as f32 / 4.0).min(1.0), (upper as f32 / 4.0).min(1.0), share]);
}

/// `below` is the lower one of the two lines: its blank lines are those between them.
fn neighbour_features(neighbour: Option<(&Line, &Shape)>, line: &Line, below: &Line, width: f32, out: &mut Vec<f32>) {
    let Some((other, shape)) = neighbour else {
        out.extend([0.0; NEIGHBOUR]);
        return;
    };
    let start = out.len();
    out.extend([
        1.0,
        (shape.characters as f32 / width).min(2.0) / 2.0,
        flag(shape.starts_lower),
        flag(shape.starts_upper),
        flag(matches!(shape.ends, '.' | '?' | '!')),
        flag(matches!(shape.ends, '-' | '\u{ad}' | '¬')),
        flag(shape.ends == ':'),
        flag(shape.rule),
        flag(shape.marked),
        flag(below.hints.blank_before > 0),
        flag(other.hints.html_path == line.hints.html_path && other.hints.indent == line.hints.indent),
    ]);
    debug_assert_eq!(out.len() - start, NEIGHBOUR);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{MediaType, ReadLimits, read_bytes};

    #[test]
    fn every_line_has_the_same_number_of_finite_features() {
        let text = "Title\n\n1. First item of the list\n- 12 -\n\x0c=====\nA | B\nend of it all, which is a longer line.\n";
        for media_type in [MediaType::Text, MediaType::Markdown, MediaType::Html] {
            let reading = read_bytes(media_type, text.as_bytes(), &ReadLimits::default()).unwrap();
            let values = features(&reading.lines, &|word| word.len() > 3);
            assert_eq!(values.len(), reading.lines.len() * FEATURES);
            assert!(values.iter().all(|value| value.is_finite() && value.abs() <= 2.0));
        }
    }
}

//! What is said of each line of a page: itself, the elements around it at several distances, its place in the page and beside the part that
//! holds most of the prose, and its neighbours in reading order.

use std::collections::{HashMap, HashSet};

use records::Line;

use super::kinds::{KINDS, kinds};
use super::names::{NAMES, Names};
use super::shape::{SHAPE, is_prose, shape};
use super::tree::{Node, Tree};
use crate::read::Outline;

/// Distances of the elements around a line that are described, and how many numbers describe each.
const DISTANCES: [usize; 5] = [0, 1, 2, 3, 5];
const ELEMENT: usize = 9;
/// Shares of the page's prose whose smallest holder around a line is described, and numbers of each.
const HOLDERS: [f32; 3] = [0.1, 0.3, 0.6];
const HOLDER: usize = ELEMENT + 2;
/// Shares of the page's prose down to which its densest part is looked for, and numbers of each.
const PARTS: [f32; 3] = [0.8, 0.6, 0.4];
const PART: usize = 6;
/// Lines before and after that are looked at together, and numbers of each side.
const WINDOWS: [usize; 4] = [1, 2, 4, 8];
const SIDE: usize = 3;
const PLACE: usize = 12;
const CHAIN: usize = 4;
const NEIGHBOURS: usize = 6;
const TITLE: usize = 2;
/// Numbers of a line about everything but names.
const KNOWN: usize = KINDS
    + SHAPE
    + 1
    + PLACE
    + CHAIN
    + DISTANCES.len() * ELEMENT
    + HOLDERS.len() * HOLDER
    + PARTS.len() * PART
    + WINDOWS.len() * 2 * SIDE
    + NEIGHBOURS
    + TITLE;
/// Numbers of a line.
pub const CONTENT_FEATURES: usize = KNOWN + NAMES;

/// A page whose lines are to be described.
pub struct PageFeatures<'a> {
    lines: &'a [Line],
    outline: &'a Outline,
    tree: Tree,
    names: Names,
    /// Text, linked text and prose of all lines before each, and of all.
    before: Vec<[f32; 3]>,
    repeats: HashMap<u64, u32>,
    first_title: Option<usize>,
    /// Words of the title that the page states.
    title: HashSet<String>,
}

fn flag(is: bool) -> f32 {
    f32::from(u8::from(is))
}

/// About 0 to 1 for counts and lengths.
fn log(value: f32, most: f32) -> f32 {
    (1.0 + value).ln() / most
}

fn is_heading(line: &Line) -> bool {
    line.hints.html_path.split('/').any(|part| part.len() >= 2 && part.starts_with('h') && part.as_bytes()[1].is_ascii_digit())
}

fn words(text: &str) -> HashSet<String> {
    text::words(text).map(|word| text[word].to_lowercase()).collect()
}

/// A text without its digits and white space, in small letters.
fn key(text: &str) -> u64 {
    let kept = text.bytes().filter(|byte| !byte.is_ascii_digit() && !byte.is_ascii_whitespace());
    kept.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3))
}

impl<'a> PageFeatures<'a> {
    /// Reads a page once.
    #[must_use]
    pub fn new(lines: &'a [Line], outline: &'a Outline, title: Option<&str>) -> Self {
        let mut before = vec![[0.0; 3]];
        let mut repeats = HashMap::with_capacity(lines.len());
        for line in lines {
            let [text, linked, prose] = before.last().copied().unwrap_or_default();
            let length = line.text.len().max(1) as f32;
            before.push([text + length, linked + length * line.hints.link_density, prose + length * flag(is_prose(line))]);
            *repeats.entry(key(&line.text)).or_insert(0) += 1;
        }
        let is_title = |line: &Line| line.hints.html_path.split('/').any(|part| part == "h1" || part.starts_with("h1."));
        Self {
            lines,
            outline,
            tree: Tree::of(lines, outline),
            names: Names::of(&outline.elements),
            before,
            repeats,
            title: words(title.unwrap_or_default()),
            first_title: lines.iter().position(is_title),
        }
    }

    /// `[lines, CONTENT_FEATURES]` of some of the lines, row by row.
    #[must_use]
    pub fn rows(&self, lines: std::ops::Range<usize>) -> Vec<f32> {
        let mut out = Vec::with_capacity(lines.len() * CONTENT_FEATURES);
        for at in lines {
            let start = out.len();
            kinds(&self.outline.elements, self.outline.places[at], &mut out);
            shape(&self.lines[at], &mut out);
            let repeats = self.repeats.get(&key(&self.lines[at].text)).copied().unwrap_or(1);
            out.push(repeats.min(8) as f32 / 8.0 - 0.125);
            self.place(at, &mut out);
            self.around(at, &mut out);
            self.densest(at, &mut out);
            self.windows(at, &mut out);
            self.neighbours(at, &mut out);
            self.title(at, &mut out);
            debug_assert_eq!(out.len() - start, KNOWN);
            self.names.row(self.outline.places[at], &mut out);
        }
        out
    }

    /// How much of a line stands in the title, and of the title in the line.
    fn title(&self, at: usize, out: &mut Vec<f32>) {
        let words = words(&self.lines[at].text);
        let shared = words.intersection(&self.title).count() as f32;
        out.extend([shared / words.len().max(1) as f32, shared / self.title.len().max(1) as f32]);
    }

    fn place(&self, at: usize, out: &mut Vec<f32>) {
        let [text, linked, prose] = self.before[self.lines.len()].map(|sum| sum.max(1.0));
        let here = self.before[at];
        let title = self.first_title;
        let behind = title.filter(|title| *title <= at);
        out.extend([
            at as f32 / self.lines.len() as f32,
            here[0] / text,
            here[2] / prose,
            log(self.lines.len() as f32, 7.0),
            log(text, 10.0),
            linked / text,
            prose / text,
            log(prose, 10.0),
            flag(title.is_some()),
            flag(behind.is_some()),
            behind.map_or(1.0, |title| ((at - title) as f32 / 50.0).min(1.0)),
            title.filter(|title| *title > at).map_or(0.0, |title| ((title - at) as f32 / 50.0).min(1.0)),
        ]);
    }

    /// The elements around a line.
    fn around(&self, at: usize, out: &mut Vec<f32>) {
        let chain: Vec<&Node> = self.tree.chain(self.outline.places[at]).collect();
        for distance in DISTANCES {
            self.element(chain.get(distance).or(chain.last()).copied(), out);
        }
        for share in HOLDERS {
            let holder = chain.iter().position(|node| node.sums.prose >= share * self.tree.whole.prose.max(1.0));
            self.element(holder.map(|holder| chain[holder]), out);
            out.extend([holder.map_or(0.0, |far| (far as f32 / 10.0).min(2.0)), flag(holder.is_none())]);
        }
        let most = |of: &dyn Fn(&Node) -> f32| chain.iter().map(|node| of(node)).fold(0.0, f32::max);
        out.extend([
            most(&|node| node.sums.linked / node.sums.text.max(1.0)),
            most(&|node| log(node.siblings as f32, 4.0)),
            most(&|node| log(node.alike as f32, 5.0)),
            (chain.len() as f32 / 20.0).min(2.0),
        ]);
    }

    fn element(&self, node: Option<&Node>, out: &mut Vec<f32>) {
        let Some(node) = node else {
            out.extend([0.0; ELEMENT]);
            return;
        };
        let (sums, whole) = (node.sums, self.tree.whole);
        let parent = node.parent.map_or(whole, |parent| self.tree.nodes[parent as usize].sums);
        let text = sums.text.max(1.0);
        out.extend([
            log(text, 10.0),
            sums.linked / text,
            sums.prose / text,
            text / whole.text.max(1.0),
            sums.prose / whole.prose.max(1.0),
            sums.prose / parent.prose.max(1.0),
            log(text / sums.lines.max(1.0), 6.0),
            log(node.siblings as f32, 4.0),
            log(sums.lines, 6.0),
        ]);
    }

    /// Where a line stands beside the parts of the page that hold most of the prose.
    fn densest(&self, at: usize, out: &mut Vec<f32>) {
        for share in PARTS {
            let Some(part) = self.tree.densest(share) else {
                out.extend([0.0; PART]);
                continue;
            };
            let (first, last) = (part.first as usize, part.last as usize);
            let far = |a: usize, b: usize| (a.abs_diff(b) as f32 / 40.0).min(1.0);
            let inside = (first..=last).contains(&at);
            let along = if inside { (at - first) as f32 / (last - first + 1) as f32 } else { flag(at > last) };
            out.extend([flag(inside), flag(at < first), flag(at > last), far(at, first), far(at, last), along]);
        }
    }

    /// Prose, links and length of the lines before and after.
    fn windows(&self, at: usize, out: &mut Vec<f32>) {
        for size in WINDOWS {
            let after = (at + 1 + size).min(self.lines.len());
            for (start, end) in [(at.saturating_sub(size), at), (at + 1, after)] {
                let [text, linked, prose] = std::array::from_fn(|sum| self.before[end][sum] - self.before[start][sum]);
                let share = |part: f32| if end > start { (part / text.max(1.0)).clamp(0.0, 1.0) } else { 0.0 };
                out.extend([share(prose), share(linked), log(text.max(0.0) / size as f32, 6.0)]);
            }
        }
    }

    fn neighbours(&self, at: usize, out: &mut Vec<f32>) {
        for other in [at.checked_sub(1), Some(at + 1).filter(|next| *next < self.lines.len())] {
            let same = |other: usize| self.outline.places[other] == self.outline.places[at];
            let path = |other: usize| self.lines[other].hints.html_path == self.lines[at].hints.html_path;
            out.extend([
                flag(other.is_some_and(same)),
                flag(other.is_some_and(path)),
                flag(other.is_some_and(|other| is_heading(&self.lines[other]))),
            ]);
        }
    }
}

//! What speaks for leaving a line out beside the model's opinion. Text that is lost answers nothing, so opinion alone drops no line: a running
//! header has to come back on other pages, a page number to count them, a menu to be marked as one by its page. Where the page says so, less of
//! an opinion is enough. What is dropped is listed with its reason.

use std::collections::{HashMap, HashSet};

use records::{Line, Role};

use crate::read::MediaType;

/// Lines from the edge of a page within which its header and footer stand.
const EDGE: usize = 3;
/// Longest header or footer, in bytes.
const SHORT: usize = 200;
/// Part of the usual probability that is enough for a line in a part of a page that is marked as furniture, if it is no sentence: on a hundred
/// pages it makes up for the links and slogans outside such parts, which now stay (F1 of strings that must stay or go 0.762, as before).
const MARKED: f32 = 0.2;
/// Elements and words of class names whose content is not what a page is about.
const FURNITURE: [&str; 14] = [
    "nav",
    "aside",
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
    "header",
];
/// Elements whose own header and footer belong to the text.
const CONTENT: [&str; 3] = ["article", "main", "blockquote"];

/// What a whole document says about its lines.
pub(super) struct Evidence {
    /// Whether each line stands at the edge of a page.
    edges: Vec<bool>,
    /// Pages at whose edge a text stands, digits aside.
    repeats: HashMap<String, HashSet<u32>>,
    /// Pages at whose edge a text stands, digits and all: what a page says is told from what another says by its number.
    same: HashMap<String, HashSet<u32>>,
    /// How often the numbers at the edges of pages stand in the same distance to their counts.
    distances: HashMap<i64, usize>,
    /// The same for every number in a text at the edge of pages, digits aside: one of a running header that counts pages goes up with them.
    counted: HashMap<(String, i64), usize>,
    /// The size that most of the text is set in, where the format tells sizes.
    body: Option<f32>,
}

impl Evidence {
    pub fn of(lines: &[Line]) -> Self {
        let edges = edges(lines);
        let (mut repeats, mut same) = (HashMap::<String, HashSet<u32>>::new(), HashMap::<String, HashSet<u32>>::new());
        let (mut distances, mut counted) = (HashMap::new(), HashMap::new());
        for (line, _) in lines.iter().zip(&edges).filter(|(_, edge)| **edge) {
            let Some(page) = line.hints.page else { continue };
            repeats.entry(key(&line.text, false)).or_default().insert(page);
            same.entry(key(&line.text, true)).or_default().insert(page);
            if let Some(number) = page_number(&line.text) {
                *distances.entry(number - i64::from(page)).or_insert(0) += 1;
            }
            for number in numbers(&line.text) {
                *counted.entry((key(&line.text, false), number - i64::from(page))).or_insert(0) += 1;
            }
        }
        Self { edges, repeats, same, distances, counted, body: body_size(lines) }
    }

    /// Whether the document bears out that a line is furniture of this role, which the model gives so much probability; above `threshold` it is
    /// believed.
    pub fn bears_out(&self, line: &Line, at: usize, (role, probability): (Role, f32), threshold: f32, media_type: MediaType) -> bool {
        match media_type {
            MediaType::Text => {
                let at_edge = self.edges[at] && line.text.len() <= SHORT && !self.is_large(line);
                probability > threshold && at_edge && self.is_on_other_pages(line, role)
            }
            MediaType::Html => {
                let needed = if is_sentence(&line.text) { threshold } else { MARKED * threshold };
                probability > needed && is_marked(&line.hints.html_path)
            }
            MediaType::Markdown | MediaType::Rst | MediaType::Xml | MediaType::Container(_) | MediaType::Clean => false,
        }
    }

    /// Whether a line is set larger than the text: a heading may stand at the top of every page and count up, a running header is not made to be
    /// read first.
    fn is_large(&self, line: &Line) -> bool {
        line.hints.font_size.zip(self.body).is_some_and(|(size, body)| size > LARGE * body)
    }

    fn is_on_other_pages(&self, line: &Line, role: Role) -> bool {
        let Some(page) = line.hints.page.map(i64::from) else { return false };
        let number = page_number(&line.text).filter(|_| role == Role::PageNumber);
        let counts =
            number.is_some_and(|number| is_decorated(&line.text) || self.distances.get(&(number - page)).is_some_and(|count| *count > 1));
        let on_others =
            |pages: &HashMap<String, HashSet<u32>>, digits| pages.get(&key(&line.text, digits)).is_some_and(|pages| pages.len() > 1);
        let comes_back = || {
            // With another number it is another text ("Total: 540", "Total: 610"), unless the number counts the pages; a statement is one even then.
            let goes_up = || {
                let count = |number| self.counted.get(&(key(&line.text, false), number - page)).copied().unwrap_or_default();
                on_others(&self.repeats, false) && numbers(&line.text).any(|number| count(number) > 1)
            };
            line.text.contains(char::is_alphabetic) && (on_others(&self.same, true) || !is_statement(&line.text) && goes_up())
        };
        counts || comes_back()
    }
}

/// Whether a line is nothing but a rule drawn with one or two signs.
pub(super) fn is_rule(text: &str) -> bool {
    let signs: HashSet<char> = text.chars().filter(|character| !character.is_whitespace()).take(LOOKED_AT).collect();
    let drawn = |character: &char| matches!(character, '-' | '_' | '=' | '*' | '~' | '#' | '+' | '.' | '·' | '|' | '\u{2010}'..='\u{2015}' | '\u{2500}'..='\u{259f}');
    text.len() >= 3 && (1..=2).contains(&signs.len()) && signs.iter().all(drawn) && text.chars().all(|c| c.is_whitespace() || drawn(&c))
}

/// Characters of a long line that are looked at for how many signs it is drawn with.
const LOOKED_AT: usize = 1_000;

/// Whether each line is among the first or last of its page.
fn edges(lines: &[Line]) -> Vec<bool> {
    let page = |at: Option<usize>| at.and_then(|at| lines.get(at)).and_then(|line| line.hints.page);
    let turns = |at: usize| (1..=EDGE).any(|far| page(at.checked_sub(far)) != page(Some(at)) || page(Some(at + far)) != page(Some(at)));
    (0..lines.len()).map(|at| lines[at].hints.page.is_some() && turns(at)).collect()
}

/// A line without its white space, the size of its letters and perhaps its digits.
fn key(text: &str, digits: bool) -> String {
    text.chars().filter(|c| (digits || !c.is_ascii_digit()) && !c.is_whitespace()).flat_map(char::to_lowercase).take(SHORT).collect()
}

/// The number of a page alone on its line, perhaps with a word or marks around it.
fn page_number(text: &str) -> Option<i64> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let number = numbers.next()?.parse().ok().filter(|_| text.len() <= 24 && letters <= 6)?;
    numbers.next().is_none_or(|_| letters > 0).then_some(number)
}

/// From how many times the size of the text on a line is large.
const LARGE: f32 = 1.15;

/// The size in points that half of the characters do not exceed.
fn body_size(lines: &[Line]) -> Option<f32> {
    let mut sizes: Vec<(f32, usize)> = lines.iter().filter_map(|line| Some((line.hints.font_size?, line.text.len()))).collect();
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = sizes.iter().map(|(_, bytes)| bytes).sum::<usize>() / 2;
    let mut passed = 0;
    sizes.into_iter().find_map(|(size, bytes)| {
        passed += bytes;
        (passed > half).then_some(size)
    })
}

/// The numbers in the first part of a line.
fn numbers(text: &str) -> impl Iterator<Item = i64> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).take(NUMBERS)
}

/// Numbers of a line that are looked at.
const NUMBERS: usize = 8;

/// Whether marks around a number say that it counts pages. A word does not: "Room 7" is no page.
fn is_decorated(text: &str) -> bool {
    let mark = |character: char| !character.is_ascii_digit() && !character.is_whitespace() && character != '.';
    text.chars().any(mark) && !text.contains(char::is_alphabetic)
}

/// Whether an element around a line says that its content is furniture.
pub(super) fn is_marked(path: &str) -> bool {
    let inside = path.split('/').any(|part| CONTENT.contains(&part.split('.').next().unwrap_or_default()));
    path.split('/').any(|part| {
        let (element, marker) = part.split_once('.').unwrap_or((part, ""));
        let found = [element, marker].into_iter().find(|name| FURNITURE.contains(name));
        found.is_some_and(|name| !inside || !matches!(name, "header" | "footer"))
    })
}

/// Whether a line says something: several words and a full stop or what stands for it, where a question or a colon only leads on.
pub(super) fn is_statement(text: &str) -> bool {
    let text = text.trim_end_matches(CLOSING);
    let ends = text.ends_with(['.', '!', '…', '。', '！', '।', '۔', '።', '։']);
    // Scripts without spaces have no words to count; a sentence of theirs is longer than a number with a dot.
    let words = || text.split_whitespace().nth(3).is_some() || text.chars().filter(|c| *c > '\u{2e7f}').nth(5).is_some();
    ends && words()
}

/// What may stand behind the end of a sentence.
const CLOSING: [char; 7] = ['"', '\'', '”', '’', ')', ']', '»'];

/// Whether a line reads like prose: several words and a mark at the end.
fn is_sentence(text: &str) -> bool {
    let ends = text.trim_end_matches(CLOSING).ends_with(['.', '!', '?', ':', ';', '…', '。', '！', '？', '।', '؟']);
    ends && text.split_whitespace().nth(3).is_some() || text.len() > SHORT
}

//! Cleaning by rules: which lines of the reader's output are text, and which of them belong together. The reader itself is shared with the
//! preparation model; everything after it is the workflow's own.

use std::collections::HashMap;
use std::sync::LazyLock;

use records::{Line, OffsetMap};
use regex::Regex;

use super::CleaningRules;

/// A paragraph, list item, table row or heading, with its bytes in the original file.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Clean text on one line.
    pub text: String,
    /// Bytes of `text` to bytes of the original file.
    pub spans: OffsetMap,
    /// Level from 1 if this is a heading.
    pub heading: Option<usize>,
    /// Page, where the format has pages.
    pub page: Option<u32>,
}

pub(super) static PAGE_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\W*(?:page|p\.)?\s*(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:of|/)\s*\d{1,4})?\W*$").expect("a fixed pattern")
});
pub(super) static BOILERPLATE: LazyLock<Regex> = LazyLock::new(|| {
    let words = r"(?i)all rights reserved|©|\bcookies?\b.*\b(?:use|accept|consent|policy|settings)|\b(?:use|accept)s? .*\bcookies?\b|skip to (?:main )?content|privacy policy|terms of (?:use|service)|subscribe to|sign up for|follow us|share (?:this|on)|back to top|log ?in|powered by|unsubscribe";
    Regex::new(words).expect("a fixed pattern")
});
pub(super) static LIST_ITEM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*(?:[-*•·–]\s+|\(?\d{1,2}[.)]\s+|\(?[a-z][.)]\s+)").expect("a fixed pattern"));
static NUMBERED_HEADING: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(\d{1,2}(?:\.\d{1,2})*)\.?\s+\p{Lu}").expect("a fixed pattern"));

/// Elements whose text is furniture.
pub(super) const FURNITURE: [&str; 8] = ["nav", "header", "footer", "aside", "form", "button", "menu", "noscript"];

/// Lines of a document to blocks: furniture dropped, paragraphs joined, headings marked.
#[must_use]
pub fn clean(lines: &[Line], rules: &CleaningRules) -> Vec<Block> {
    let repeats = repeated(lines, rules.repeated_lines);
    let kept: Vec<&Line> = lines.iter().filter(|line| !is_furniture(line, &repeats, rules)).collect();
    let mut blocks: Vec<Block> = Vec::new();
    let mut previous: Option<&Line> = None;
    for (at, line) in kept.iter().enumerate() {
        let next = kept.get(at + 1).copied();
        let heading = heading_level(line, next);
        let joins = rules.join_lines && heading.is_none() && previous.is_some_and(|before| continues(before, line));
        let appended = joins && blocks.last_mut().is_some_and(|block| block.heading.is_none() && append(block, line));
        if !appended && let Some(block) = block_of(line, heading) {
            blocks.push(block);
        }
        previous = Some(line);
    }
    blocks
}

/// Short lines that stand often, without the page number that may stand at their end. Sentences and rows are never counted.
pub(super) fn repeated(lines: &[Line], times: usize) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for line in lines.iter().filter(|line| may_be_running(line)) {
        *counts.entry(mask(&line.text)).or_default() += 1;
    }
    counts.retain(|text: &String, count| *count >= times.max(2) && text.chars().filter(|c| c.is_alphabetic()).count() >= 3);
    counts
}

fn may_be_running(line: &Line) -> bool {
    let text = line.text.trim();
    text.len() <= 100 && !text.ends_with(['.', '!', '?', ':']) && !text.contains(['|', '\t'])
}

fn mask(text: &str) -> String {
    let digit = |c: char| c.is_ascii_digit() || c.is_whitespace();
    text.trim().trim_start_matches(digit).trim_end_matches(digit).to_owned()
}

/// Whether a line is left out.
pub(super) fn is_furniture(line: &Line, repeats: &HashMap<String, usize>, rules: &CleaningRules) -> bool {
    let text = line.text.trim();
    let in_markup = !line.hints.html_path.is_empty();
    let in_content = line.hints.html_path.split('/').any(|name| matches!(name, "main" | "article"));
    let furniture = line.hints.html_path.split('/').any(|name| FURNITURE.contains(&name) && !(in_content && name == "header"));
    let row = line.hints.html_path.split('/').any(|name| matches!(name, "tr" | "td" | "th" | "li" | "code" | "pre"));
    let menu = line.hints.link_density > rules.max_link_density && text.len() < 80 && !text.ends_with(['.', '!', '?']);
    let banner = rules.drop_boilerplate && text.len() < 300 && BOILERPLATE.is_match(text) && !LIST_ITEM.is_match(text);
    let running = (!in_markup || !row) && may_be_running(line) && repeats.contains_key(&mask(&line.text));
    text.is_empty() || furniture || menu || banner || running || (!in_markup && PAGE_NUMBER.is_match(text))
}

/// The level of a heading, from its mark-up or from how it stands.
pub(super) fn heading_level(line: &Line, next: Option<&Line>) -> Option<usize> {
    let last = line.hints.html_path.rsplit('/').find(|name| name.len() == 2 && name.starts_with('h') && name != &"hr");
    if let Some(level) = last.and_then(|name| name[1..].parse().ok()) {
        return Some(level);
    }
    let text = line.text.trim();
    if !line.hints.html_path.is_empty()
        || text.len() > 90
        || text.ends_with(['.', ',', ';', ':', '?', '!'])
        || !text.chars().any(char::is_alphabetic)
    {
        return None;
    }
    let stands_alone = line.hints.blank_before > 0 || line.line == 0;
    let followed = next.is_some_and(|next| next.hints.blank_before > 0 || NUMBERED_HEADING.is_match(text) || is_upper(text));
    if !stands_alone || !followed || text.contains([':', '|', '\t']) || LIST_ITEM.is_match(text) && !NUMBERED_HEADING.is_match(text) {
        return None;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let numbered = NUMBERED_HEADING.captures(text).map(|found| found[1].matches('.').count() + 1);
    let capitals = words.iter().filter(|word| word.starts_with(char::is_uppercase)).count();
    numbered.or_else(|| (words.len() <= 9 && (is_upper(text) || 2 * capitals >= words.len())).then_some(1))
}

fn is_upper(text: &str) -> bool {
    text.chars().any(char::is_alphabetic) && !text.chars().any(char::is_lowercase)
}

/// Whether `line` goes on with the paragraph of the line before it: plain text without a gap, list mark, cell mark or key in front.
fn continues(before: &Line, line: &Line) -> bool {
    let (above, text) = (before.text.trim_end(), line.text.trim_start());
    let plain = line.hints.html_path.is_empty() && before.hints.html_path.is_empty();
    let row = |text: &str| text.contains(['\t', '|']) || text.contains("   ");
    if !plain || LIST_ITEM.is_match(&line.text) || row(text) || row(above.trim_start()) {
        return false;
    }
    let open = !above.ends_with(['.', '!', '?', ':', ';']);
    let lower = text.starts_with(char::is_lowercase);
    // A page break leaves a blank line in the middle of a sentence.
    if line.hints.blank_before > 0 { open && lower && above.len() > 40 } else { above.len() > 40 || lower }
}

fn block_of(line: &Line, heading: Option<usize>) -> Option<Block> {
    let start = line.text.len() - line.text.trim_start().len();
    let text = line.text.trim().to_owned();
    let spans = line.spans.slice(start as u64..(start + text.len()) as u64);
    (!text.is_empty() && !spans.segments().is_empty()).then_some(Block { text, spans, heading, page: line.hints.page })
}

/// Puts a line at the end of a block; false, and nothing changed, if its bytes do not lie behind.
fn append(block: &mut Block, line: &Line) -> bool {
    let Some(next) = block_of(line, None) else { return true };
    let mut joined = block.clone();
    let hyphenated = joined.text.ends_with('-') && next.text.starts_with(char::is_lowercase);
    if hyphenated && joined.text[..joined.text.len() - 1].ends_with(char::is_alphabetic) {
        joined.text.pop();
        joined.spans = joined.spans.slice(0..joined.text.len() as u64);
    } else {
        joined.text.push(' ');
    }
    let shift = joined.text.len() as u64;
    joined.text.push_str(&next.text);
    let fits = joined.spans.append(&next.spans, shift).is_ok();
    if fits {
        *block = joined;
    }
    fits
}

#[cfg(test)]
pub(super) mod tests {
    use records::Hints;

    use super::*;

    /// Lines of a plain text with their bytes, as the reader gives them.
    pub(crate) fn lines(text: &str) -> Vec<Line> {
        let (mut out, mut at, mut blank) = (Vec::new(), 0_u64, 0);
        for piece in text.split_inclusive('\n') {
            let body = piece.trim_end_matches('\n');
            if body.trim().is_empty() {
                blank += 1;
            } else {
                let spans = OffsetMap::verbatim(at, body.len() as u64);
                let hints = Hints { blank_before: blank, ..Hints::default() };
                let (line, raw_end) = (out.len() as u32, at + body.len() as u64);
                out.push(Line { doc_id: "d".into(), line, text: body.into(), raw_start: at, raw_end, spans, hints, links: vec![] });
                blank = 0;
            }
            at += piece.len() as u64;
        }
        out
    }

    fn cleaned(text: &str) -> Vec<String> {
        clean(&lines(text), &CleaningRules::default()).into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn lines_of_a_paragraph_are_joined_and_hyphens_undone() {
        let text = "The committee of the harbour approved the new regu-\nlation on ferries and it will apply from the first of May\nof next year.\n\nA second paragraph stands here.\n";
        let blocks = clean(&lines(text), &CleaningRules::default());
        assert_eq!(blocks.len(), 2, "{blocks:?}");
        assert!(blocks[0].text.contains("new regulation on ferries") && blocks[0].text.ends_with("May of next year."));
        let at = blocks[0].text.find("lation").unwrap() as u64;
        let raw = blocks[0].spans.raw_range(at..at + 6).unwrap();
        assert_eq!(&text[raw.start as usize..raw.end as usize], "lation");
    }

    #[test]
    fn page_numbers_running_headers_and_banners_go() {
        let page =
            |n: u32| format!("HARBOUR REPORT {n}\n\nSome text that belongs to page number {n} is written here.\n\nPage {n} of 3\n\n");
        let text = format!("{}{}{}We use cookies, please accept our policy.\n", page(1), page(2), page(3));
        let blocks = cleaned(&text);
        assert!(blocks.len() == 3 && blocks.iter().all(|text| text.starts_with("Some text")), "{blocks:?}");
    }

    #[test]
    fn navigation_of_a_page_goes_and_its_headings_are_known() {
        let mut page = lines("Home\nThe harbour\nThe harbour opened in 1911.\n");
        page[0].hints.html_path = "html/body/nav/ul/li/a".into();
        page[1].hints.html_path = "html/body/main/h2".into();
        page[2].hints.html_path = "html/body/main/p".into();
        let blocks = clean(&page, &CleaningRules::default());
        assert_eq!(
            blocks.iter().map(|block| (block.text.as_str(), block.heading)).collect::<Vec<_>>(),
            [("The harbour", Some(2)), ("The harbour opened in 1911.", None)]
        );
    }

    #[test]
    fn a_short_numbered_line_alone_is_a_heading_and_list_items_stay_apart() {
        let blocks =
            clean(&lines("2.1 Ferry Rules\n\nAll ferries stop at night.\n- first item\n- second item\n"), &CleaningRules::default());
        assert_eq!(blocks[0].heading, Some(2));
        assert_eq!(blocks.len(), 4, "{blocks:?}");
    }
}

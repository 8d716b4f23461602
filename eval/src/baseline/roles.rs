//! What each line is for, by rules: what the workflow's cleaning knows, told line by line, so that it can be held against gold roles.

use std::sync::LazyLock;

use records::{Line, Role};
use regex::Regex;

use super::CleaningRules;
use super::cleaning::{BOILERPLATE, FURNITURE, LIST_ITEM, PAGE_NUMBER, heading_level, is_furniture, repeated};

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// Its role.
    pub role: Role,
    /// Whether a section starts with it.
    pub starts_section: bool,
}

static KEY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\p{Lu}[\p{L} -]{1,24}: \S").expect("a fixed pattern"));
static CAPTION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(?:Figure|Fig\.|Table)\s+\d+").expect("a fixed pattern"));
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\[\d{1,3}\]\s").expect("a fixed pattern"));
static FOOTNOTE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(?:[*†‡]|\(?\d{1,2}\)|\[\^\w+\]:?)\s*\p{Lu}").expect("a fixed pattern"));

/// Roles that elements have by themselves.
const ELEMENTS: [(&str, Role); 8] = [
    ("li", Role::ListItem),
    ("tr", Role::TableRow),
    ("td", Role::TableRow),
    ("th", Role::TableRow),
    ("pre", Role::Code),
    ("code", Role::Code),
    ("figcaption", Role::Caption),
    ("caption", Role::Caption),
];

/// The role of every line. A section starts at the title and at every heading.
#[must_use]
pub fn label(lines: &[Line], rules: &CleaningRules) -> Vec<Labelled> {
    let repeats = repeated(lines, rules.repeated_lines);
    let (mut titled, mut in_text) = (false, false);
    let mut out = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let role = if is_furniture(line, &repeats, rules) {
            furniture(line, rules)
        } else if let Some(level) = heading_level(line, lines.get(at + 1)) {
            let first = !titled && !in_text && level == 1;
            titled |= first;
            if first { Role::Title } else { Role::Heading }
        } else {
            content(line, in_text)
        };
        in_text |= role == Role::Paragraph;
        out.push(Labelled { role, starts_section: matches!(role, Role::Title | Role::Heading) });
    }
    out
}

fn furniture(line: &Line, rules: &CleaningRules) -> Role {
    let elements = line.hints.html_path.split('/');
    let text = line.text.trim();
    if elements.clone().any(|name| matches!(name, "nav" | "menu")) || line.hints.link_density > rules.max_link_density {
        Role::Navigation
    } else if BOILERPLATE.is_match(text) || elements.clone().any(|name| FURNITURE.contains(&name)) {
        Role::Boilerplate
    } else if PAGE_NUMBER.is_match(text) {
        Role::PageNumber
    } else {
        Role::RunningHeader
    }
}

fn content(line: &Line, in_text: bool) -> Role {
    let text = line.text.trim_end();
    let own = line.hints.html_path.rsplit('/').find_map(|name| ELEMENTS.iter().find(|(element, _)| *element == name));
    match own {
        Some((_, role)) => *role,
        None if CAPTION.is_match(text.trim()) => Role::Caption,
        None if REFERENCE.is_match(text.trim()) => Role::Reference,
        None if LIST_ITEM.is_match(text) => Role::ListItem,
        None if FOOTNOTE.is_match(text.trim()) => Role::Footnote,
        None if text.contains(['|', '\t']) || text.trim().contains("   ") => Role::TableRow,
        None if line.hints.html_path.is_empty() && text.starts_with("    ") => Role::Code,
        None if !in_text && text.len() < 90 && KEY.is_match(text) => Role::Metadata,
        None => Role::Paragraph,
    }
}

#[cfg(test)]
mod tests {
    use super::super::cleaning::tests::lines;
    use super::*;

    #[test]
    fn lines_of_a_report_are_told_apart() {
        let page =
            |n: u32| format!("HARBOUR REPORT {n}\n\nSome text that belongs to page number {n} is written here.\n\nPage {n} of 3\n\n");
        let text = format!(
            "The Harbour Rules\n\nAuthor: Mira Holt\n\n{}{}{}2.1 Ferries\n\n- first item\nName | Price\n[3] Holt, M. Ferries.\nTable 2 Prices\n",
            page(1),
            page(2),
            page(3)
        );
        let found: Vec<Role> = label(&lines(&text), &CleaningRules::default()).into_iter().map(|one| one.role).collect();
        let page = [Role::RunningHeader, Role::Paragraph, Role::PageNumber];
        let tail = [Role::Heading, Role::ListItem, Role::TableRow, Role::Reference, Role::Caption];
        let expected = [&[Role::Title, Role::Metadata][..], &page, &page, &page, &tail].concat();
        assert_eq!(found, expected);
    }

    #[test]
    fn elements_say_what_they_hold() {
        let mut page = lines("Home\nThe harbour\nlet x = 1;\nNine\n");
        for (line, path) in page.iter_mut().zip(["body/nav/a", "body/main/h1", "body/main/pre/code", "body/table/tr/td"]) {
            line.hints.html_path = path.into();
        }
        let found = label(&page, &CleaningRules::default());
        assert_eq!(found.iter().map(|one| one.role).collect::<Vec<_>>(), [Role::Navigation, Role::Title, Role::Code, Role::TableRow]);
        assert_eq!(found.iter().map(|one| one.starts_section).collect::<Vec<_>>(), [false, true, false, false]);
    }
}

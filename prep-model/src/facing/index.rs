//! The page that lists all documents, what failed and what was repaired most first.

use std::fmt::Write as _;

use records::Failure;
use text::escape::{html, one_line};

use super::{Prepared, STYLE};

/// Repairs of a document that are shown in the list.
const SHOWN: usize = 3;

/// A row of the list.
pub struct Listed {
    name: String,
    file: String,
    sections: usize,
    dropped: usize,
    repairs: usize,
    bytes: usize,
    /// What stood there and what stands there now.
    examples: Vec<(String, String)>,
}

impl Listed {
    /// The row of a document whose page lies in `file`.
    pub fn of(name: String, file: String, found: &Prepared) -> Self {
        let Prepared { sections, dropped, .. } = found;
        let repairs = sections.iter().flat_map(|section| section.repairs.iter().map(move |repair| (section, repair)));
        let examples = repairs.clone().take(SHOWN).map(|(section, repair)| word(&section.text, repair));
        Self {
            name,
            file,
            sections: sections.len(),
            dropped: dropped.len(),
            repairs: repairs.clone().count(),
            bytes: sections.iter().map(|section| section.text.len()).sum(),
            examples: examples.collect(),
        }
    }

    /// Repairs in ten thousand bytes.
    fn rate(&self) -> usize {
        (self.repairs * 10_000).checked_div(self.bytes).unwrap_or_default()
    }
}

/// A repair with the word around it, before and after.
fn word(text: &str, repair: &records::Repair) -> (String, String) {
    let (start, end) = (repair.start as usize, repair.end as usize);
    let before = text[..start].rfind(char::is_whitespace).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let after = text[end..].find(char::is_whitespace).map_or(text.len(), |at| end + at);
    (format!("{}{}{}", &text[before..start], repair.original, &text[end..after]), text[before..after].to_owned())
}

/// The page.
pub fn page(listed: &[Listed], failures: &[Failure]) -> String {
    let mut order: Vec<&Listed> = listed.iter().collect();
    order.sort_by(|a, b| b.rate().cmp(&a.rate()).then(b.repairs.cmp(&a.repairs)));
    let sum = |of: fn(&Listed) -> usize| listed.iter().map(of).sum::<usize>();
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>What was prepared</title><style>{STYLE}</style></head>\n<body class=\"list\"><header><h1>What was prepared</h1>\
         <p>{} documents in {} sections; {} repairs; {} pieces of text in no section; {} failed</p></header>\n<main>",
        listed.len(),
        sum(|one| one.sections),
        sum(|one| one.repairs),
        sum(|one| one.dropped),
        failures.len(),
    );
    if !failures.is_empty() {
        out += "<h2>Failed</h2><table><thead><tr><th>Document<th>Why</tr></thead><tbody>";
        for failure in failures {
            let _ = write!(out, "<tr><td>{}<td>{}</tr>", html(&one_line(&failure.path)), html(&one_line(&failure.reason)));
        }
        out += "</tbody></table>";
    }
    out +=
        "<h2>Documents, the most repaired first</h2><table><thead><tr><th>Document<th>Repairs<th>Sections<th>Left out</tr></thead><tbody>";
    for one in order {
        let mut examples = String::new();
        for (was, is) in &one.examples {
            let _ = write!(examples, " <small><del>{}</del><ins>{}</ins></small>", html(&one_line(was)), html(&one_line(is)));
        }
        let (file, name) = (html(&one.file), html(&one_line(&one.name)));
        let (repairs, sections, dropped) = (one.repairs, one.sections, one.dropped);
        let _ = write!(out, "<tr><td><a href=\"{file}\">{name}</a><td>{repairs}{examples}<td>{sections}<td>{dropped}</tr>");
    }
    out + "</tbody></table></main></body></html>\n"
}

#[cfg(test)]
mod tests {
    use records::Repair;

    use super::*;

    #[test]
    fn a_repair_is_told_with_its_word() {
        let told = |start, end, original: &str| word("über die Brücke ging", &Repair { start, end, original: original.into() });
        assert_eq!(told(12, 14, "ii"), ("Briicke".into(), "Brücke".into()));
        assert_eq!(told(0, 2, "u"), ("uber".into(), "über".into()));
        assert_eq!(told(17, 17, "n"), ("Brücken".into(), "Brücke".into()));
    }
}

//! A document of a corpus as a web page that holds nothing but the document: what programs write when they turn Markdown, a mail, a chapter or an
//! office file into HTML.

use std::fmt::Write as _;

use records::Line;

use crate::read::Reading;

/// Kinds of pages: what comes before and after the document, the classes of paragraphs, and whether parts have names. The names are those that
/// such programs write; what they mean is nowhere said.
const KINDS: [(&str, &str, &str, bool); 10] = [
    ("<html><body>", "</body></html>", "", false),
    ("", "", "", false),
    ("<html><body><div class=\"document\"><div class=\"body\" role=\"main\">", "</div></div></body></html>", "", true),
    ("<html><body><article class=\"markdown-body entry-content\">", "</article></body></html>", "", true),
    ("<html><body><div dir=\"ltr\">", "</div></body></html>", "", false),
    ("<html><body><div class=\"WordSection1\">", "</div></body></html>", " class=\"MsoNormal\"", false),
    ("<html><body class=\"calibre\"><section class=\"chapter\">", "</section></body></html>", " class=\"calibre1\"", true),
    ("<html><body><table width=\"600\"><tr><td class=\"content\">", "</td></tr></table></body></html>", "", false),
    ("<html><body><main id=\"content\"><div class=\"container\">", "</div></main></body></html>", "", true),
    ("<html><body><div id=\"content\" class=\"wiki-content\">", "</div></body></html>", "", true),
];

/// A page; `number` says of which kind.
pub(super) fn page_of(document: &Reading, number: u64) -> String {
    let (before, after, class, is_named) = KINDS[(number % KINDS.len() as u64) as usize];
    let mut out = before.to_owned();
    let mut open: Vec<&str> = Vec::new();
    for line in &document.lines {
        let path: Vec<&str> = line.hints.html_path.split('/').filter(|name| is_element(name)).collect();
        let path = if path.is_empty() { vec!["p"] } else { path };
        // The innermost element is the line's own.
        let shared = open.iter().zip(&path).take_while(|(a, b)| a == b).count().min(path.len() - 1);
        close(&mut open, shared, &mut out);
        for name in &path[shared..] {
            let _ = match *name {
                "p" => write!(out, "<p{class}>"),
                name if is_named && name.len() == 2 && name.starts_with('h') => write!(out, "<{name} id=\"{}\">", name_of(&line.text)),
                name => write!(out, "<{name}>"),
            };
            open.push(name);
        }
        linked(line, &mut out);
    }
    close(&mut open, 0, &mut out);
    out + after
}

fn is_element(name: &str) -> bool {
    let known = ["p", "ul", "ol", "li", "blockquote", "pre", "table", "thead", "tbody", "tr", "dl", "dt", "dd"];
    known.contains(&name) || name.len() == 2 && name.starts_with('h') && name.as_bytes()[1].is_ascii_digit()
}

fn close(open: &mut Vec<&str>, left: usize, out: &mut String) {
    for name in open.drain(left..).rev() {
        let _ = writeln!(out, "</{name}>");
    }
}

/// A heading as the name of its part.
fn name_of(text: &str) -> String {
    text.chars().filter(|character| character.is_ascii_alphanumeric() || *character == ' ').take(40).collect::<String>().replace(' ', "-")
}

fn linked(line: &Line, out: &mut String) {
    let mut at = 0;
    for link in &line.links {
        let (start, end) = (link.start as usize, link.end as usize);
        escaped(&line.text[at..start], out);
        out.push_str("<a href=\"");
        escaped(&link.target, out);
        out.push_str("\">");
        escaped(&line.text[start..end], out);
        out.push_str("</a>");
        at = end;
    }
    escaped(&line.text[at..], out);
}

fn escaped(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{MediaType, ReadLimits, read_bytes};

    #[test]
    fn a_page_reads_as_the_document_did() {
        let source = "# Ferries\n\nThe *ferry* to [the island](x.md) leaves < 9.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
        let read = |media_type, text: &str| read_bytes(media_type, text.as_bytes(), &ReadLimits::default()).unwrap();
        let document = read(MediaType::Markdown, source);
        for kind in 0..KINDS.len() as u64 {
            let page = read(MediaType::Html, &page_of(&document, kind));
            let texts = |reading: &Reading| reading.lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
            assert_eq!(texts(&page), texts(&document));
        }
    }
}

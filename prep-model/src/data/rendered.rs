//! A document of a corpus as a web page: what programs write when they turn Markdown, a mail, a chapter or an office file into HTML, with nothing
//! around it or with navigation made of the headings of other documents.

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

/// Pages with navigation: what comes before and after the document. `{0}` is the name of the site, `{1}` and `{2}` are lists of links.
const SITES: [(&str, &str); 6] = [
    (
        "<body><header class=\"site-header\"><a href=\"/\">{0}</a></header><nav class=\"site-nav\"><ul>{1}</ul></nav><main class=\"content\"><div class=\"page-body\">",
        "</div></main><footer class=\"site-footer\"><ul>{2}</ul></footer></body>",
    ),
    (
        "<body><div class=\"related\" role=\"navigation\"><ul>{1}</ul></div><div class=\"document\"><div class=\"documentwrapper\"><div class=\"bodywrapper\"><div class=\"body\" role=\"main\">",
        "</div></div></div><div class=\"sphinxsidebar\" role=\"navigation\"><ul>{2}</ul></div></div><div class=\"footer\">{0}</div></body>",
    ),
    (
        "<body><header class=\"md-header\"><div>{0}</div></header><nav class=\"md-nav md-nav--primary\"><ul>{1}</ul></nav><main class=\"md-main\"><article class=\"md-content__inner md-typeset\">",
        "</article></main><footer class=\"md-footer\"><ul>{2}</ul></footer></body>",
    ),
    (
        "<body><div id=\"header\"><h2>{0}</h2></div><div id=\"menu\"><ul>{1}</ul></div><div id=\"main\">",
        "</div><div id=\"footer\"><ul>{2}</ul></div></body>",
    ),
    ("<body><nav><ul>{1}</ul></nav><article>", "</article><aside><ul>{2}</ul></aside><footer>{0}</footer></body>"),
    (
        "<body><div class=\"wrapper\"><div class=\"sidebar\"><h1>{0}</h1><ul>{1}</ul></div><section class=\"section\">",
        "</section></div><div class=\"pagination\"><ul>{2}</ul></div></body>",
    ),
];

/// A page and where its document begins and ends in it; `number` says of which kind, `others` are headings of other documents.
pub(super) fn site_of(document: &Reading, number: u64, others: &[String]) -> (String, std::ops::Range<usize>) {
    let (before, after) = SITES[(number % SITES.len() as u64) as usize];
    let half = others.len() / 2;
    let list = |headings: &[String]| {
        let mut out = String::new();
        for (at, heading) in headings.iter().enumerate() {
            let _ = write!(out, "<li><a href=\"/{at}\">");
            escaped(heading, &mut out);
            out.push_str("</a></li>\n");
        }
        out
    };
    let mut name = String::new();
    escaped(others.first().map_or("", String::as_str), &mut name);
    let (first, second) = (list(&others[..half]), list(&others[half..]));
    let filled = |text: &str| text.replace("{0}", &name).replace("{1}", &first).replace("{2}", &second);
    let mut out = filled(before);
    let start = out.len();
    put(document, "", true, &mut out);
    let end = out.len();
    (out + &filled(after), start..end)
}

/// A page that holds nothing else; `number` says of which kind.
pub(super) fn page_of(document: &Reading, number: u64) -> String {
    let (before, after, class, is_named) = KINDS[(number % KINDS.len() as u64) as usize];
    let mut out = before.to_owned();
    put(document, class, is_named, &mut out);
    out + after
}

fn put(document: &Reading, class: &str, is_named: bool, out: &mut String) {
    let mut open: Vec<&str> = Vec::new();
    for line in &document.lines {
        let path: Vec<&str> = line.hints.html_path.split('/').filter(|name| is_element(name)).collect();
        let path = if path.is_empty() { vec!["p"] } else { path };
        // The innermost element is the line's own.
        let shared = open.iter().zip(&path).take_while(|(a, b)| a == b).count().min(path.len() - 1);
        close(&mut open, shared, out);
        for name in &path[shared..] {
            let _ = match *name {
                "p" => write!(out, "<p{class}>"),
                name if is_named && name.len() == 2 && name.starts_with('h') => write!(out, "<{name} id=\"{}\">", name_of(&line.text)),
                name => write!(out, "<{name}>"),
            };
            open.push(name);
        }
        linked(line, out);
    }
    close(&mut open, 0, out);
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
        let texts = |reading: &Reading| reading.lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
        for kind in 0..KINDS.len() as u64 {
            let page = read(MediaType::Html, &page_of(&document, kind));
            assert_eq!(texts(&page), texts(&document));
        }
        for kind in 0..SITES.len() as u64 {
            let (page, place) = site_of(&document, kind, &["A & B".into(), "C".into(), "D".into()]);
            let page = read(MediaType::Html, &page);
            let inside: Vec<&Line> = page.lines.iter().filter(|line| place.contains(&(line.raw_start as usize))).collect();
            assert!(inside.iter().map(|line| line.text.clone()).eq(texts(&document)));
            assert_eq!(page.lines.len(), inside.len() + 4);
        }
    }
}

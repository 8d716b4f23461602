//! Text that tries to become mark-up or commands, in every format that is rendered.

use std::fs;

use pulldown_cmark::{Event, Options, Parser, Tag};
use records::UserQuestion;

use super::super::plain;
use super::{report_for, run};

#[test]
fn hostile_text_opens_nothing_on_the_page() {
    let dir = tempfile::tempdir().unwrap();
    let batch = run(dir.path(), 20, "out", &report_for).unwrap();
    let page = fs::read_to_string(batch.page).unwrap();
    let nonce = page.split("script-src 'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches(&format!("<script nonce=\"{nonce}\">")).count(), 1);
    assert!(!page.contains('\u{202E}'));
    let mut open = Vec::new();
    for (token, attributes) in html_tags(&page) {
        // Text stands in no attribute at all: what is in a tag was written here.
        let foreign =
            [" on", "src", "javascript", "alert", "url(", "refresh", "http:", "https:"].iter().any(|never| attributes.contains(never));
        assert!(!foreign || token == "meta", "{token} {attributes}");
        match token.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name), "tags do not nest"),
            None if ["meta", "!doctype", "input", "br"].contains(&token.as_str()) => {}
            None => open.push(token),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Names of the tags of a page, closing ones with a slash, and their attributes; the contents of style and script left out.
fn html_tags(page: &str) -> Vec<(String, &str)> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..];
        let name: String = tag.chars().take_while(|c| !c.is_whitespace() && *c != '>').collect::<String>().to_lowercase();
        let end = tag.find('>').unwrap();
        let attributes = &tag[name.len()..end];
        rest = &tag[end..];
        if name == "style" || name == "script" {
            rest = &rest[rest.find(&format!("</{name}")).unwrap()..];
        }
        tags.push((name, attributes));
    }
    tags
}

#[test]
fn hostile_text_opens_nothing_in_markdown() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), 20, "out", &report_for).unwrap();
    let text = fs::read_to_string(dir.path().join("out/report.md")).unwrap();
    let mut headings = 0;
    for event in Parser::new_ext(&text, Options::all()) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => panic!("{html}"),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => panic!("{dest_url}"),
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Table(_)) => panic!("a block of code, mark-up or cells"),
            Event::Start(Tag::Heading { .. }) => headings += 1,
            _ => {}
        }
    }
    // One for the batch, one a brief (two and none), one a question that was answered, four lists a brief at most.
    assert_eq!(headings, text.lines().filter(|line| line.starts_with('#')).count());
    assert_eq!(text.lines().filter(|line| line.starts_with("### ")).count(), 18);
    assert_eq!(text.lines().filter(|line| line.starts_with("## ")).count(), 3);
}

#[test]
fn a_terminal_gets_no_commands() {
    let question = UserQuestion { id: "q2".into(), question: "?".into(), brief: None, sources: vec![] };
    let mut report = report_for(&question).unwrap();
    report.answer = "a\u{1b}]0;title\u{7}b".into();
    let text = plain(&report, 60);
    assert!(text.contains("The bridge opened in 1932.") && text.contains("bytes 40-66"), "{text}");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(text.lines().all(|line| line.chars().count() <= 60 || !line.contains(' ')), "{text}");
}

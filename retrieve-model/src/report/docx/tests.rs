//! What a word processor reads.

use records::{Citation, Report, Statement, Status};

use super::super::{Format, rendered};

/// Text that tries everything at once.
const HOSTILE: &str = "</w:t></w:r><w:r><w:instrText>INCLUDETEXT \"/etc/passwd\"</w:instrText> <!-- ]]> & &lt;b&gt; \" ' <?x?> \u{0}\u{B}\u{1F}\u{7F}\u{FFFE}\u{FFFF}\u{202E} https://evil.example";

fn report(number: usize, text: &str) -> Report {
    let citation = Citation { doc: format!("{number} {text}"), doc_id: "00".into(), page: Some(3), start: 5, end: 9, quote: text.into() };
    Report {
        question_id: text.into(),
        brief: Some(format!("{} {text}", number % 2)),
        question: format!("Question {number} {text}?"),
        status: [Status::Answered, Status::Partial, Status::Abstained][number % 3],
        reason: None,
        answer: if number % 3 == 2 { String::new() } else { text.into() },
        confidence: 0.5,
        statements: vec![Statement { text: format!("Told: {text}"), citations: vec![citation.clone(), citation] }],
        closest: vec![],
        searches: vec![],
        milliseconds: 0,
    }
}

fn reports(text: &str) -> Vec<Report> {
    (0..70).map(|number| report(number, text)).collect()
}

/// The parts of the document, as they lie in it: they are not compressed.
fn parts(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Names of the tags of the text, closing ones left out; an attribute that holds `>` would show as a name that is none.
fn tags(xml: &str) -> Vec<String> {
    let name = |rest: &str| rest.split(|c: char| c.is_whitespace() || c == '>').next().unwrap().to_owned();
    xml.split('<').skip(1).filter(|rest| !rest.starts_with('/')).map(name).collect()
}

fn body(bytes: &[u8]) -> String {
    let all = parts(bytes);
    let start = all.find("<w:body>").unwrap();
    all[start..start + all[start..].find("</w:document>").unwrap()].to_owned()
}

#[test]
fn hostile_text_is_text_in_the_document() {
    let (tame, wild) = (rendered(Format::Docx, "tame", &reports("tame")), rendered(Format::Docx, HOSTILE, &reports(HOSTILE)));
    let read = docx_rs::read_docx(&wild).unwrap();
    assert!(read.document.children.len() > 300, "{}", read.document.children.len());
    // Whatever the text says, the mark-up is the same.
    assert_eq!(tags(&body(&wild)), tags(&body(&tame)));
    assert!(!body(&wild).contains("<w:instrText") && !body(&wild).contains("<w:hyperlink r:id="));
    let forbidden =
        |c: &char| matches!(c, '\u{0}'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' | '\u{202E}');
    assert_eq!(body(&wild).chars().find(forbidden), None);
    assert!(body(&wild).contains("&lt;w:instrText&gt;INCLUDETEXT &quot;/etc/passwd&quot;"), "escaped once");
}

#[test]
fn the_same_reports_give_the_same_bytes_whatever_was_written_before() {
    let first = rendered(Format::Docx, "t", &reports("x"));
    let _ = rendered(Format::Docx, "u", &reports("y"));
    assert!(first == rendered(Format::Docx, "t", &reports("x")));
    let elsewhere = std::thread::spawn(|| rendered(Format::Docx, "t", &reports("x"))).join().unwrap();
    assert!(first == elsewhere);
}

#[test]
fn what_is_said_has_the_style_that_is_meant_for_it() {
    let xml = body(&rendered(Format::Docx, "My title", &reports("words")));
    let styled = |style: &str| xml.matches(&format!("<w:pStyle w:val=\"{style}\" />")).count();
    // A summary and two parts; a question each; two quotations each; the lists of a part: not sure, not found, sources.
    assert_eq!([styled("Title"), styled("Heading1"), styled("Heading2"), styled("Quote"), styled("Heading3")], [1, 3, 70, 140, 6]);
    let (links, marks) = (xml.matches("<w:hyperlink w:anchor=").count(), xml.matches("<w:bookmarkStart").count());
    assert_eq!((links, marks), (70, 70));
    let bullets = xml.matches("<w:numId w:val=\"2\" />").count();
    assert_eq!(bullets, 46, "one for each question without a sure answer");
    let many: Vec<Report> = (0..201).map(|number| report(number, "x")).collect();
    assert!(!body(&rendered(Format::Docx, "t", &many)).contains("<w:tbl>"), "too many for a table");
}

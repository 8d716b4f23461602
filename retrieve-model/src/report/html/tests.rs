//! The page as a reader goes through it: from the summary to a card, from a quotation to its passage and back.

use std::collections::BTreeSet;
use std::fs;

use indicatif::ProgressBar;
use records::{Citation, Report, SourceText, Statement, Status, UserQuestion};

use super::super::{Context, Format, Target, card, rendered, write_reports};

fn citation(doc: &str, quote: &str) -> Citation {
    Citation { doc: doc.into(), doc_id: "0a".into(), page: None, start: 4, end: 4 + quote.len() as u64, quote: quote.into() }
}

/// A report that quotes each of these.
fn report(id: &str, status: Status, answer: &str, quotes: &[(&str, &str)]) -> Report {
    let cited = |(doc, quote): &(&str, &str)| Statement { text: (*quote).into(), citations: vec![citation(doc, quote)] };
    Report {
        question_id: id.into(),
        brief: None,
        question: format!("What of {id}?"),
        status,
        reason: None,
        answer: answer.into(),
        confidence: 0.5,
        statements: quotes.iter().map(cited).collect(),
        closest: vec![],
        searches: vec![],
        milliseconds: 1,
    }
}

fn four() -> Vec<Report> {
    let quotes = [("a.md", "It opened in 1998."), ("b.md", "It opened in 1999.")];
    vec![
        report("sure", Status::Answered, "1998", &quotes[..1]),
        report("perhaps", Status::Partial, "1999", &quotes[1..]),
        report("both", Status::Partial, "1998 / 1999", &quotes),
        report("none", Status::Abstained, "", &[]),
    ]
}

/// The values of an attribute, in order.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    page.split(&format!(" {attribute}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// Every link of the page leads to something on it, that is there once.
fn assert_links_lead_somewhere(page: &str) {
    let ids = values(page, "id");
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{ids:?}");
    for href in values(page, "href") {
        assert!(href.strip_prefix('#').is_some_and(|id| ids.contains(&id)), "{href}");
    }
}

#[test]
fn the_summary_says_of_every_question_how_it_ended_and_leads_to_its_card() {
    let page = String::from_utf8(rendered(Format::Html, "t", &four())).unwrap();
    assert!(page.contains("4 questions: 1 answered · 1 unsure · 1 contradicted · 1 not found"), "{page}");
    let lines = page.split("<ul class=\"lines\">").nth(1).unwrap().split("</ul>").next().unwrap();
    for (at, said) in [
        "<span><b dir=\"auto\">1998</b>",
        "perhaps <b",
        "the sources disagree: <b dir=\"auto\">1998</b> / <b dir=\"auto\">1999</b>",
        "<span></span></p>",
    ]
    .into_iter()
    .enumerate()
    {
        let line = lines.lines().find(|line| line.contains(&format!("href=\"#question-1-{}\"", at + 1))).unwrap();
        assert!(line.contains(said), "{line}");
    }
    assert_links_lead_somewhere(&page);
    let markdown = String::from_utf8(rendered(Format::Md, "t", &four())).unwrap();
    assert!(markdown.contains("1 unsure, 1 contradicted"), "{markdown}");
    assert!(markdown.contains("- contradicted: What of both? the sources disagree: **1998** / **1999**"), "{markdown}");
    assert!(markdown.contains("#### Sources disagree\n\n- What of both?"), "{markdown}");
}

#[test]
fn a_summary_that_is_too_long_for_a_glance_is_folded() {
    let many: Vec<Report> = (0..201).map(|at| report(&at.to_string(), Status::Abstained, "", &[])).collect();
    let folded = String::from_utf8(rendered(Format::Html, "t", &many)).unwrap();
    assert!(folded.contains("<summary>All 201 questions in short</summary>"));
    let whole = String::from_utf8(rendered(Format::Html, "t", &many[1..])).unwrap();
    assert!(!whole.contains("in short"));
    assert_links_lead_somewhere(&folded);
    let lines = |reports: &[Report]| String::from_utf8(rendered(Format::Md, "t", reports)).unwrap().matches("- not found").count();
    assert_eq!((lines(&many), lines(&many[1..])), (0, 200));
}

#[test]
fn every_passage_stands_on_the_page_once_however_often_it_is_cited() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("q.jsonl");
    // More than a chunk of them.
    let line =
        |at: usize| serde_json::json!({"id": at, "question": format!("What of {at}?"), "brief": format!("Part {}", at % 2)}).to_string();
    fs::write(&path, (0..40).map(line).collect::<Vec<_>>().join("\n")).unwrap();
    let answer = |question: &UserQuestion| {
        let quotes = [("a.md", "It opened in 1998."), ("b.md", "It opened in 1999.")];
        Ok(Report { brief: question.brief.clone(), ..report(&question.id, Status::Partial, "1998 / 1999", &quotes) })
    };
    let look = |citation: &Citation| {
        let cut = Context::cut(vec!["Guide <i>".into(), "The bridge".into()], "Was it late? ", &citation.quote, " <b>Yes.");
        let picture = if citation.doc == "a.md" { "<svg></svg>".into() } else { String::new() };
        Some(Context { picture, ..cut })
    };
    let batch = write_reports(&path, &Target::whole(&dir.path().join("out"), "", &[]), &answer, &look, &ProgressBar::hidden()).unwrap();
    assert_eq!((batch.counts["contradicted"], batch.counts["partial"]), (40, 40));
    let page = fs::read_to_string(batch.page).unwrap();
    assert_eq!(values(&page, "id").iter().filter(|id| id.starts_with("passage-")).count(), 2);
    assert_eq!(values(&page, "href").iter().filter(|href| href.starts_with("#passage-")).count(), 80);
    assert!(page.contains("Was it late? <mark>It opened in 1998.</mark> &lt;b&gt;Yes.</p>"));
    assert!(page.contains("Guide &lt;i&gt; › The bridge"));
    assert_eq!(page.matches("<figure class=\"page\"><svg></svg></figure>").count(), 1);
    assert_links_lead_somewhere(&page);
}

#[test]
fn a_question_that_brings_its_sources_shows_the_passages_of_these() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("q.jsonl");
    let source = SourceText { id: "a.md".into(), title: Some("A".into()), text: "Oh, It opened in 1998. It closed.".into() };
    let asked = UserQuestion { id: "q".into(), question: "When?".into(), brief: None, sources: vec![source] };
    fs::write(&path, serde_json::to_string(&asked).unwrap()).unwrap();
    let answer = |_: &UserQuestion| Ok(report("q", Status::Answered, "1998", &[("a.md", "It opened in 1998.")]));
    let batch = write_reports(&path, &Target::whole(&dir.path().join("out"), "", &[]), &answer, &|_| None, &ProgressBar::hidden()).unwrap();
    let page = fs::read_to_string(batch.page).unwrap();
    assert!(page.contains("Oh, <mark>It opened in 1998.</mark> It closed.</p>"), "{page}");
}

#[test]
fn a_citation_of_which_no_more_is_known_stands_without_a_passage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("q.txt");
    fs::write(&path, "When?\n").unwrap();
    let answer = |_: &UserQuestion| Ok(report("q", Status::Answered, "1998", &[("a.md", "It opened in 1998.")]));
    let look = |_: &Citation| Some(Context::default());
    let batch = write_reports(&path, &Target::whole(&dir.path().join("out"), "", &[]), &answer, &look, &ProgressBar::hidden()).unwrap();
    let page = fs::read_to_string(batch.page).unwrap();
    assert!(page.contains("It opened in 1998.") && !page.contains("<mark>") && !page.contains("passage-1"), "{page}");
}

#[test]
fn a_card_for_another_page_links_its_citations_where_it_is_told() {
    let contradicted = &four()[2];
    let link = |citation: &Citation| (citation.doc == "a.md").then(|| format!("/doc?name={}&at=\"<", citation.doc));
    let linked = card(contradicted, &link);
    assert_eq!(values(&linked, "href"), ["/doc?name=a.md&amp;at=&quot;&lt;"]);
    assert!(linked.contains("class=\"card contradicted\"") && linked.matches("class=\"answer\"").count() == 2, "{linked}");
    let plain = card(contradicted, &|_| None);
    assert!(values(&plain, "href").is_empty() && values(&plain, "id").is_empty(), "{plain}");
    assert!(plain.contains("[1] <span class=\"doc\">a.md</span>") && plain.contains("[2] <span class=\"doc\">b.md</span>"), "{plain}");
}

//! One document of the page: its raw file and its clean sections, side by side, and its facts with their questions.

use std::ops::Range;

use records::Section;

use super::marks::{Highlight, Mark, escaped, highlighted};
use super::pick::{Hanging, Picked, Told};
use crate::candidates::name;
use crate::card::count;

/// Document `number` of the page; without its raw file only the sections that hold a fact.
pub(super) fn document(number: usize, picked: &Picked, raw: Option<&[u8]>) -> String {
    let mut out =
        format!("<section class=\"document\" id=\"document-{number}\">\n{}<div class=\"sides\">\n", heading(number, picked, raw.is_some()));
    if let Some(raw) = raw {
        out.push_str(&format!(
            "<div class=\"side\"><h3>Raw file</h3>\n<pre>{}</pre></div>\n",
            highlighted(raw, &raw_marks(picked), &format!("raw-{number}-"))
        ));
    }
    out.push_str(&format!(
        "<div class=\"side\"><h3>Clean sections</h3>\n<div class=\"clean\">{}</div></div>\n",
        sections(number, picked, raw.is_some())
    ));
    out.push_str(&format!(
        "</div>\n<h3>Facts and the questions that hang on them</h3>\n{}</section>\n",
        facts(number, picked, raw.is_some())
    ));
    out
}

fn heading(number: usize, picked: &Picked, has_raw: bool) -> String {
    let document = &picked.document;
    let title = document.title.as_deref().unwrap_or(&document.path);
    let file = match document.noise_level {
        _ if !has_raw => String::new(),
        0.0 => format!(" · {} bytes, undamaged", count(document.bytes)),
        level => format!(" · {} bytes, {:.1} % of the characters damaged", count(document.bytes), f64::from(level) * 100.0),
    };
    format!(
        "<h2>{number}. {}</h2>\n<p class=\"about\">{} · {} · {} split{file}</p>\n",
        escaped(title),
        escaped(&document.path),
        escaped(&document.media_type),
        name(&document.split)
    )
}

/// Facts and damage in the bytes of the raw file.
fn raw_marks(picked: &Picked) -> Vec<Mark> {
    let bytes = |start: u64, end: u64| start as usize..end as usize;
    let edits = picked.labels.iter().flat_map(|label| &label.edits);
    let damage = edits.map(|edit| (bytes(edit.raw_start, edit.raw_end), Highlight::Damage));
    let facts = picked.facts.iter().enumerate().flat_map(|(at, Told { fact, .. })| {
        let sentence = (bytes(fact.sentence_start, fact.sentence_end), Highlight::Sentence);
        [sentence, (bytes(fact.raw_start, fact.raw_end), Highlight::Value(at + 1))]
    });
    damage.chain(facts).collect()
}

/// The facts of a section in the bytes of its text: those whose sentence stands there whole.
fn clean_marks(section: &Section, facts: &[Told]) -> Vec<Mark> {
    let clean = |start: u64, end: u64| -> Option<Range<usize>> {
        let range = section.spans.clean_range(start..end)?;
        Some(range.start as usize..range.end as usize)
    };
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let marks = facts.iter().enumerate().filter_map(|(at, Told { fact, .. })| {
        let sentence = clean(fact.sentence_start, fact.sentence_end)?;
        let whole = words(section.text.get(sentence.clone())?) == words(&fact.sentence);
        let value = clean(fact.raw_start, fact.raw_end)?;
        whole.then_some([(sentence, Highlight::Sentence), (value, Highlight::Value(at + 1))])
    });
    marks.flatten().collect()
}

fn sections(number: usize, picked: &Picked, all: bool) -> String {
    let mut out = String::new();
    let mut left_out = 0_u64;
    for section in &picked.sections {
        let marks = clean_marks(section, &picked.facts);
        if marks.is_empty() && !all {
            left_out += 1;
            continue;
        }
        let path: Vec<String> = section.heading_path.iter().map(|heading| escaped(heading)).collect();
        let role = name(&section.role).replace('_', " ");
        out.push_str(&format!(
            "<article><h4>{} <small>section {}, {role}</small></h4><p>{}</p></article>\n",
            path.join(" › "),
            section.section,
            highlighted(section.text.as_bytes(), &marks, &format!("clean-{number}-"))
        ));
    }
    if left_out > 0 {
        out.push_str(&format!("<p class=\"about\">{} sections without one of these facts are left out.</p>\n", count(left_out)));
    }
    out
}

fn facts(number: usize, picked: &Picked, has_raw: bool) -> String {
    let mut out = "<ol class=\"facts\">\n".to_owned();
    for (at, Told { fact, questions }) in picked.facts.iter().enumerate() {
        let link = |side: &str| format!(" <a href=\"#{side}-{number}-{0}\">{side}</a>", at + 1);
        let bytes = format!("bytes {}–{}", count(fact.raw_start), count(fact.raw_end));
        let place = format!("{bytes}{}{}", if has_raw { link("raw") } else { String::new() }, link("clean"));
        out.push_str(&format!("<li><q>{}</q> <small>{place}</small>\n<ul>\n", escaped(&fact.sentence)));
        questions.iter().for_each(|hanging| out.push_str(&question(hanging)));
        out.push_str("</ul></li>\n");
    }
    out.push_str("</ol>\n");
    if picked.more_facts > 0 {
        out.push_str(&format!("<p class=\"about\">{} more facts of this document are not shown.</p>\n", count(picked.more_facts as u64)));
    }
    out
}

fn question(Hanging { question, answer, hop }: &Hanging) -> String {
    let kind = name(&question.kind).replace('_', " ");
    let rank = question.bm25_rank.map_or_else(|| "not among the first 100".to_owned(), |rank| format!("rank {rank}"));
    let hops = if hop.1 > 1 { format!("fact {} of {} · ", hop.0, hop.1) } else { String::new() };
    format!(
        "<li><span class=\"kind\">{kind}</span> {} <b>{}</b> <small>{hops}BM25 {rank}</small></li>\n",
        escaped(&question.question),
        escaped(answer)
    )
}

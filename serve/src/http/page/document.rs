//! A document as it was prepared, opened at a passage: the words that are quoted are marked, what stands around them is there, and the original is a
//! click away.

use std::fmt::Write as _;
use std::ops::Range;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use prep_model::read::{Container, MediaType, can_draw_pages};
use records::{Citation, Section};
use serde::Deserialize;

use super::{Room, in_query, page, refused, shown, text};
use crate::desk::{DeskError, Shown};
use crate::http::Shared;
use crate::http::refusal::Refusal;
use crate::library::{Listed, State as Became};

/// Sections of a page.
const SECTIONS: usize = 60;

/// What the address says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    name: String,
    page: Option<u32>,
    start: Option<u64>,
    end: Option<u64>,
    section: Option<u32>,
    /// The first section of the page.
    from: Option<usize>,
}

/// The page.
pub async fn document(State(app): State<Shared>, query: Result<Query<Asked>, QueryRejection>) -> Response {
    let asked = match query {
        Ok(Query(asked)) => asked,
        Err(rejection) => return refused(&app, &rejection.into()),
    };
    let (desk, name) = (app.desk.clone(), asked.name.clone());
    match app.reading.work(move || desk.current()?.document(&name)).await {
        Ok(found) => shown(StatusCode::OK, page(&app, Room::Documents, &asked.name, "", &body(&asked, &found))),
        Err(refusal) => refused(&app, &refusal),
    }
}

fn body(asked: &Asked, found: &Shown) -> String {
    let listed = &found.listed;
    let mut out = format!("<h1 class=\"name\" dir=\"auto\">{}</h1>\n", text(listed.title.as_deref().unwrap_or(&listed.name)));
    let at = asked.page.map(|page| format!("#page={page}")).unwrap_or_default();
    let original = format!(" · <a href=\"/api/original?name={}{at}\">original file</a>", in_query(&listed.name));
    let original = if listed.state.answers() { original } else { format!(" · {}: {}", listed.state, text(&listed.reason)) };
    let _ = writeln!(
        out,
        "<p class=\"sub\"><span class=\"doc\">{}</span> · {} sections · {} bytes{original}</p>",
        text(&listed.name),
        found.sections.len(),
        listed.bytes
    );
    if listed.state == Became::Same {
        let _ = writeln!(out, "<p class=\"sub\">The same file as {}.</p>", text(&listed.reason));
    }
    let passage = passage(asked, &found.sections);
    let page = passage.as_ref().and(asked.page).filter(|_| has_pages(listed)).map(|page| picture(asked, page)).unwrap_or_default();
    if asked.start.is_some() && passage.is_none() {
        out += "<p class=\"trouble\" role=\"alert\">The passage is no longer there: the document has changed since it was cited.</p>\n";
    }
    let target =
        passage.as_ref().map(|(at, _)| *at).or_else(|| found.sections.iter().position(|section| Some(section.section) == asked.section));
    let from = asked.from.unwrap_or_else(|| target.map_or(0, |at| at.saturating_sub(SECTIONS / 3))).min(found.sections.len());
    let to = (from + SECTIONS).min(found.sections.len());
    let link = |from: usize, name: &str| format!("<p class=\"pages\"><a href=\"{}\">{name}</a></p>\n", elsewhere(asked, from));
    if from > 0 {
        out += &link(from.saturating_sub(SECTIONS), "Earlier sections");
    }
    let mut above = Above::default();
    for (at, section) in found.sections.iter().enumerate().take(to).skip(from) {
        let marked = passage.as_ref().filter(|(own, _)| *own == at).map(|(_, range)| range.clone());
        let is_target = target == Some(at);
        one(section, marked, is_target, &mut above, &mut out);
        out += if is_target { &page } else { "" };
    }
    if to < found.sections.len() {
        out += &link(to, "More sections");
    }
    dropped(found, &mut out);
    out
}

/// Whether a document's pages can be shown as they are.
fn has_pages(listed: &Listed) -> bool {
    listed.state.answers() && MediaType::of_name(&listed.name) == MediaType::Container(Container::Pdf) && can_draw_pages()
}

/// The page of the original, drawn when it comes into view.
fn picture(asked: &Asked, page: u32) -> String {
    let [start, end] = [asked.start, asked.end].map(Option::unwrap_or_default);
    let address = format!("/api/page?name={}&amp;page={page}&amp;start={start}&amp;end={end}", in_query(&asked.name));
    let told = format!("Page {page} of the original, with the quotation marked");
    format!(
        "<figure class=\"page\"><a href=\"/api/original?name={}#page={page}\"><img src=\"{address}\" alt=\"{told}\" loading=\"lazy\"></a></figure>\n",
        in_query(&asked.name)
    )
}

/// A page of a PDF as a picture, with the passage marked that the address says.
pub async fn original_page(State(app): State<Shared>, query: Result<Query<Asked>, QueryRejection>) -> Result<Response, Refusal> {
    let (desk, asked) = (app.desk.clone(), query?.0);
    let picture = app
        .drawing
        .work(move || {
            let unknown = |reason: &str| Refusal::unknown(format!("{}: {reason}", asked.name));
            let Shown { listed, sections, .. } = desk.current()?.document(&asked.name)?;
            let (at, range) = passage(&asked, &sections).ok_or_else(|| unknown("no such passage"))?;
            let (start, end) = (asked.start.unwrap_or_default(), asked.end.unwrap_or_default());
            let quote = sections[at].text[range].to_owned();
            let citation = Citation { doc: listed.name, doc_id: listed.doc_id, page: asked.page, start, end, quote };
            let verifier = desk.library().verifier().map_err(DeskError::from)?;
            verifier.page(&citation).map_err(Refusal::unknown)?.ok_or_else(|| unknown("has no pages that can be shown"))
        })
        .await?;
    let mut response = Body::from(picture.svg()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; img-src data:; sandbox"));
    Ok(response)
}

/// The same document from another section on.
fn elsewhere(asked: &Asked, from: usize) -> String {
    let number = |name: &str, value: Option<u64>| value.map(|value| format!("&amp;{name}={value}")).unwrap_or_default();
    let place = number("page", asked.page.map(u64::from)) + &number("start", asked.start) + &number("end", asked.end);
    format!("/document?name={}{place}&amp;from={from}", in_query(&asked.name))
}

/// The section that holds a cited range, and the range in its text.
fn passage(asked: &Asked, sections: &[Section]) -> Option<(usize, Range<usize>)> {
    let (start, end) = asked.start.zip(asked.end).filter(|(start, end)| start < end)?;
    sections.iter().enumerate().find_map(|(at, section)| {
        let raw = section.off_page(asked.page, start..end)?;
        let clean = section.spans.clean_range(raw.clone())?;
        // A range of a neighbour that only touches this section is not in it.
        let covered = section.spans.raw_range(clean.clone())?;
        let range = clean.start as usize..clean.end as usize;
        (covered.start <= raw.start && raw.end <= covered.end && section.text.get(range.clone()).is_some_and(|text| !text.is_empty()))
            .then_some((at, range))
    })
}

/// What stands above a section already.
#[derive(Default)]
struct Above {
    headings: Vec<String>,
    page: Option<u32>,
}

fn one(section: &Section, marked: Option<Range<usize>>, is_target: bool, above: &mut Above, out: &mut String) {
    if above.headings != section.heading_path && !section.heading_path.is_empty() {
        let _ = writeln!(out, "<h2 class=\"path\" dir=\"auto\">{}</h2>", text(&section.heading_path.join(" › ")));
        above.headings.clone_from(&section.heading_path);
    }
    let class = if is_target { " target" } else { "" };
    let page = section.pages.first().map(|page| page.page).or(section.page);
    let turns = page.filter(|_| above.page != page);
    above.page = page;
    let page = turns.map(|page| format!("<p class=\"place\">page {page}</p>")).unwrap_or_default();
    let words = match marked {
        Some(range) => {
            let [before, marked, behind] =
                [&section.text[..range.start], &section.text[range.clone()], &section.text[range.end..]].map(text);
            format!("{before}<mark id=\"passage\" tabindex=\"-1\">{marked}</mark>{behind}")
        }
        None => text(&section.text),
    };
    let _ = writeln!(
        out,
        "<div class=\"piece{class}\" id=\"s{}\">{page}<div class=\"words\" dir=\"auto\">{words}</div></div>",
        section.section
    );
}

fn dropped(found: &Shown, out: &mut String) {
    if found.dropped.is_empty() {
        return;
    }
    let _ =
        writeln!(out, "<details class=\"dropped\"><summary>{} pieces of its text are in no section</summary>\n<ul>", found.listed.dropped);
    for piece in &found.dropped {
        let _ = writeln!(out, "<li><b>{}</b> <span dir=\"auto\">{}</span></li>", text(&piece.reason.replace('_', " ")), text(&piece.text));
    }
    *out += "</ul></details>\n";
}

#[cfg(test)]
mod tests {
    use records::{OffsetMap, Role};

    use super::*;

    fn section(number: u32, words: &str, raw: u64) -> Section {
        Section {
            doc_id: "d".into(),
            path: "a.txt".into(),
            title: None,
            section: number,
            heading_path: vec!["One <b>".into()],
            role: Role::Paragraph,
            text: words.into(),
            spans: OffsetMap::verbatim(raw, words.len() as u64),
            page: None,
            repairs: vec![],
            links: vec![],
            pages: vec![],
        }
    }

    #[test]
    fn the_cited_words_are_marked_in_their_section_and_nothing_is_mark_up() {
        let sections = [section(0, "First part.", 0), section(1, "The <judge> is Pia.", 20)];
        let asked = |start, end| Asked { start: Some(start), end: Some(end), ..Asked::default() };
        let (at, range) = passage(&asked(24, 31), &sections).unwrap();
        assert_eq!((at, &sections[at].text[range.clone()]), (1, "<judge>"));
        let mut out = String::new();
        one(&sections[1], Some(range), true, &mut Above::default(), &mut out);
        assert!(out.contains("The <mark id=\"passage\" tabindex=\"-1\">&lt;judge&gt;</mark> is Pia."), "{out}");
        assert!(out.contains("One &lt;b&gt;") && out.contains("id=\"s1\""), "{out}");
        for (start, end) in [(5, 5), (9, 3), (100, 120), (5, 25)] {
            assert_eq!(passage(&asked(start, end), &sections), None, "{start}..{end}");
        }
    }
}

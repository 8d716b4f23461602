//! What is in the library, what became of each document, and where new ones are added.

use std::fmt::Write as _;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use serde::Deserialize;

use super::ask::address_of;
use super::{Room, in_query, page, refused, shown, text};
use crate::http::Shared;
use crate::http::api::{Listing, Range, list};
use crate::library::{Listed, State as Became};

/// Rows of a page.
const ROWS: usize = 200;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    find: String,
    offset: usize,
    all: bool,
    /// Only the list, for the script.
    part: bool,
}

/// The page.
pub async fn documents(State(app): State<Shared>, query: Result<Query<Asked>, QueryRejection>) -> Response {
    let asked = match query {
        Ok(Query(asked)) => asked,
        Err(rejection) => return refused(&app, &rejection.into()),
    };
    let range = Range { find: asked.find.clone(), offset: asked.offset, limit: Some(ROWS), all: asked.all };
    let listing = match list(&app, range).await {
        Ok(listing) => listing,
        Err(refusal) => return refused(&app, &refusal),
    };
    let rows = table(&app, &asked, &listing);
    if asked.part {
        return Html(rows).into_response();
    }
    let adding = if app.options.read_only {
        String::new()
    } else {
        "<section id=\"adding\" hidden><label id=\"drop\" for=\"files\"><b>Drop files here</b> or <span class=\"choose\">choose them</span><br>\
         <small>PDF, Word, slides, tables, mail, web pages, text, archives</small></label>\
         <input class=\"unseen\" type=\"file\" id=\"files\" multiple><ul id=\"uploads\"></ul></section>\
         <noscript><p class=\"sub\">Adding from this page needs scripts; <code>tandem add PATH</code> does the same.</p></noscript>\n\
         <p id=\"changes\" class=\"sub\" role=\"status\"></p>"
            .to_owned()
    };
    let main = format!(
        "<h1>Documents</h1>\n{adding}\n<form class=\"line\" action=\"/documents\" method=\"get\" role=\"search\">\
         <label class=\"unseen\" for=\"find\">Words in the name</label>\
         <input id=\"find\" name=\"find\" type=\"search\" value=\"{}\" placeholder=\"Words in the name\" autocomplete=\"off\"><button>Find</button></form>\n\
         <div id=\"list\">{rows}</div>",
        text(&asked.find)
    );
    shown(StatusCode::OK, page(&app, Room::Documents, "Documents", "", &main))
}

fn table(app: &Shared, asked: &Asked, listing: &Listing) -> String {
    if listing.total == 0 {
        let none = if asked.find.is_empty() { "Nothing is in this library yet." } else { "No document has these words in its name." };
        return format!("<p class=\"none\">{none}</p>");
    }
    let last = asked.offset.min(listing.total) + listing.documents.len();
    let mut out = format!("<p class=\"sub\">{} of {} documents</p>\n", range(asked.offset.min(listing.total), last), listing.total);
    out += "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Document</th><th scope=\"col\">Sections</th><th scope=\"col\">Left out</th>\
            <th scope=\"col\">State</th><th><span class=\"unseen\">Remove</span></th></tr></thead>\n<tbody>\n";
    listing.documents.iter().for_each(|listed| row(app, listed, &mut out));
    out += "</tbody></table></div>\n<p class=\"pages\">";
    let all = if asked.all { "&all=true" } else { "" };
    let mut link = |offset: usize, name: &str| {
        let _ = write!(out, "<a href=\"/documents?find={}&amp;offset={offset}{}\">{name}</a> ", in_query(&asked.find), text(all));
    };
    if asked.offset > 0 {
        link(asked.offset.saturating_sub(ROWS), "Earlier");
    }
    if last < listing.total {
        link(last, "More");
    }
    if !asked.all {
        let _ = write!(out, "<a href=\"/documents?find={}&amp;all=true\">Show what was skipped too</a>", in_query(&asked.find));
    }
    out + "</p>"
}

fn range(first: usize, last: usize) -> String {
    if last == first { "0".into() } else { format!("{}–{last}", first + 1) }
}

fn row(app: &Shared, listed: &Listed, out: &mut String) {
    let Listed { name, state, reason, title, sections, dropped, .. } = listed;
    let title = title.as_ref().map(|title| format!("<br><small dir=\"auto\">{}</small>", text(title))).unwrap_or_default();
    let named = if state.answers() { format!("<a href=\"{}\">{}</a>", address_of(name), text(name)) } else { text(name) };
    let why = match state {
        Became::Same => format!(": as {}", text(reason)),
        _ if reason.is_empty() => String::new(),
        _ => format!(": {}", text(reason)),
    };
    let class = if *state == Became::Failed { " class=\"trouble\"" } else { "" };
    let remove = if app.options.read_only || *state == Became::Excluded {
        String::new()
    } else {
        format!("<button type=\"button\" class=\"quiet\" data-remove=\"{0}\" aria-label=\"Remove {0}\" hidden>Remove</button>", text(name))
    };
    let _ = writeln!(
        out,
        "<tr><td class=\"doc\">{named}{title}</td><td>{sections}</td><td>{dropped}</td><td{class}>{state}{why}</td><td>{remove}</td></tr>"
    );
}

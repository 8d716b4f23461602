//! Ask, and see the answer with its quotations.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use records::Report;
use retrieve_model::inference::Habits;
use retrieve_model::report::card;
use serde::Deserialize;

use super::{Room, in_query, page, refused, shown, text, trouble};
use crate::http::Shared;
use crate::http::answer::passage;
use crate::http::api::{Range, answer, list};

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    /// Only the answer, for the script.
    part: bool,
}

/// The first page.
pub async fn ask(State(app): State<Shared>, query: Result<Query<Asked>, QueryRejection>) -> Response {
    let Asked { q, part } = match query {
        Ok(Query(asked)) => asked,
        Err(rejection) => return refused(&app, &rejection.into()),
    };
    if q.trim().is_empty() {
        let below = welcome(&app).await;
        return shown(StatusCode::OK, whole(&app, "", &below));
    }
    let (status, below) = match answer(&app, q.clone(), Habits::default()).await {
        Ok(report) => (StatusCode::OK, answered(&report)),
        Err(refusal) => (refusal.status, trouble(&refusal)),
    };
    if part { (status, Html(below)).into_response() } else { shown(status, whole(&app, &q, &below)) }
}

/// The card of an answer; its citations lead to their passages.
pub fn answered(report: &Report) -> String {
    card(report, &|citation| Some(passage("", citation)))
}

fn whole(app: &Shared, question: &str, below: &str) -> String {
    let title = if question.is_empty() { "Ask" } else { question };
    let main = format!(
        "<h1>Ask your documents</h1>\n<form id=\"ask\" class=\"line\" action=\"/\" method=\"get\" role=\"search\">\
         <label class=\"unseen\" for=\"q\">Question</label>\
         <input id=\"q\" name=\"q\" value=\"{}\" placeholder=\"Ask in your own words\" maxlength=\"2000\" autocomplete=\"off\" required autofocus>\
         <button>Ask</button></form>\n<p id=\"state\" class=\"sub\" role=\"status\"></p>\n<div id=\"answers\">{below}</div>\n\
         <section id=\"history\" hidden><h2>Asked before</h2><ol></ol><button type=\"button\" class=\"quiet\" id=\"forget\">Forget these</button></section>",
        text(question)
    );
    page(app, Room::Ask, title, "", &main)
}

/// What stands below a question that was not asked yet.
async fn welcome(app: &Shared) -> String {
    let range = Range { limit: Some(0), ..Range::default() };
    match list(app, range).await {
        Ok(listing) if listing.total == 0 => {
            "<p class=\"none\">Nothing is in this library yet: <a href=\"/documents\">add documents</a>, or run <code>tandem add PATH</code>.</p>".into()
        }
        Ok(listing) => format!(
            "<p class=\"none\">Answers come from <a href=\"/documents\">{} documents</a>, word for word, with the place they stand at. \
             Several questions make <a href=\"/reports\">a report</a>.</p>",
            listing.total
        ),
        Err(refusal) => trouble(&refusal),
    }
}

/// The address of a document.
pub fn address_of(name: &str) -> String {
    format!("/document?name={}", in_query(name))
}

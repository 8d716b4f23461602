//! Reports: asked for here, filling in part by part, and kept for later.

use std::fmt::Write as _;

use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use retrieve_model::inference::Habits;
use serde::Deserialize;

use super::ask::answered;
use super::{Room, page, refused, shown, text, trouble};
use crate::http::Shared;
use crate::http::briefs::{Brief, Stage, Wanted};
use crate::http::refusal::Refusal;

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
pub struct Sent {
    title: String,
    /// One a line.
    questions: String,
}

/// All reports, and the form for another.
pub async fn briefs(State(app): State<Shared>) -> Response {
    shown(StatusCode::OK, all(&app, &Sent::default(), None))
}

/// Takes the form.
pub async fn new_brief(State(app): State<Shared>, form: Result<Form<Sent>, FormRejection>) -> Response {
    let sent = match form {
        Ok(Form(sent)) => sent,
        Err(rejection) => return refused(&app, &Refusal::bad(rejection.body_text())),
    };
    let questions = sent.questions.lines().map(str::to_owned).collect();
    match app.briefs.add(Wanted { title: sent.title.clone(), questions, habits: Habits::default() }) {
        Ok(brief) => Redirect::to(&format!("/reports/{}", brief.id)).into_response(),
        Err(refusal) => shown(refusal.status, all(&app, &sent, Some(&refusal))),
    }
}

fn all(app: &Shared, sent: &Sent, refusal: Option<&Refusal>) -> String {
    let mut main = format!(
        "<h1>Reports</h1>\n{}<form class=\"sheet\" method=\"post\" action=\"/reports\">\
         <label for=\"title\">Title</label><input id=\"title\" name=\"title\" value=\"{}\" maxlength=\"300\" autocomplete=\"off\">\
         <label for=\"questions\">Questions, one a line</label>\
         <textarea id=\"questions\" name=\"questions\" rows=\"6\" required>{}</textarea><button>Make the report</button></form>\n",
        refusal.map(trouble).unwrap_or_default(),
        text(&sent.title),
        text(&sent.questions)
    );
    let all = app.briefs.all();
    if !all.is_empty() {
        main += "<h2>Made before</h2>\n<ul class=\"reports\">\n";
    }
    for brief in &all {
        let (done, total) = (brief.parts().len(), brief.wanted.questions.len());
        let told = match brief.stage() {
            Stage::Done => format!("{total} questions"),
            Stage::Failed(_) => "failed".into(),
            _ => format!("{done} of {total}"),
        };
        let _ = writeln!(
            main,
            "<li><a href=\"/reports/{}\" dir=\"auto\">{}</a> <small>{told}</small></li>",
            brief.id,
            text(&brief.wanted.title)
        );
    }
    main += if all.is_empty() { "" } else { "</ul>" };
    page(app, Room::Reports, "Reports", "", &main)
}

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Only what changes while it is made, for the script.
    part: bool,
}

/// One report.
pub async fn brief(State(app): State<Shared>, Path(id): Path<String>, query: Result<Query<Asked>, QueryRejection>) -> Response {
    let brief = match app.briefs.find(&id) {
        Ok(brief) => brief,
        Err(refusal) => return refused(&app, &refusal),
    };
    let body = body(&app, &brief);
    if query.is_ok_and(|Query(asked)| asked.part) {
        return Html(body).into_response();
    }
    let is_open = matches!(brief.stage(), Stage::Waiting | Stage::Running);
    let head = if is_open { "<noscript><meta http-equiv=\"refresh\" content=\"3\"></noscript>\n" } else { "" };
    let title = &brief.wanted.title;
    let main = format!("<h1 dir=\"auto\">{}</h1>\n<div id=\"brief\">{body}</div>", text(title));
    shown(StatusCode::OK, page(&app, Room::Reports, title, head, &main))
}

fn body(app: &Shared, brief: &Brief) -> String {
    let (stage, parts, total) = (brief.stage(), brief.parts(), brief.wanted.questions.len());
    let mut out = match &stage {
        Stage::Failed(reason) => trouble(&Refusal::broken(reason.clone())),
        Stage::Done => {
            let files = brief.files();
            let links: Vec<String> =
                files.iter().map(|file| format!("<a href=\"/api/report/{}/{file}\" download>{}</a>", brief.id, format_of(file))).collect();
            format!("<p class=\"sub\" data-stage=\"done\">Save as {}</p>", links.join(", "))
        }
        _ => format!(
            "<p class=\"sub\" data-stage=\"open\"><label for=\"made\">{} of {total} answered</label> \
             <progress id=\"made\" max=\"{total}\" value=\"{0}\"></progress></p>",
            parts.len()
        ),
    };
    if !app.options.read_only {
        let _ = write!(
            out,
            "<p class=\"sub\"><button type=\"button\" class=\"quiet\" data-forget=\"{}\" hidden>Remove this report</button></p>",
            brief.id
        );
    }
    for part in &parts {
        match part {
            Ok(report) => out += &answered(report),
            Err(failure) => {
                let _ = write!(
                    out,
                    "<article class=\"card failed\"><h3 dir=\"auto\">{}</h3><p>{}</p></article>",
                    text(&failure.path),
                    text(&failure.reason)
                );
            }
        }
    }
    for question in brief.wanted.questions.iter().skip(parts.len()).filter(|_| stage != Stage::Done) {
        let _ = write!(out, "<article class=\"card waits\"><h3 dir=\"auto\">{}</h3></article>", text(question));
    }
    out
}

fn format_of(file: &str) -> &'static str {
    match file {
        "report.html" => "HTML",
        "report.md" => "Markdown",
        "report.docx" => "Word",
        "reports.jsonl" => "JSON lines",
        _ => "Parquet",
    }
}

//! What the reports answer over HTTP.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path as InPath, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::super::Shared;
use super::super::refusal::Refusal;
use super::{FILES, Told, Wanted, file_name};
use crate::desk::askable;

/// Questions of one report.
pub(super) const MOST_QUESTIONS: usize = 500;
/// Bytes of a title.
const LONGEST_TITLE: usize = 300;

/// Takes a report in.
pub async fn add(State(app): State<Shared>, body: Result<Json<Wanted>, JsonRejection>) -> Result<(StatusCode, Json<Told>), Refusal> {
    let brief = app.briefs.add(body?.0)?;
    Ok((StatusCode::ACCEPTED, Json(brief.told(true))))
}

/// Lists the reports, without their parts.
pub async fn list(State(app): State<Shared>) -> Json<Vec<Told>> {
    Json(app.briefs.all().iter().map(|brief| brief.told(false)).collect())
}

/// How far a report is, with the parts that are there.
pub async fn get(State(app): State<Shared>, InPath(id): InPath<String>) -> Result<Json<Told>, Refusal> {
    Ok(Json(app.briefs.find(&id)?.told(true)))
}

/// Removes a report, made or not.
pub async fn remove(State(app): State<Shared>, InPath(id): InPath<String>) -> Result<StatusCode, Refusal> {
    app.may_change()?;
    let brief = app.briefs.find(&id)?;
    app.briefs.forget(&brief);
    Ok(StatusCode::NO_CONTENT)
}

/// A file of a finished report, to be saved.
pub async fn file(State(app): State<Shared>, InPath((id, file)): InPath<(String, String)>) -> Result<Response, Refusal> {
    let brief = app.briefs.find(&id)?;
    let known = FILES.iter().find(|(name, _)| *name == file).filter(|(name, _)| brief.files().contains(name));
    let (name, kind) = known.ok_or_else(|| Refusal::unknown("this report has no such file, or is not done"))?;
    let bytes = tokio::fs::read(brief.folder().join(name)).await.map_err(|error| Refusal::broken(error.to_string()))?;
    let ending = name.rsplit('.').next().unwrap_or_default();
    let named = form_urlencoded::byte_serialize(file_name(&brief.wanted.title).as_bytes()).collect::<String>().replace('+', "%20");
    let disposition = HeaderValue::try_from(format!("attachment; filename*=UTF-8''{named}.{ending}"));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, disposition)], bytes).into_response())
}

/// A wish that can be fulfilled, in good order.
pub(super) fn checked(wanted: Wanted) -> Result<Wanted, Refusal> {
    let questions: Vec<String> =
        wanted.questions.iter().map(|question| question.trim().to_owned()).filter(|question| !question.is_empty()).collect();
    if questions.is_empty() {
        return Err(Refusal::bad("the report has no question: give one a line"));
    }
    if questions.len() > MOST_QUESTIONS {
        return Err(Refusal::bad(format!("a report has at most {MOST_QUESTIONS} questions: `tandem report` takes any number")));
    }
    for question in &questions {
        askable(question, wanted.habits)
            .map_err(|error| Refusal::bad(format!("{}: {error}", question.chars().take(100).collect::<String>())))?;
    }
    if wanted.title.len() > LONGEST_TITLE {
        return Err(Refusal::bad(format!("the title is longer than {LONGEST_TITLE} bytes")));
    }
    let title = wanted.title.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(Wanted { title: if title.is_empty() { "Report".into() } else { title }, questions, ..wanted })
}

//! The plain interface: questions, searches and documents as JSON.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use records::{Report, UserQuestion};
use retrieve_model::inference::Habits;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Shared;
use super::refusal::Refusal;
use crate::desk::{Found, Shown};
use crate::library::{Listed, State as Became};

/// Rows of a list at most.
const MOST_ROWS: usize = 1_000;

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self::bad(rejection.body_text())
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad(rejection.body_text())
    }
}

/// Says that the server runs; with the state of the library that it would answer from.
pub async fn health(State(app): State<Shared>) -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "read_only": app.options.read_only }))
}

/// A question.
#[derive(Debug, Deserialize)]
pub struct Question {
    question: String,
    #[serde(flatten)]
    habits: Habits,
}

/// Answers a question.
pub async fn ask(State(app): State<Shared>, body: Result<Json<Question>, JsonRejection>) -> Result<Json<Report>, Refusal> {
    let Json(Question { question, habits }) = body?;
    Ok(Json(answer(&app, question, habits).await?))
}

/// Answers a question when it is its turn.
pub async fn answer(app: &Shared, question: String, habits: Habits) -> Result<Report, Refusal> {
    let desk = app.desk.clone();
    let question = UserQuestion { id: "ask".into(), question, brief: None, sources: Vec::new() };
    app.asking.work(move || desk.current()?.ask(&question, habits)).await
}

/// A search.
#[derive(Debug, Deserialize)]
pub struct Searched {
    query: String,
    #[serde(default = "ten")]
    k: usize,
}

fn ten() -> usize {
    10
}

/// What a search found.
#[derive(Debug, Serialize)]
pub struct Hits {
    hits: Vec<Found>,
}

/// Searches.
pub async fn search(State(app): State<Shared>, body: Result<Json<Searched>, JsonRejection>) -> Result<Json<Hits>, Refusal> {
    let Json(Searched { query, k }) = body?;
    let desk = app.desk.clone();
    Ok(Json(Hits { hits: app.asking.work(move || desk.current()?.search(&query, k)).await? }))
}

/// Which rows of a list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Range {
    /// Words that the name has to hold.
    pub find: String,
    /// Rows passed over.
    pub offset: usize,
    /// Rows given at most.
    pub limit: Option<usize>,
    /// What is no document too: hidden files, kinds that no reader knows.
    pub all: bool,
}

/// Rows of the catalogue.
#[derive(Debug, Serialize)]
pub struct Listing {
    /// The number of the library's state; 0 before anything was added.
    pub generation: u64,
    /// Rows that fit, before offset and limit.
    pub total: usize,
    /// Those asked for.
    pub documents: Vec<Listed>,
}

/// Lists documents.
pub async fn documents(State(app): State<Shared>, query: Result<Query<Range>, QueryRejection>) -> Result<Json<Listing>, Refusal> {
    Ok(Json(list(&app, query?.0).await?))
}

/// Lists documents; an empty library has none.
pub async fn list(app: &Shared, range: Range) -> Result<Listing, Refusal> {
    let desk = app.desk.clone();
    app.reading
        .work(move || {
            let opened = match desk.current() {
                Err(crate::desk::DeskError::Empty) => return Ok(Listing { generation: 0, total: 0, documents: Vec::new() }),
                opened => opened?,
            };
            let words: Vec<String> = range.find.split_whitespace().map(str::to_lowercase).collect();
            let fits = |row: &&Listed| {
                let name = row.name.to_lowercase();
                (range.all || row.state != Became::Skipped) && words.iter().all(|word| name.contains(word.as_str()))
            };
            let rows: Vec<&Listed> = opened.documents().iter().filter(fits).collect();
            let limit = range.limit.unwrap_or(MOST_ROWS).min(MOST_ROWS);
            let documents = rows.iter().skip(range.offset).take(limit).map(|row| (*row).clone()).collect();
            Ok::<_, Refusal>(Listing { generation: opened.generation(), total: rows.len(), documents })
        })
        .await
}

/// The name of a document.
#[derive(Debug, Deserialize)]
pub struct Named {
    /// As citations give it.
    pub name: String,
}

/// A document's sections.
pub async fn document(State(app): State<Shared>, query: Result<Query<Named>, QueryRejection>) -> Result<Json<Shown>, Refusal> {
    let (desk, name) = (app.desk.clone(), query?.0.name);
    Ok(Json(app.reading.work(move || desk.current()?.document(&name)).await?))
}

/// What is being read in, and how the last time ended.
pub async fn changes(State(app): State<Shared>) -> Json<super::changes::Told> {
    Json(app.changes.told())
}

/// Looks at the registered documents again.
pub async fn update(State(app): State<Shared>) -> Result<Json<super::changes::Told>, Refusal> {
    app.may_change()?;
    app.changes.ask_for(super::changes::Wish::Update)?;
    Ok(Json(app.changes.told()))
}

impl super::App {
    /// Refuses where nothing may be changed.
    ///
    /// # Errors
    /// If so.
    pub fn may_change(&self) -> Result<(), Refusal> {
        let refusal = || Refusal::new(axum::http::StatusCode::FORBIDDEN, "this server is read-only");
        if self.options.read_only { Err(refusal()) } else { Ok(()) }
    }
}

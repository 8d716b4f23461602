//! What OpenAI's clients speak: chat completions (whole and streamed), models and embeddings. The last thing that the user said is the question; a
//! conversation before it is not read, since every answer is found in the documents anew. Sources stand in the text as `[1]` and in `annotations`; the
//! report itself, as the plain interface gives it, is in `tandem`.

use std::convert::Infallible;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::{FutureExt as _, StreamExt as _, stream};
use records::{Report, UserQuestion};
use retrieve_model::inference::Habits;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::answer::Told;
use super::refusal::Refusal;
use crate::desk::askable;

/// The model that answers.
const CHAT: &str = "tandem";
/// The vectors that passages are found by.
const EMBEDDING: &str = "tandem-embedding";
/// Texts of one request for vectors.
const MOST_TEXTS: usize = 256;
/// Of them, those that are made while others wait.
const AT_ONCE: usize = 8;

/// A request for an answer. What is not named here (temperature, seeds, tools, ...) changes nothing and is passed over.
#[derive(Debug, Deserialize)]
pub struct Chat {
    model: String,
    messages: Vec<Message>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    #[serde(default)]
    n: Option<u32>,
    /// Ours, for what OpenAI's parameters have no word for.
    #[serde(default)]
    tandem: Option<Habits>,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Message {
    role: String,
    #[serde(default)]
    content: Option<Content>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: Option<String>,
}

impl Content {
    fn text(&self) -> Result<String, Refusal> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Parts(parts) => {
                let text = |part: &Part| part.text.clone().filter(|_| part.kind == "text").ok_or(part.kind.clone());
                let texts: Result<Vec<String>, String> = parts.iter().map(text).collect();
                let refuse = |kind| Refusal::bad(format!("a message holds something of the type {kind:?}: only text is read"));
                texts.map(|texts| texts.join("\n")).map_err(refuse)
            }
        }
    }
}

impl Chat {
    fn question(&self) -> Result<String, Refusal> {
        if self.model != CHAT {
            return Err(Refusal::unknown(format!("the model {:?} does not exist: use {CHAT:?}", self.model)));
        }
        if self.n.is_some_and(|n| n != 1) {
            return Err(Refusal::bad("n: there is one answer to a question"));
        }
        let last = self.messages.iter().rev().find(|message| message.role == "user");
        let last = last.ok_or_else(|| Refusal::bad("messages: none is of the role \"user\""))?;
        last.content.as_ref().map_or_else(|| Err(Refusal::bad("messages: the last one of the user is empty")), Content::text)
    }
}

/// Answers.
pub async fn chat(State(app): State<Shared>, headers: HeaderMap, body: Result<Json<Chat>, JsonRejection>) -> Result<Response, Refusal> {
    let Json(chat) = body?;
    let question = chat.question()?;
    let server = server(&headers);
    let head = Head::new(&question);
    let (desk, habits) = (app.desk.clone(), chat.tandem.unwrap_or_default());
    let asked = UserQuestion { id: head.id.clone(), question, brief: None, sources: Vec::new() };
    // Both before anything is answered, so that they are a status and not a broken stream.
    askable(&asked.question, habits)?;
    let place = app.asking.enter()?;
    let answer = place.work(move || desk.current()?.ask(&asked, habits));
    if chat.stream != Some(true) {
        let report = answer.await?;
        return Ok(Json(head.whole(&report, &Told::of(&report, &server))).into_response());
    }
    let usage = chat.stream_options.and_then(|options| options.include_usage).unwrap_or_default();
    let first = head.chunk(json!({ "role": "assistant", "content": "" }), None);
    let rest = async move {
        match answer.await {
            Ok(report) => head.chunks(&report, &Told::of(&report, &server), usage),
            Err(refusal) => vec![refusal.json()],
        }
    };
    let rest = rest.into_stream().flat_map(stream::iter);
    let events = stream::once(async { first }).chain(rest).map(|chunk| chunk.to_string());
    let events = events.chain(stream::once(async { "[DONE]".to_owned() })).map(|data| Ok::<_, Infallible>(Event::default().data(data)));
    Ok(Sse::new(events).into_response())
}

/// This server, as whoever asks calls it.
fn server(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = text("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
    text(header::HOST.as_str()).map_or_else(String::new, |host| format!("{scheme}://{host}"))
}

/// What all pieces of an answer share.
struct Head {
    id: String,
    created: u64,
    asked: usize,
}

impl Head {
    fn new(question: &str) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let id = blake3::hash(format!("{} {question}", now.as_nanos()).as_bytes()).to_hex();
        Self { id: format!("chatcmpl-{}", &id[..24]), created: now.as_secs(), asked: words(question) }
    }

    fn whole(&self, report: &Report, told: &Told) -> Value {
        let message = json!({ "role": "assistant", "content": told.text, "refusal": null, "annotations": annotations(told) });
        json!({
            "id": self.id, "object": "chat.completion", "created": self.created, "model": CHAT,
            "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": "stop" }],
            "usage": self.usage(told), "tandem": report,
        })
    }

    fn chunk(&self, delta: Value, finish: Option<&str>) -> Value {
        json!({
            "id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": CHAT,
            "choices": [{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }],
        })
    }

    /// The text word by word, then what belongs to the whole.
    fn chunks(&self, report: &Report, told: &Told, usage: bool) -> Vec<Value> {
        let mut out: Vec<Value> = told.text.split_inclusive(' ').map(|word| self.chunk(json!({ "content": word }), None)).collect();
        let mut last = self.chunk(json!({ "annotations": annotations(told) }), Some("stop"));
        last["tandem"] = json!(report);
        out.push(last);
        if usage {
            let mut end = self.chunk(Value::Null, None);
            (end["choices"], end["usage"]) = (json!([]), self.usage(told));
            out.push(end);
        }
        out
    }

    fn usage(&self, told: &Told) -> Value {
        let written = words(&told.text);
        json!({ "prompt_tokens": self.asked, "completion_tokens": written, "total_tokens": self.asked + written })
    }
}

fn annotations(told: &Told) -> Vec<Value> {
    told.marks.iter().map(|mark| json!({ "type": "url_citation", "url_citation": mark })).collect()
}

/// Words stand for tokens: nothing here is paid by the token.
fn words(text: &str) -> usize {
    text::words(text).count()
}

fn card(id: &str) -> Value {
    json!({ "id": id, "object": "model", "created": 0, "owned_by": "tandem" })
}

/// Which models there are.
pub async fn models() -> Json<Value> {
    Json(json!({ "object": "list", "data": [card(CHAT), card(EMBEDDING)] }))
}

/// One of them.
pub async fn model(Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let known = [CHAT, EMBEDDING].contains(&id.as_str());
    if known { Ok(Json(card(&id))) } else { Err(Refusal::unknown(format!("the model {id:?} does not exist"))) }
}

/// A request for vectors.
#[derive(Debug, Deserialize)]
pub struct Embeddings {
    model: String,
    input: Input,
    #[serde(default)]
    encoding_format: Option<Encoding>,
    #[serde(default)]
    dimensions: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    Several(Vec<String>),
    /// Which words these stand for only another tokenizer knows.
    Tokens(serde::de::IgnoredAny),
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    Float,
    Base64,
}

/// Vectors of texts, as questions are embedded.
pub async fn embeddings(State(app): State<Shared>, body: Result<Json<Embeddings>, JsonRejection>) -> Result<Json<Value>, Refusal> {
    let Json(Embeddings { model, input, encoding_format, dimensions }) = body?;
    if model != EMBEDDING {
        return Err(Refusal::unknown(format!("the model {model:?} does not exist: use {EMBEDDING:?}")));
    }
    let texts = match input {
        Input::One(text) => vec![text],
        Input::Several(texts) => texts,
        Input::Tokens(_) => {
            return Err(Refusal::bad("input: give text, or a list of texts; tokens of another tokenizer mean nothing here"));
        }
    };
    if texts.is_empty() || texts.len() > MOST_TEXTS || texts.iter().any(|text| text.trim().is_empty()) {
        return Err(Refusal::bad(format!("input: give 1 to {MOST_TEXTS} texts, none of them empty")));
    }
    let tokens: usize = texts.iter().map(|text| words(text)).sum();
    let mut vectors = Vec::with_capacity(texts.len());
    // Questions come in between.
    for some in texts.chunks(AT_ONCE) {
        let (desk, some) = (app.desk.clone(), some.to_vec());
        vectors.extend(app.asking.work(move || Ok::<_, Refusal>(desk.current()?.embed(&some))).await?);
    }
    if let Some(wrong) = dimensions.filter(|wanted| vectors.iter().any(|vector| vector.len() != *wanted)) {
        let ours = vectors.first().map_or(0, Vec::len);
        return Err(Refusal::bad(format!("dimensions: the vectors have {ours} numbers and cannot have {wrong}")));
    }
    let encoded = |vector: &Vec<f32>| match encoding_format {
        Some(Encoding::Base64) => json!(base64(&vector.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>())),
        _ => json!(vector),
    };
    let row = |(index, vector)| json!({ "object": "embedding", "index": index, "embedding": encoded(vector) });
    let data: Vec<Value> = vectors.iter().enumerate().map(row).collect();
    Ok(Json(json!({
        "object": "list", "data": data, "model": EMBEDDING, "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    })))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests;

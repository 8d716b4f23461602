//! The page: what people see. Made here whole, so that it reads without scripts, from a screen reader and on paper; the script saves a reload and takes
//! files. Every word of a document or a name passes through [`text`].

mod ask;
mod briefs;
mod document;
mod documents;
mod programs;

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use retrieve_model::report::escape::html as text;
use serde::Deserialize;

use super::Shared;
use super::assets::VERSION;
use super::gate::COOKIE;
use super::refusal::Refusal;

pub use ask::ask;
pub use briefs::{brief, briefs, new_brief};
pub use document::{document, original_page};
pub use documents::documents;
pub use programs::api;

/// The pages that every other leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Ask,
    Reports,
    Documents,
    Programs,
    None,
}

const ROOMS: [(Room, &str, &str); 4] = [
    (Room::Ask, "/", "Ask"),
    (Room::Reports, "/reports", "Reports"),
    (Room::Documents, "/documents", "Documents"),
    (Room::Programs, "/api", "API"),
];

/// A page. `main` is mark-up already, `title` is not; `head` is what else the head holds.
fn page(app: &Shared, room: Room, title: &str, head: &str, main: &str) -> String {
    let version = &*VERSION;
    let links: String = ROOMS
        .iter()
        .map(|(own, to, name)| {
            let here = if *own == room { " aria-current=\"page\"" } else { "" };
            format!("<a href=\"{to}\"{here}>{name}</a>")
        })
        .collect();
    let library = text(&app.desk.library().dir().file_name().unwrap_or_default().to_string_lossy());
    let only = if app.options.read_only { " · read-only" } else { "" };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{} · Tandem</title>\n\
         <link rel=\"icon\" href=\"/static/icon.svg?v={version}\">\n<link rel=\"stylesheet\" href=\"/static/page.css?v={version}\">\n\
         <script src=\"/static/page.js?v={version}\" defer></script>\n{head}</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to content</a>\n\
         <header class=\"top\"><a class=\"brand\" href=\"/\">Tandem</a><nav aria-label=\"Main\">{links}</nav></header>\n\
         <main id=\"main\" tabindex=\"-1\">\n{main}\n</main>\n<footer class=\"page\">Library {library}{only}. Everything stays on this machine; every quotation \
         was checked against the documents.</footer>\n</body>\n</html>\n",
        text(title)
    )
}

fn shown(status: StatusCode, page: String) -> Response {
    (status, Html(page)).into_response()
}

/// An error as a page.
pub fn refused(app: &Shared, refusal: &Refusal) -> Response {
    let main = format!("<h1>{}</h1>\n{}", text(refusal.status.canonical_reason().unwrap_or("Error")), trouble(refusal));
    let mut response = shown(refusal.status, page(app, Room::None, "Error", "", &main));
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// An error as part of a page.
fn trouble(refusal: &Refusal) -> String {
    format!("<p class=\"trouble\" role=\"alert\">{}</p>", text(&refusal.message))
}

/// Where a person gives the token.
pub fn login(app: &Shared, wrong: Option<&str>) -> Response {
    let wrong = wrong.map(|wrong| format!("<p class=\"trouble\" role=\"alert\">{}</p>", text(wrong))).unwrap_or_default();
    let main = format!(
        "<h1>Token</h1>\n<p class=\"sub\">This server was started with a token. Whoever started it can tell it.</p>\n{wrong}\
         <form class=\"line\" method=\"post\" action=\"/login\"><label for=\"token\">Token</label>\
         <input id=\"token\" name=\"token\" type=\"password\" autocomplete=\"current-password\" required autofocus>\
         <button>Enter</button></form>"
    );
    shown(StatusCode::UNAUTHORIZED, page(app, Room::None, "Token", "", &main))
}

/// The page of [`login`].
pub async fn login_page(State(app): State<Shared>) -> Response {
    if app.options.token.is_none() { Redirect::to("/").into_response() } else { login(&app, None) }
}

/// What the page of [`login`] sends.
#[derive(Debug, Deserialize)]
pub struct Entry {
    token: String,
}

/// Lets a browser in: from now on it sends what stands for the token, to this server alone.
pub async fn log_in(State(app): State<Shared>, form: Result<Form<Entry>, FormRejection>) -> Response {
    let given = form.map(|Form(entry)| blake3::hash(entry.token.trim().as_bytes()));
    match (app.options.token_hash(), given) {
        (None, _) => Redirect::to("/").into_response(),
        (Some(wanted), Ok(given)) if wanted == given => {
            let cookie =
                format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000", blake3::hash(wanted.as_bytes()).to_hex());
            let mut response = Redirect::to("/").into_response();
            if let Ok(cookie) = HeaderValue::try_from(cookie) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        _ => login(&app, Some("That is not the token.")),
    }
}

/// A part of an address, behind `?name=`.
fn in_query(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

//! The style and the script of the page, in the binary: nothing is loaded from anywhere else.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use retrieve_model::report::STYLE;

use super::refusal::Refusal;

const SCRIPT: &str = include_str!("page/page.js");
/// The style of a report, which answers are shown in, and what a page has beside them.
static SHEET: LazyLock<String> = LazyLock::new(|| format!("{STYLE}\n{}", include_str!("page/page.css")));
/// Part of every address of a file, so that a browser may keep it for ever.
pub static VERSION: LazyLock<String> = LazyLock::new(|| blake3::hash(format!("{}{SCRIPT}", *SHEET).as_bytes()).to_hex()[..12].to_owned());

/// One of the files.
pub async fn file(Path(name): Path<String>) -> Result<Response, Refusal> {
    let (kind, text) = match name.as_str() {
        "page.css" => ("text/css; charset=utf-8", SHEET.as_str()),
        "page.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "icon.svg" => ("image/svg+xml", include_str!("page/icon.svg")),
        _ => return Err(Refusal::unknown("there is no such file")),
    };
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")], text).into_response())
}

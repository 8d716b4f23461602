//! The page for whoever connects a program: what there is, and lines to begin with.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use super::{Room, page, shown, text};
use crate::http::Shared;
use crate::http::openapi::DESCRIPTION;

/// The page.
pub async fn api(State(app): State<Shared>, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let server = format!("http://{host}");
    let token = if app.options.token.is_some() { " -H 'Authorization: Bearer TOKEN'" } else { "" };
    let key = if app.options.token.is_some() { "TOKEN" } else { "none" };
    let library = app.desk.library().dir().display().to_string();
    let mut main = String::from("<h1>For programs</h1>\n");
    for (title, lines) in [
        (
            "Ask",
            format!(
                "curl {server}/api/ask{token} -H 'Content-Type: application/json' \\\n  -d '{{\"question\": \"Who may sign contracts?\"}}'"
            ),
        ),
        (
            "OpenAI's clients",
            format!(
                "client = OpenAI(base_url=\"{server}/v1\", api_key=\"{key}\")\nclient.chat.completions.create(\n    model=\"tandem\",\n    messages=[{{\"role\": \"user\", \"content\": \"Who may sign contracts?\"}}])"
            ),
        ),
        ("Assistants (MCP)", format!("over HTTP:   {server}/mcp\nas a command: tandem mcp --library {library}")),
    ] {
        let _ = writeln!(main, "<h2>{title}</h2>\n<pre tabindex=\"0\">{}</pre>", text(&lines));
    }
    let _ = writeln!(
        main,
        "<h2>All of it</h2>\n<p class=\"sub\">The same as <a href=\"/api/openapi.json\">OpenAPI</a>.</p>\n<div class=\"wide\"><table>\n<tbody>"
    );
    for (path, operations) in DESCRIPTION["paths"].as_object().into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let summary = operation["summary"].as_str().unwrap_or_default();
            let _ = writeln!(main, "<tr><td><code>{} {}</code></td><td>{}</td></tr>", method.to_uppercase(), text(path), text(summary));
        }
    }
    main += "</tbody></table></div>";
    shown(StatusCode::OK, page(&app, Room::Programs, "API", "", &main))
}

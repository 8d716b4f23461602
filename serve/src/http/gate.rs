//! The gate before every route: who may come in, how large and how slow a request may be, and what browsers are told of every answer.
//!
//! A page of another origin must not make a visitor's browser ask or change anything here (a name that resolves to this machine, a form that posts
//! here): without a token only names of this machine are served, and what changes something must come from a page of this server or from no page.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::refusal::Refusal;
use super::{Shared, page};

/// Bytes of a request that is no upload.
const LARGEST_BODY: usize = 1 << 20;
/// Time for such a request to arrive.
const SLOWEST_BODY: Duration = Duration::from_secs(20);
/// The cookie that stands for the token in a browser.
pub const COOKIE: &str = "tandem_token";
/// Everything a page needs comes from here, and no other page may hold it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// Lets a request in, or says why not.
pub async fn gate(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let is_page = super::is_page(request.uri().path());
    let mut response = match admit(&app, request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) if is_page && refusal.status == StatusCode::UNAUTHORIZED => page::login(&app, None),
        Err(refusal) if is_page => page::refused(&app, &refusal),
        Err(refusal) => refusal.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        // A route may be stricter, or know that its answer never changes.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn admit(app: &Shared, request: Request) -> Result<Request, Refusal> {
    let host = host_of(&request)?.to_owned();
    if !app.options.serves(&host) {
        let message = format!("this server is not called {host}: name it with --host-name, or use the address that it printed");
        return Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, message));
    }
    let path = request.uri().path();
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let headers = request.headers();
    // Whoever follows a link from elsewhere may see a page; a picture or a script of another page may make nothing be asked here.
    let is_followed = headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
    let must_be_ours = !is_safe || path.starts_with("/mcp") || (headers.contains_key("sec-fetch-site") && !is_followed);
    if must_be_ours && is_foreign(headers, &host) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "a page of another origin may not do this"));
    }
    let is_open = matches!(path, "/health" | "/login") || path.starts_with("/static/");
    if !is_open && !is_known(app, request.headers()) {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "this server wants its token: send `Authorization: Bearer TOKEN`"));
    }
    if is_safe || (path.starts_with("/api/files") && *request.method() == Method::PUT) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let body = match tokio::time::timeout(SLOWEST_BODY, to_bytes(body, LARGEST_BODY)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            let message = format!("the request is larger than {LARGEST_BODY} bytes, or was broken off");
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        Err(_) => return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "the request took too long to arrive")),
    };
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// The name and port that a request is for.
fn host_of(request: &Request) -> Result<&str, Refusal> {
    let named: Vec<&str> = request.headers().get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default()).collect();
    let address = request.uri().authority().map(|authority| authority.as_str());
    match (&named[..], address) {
        ([], Some(host)) => Ok(host),
        ([host], None) => Ok(host),
        ([host], Some(address)) if host.eq_ignore_ascii_case(address) => Ok(host),
        _ => Err(Refusal::bad("the request names no host, or more than one")),
    }
}

/// Whether a browser says that the request comes from a page of another origin.
fn is_foreign(headers: &HeaderMap, host: &str) -> bool {
    let texts = |name: &str| headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or("?"));
    let is_ours = |origin: &str| origin.split_once("://").is_some_and(|(_, theirs)| theirs.eq_ignore_ascii_case(host));
    !texts("origin").all(is_ours) || !texts("sec-fetch-site").all(|site| matches!(site, "same-origin" | "none"))
}

/// Whether a request brings the token, where one is wanted.
fn is_known(app: &Shared, headers: &HeaderMap) -> bool {
    let Some(wanted) = app.options.token_hash() else { return true };
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    // Hashes are compared in the same time, however much of them is right.
    let by_header = bearer.is_some_and(|token| blake3::hash(token.trim().as_bytes()) == wanted);
    let cookies = text(header::COOKIE).unwrap_or_default().split(';').filter_map(|cookie| cookie.trim().split_once('='));
    let mut ours = cookies.filter(|(name, _)| *name == COOKIE);
    by_header || ours.any(|(_, value)| blake3::Hash::from_hex(value).is_ok_and(|hash| hash == blake3::hash(wanted.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_this_server_or_no_page_at_all_is_no_foreigner() {
        let foreign = |name: &'static str, value: &'static str| {
            is_foreign(&HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))]), "localhost:8080")
        };
        assert!(!is_foreign(&HeaderMap::new(), "localhost:8080"));
        assert!(!foreign("origin", "http://localhost:8080") && !foreign("sec-fetch-site", "same-origin"));
        for origin in ["http://localhost:9090", "https://evil.example", "null", "http://localhost:8080.evil.example"] {
            assert!(foreign("origin", origin), "{origin}");
        }
        assert!(foreign("sec-fetch-site", "cross-site") && foreign("sec-fetch-site", "same-site"));
    }
}

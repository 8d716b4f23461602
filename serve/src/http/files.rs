//! Files on their way in and out: what is dragged onto the page becomes a document of the library, and the original of a document is handed out.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use prep_model::read::{Corpus, ReadLimits, Source};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use super::Shared;
use super::api::Named;
use super::changes::{UPLOADS, Wish};
use super::refusal::Refusal;
use crate::library::Library;

/// Time between two pieces of a file.
const SLOWEST_PIECE: Duration = Duration::from_secs(30);
/// Bytes a second of a file on the whole.
const SLOWEST_BYTES: u64 = 4_096;
/// Bytes of a file's name.
const LONGEST_NAME: usize = 200;
/// What came in before, so that two files of one name do not meet.
static CAME: AtomicU64 = AtomicU64::new(0);

/// Takes a file in: the body is its bytes, `name` what it is called. A file of that name that came in before is replaced.
pub async fn add(
    State(app): State<Shared>,
    query: Result<Query<Named>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    app.may_change()?;
    let name = checked_name(&query?.0.name)?;
    let library = app.desk.library();
    let (incoming, uploads) = (library.private().join("incoming"), library.dir().join(UPLOADS));
    let failed = |error: std::io::Error| {
        tracing::error!("{name}: {error}");
        Refusal::broken(format!("{name}: the file cannot be kept here: {error}"))
    };
    tokio::fs::create_dir_all(&incoming).await.map_err(failed)?;
    tokio::fs::create_dir_all(&uploads).await.map_err(failed)?;
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let most = app.options.largest_upload;
    if announced.is_some_and(|bytes| bytes > most) {
        return Err(too_large(&name, most));
    }
    // By its own name in a folder of its own: what it is, is told by its ending too.
    let part = Part(incoming.join(format!("{}-{}", std::process::id(), CAME.fetch_add(1, Ordering::Relaxed))));
    tokio::fs::create_dir_all(&part.0).await.map_err(failed)?;
    let whole = part.0.join(&name);
    let mut file = tokio::fs::File::create(&whole).await.map_err(failed)?;
    let (mut pieces, mut bytes, started) = (request.into_body().into_data_stream(), 0_u64, Instant::now());
    loop {
        let slow = |()| Refusal::new(StatusCode::REQUEST_TIMEOUT, format!("{name}: took too long to arrive"));
        let Some(piece) = timeout(SLOWEST_PIECE, pieces.next()).await.map_err(|_| slow(()))? else { break };
        let piece = piece.map_err(|_| Refusal::bad(format!("{name}: was broken off")))?;
        bytes += piece.len() as u64;
        if started.elapsed() > SLOWEST_PIECE + Duration::from_secs(bytes / SLOWEST_BYTES) {
            return Err(slow(()));
        }
        if bytes > most {
            return Err(too_large(&name, most));
        }
        file.write_all(&piece).await.map_err(failed)?;
    }
    file.sync_all().await.map_err(failed)?;
    drop(file);
    let known = Corpus::open(&whole).is_ok_and(|corpus| !corpus.is_records());
    if !known {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("{name}: no reader knows this kind of file: save it as PDF, Word, HTML or text first"),
        ));
    }
    tokio::fs::rename(&whole, uploads.join(&name)).await.map_err(failed)?;
    app.changes.ask_for(Wish::Update)?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "name": format!("{UPLOADS}/{name}"), "bytes": bytes }))))
}

fn too_large(name: &str, most: u64) -> Refusal {
    let message =
        format!("{name}: larger than {} MB: add it with `tandem add`, or start the server with a larger --largest-upload", most >> 20);
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}

/// The folder of a file that is not whole yet; gone with whoever sent it.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // Empty by then where all went well.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Removes what a server that was killed had not received whole. What another one is receiving just now is younger.
pub fn sweep(library: &Library) {
    let age = |path: &std::path::Path| std::fs::metadata(path).and_then(|file| file.modified()).ok()?.elapsed().ok();
    let listed = |dir: PathBuf| std::fs::read_dir(dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    for part in listed(library.private().join("incoming")) {
        let last = listed(part.clone()).chain([part.clone()]).filter_map(|path| age(&path)).min();
        if last.is_some_and(|last| last > 4 * SLOWEST_PIECE) {
            let _ = std::fs::remove_dir_all(part);
        }
    }
}

/// A name that is a file's in one folder and nothing else.
fn checked_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    let is_part = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let reason = match name {
        "" => "the file has no name",
        name if name.starts_with('.') => "a hidden file is not read: give it a name that does not begin with a dot",
        name if name.len() > LONGEST_NAME => "the name of the file is too long",
        name if !name.chars().all(is_part) => "the name of a file holds no folder and no control character",
        name => return Ok(name.to_owned()),
    };
    Err(Refusal::bad(reason))
}

/// Takes a document out of the library.
pub async fn remove(State(app): State<Shared>, query: Result<Query<Named>, QueryRejection>) -> Result<(StatusCode, Json<Value>), Refusal> {
    app.may_change()?;
    let name = query?.0.name;
    let (desk, asked) = (app.desk.clone(), name.clone());
    app.reading
        .work(move || {
            desk.current()?.listed(&asked)?;
            Ok::<_, Refusal>(())
        })
        .await?;
    app.changes.ask_for(Wish::Remove(name.clone()))?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "name": name }))))
}

/// The original of a document; for one inside of an archive or a mail the file that holds it.
pub async fn original(State(app): State<Shared>, query: Result<Query<Named>, QueryRejection>) -> Result<Response, Refusal> {
    let (desk, name) = (app.desk.clone(), query?.0.name);
    let (source, bytes) = app
        .reading
        .work(move || {
            let unknown = || Refusal::unknown(format!("{name}: its original is not where it was: run `tandem update`"));
            // Only what is a document of the library, whatever else lies under its paths.
            desk.current()?.listed(&name)?;
            let find = desk.library().originals().map_err(crate::desk::DeskError::from)?;
            let source = with_holders(&name).find_map(&find).ok_or_else(unknown)?;
            let bytes = source.load(&ReadLimits::default()).map_err(|_| unknown())?;
            Ok::<_, Refusal>((source, bytes))
        })
        .await?;
    Ok(handed_out(&source, bytes))
}

/// A name, and those of what may hold it: `a.zip/b.eml/c.pdf`, `a.zip/b.eml`, `a.zip`.
fn with_holders(name: &str) -> impl Iterator<Item = &str> {
    std::iter::once(name).chain(name.rmatch_indices('/').map(|(at, _)| &name[..at]))
}

/// PDF and plain text open in the browser; everything else is saved, so that a page in the library never runs as one of this server.
fn handed_out(source: &Source, bytes: Vec<u8>) -> Response {
    let file = source.name.rsplit('/').next().unwrap_or("document");
    let kind = match &bytes[..] {
        [b'%', b'P', b'D', b'F', ..] => Some("application/pdf"),
        _ if source.media_type.is_plain() && std::str::from_utf8(&bytes).is_ok() => Some("text/plain; charset=utf-8"),
        _ => None,
    };
    let named = form_urlencoded::byte_serialize(file.as_bytes()).collect::<String>().replace('+', "%20");
    let shown = if kind.is_some() { "inline" } else { "attachment" };
    let disposition = HeaderValue::try_from(format!("{shown}; filename*=UTF-8''{named}")).unwrap_or(HeaderValue::from_static("attachment"));
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind.unwrap_or("application/octet-stream")));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    // A sandbox keeps the browser's own viewer of PDF from working, which runs no script of the file in this origin.
    let policy = if kind == Some("application/pdf") { "frame-ancestors 'none'" } else { "default-src 'none'; sandbox" };
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_out_of_the_folder_is_none() {
        for name in ["", " ", ".", "..", "../x.md", "a/b.md", "a\\b.md", ".hidden", "a\0b", "a\nb", "x\u{202E}fdp.exe"] {
            assert_eq!(checked_name(name).unwrap_err().status, 400, "{name:?}");
        }
        assert!(checked_name(&"x".repeat(300)).is_err());
        for name in ["a.md", " Bericht (2) über Öl.pdf ", "..a"] {
            let kept = checked_name(name);
            assert_eq!(kept.is_ok(), !name.starts_with('.'), "{name}");
        }
    }

    #[test]
    fn what_a_killed_server_left_goes_and_what_comes_in_stays() {
        let dir = tempfile::tempdir().unwrap();
        let model = dir.path().join("model");
        std::fs::create_dir(&model).unwrap();
        std::fs::write(model.join("config.json"), "{}").unwrap();
        let library = Library::init(dir.path(), &model, &model).unwrap();
        let long_ago = std::time::SystemTime::now() - 5 * SLOWEST_PIECE;
        let parts = ["1-0", "2-0"].map(|part| library.private().join("incoming").join(part));
        for part in &parts {
            std::fs::create_dir_all(part).unwrap();
            std::fs::write(part.join("a.pdf"), "%PDF").unwrap();
        }
        for old in [parts[0].join("a.pdf"), parts[0].clone(), parts[1].clone()] {
            std::fs::File::open(old).unwrap().set_modified(long_ago).unwrap();
        }
        sweep(&library);
        assert_eq!(parts.map(|part| part.exists()), [false, true]);
    }

    #[test]
    fn what_holds_a_document_is_looked_for_from_the_inside() {
        assert_eq!(with_holders("a.zip/b.eml/c.pdf").collect::<Vec<_>>(), ["a.zip/b.eml/c.pdf", "a.zip/b.eml", "a.zip"]);
    }

    #[test]
    fn a_page_is_saved_and_never_shown() {
        let source = |name: &str| Source::clean(name.into(), None, String::new());
        let response = handed_out(&source("docs/x;\r\n\"y.html"), b"<script>".to_vec());
        let told = |name| response.headers()[name].to_str().unwrap();
        assert_eq!(told("content-type"), "application/octet-stream");
        assert_eq!(told("content-disposition"), "attachment; filename*=UTF-8''x%3B%0D%0A%22y.html");
        assert!(told("content-security-policy").contains("sandbox"));
        assert_eq!(handed_out(&source("a.pdf"), b"%PDF-1.7".to_vec()).headers()["content-type"], "application/pdf");
    }
}

//! A library behind HTTP: a web page for people, JSON, OpenAI's interface and MCP for programs.
//!
//! In: a [`Library`] and [`Options`]. Out: a server that runs until it is told to stop. What an answer is, is decided at the [`Desk`]; here it is
//! carried to whoever asked. Not a public web server: it knows one token and no accounts; put a proxy with TLS in front of it to leave this machine.

mod ahead;
mod answer;
mod api;
mod assets;
mod briefs;
mod changes;
mod connections;
mod files;
mod gate;
mod lane;
mod mcp;
mod openai;
mod openapi;
mod options;
mod page;
mod refusal;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post, put};
use backbone::DeviceChoice;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::desk::Desk;
use crate::library::Library;
use briefs::Briefs;
use changes::Changes;
use lane::Lane;
use refusal::Refusal;

pub use mcp::over_stdio;
pub use options::{Options, OptionsError};

/// Questions that wait at most.
const WAITING: usize = 16;
/// Documents, lists and files that are read at once.
const READING: usize = 16;
/// Pages that are drawn at once.
const DRAWING: usize = 2;

/// A server could not be run.
#[derive(Debug, Error)]
pub enum ServeError {
    /// It must not be run like this.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The address is taken or not of this machine.
    #[error("{address}: {source}: name another --address")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The system refuses threads or files.
    #[error("the server cannot be started: {0}")]
    Start(#[from] io::Error),
    /// MCP's other end is gone or speaks something else.
    #[error("MCP: {0}")]
    Mcp(String),
}

/// What all requests share.
struct App {
    options: Options,
    desk: Arc<Desk>,
    /// For questions, which take all processors for a second.
    asking: Lane,
    /// For what is only looked up.
    reading: Lane,
    /// For pages of originals, which programs of the system draw.
    drawing: Lane,
    changes: Changes,
    briefs: Briefs,
}

type Shared = Arc<App>;

/// Serves a library until the process is told to stop (an interrupt, or a termination); `started` is told the address that it listens on. What is being
/// answered then is answered.
///
/// # Errors
/// If the options are unsafe or the address cannot be had.
pub fn serve(library: Library, device: DeviceChoice, options: Options, started: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    options.check()?;
    let runtime = runtime()?;
    let desk = Arc::new(Desk::at(library, device));
    let kept = desk.clone();
    let served = runtime.block_on(async {
        let address = options.address;
        let listener = TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })?;
        let address = listener.local_addr()?;
        let options = Options { address, ..options };
        files::sweep(desk.library());
        let asking = Lane::new(std::thread::available_parallelism().map_or(1, usize::from), WAITING);
        let changes = Changes::start(desk.clone(), device, options.watch);
        let briefs = Briefs::start(desk.clone(), asking.clone());
        ahead::start(desk.clone(), asking.clone());
        let app =
            App { options, desk, asking, reading: Lane::new(READING, 4 * READING), drawing: Lane::new(DRAWING, READING), changes, briefs };
        let (stop, stopped) = watch::channel(false);
        let router = router(Arc::new(app));
        started(address);
        tokio::spawn(async move {
            told_to_stop().await;
            let _ = stop.send(true);
        });
        connections::serve(listener, router, stopped).await;
        Ok(())
    });
    // What a thread still works on is not waited for: it is written beside and renamed.
    runtime.shutdown_background();
    leave(kept);
    served
}

/// An index has a runtime of its own, which must not end inside of another one; who held it last would end it. The process ends now in any case.
fn leave(desk: Arc<Desk>) {
    std::mem::forget(desk);
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(64).build()
}

async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else { return drop(interrupted.await) };
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}

fn router(app: Shared) -> Router {
    let mcp = mcp::over_http(&app);
    Router::new()
        .route("/", get(page::ask))
        .route("/documents", get(page::documents))
        .route("/document", get(page::document))
        .route("/reports", get(page::briefs).post(page::new_brief))
        .route("/reports/{id}", get(page::brief))
        .route("/api", get(page::api))
        .route("/login", get(page::login_page).post(page::log_in))
        .route("/static/{name}", get(assets::file))
        .route("/health", get(api::health))
        .route("/api/openapi.json", get(openapi::document))
        .route("/api/ask", post(api::ask))
        .route("/api/search", post(api::search))
        .route("/api/documents", get(api::documents).delete(files::remove))
        .route("/api/document", get(api::document))
        .route("/api/original", get(files::original))
        .route("/api/page", get(page::original_page))
        .route("/api/files", put(files::add))
        .route("/api/changes", get(api::changes).post(api::update))
        .route("/api/report", post(briefs::add).get(briefs::list))
        .route("/api/report/{id}", get(briefs::get))
        .route("/api/report/{id}", delete(briefs::remove))
        .route("/api/report/{id}/{file}", get(briefs::file))
        .route("/v1/models", get(openai::models))
        .route("/v1/models/{id}", get(openai::model))
        .route("/v1/chat/completions", post(openai::chat))
        .route("/v1/embeddings", post(openai::embeddings))
        .nest_service("/mcp", mcp)
        .fallback(missing)
        .method_not_allowed_fallback(|| async {
            Refusal::new(axum::http::StatusCode::METHOD_NOT_ALLOWED, "not with this method: see /api")
        })
        .layer(DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn_with_state(app.clone(), gate::gate))
        .with_state(app)
}

/// Whether whoever asks for a path is a person with a browser.
fn is_page(path: &str) -> bool {
    let is_program = |part: &str| path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path == "/api" || !["/api", "/v1", "/mcp", "/health", "/static"].into_iter().any(is_program)
}

async fn missing(axum::extract::State(app): axum::extract::State<Shared>, uri: Uri) -> Response {
    let refusal = Refusal::unknown("nothing is here: see /api for what there is");
    if is_page(uri.path()) { page::refused(&app, &refusal) } else { refusal.into_response() }
}

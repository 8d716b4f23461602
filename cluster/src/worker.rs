//! A worker: it takes what a scheduler gives it and has it done by processes of its own.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};

use crate::children::Children;
use crate::engine::runtime;
use crate::functions::in_children;
use crate::{Address, ClusterError, MESSAGE};

/// Seconds between two signs of life.
const HEARTBEAT: u64 = 5;
/// Seconds for which a scheduler is waited for at the start.
const PATIENCE: u16 = 60;

/// Time between being told to stop and ending, in which the scheduler is told.
const FAREWELL: Duration = Duration::from_secs(1);

/// How a worker works.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Whose work it does.
    pub scheduler: Address,
    /// Address and port to listen on; the next port is taken too.
    pub listen: SocketAddr,
    /// The name under which scheduler and drivers reach it.
    pub host: String,
    /// Pieces of work at a time.
    pub places: usize,
    /// Folder for what queries made until it is fetched; a temporary one if left out.
    pub scratch: Option<PathBuf>,
    /// Arguments of this program with which it does the work itself ([`crate::serve`]).
    pub child: Vec<OsString>,
}

/// Runs a worker until the process is told to stop. It then says so to its scheduler, which gives what it had to others, and ends.
///
/// # Errors
/// If it cannot listen, or no scheduler answers.
pub fn work(worker: &Worker) -> Result<(), ClusterError> {
    let Worker { scheduler, listen, host, places, scratch, child } = worker;
    let refused = |reason: String| ClusterError::Listen { address: listen.to_string(), reason };
    let port = listen.port();
    let next = port.checked_add(1).ok_or_else(|| refused("the next port is needed too: name a lower one with --listen".into()))?;
    // Kept until the process ends; Ballista's own is removed before it is used.
    let room = tempfile::tempdir().map_err(ClusterError::failed)?;
    let mut registry = BallistaFunctionRegistry::default();
    let children = Arc::new(Children::new(child.clone()));
    let functions = in_children(&children);
    registry.scalar_functions.extend(functions.into_iter().map(|function| (function.name().to_owned(), function)));
    let scratch = scratch.clone().unwrap_or_else(|| room.path().to_path_buf());
    std::fs::create_dir_all(&scratch).map_err(|error| ClusterError::Failed(format!("{}: {error}", scratch.display())))?;
    let config = ExecutorProcessConfig {
        bind_host: listen.ip().to_string(),
        external_host: Some(host.clone()),
        port,
        grpc_port: next,
        scheduler_host: scheduler.host.clone(),
        scheduler_port: scheduler.port,
        scheduler_connect_timeout_seconds: PATIENCE,
        concurrent_tasks: (*places).max(1),
        task_scheduling_policy: TaskSchedulingPolicy::PushStaged,
        work_dir: Some(scratch.to_string_lossy().into_owned()),
        job_data_ttl_seconds: 3_600,
        job_data_clean_up_interval_seconds: 600,
        grpc_max_decoding_message_size: MESSAGE,
        grpc_max_encoding_message_size: MESSAGE,
        executor_heartbeat_interval_seconds: HEARTBEAT,
        override_function_registry: Some(Arc::new(registry)),
        ..ExecutorProcessConfig::default()
    };
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        for port in [port, next] {
            let place = SocketAddr::new(listen.ip(), port);
            drop(tokio::net::TcpListener::bind(place).await.map_err(|error| refused(format!("{error}: name another with --listen")))?);
        }
        tokio::select! {
            ended = start_executor_process(Arc::new(config)) => ended.map_err(ClusterError::failed),
            // Ballista 54.1 waits for what is under way and is not woken when that is done.
            () = told_to_stop() => Ok(()),
        }
    });
    children.end();
    runtime.shutdown_background();
    ended
}

/// Some time after the process is told to stop.
async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut interrupted), Ok(mut terminated)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
    tokio::time::sleep(FAREWELL).await;
}

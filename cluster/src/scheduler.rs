//! A scheduler: it takes queries from drivers and deals them out to workers.

use std::net::SocketAddr;
use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_process::start_server;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::SessionConfig;

use crate::engine::runtime;
use crate::functions::{Models, all};
use crate::{ClusterError, MESSAGE};

/// Seconds without a sign of life after which a worker is taken for dead and its work is given to others.
const DEAD: u64 = 20;
/// Seconds for which what a query made is kept at its worker once the query is done.
const KEPT: u64 = 120;

/// How a scheduler listens.
#[derive(Clone, Debug)]
pub struct Scheduler {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// The name under which workers reach it.
    pub host: String,
}

/// Runs a scheduler until the process is told to stop.
///
/// # Errors
/// If it cannot listen.
pub fn schedule(scheduler: &Scheduler, models: &Models) -> Result<(), ClusterError> {
    let Scheduler { listen, host } = scheduler;
    let refused = |reason: String| ClusterError::Listen { address: listen.to_string(), reason };
    let functions = all(models);
    let session = move |config: SessionConfig| {
        let state = SessionStateBuilder::new().with_default_features().with_config(config);
        let known: Vec<_> = datafusion::functions::all_default_functions().into_iter().chain(functions.iter().cloned()).collect();
        Ok(state.with_scalar_functions(known).build())
    };
    let config = SchedulerConfig {
        scheduling_policy: TaskSchedulingPolicy::PushStaged,
        task_distribution: TaskDistributionPolicy::RoundRobin,
        executor_timeout_seconds: DEAD,
        expire_dead_executor_interval_seconds: 2,
        finished_job_data_clean_up_interval_seconds: KEPT,
        finished_job_state_clean_up_interval_seconds: KEPT,
        grpc_server_max_decoding_message_size: MESSAGE,
        grpc_server_max_encoding_message_size: MESSAGE,
        ..SchedulerConfig::default()
    };
    let config = config.with_hostname(host.clone()).with_port(listen.port()).with_override_session_builder(Arc::new(session));
    runtime()?.block_on(async {
        // Asked first: behind it, an address that is taken is an error in the words of the network library.
        drop(tokio::net::TcpListener::bind(listen).await.map_err(|error| refused(format!("{error}: name another with --listen")))?);
        let cluster = BallistaCluster::new_from_config(&config).await.map_err(ClusterError::failed)?;
        start_server(cluster, *listen, Arc::new(config)).await.map_err(|error| refused(error.to_string()))
    })
}

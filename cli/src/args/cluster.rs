//! What a user types to start the processes of a cluster.

use std::net::SocketAddr;
use std::path::PathBuf;

use backbone::DeviceChoice;
use clap::{Args, Subcommand};

use super::Recognition;

#[derive(Debug, Args)]
pub struct Cluster {
    #[command(subcommand)]
    pub what: ClusterVerb,
}

#[derive(Debug, Subcommand)]
pub enum ClusterVerb {
    /// Take work from `--cluster` of prep, index and report and deal it out to workers, until stopped.
    Scheduler(SchedulerArgs),
    /// Do what a scheduler deals out, until stopped.
    Worker(WorkerArgs),
    /// Do what a worker asks for on standard input.
    #[command(hide = true)]
    Child(Working),
}

#[derive(Debug, Args)]
pub struct SchedulerArgs {
    /// Where to listen. There is no password: whoever reaches this address can have files read and programs' memory filled, so let it be a private
    /// network or put TLS with client certificates in front.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:50050")]
    pub listen: SocketAddr,
    /// The name or address under which workers reach it; that of --listen if not given.
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
}

#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// The scheduler.
    #[arg(long, value_name = "df://HOST:PORT", default_value = "df://127.0.0.1:50050")]
    pub scheduler: ::cluster::Address,
    /// Where to listen; the port behind it is taken too. As private as the scheduler's.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:50051")]
    pub listen: SocketAddr,
    /// The name or address under which scheduler and drivers reach it; that of --listen if not given.
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Pieces of work at a time; each uses as many cores as are free.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub places: u16,
    /// A folder on this machine for results until they are fetched; a temporary one if not given.
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
    #[command(flatten)]
    pub working: Working,
}

/// With what work is done.
#[derive(Clone, Debug, Args)]
pub struct Working {
    /// A preparation model; the installed one if not given.
    #[arg(long, value_name = "DIR")]
    pub prep_model: Option<PathBuf>,
    /// A retrieval model; the installed one if not given.
    #[arg(long, value_name = "DIR")]
    pub retrieve_model: Option<PathBuf>,
    #[command(flatten)]
    pub recognition: Recognition,
    /// Where to compute.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

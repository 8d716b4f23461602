//! What a user types after `serve` and `mcp`.

use std::net::SocketAddr;

use clap::Args;

use super::library::Chosen;

#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen. An address that other machines reach wants a --token.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub address: SocketAddr,
    /// What every request has to bring, 16 characters at least (`Authorization: Bearer TOKEN`; people give it once in the browser).
    #[arg(long, env = "TANDEM_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// A name by which this server is called beside those of this machine, as behind a proxy. May be given several times.
    #[arg(long, value_name = "NAME")]
    pub host_name: Vec<String>,
    /// Let nobody add or remove documents; reports can be made.
    #[arg(long)]
    pub read_only: bool,
    /// Largest file that can be added from the page.
    #[arg(long, value_name = "MEGABYTES", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub largest_upload: u64,
    /// Read what changes in the registered documents, as `tandem watch` does; SECONDS, 30 if not given, is its --every.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "30", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub watch: Option<u64>,
    #[command(flatten)]
    pub chosen: Chosen,
}

#[derive(Debug, Args)]
pub struct Mcp {
    #[command(flatten)]
    pub chosen: Chosen,
}

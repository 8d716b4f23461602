//! Why work cannot be done on a cluster.

use thiserror::Error;

/// A cluster cannot be used, started or joined.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// Nobody listens.
    #[error("{address}: no scheduler answers there: start one with `tandem cluster scheduler`, or name another with --cluster")]
    Unreachable {
        /// The scheduler's address.
        address: String,
    },
    /// A worker does not fit the driver.
    #[error("a worker refuses: {0}")]
    Refused(String),
    /// A query failed.
    #[error("the cluster failed: {0}")]
    Failed(String),
    /// A scheduler or a worker cannot listen where it was told to.
    #[error("{address}: {reason}")]
    Listen {
        /// Where.
        address: String,
        /// What the system said, and what to do.
        reason: String,
    },
}

impl ClusterError {
    pub(crate) fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

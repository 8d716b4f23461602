//! What a request over the wire can end in.

use std::time::Duration;

use super::config::TeacherConfig;
use crate::SynthError;

/// Sends request bodies and brings back what the server said.
pub(super) trait Wire: Send + Sync {
    /// One try.
    fn post(&self, body: &str) -> Result<Reply, Fault>;
}

/// A reply with a whole body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub status: u16,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

/// No reply, or half of one. Only the client makes them, which a build may lack.
#[cfg_attr(not(feature = "teacher"), expect(dead_code))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The time limit was passed.
    Timeout,
    /// The stream ended inside the reply, or what came was no HTTP.
    Cut,
    /// No connection; why not, in words.
    Connection(String),
}

/// The wire to the teacher's endpoint.
///
/// # Errors
/// If the endpoint's settings make no sense, or this build has no client.
#[cfg(feature = "teacher")]
pub(super) fn to(config: &TeacherConfig, key: Option<String>) -> Result<Box<dyn Wire>, SynthError> {
    Ok(Box::new(super::endpoint::Endpoint::new(config, key)?))
}

/// See the other one.
#[cfg(not(feature = "teacher"))]
pub(super) fn to(_: &TeacherConfig, _: Option<String>) -> Result<Box<dyn Wire>, SynthError> {
    Err(SynthError::data("teacher", "this program was built without a client for it: build with --features teacher"))
}

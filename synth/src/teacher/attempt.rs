//! What one try over the wire says about the next.

use std::time::Duration;

use serde::Serialize;

use super::reply::{Completion, NoCompletion};
use super::wire::{Fault, Reply};

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Failure {
    Timeout,
    /// The stream ended inside the reply.
    Cut,
    Connection,
    RateLimited,
    ServerError,
    NotJson,
    NotACompletion,
    /// 401 or 403.
    Unauthorised,
    /// A redirect or 404.
    WrongAddress,
    /// Any other status of the request's own fault.
    BadRequest,
}

/// What one try says about the next.
pub(super) enum Try {
    Done(Completion),
    /// Worth another; after the pause that the server asks for. `paid` tells whether the server has probably worked.
    Again {
        why: Failure,
        pause: Option<Duration>,
        paid: bool,
    },
    /// This request will not do.
    Never(Failure),
    /// No request will do.
    Stop(Failure),
}

/// Reads one try.
pub(super) fn look(reply: Result<Reply, Fault>) -> Try {
    let again = |why| Try::Again { why, pause: None, paid: false };
    let paid = |why| Try::Again { why, pause: None, paid: true };
    match reply {
        Err(Fault::Timeout) => paid(Failure::Timeout),
        Err(Fault::Cut) => paid(Failure::Cut),
        Err(Fault::Connection(reason)) => {
            tracing::debug!("teacher: {reason}");
            again(Failure::Connection)
        }
        Ok(Reply { status: 200, body, .. }) => match Completion::parse(&body) {
            Ok(completion) => Try::Done(completion),
            Err(NoCompletion::NotJson) => paid(Failure::NotJson),
            Err(NoCompletion::NotACompletion) => paid(Failure::NotACompletion),
        },
        Ok(Reply { status, retry_after: pause, .. }) => match status {
            429 => Try::Again { why: Failure::RateLimited, pause, paid: false },
            408 | 409 | 425 | 500.. => Try::Again { why: Failure::ServerError, pause, paid: false },
            401 | 403 => Try::Stop(Failure::Unauthorised),
            300..=399 | 404 => Try::Stop(Failure::WrongAddress),
            _ => Try::Never(Failure::BadRequest),
        },
    }
}

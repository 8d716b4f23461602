//! Why a request gets nothing else: one form of error for every interface, the one that OpenAI's clients know how to tell their users.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::desk::DeskError;

/// An error on its way to whoever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// What is wrong and what to do.
    pub message: String,
    /// Seconds after which it is worth trying again.
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// With a status.
    #[must_use]
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after: None }
    }

    /// What was sent cannot be used.
    #[must_use]
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// There is no such thing.
    #[must_use]
    pub fn unknown(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// Too many others are asking.
    #[must_use]
    pub fn busy() -> Self {
        let message = "too many questions at once: try again in a few seconds";
        Self { retry_after: Some(5), ..Self::new(StatusCode::TOO_MANY_REQUESTS, message) }
    }

    /// Something here is broken; what exactly stands in the log.
    #[must_use]
    pub fn broken(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// The name of its kind, in OpenAI's terms.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.status {
            StatusCode::UNAUTHORIZED => "authentication_error",
            StatusCode::FORBIDDEN => "permission_error",
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request_error",
        }
    }

    /// As a program reads it.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        json!({ "error": { "message": self.message, "type": self.kind(), "param": null, "code": null } })
    }
}

impl From<DeskError> for Refusal {
    fn from(error: DeskError) -> Self {
        let message = error.to_string();
        match error {
            DeskError::Refused(_) => Self::bad(message),
            DeskError::Unknown(_) => Self::unknown(message),
            DeskError::Empty => Self::new(StatusCode::CONFLICT, message),
            DeskError::Broken(_) => {
                tracing::error!("{message}");
                Self::broken(message)
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.json())).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

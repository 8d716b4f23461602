//! One request over the wire, with a time limit and a size limit; no redirects, so that nothing goes where the user did not point. The only
//! file, with `tls`, that knows the HTTP client.

use std::time::{Duration, SystemTime};

use ureq::http::Uri;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector as _, TcpConnector};
use ureq::{Agent, Error};

use super::config::TeacherConfig;
use super::tls::TlsConnector;
use super::wire::{Fault, Reply, Wire};
use crate::SynthError;

/// Largest body that is read.
const LARGEST: u64 = 4 << 20;

/// An OpenAI-compatible endpoint.
pub(super) struct Endpoint {
    agent: Agent,
    url: String,
    key: Option<String>,
}

impl Endpoint {
    /// # Errors
    /// If the URL is none, the key cannot stand in a header, or a file of certificates cannot be read.
    pub fn new(config: &TeacherConfig, key: Option<String>) -> Result<Self, SynthError> {
        let url = config.endpoint();
        let uri: Uri = url.parse().map_err(|error| SynthError::data("teacher", format!("url {url:?}: {error}")))?;
        let timeout = Duration::from_secs_f64(config.timeout);
        let mut settings = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections_per_host(config.concurrency)
            .user_agent(concat!("tandem/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(timeout));
        if is_local(uri.host().unwrap_or_default()) {
            settings = settings.proxy(None);
        } else if key.is_some() && uri.scheme_str() == Some("http") {
            tracing::warn!("the teacher's key goes to {url} unencrypted");
        }
        let connector =
            ().chain(ConnectProxyConnector::default())
                .chain(TcpConnector::default())
                .chain(TlsConnector::new(config.certificates.clone())?);
        Ok(Self { agent: Agent::with_parts(settings.build(), connector, DefaultResolver::default()), url, key })
    }
}

/// Whether a host is this machine, to which no proxy leads.
fn is_local(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}

impl Wire for Endpoint {
    fn post(&self, body: &str) -> Result<Reply, Fault> {
        let mut request = self.agent.post(&self.url).header("content-type", "application/json");
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let mut response = request.send(body).map_err(|error| fault(&error))?;
        let retry_after = response.headers().get("retry-after").and_then(|value| pause(value.to_str().ok()?));
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(LARGEST).read_to_vec();
        match body {
            Ok(body) => Ok(Reply { status, retry_after, body }),
            // The status alone says enough where it is an error.
            Err(_) if status != 200 => Ok(Reply { status, retry_after, body: Vec::new() }),
            Err(Error::Timeout(_)) => Err(Fault::Timeout),
            Err(_) => Err(Fault::Cut),
        }
    }
}

fn fault(error: &Error) -> Fault {
    match error {
        Error::Timeout(_) => Fault::Timeout,
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Fault::Timeout,
        Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Fault::Cut,
        Error::Protocol(_) => Fault::Cut,
        _ => Fault::Connection(error.to_string()),
    }
}

/// The pause of a `Retry-After` header: seconds or a date (RFC 9110, 10.2.3).
fn pause(value: &str) -> Option<Duration> {
    let seconds = |value: &str| Duration::try_from_secs_f64(value.parse::<f64>().ok()?).ok();
    let until = |value: &str| Some(httpdate::parse_http_date(value).ok()?.duration_since(SystemTime::now()).unwrap_or_default());
    seconds(value.trim()).or_else(|| until(value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_seconds_or_dates() {
        assert_eq!(pause("2"), Some(Duration::from_secs(2)));
        assert_eq!(pause("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3_600));
        assert!(pause(&later).unwrap() > Duration::from_secs(3_500));
        assert_eq!((pause("soon"), pause("-1"), pause("inf")), (None, None, None));
    }

    #[test]
    fn no_proxy_leads_to_this_machine() {
        assert!(is_local("localhost") && is_local("127.0.0.1") && is_local("[::1]") && !is_local("example.org"));
    }
}

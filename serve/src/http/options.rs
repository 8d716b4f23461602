//! Where a server listens and whom it serves.

use std::net::SocketAddr;

use thiserror::Error;

/// How a server is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens.
    pub address: SocketAddr,
    /// What a request has to bring; without one only this machine is served.
    pub token: Option<String>,
    /// Names beside those of this machine by which the server is called.
    pub host_names: Vec<String>,
    /// Documents can be neither added nor removed.
    pub read_only: bool,
    /// Bytes of the largest file that may be added.
    pub largest_upload: u64,
    /// Whether changes of the documents are read as they come: the seconds between two looks at what the file system tells nothing of.
    pub watch: Option<u64>,
}

/// A server must not be run like this.
#[derive(Debug, Error)]
pub enum OptionsError {
    /// Whoever reaches the address would read every document.
    #[error("{0}: can be reached from other machines: give a --token (or set TANDEM_TOKEN), or use the address 127.0.0.1")]
    Open(SocketAddr),
    /// Anyone guesses it.
    #[error("the token is shorter than 16 characters: take a longer one, for example what `openssl rand -hex 16` prints")]
    Short,
}

impl Options {
    /// On an address, for this machine alone, with everything allowed.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        Self { address, token: None, host_names: Vec::new(), read_only: false, largest_upload: 200 << 20, watch: None }
    }

    /// Whether a server may be run like this.
    ///
    /// # Errors
    /// If other machines reach it and it wants no token, or one that is easily guessed.
    pub fn check(&self) -> Result<(), OptionsError> {
        match &self.token {
            None if !self.address.ip().is_loopback() => Err(OptionsError::Open(self.address)),
            Some(token) if token.len() < 16 => Err(OptionsError::Short),
            _ => Ok(()),
        }
    }

    /// Whether a request for this host (a name or address, with or without a port) is for this server.
    #[must_use]
    pub fn serves(&self, host: &str) -> bool {
        let name = name_of(host);
        let named = self.host_names.iter().any(|own| own.eq_ignore_ascii_case(name) || own.eq_ignore_ascii_case(host));
        let is_here = name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]" | "::1");
        // A token is no use to a page that made a name of its own lead here: its browser does not send it.
        named || is_here || (self.token.is_some() && self.host_names.is_empty())
    }

    /// blake3 of the token.
    #[must_use]
    pub fn token_hash(&self) -> Option<blake3::Hash> {
        self.token.as_ref().map(|token| blake3::hash(token.as_bytes()))
    }
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    let end = host.rfind(':').filter(|at| host[at + 1..].bytes().all(|byte| byte.is_ascii_digit()) && !host[..*at].ends_with(':'));
    match end {
        Some(at) if !host[..at].contains(':') || host[..at].ends_with(']') => &host[..at],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_are_served_only_with_a_token_that_is_not_guessed() {
        let at = |address: &str, token: Option<&str>| {
            Options { token: token.map(str::to_owned), ..Options::at(address.parse().unwrap()) }.check().map_err(|error| error.to_string())
        };
        at("127.0.0.1:0", None).unwrap();
        at("[::1]:80", None).unwrap();
        assert!(at("0.0.0.0:80", None).unwrap_err().contains("--token"));
        assert!(at("127.0.0.1:80", Some("secret")).unwrap_err().contains("16"));
        at("0.0.0.0:80", Some("0123456789abcdef")).unwrap();
    }

    #[test]
    fn only_names_of_this_machine_and_given_ones_are_served() {
        let mut options = Options::at("127.0.0.1:8080".parse().unwrap());
        for host in ["localhost", "localhost:8080", "127.0.0.1:1", "LOCALHOST", "[::1]:8080", "[::1]"] {
            assert!(options.serves(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "", ":8080", "::1:evil"] {
            assert!(!options.serves(host), "{host}");
        }
        options.host_names = vec!["docs.team.example".into()];
        assert!(options.serves("docs.team.example:8080") && options.serves("localhost") && !options.serves("evil.example"));
        options.token = Some("0123456789abcdef".into());
        assert!(!options.serves("evil.example"));
        options.host_names.clear();
        assert!(options.serves("10.0.0.7:8080"));
    }
}

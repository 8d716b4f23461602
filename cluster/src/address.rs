//! Where a scheduler listens.

use std::fmt;
use std::str::FromStr;

/// Port of a scheduler where none is named.
pub const PORT: u16 = 50050;

/// `df://HOST:PORT`, or without the scheme or the port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    pub host: String,
    /// From 1.
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "df://{}:{}", self.host, self.port)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text:?} is no address of a scheduler: df://HOST:PORT is");
        let place = text.strip_prefix("df://").unwrap_or(text).trim_end_matches('/');
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| wrong())?),
            _ => (place, PORT),
        };
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        let is_name = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        if port == 0 || !(is_name(host) || is_bracketed) {
            return Err(wrong());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port_and_nothing_else() {
        let read = |text: &str| text.parse::<Address>().map(|address| address.to_string());
        assert_eq!(read("df://ten:7"), Ok("df://ten:7".into()));
        assert_eq!(read("10.0.0.2"), Ok("df://10.0.0.2:50050".into()));
        assert_eq!(read("df://[::1]:9/"), Ok("df://[::1]:9".into()));
        assert_eq!(read("[::1]"), Ok("df://[::1]:50050".into()));
        for wrong in ["", "df://", ":7", "ten:x", "ten:0", "ten:70000", "http://ten:7", "a b:7", "df://ten:7/x"] {
            let said = read(wrong).unwrap_err();
            assert!(said.contains("df://HOST:PORT"), "{wrong}: {said}");
        }
    }
}

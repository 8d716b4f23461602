//! `tandem health`: asks a running `tandem serve` whether it is well, as a container's health check does.
//!
//! Plain HTTP and one request, so that the check needs nothing else in the image. Not for servers behind TLS: ask the one behind it.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};

use crate::args::Health;
use crate::outcome::Outcome;

/// Time for all of it: reaching the server, asking, reading.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read; that of /health is short.
const LONGEST: usize = 64 << 10;

pub fn run(args: &Health) -> Result<Outcome> {
    let started = Instant::now();
    let asked = Address::parse(&args.url)?;
    let answer =
        get(&asked, started + PATIENCE).with_context(|| format!("{}: no healthy server answers: start `tandem serve`", args.url))?;
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let detail = json!({ "url": args.url, "milliseconds": milliseconds, "answer": answer });
    let text = format!("{} is well ({milliseconds} ms)\n", args.url);
    Ok(Outcome { verb: "health".into(), text, detail, ..Outcome::default() })
}

/// Where a server is.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    /// Name or address and port, as the request names it.
    host: String,
    /// Before `/health`; empty, or a path of a server that is not at the root.
    path: String,
}

impl Address {
    fn parse(url: &str) -> Result<Self> {
        if url.starts_with("https://") {
            bail!("{url}: only plain HTTP is asked: name the server itself, as http://127.0.0.1:8080");
        }
        let rest = url.strip_prefix("http://").ok_or_else(|| anyhow!("{url}: is no http:// URL: name one, as http://127.0.0.1:8080"))?;
        let (host, path) = rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
        if host.is_empty() || url.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
            bail!("{url}: names no host: name one, as http://127.0.0.1:8080");
        }
        let bare = host.rsplit_once(']').map_or(host, |(_, after)| after);
        let host = if bare.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let path = path.trim_end_matches('/').trim_end_matches("/health").to_owned();
        Ok(Self { host, path })
    }
}

/// What the server says of itself.
fn get(address: &Address, until: Instant) -> Result<Value> {
    let mut stream = connect(&address.host, until)?;
    let request = format!("GET {}/health HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", address.path, address.host);
    stream.set_write_timeout(Some(left(until)?))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    let mut part = [0; 4_096];
    while answer.len() < LONGEST {
        stream.set_read_timeout(Some(left(until)?))?;
        match stream.read(&mut part)? {
            0 => break,
            read => answer.extend_from_slice(&part[..read]),
        }
    }
    judged(&String::from_utf8_lossy(&answer))
}

fn connect(host: &str, until: Instant) -> Result<TcpStream> {
    let mut refused = anyhow!("{host} leads to no address");
    for address in host.to_socket_addrs().with_context(|| format!("{host} is not known"))? {
        match TcpStream::connect_timeout(&address, left(until)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => refused = error.into(),
        }
    }
    Err(refused)
}

fn left(until: Instant) -> Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(anyhow!("no answer within {} s", PATIENCE.as_secs())) } else { Ok(left) }
}

/// A server is well if it says 200.
fn judged(answer: &str) -> Result<Value> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head.lines().next().unwrap_or_default();
    let mut words = status.split_whitespace();
    match (words.next(), words.next()) {
        (Some(version), Some("200")) if version.starts_with("HTTP/1.") => {}
        (Some(version), Some(_)) if version.starts_with("HTTP/") => bail!("it says {status}"),
        _ => bail!("what answers there is no HTTP server"),
    }
    // One line of JSON, in one piece or in chunks.
    let object = body.find('{').and_then(|start| body.get(start..=body.rfind('}')?));
    Ok(object.and_then(|object| serde_json::from_str(object).ok()).unwrap_or(Value::Null))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn an_address_is_a_plain_one_with_or_without_port_and_path() {
        let parsed = |url: &str| Address::parse(url).map(|address| (address.host, address.path)).map_err(|error| error.to_string());
        assert_eq!(parsed("http://127.0.0.1:8080"), Ok(("127.0.0.1:8080".into(), String::new())));
        assert_eq!(parsed("http://docs.example/"), Ok(("docs.example:80".into(), String::new())));
        assert_eq!(parsed("http://[::1]:8080/team/health"), Ok(("[::1]:8080".into(), "/team".into())));
        assert_eq!(parsed("http://[::1]"), Ok(("[::1]:80".into(), String::new())));
        for wrong in ["https://docs.example", "docs.example", "http://", "http://a b", "http://a\r\nX: y"] {
            assert!(parsed(wrong).unwrap_err().contains("name"), "{wrong}");
        }
    }

    #[test]
    fn only_a_server_that_says_200_is_well() {
        let answer = |status: &str| format!("HTTP/1.1 {status}\r\ncontent-length: 15\r\n\r\n{{\"status\":\"ok\"}}");
        assert_eq!(judged(&answer("200 OK")).unwrap()["status"], "ok");
        assert!(judged(&answer("503 Service Unavailable")).unwrap_err().to_string().contains("503"));
        assert!(judged("SSH-2.0-OpenSSH").is_err() && judged("").is_err());
        assert_eq!(judged("HTTP/1.1 200 OK\r\n\r\n").unwrap(), Value::Null);
    }

    #[test]
    fn a_server_is_asked_over_the_wire_and_one_that_is_silent_is_not_waited_for_for_ever() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address { host: listener.local_addr().unwrap().to_string(), path: "/team".into() };
        let serving = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 256];
            let read = stream.read(&mut asked).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"status\":\"ok\"}").unwrap();
            drop(stream);
            // The second one is accepted by the system and gets no answer.
            (String::from_utf8_lossy(&asked[..read]).into_owned(), listener)
        });
        assert_eq!(get(&address, Instant::now() + PATIENCE).unwrap()["status"], "ok");
        let (asked, listener) = serving.join().unwrap();
        assert!(asked.starts_with("GET /team/health HTTP/1.1\r\nHost: 127.0.0.1:"), "{asked}");
        let started = Instant::now();
        get(&address, Instant::now() + Duration::from_millis(200)).unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(2));
        drop(listener);
        get(&address, Instant::now() + PATIENCE).unwrap_err();
    }
}

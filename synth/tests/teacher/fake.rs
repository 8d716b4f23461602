//! A server that plays a teacher: knows the three jobs by their fences, answers them in its own simple way, and misbehaves where told to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};
use text::sentences;

/// What happens to a request.
pub enum Act {
    /// A completion with this content.
    Say(String),
    /// The same without usage.
    SayUncounted(String),
    /// This status, header lines and body.
    Status(u16, &'static str, &'static str),
    /// A body that ends before the length that was promised.
    Cut,
    /// Nothing, for so long.
    Hang(Duration),
}

/// A request as the server sees it.
pub struct Seen {
    /// Its number, from 0.
    pub number: usize,
    pub authorization: Option<String>,
    pub system: String,
    pub user: String,
}

impl Seen {
    /// What stands between the fences of this name.
    pub fn fenced(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.user.split_once(&format!("--- {name} "))?;
        let (code, rest) = rest.split_once(" ---\n")?;
        Some(rest.split_once(&format!("\n--- end {code} ---"))?.0)
    }

    /// What a good teacher says.
    pub fn good(&self) -> String {
        if self.fenced("quote").is_some() {
            return json!({ "answered": true, "reason": "it says so" }).to_string();
        }
        if let Some(section) = self.fenced("section") {
            let sentence = &section[sentences(section)[0].clone()];
            let words: Vec<&str> = sentence.split(' ').collect();
            let answer = words[words.len() - 1].trim_end_matches('.');
            let question = format!("With what ends a saying that opens with {}?", words[..3].join(" "));
            return json!({ "question": question, "answer": answer, "sentence": sentence }).to_string();
        }
        let question = self.fenced("question").unwrap_or_default().trim_end_matches(['?', '.', '!']);
        json!({ "question": format!("Pray, would you know this: {question}?") }).to_string()
    }
}

type Behaviour = dyn Fn(&Seen) -> Act + Send + Sync;

/// A server on a port of its own until it is dropped.
pub struct Fake {
    pub url: String,
    requests: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
    address: std::net::SocketAddr,
    thread: Option<JoinHandle<()>>,
    faults: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    pub fn start(behaviour: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, stopped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let faults: Arc<Mutex<Vec<String>>> = Arc::default();
        let behaviour: Arc<Behaviour> = Arc::new(behaviour);
        let (counter, flag, seen) = (requests.clone(), stopped.clone(), Arc::clone(&faults));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if flag.load(Ordering::SeqCst) {
                    return;
                }
                let (behaviour, counter, seen) = (behaviour.clone(), counter.clone(), Arc::clone(&seen));
                thread::spawn(move || {
                    if let Err(error) = serve(stream.unwrap(), &*behaviour, &counter) {
                        seen.lock().unwrap().push(error);
                    }
                });
            }
        });
        Self { url: format!("http://{address}/v1"), requests, stopped, address, thread: Some(thread), faults }
    }

    /// One that does all jobs well.
    pub fn good() -> Self {
        Self::start(|seen| Act::Say(seen.good()))
    }

    /// Requests that came in.
    pub fn requests(&self) -> usize {
        assert!(self.faults.lock().unwrap().is_empty(), "{:?}", self.faults.lock().unwrap());
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.thread.take().map(JoinHandle::join);
    }
}

/// Reads one request and answers it; what is wrong with the request comes back in words.
fn serve(mut stream: TcpStream, behaviour: &Behaviour, requests: &AtomicUsize) -> Result<(), String> {
    let mut reader = BufReader::new(stream.try_clone().map_err(|error| error.to_string())?);
    let (mut line, mut length, mut authorization) = (String::new(), 0, None);
    reader.read_line(&mut line).map_err(|error| error.to_string())?;
    if !line.starts_with("POST ") {
        // Bytes of another protocol, as of a TLS client.
        return Ok(());
    }
    if line.trim_end() != "POST /v1/chat/completions HTTP/1.1" {
        return Err(format!("unexpected request {line:?}"));
    }
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).map_err(|error| error.to_string())?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_| format!("length {value:?}"))?,
            "authorization" => authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).map_err(|error| error.to_string())?;
    let body: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    let text = |at: usize| body["messages"][at]["content"].as_str().unwrap_or_default().to_owned();
    let number = requests.fetch_add(1, Ordering::SeqCst);
    let act = behaviour(&Seen { number, authorization, system: text(0), user: text(1) });
    // The client may have gone away; that is its business.
    let mut send = |status: u16, headers: &str, body: &str, missing: usize| {
        let length = body.len() + missing;
        let _ = write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}");
        let _ = stream.flush();
    };
    let completion = |content: &str| json!({ "choices": [{ "index": 0, "message": { "role": "assistant", "content": content } }] });
    match act {
        Act::Say(content) => {
            let mut body = completion(&content);
            body["usage"] = json!({ "prompt_tokens": 80, "completion_tokens": 20, "total_tokens": 100 });
            send(200, "", &body.to_string(), 0);
        }
        Act::SayUncounted(content) => send(200, "", &completion(&content).to_string(), 0),
        Act::Status(status, headers, body) => send(status, headers, body, 0),
        Act::Cut => send(200, "", "{\"choices\":[{\"mess", 500),
        Act::Hang(pause) => thread::sleep(pause),
    }
    Ok(())
}

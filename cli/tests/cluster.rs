//! A corpus, an index and reports on a cluster come to what one process makes, whoever dies on the way.
#![cfg(feature = "cluster")]

mod tandem;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tandem::{balanced, checkout, code, count, json, lighthouses, rows, said, same, tandem, text};

/// A process of a cluster; it is killed when its test ends.
struct Process {
    child: Child,
    port: u16,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    fn start(port: u16, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
        command.args(["cluster"]).args(arguments).env("TANDEM_MODELS", checkout().join("data/models")).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains(&port.to_string()), "it says where it is: {line:?}");
        let process = Self { child, port };
        process.wait();
        process
    }

    fn scheduler(port: u16) -> Self {
        Self::start(port, &["scheduler", "--listen", &format!("127.0.0.1:{port}")])
    }

    fn worker(scheduler: &Self) -> Self {
        let port = free();
        let address = format!("df://127.0.0.1:{}", scheduler.port);
        Self::start(port, &["worker", "--scheduler", &address, "--listen", &format!("127.0.0.1:{port}"), "--ocr", "off"])
    }

    /// Until it listens.
    fn wait(&self) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "nobody listens at {}", self.port);
            sleep(Duration::from_millis(50));
        }
    }

    fn address(&self) -> String {
        format!("df://127.0.0.1:{}", self.port)
    }

    #[cfg(unix)]
    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

/// A port that is free, with the one behind it.
fn free() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}

#[test]
fn one_worker_and_three_make_what_one_process_makes() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("corpus")).unwrap();
    lighthouses(&at("corpus"), 1_100);
    let (corpus, sections, questions) = (at("corpus"), at("sections"), at("asked.txt"));
    let prep = ["prep", "--ocr", "off", "--corpus", text(&corpus)];
    let whole = json(3, &[prep.as_slice(), &["--out", text(&sections)]].concat());
    json(0, &["index", "--sections", text(&sections), "--out", text(&at("index"))]);
    let asked = |n: usize| format!("Who is the keeper of lighthouse {}?\n", 10 * n);
    fs::write(&questions, (0..40).map(asked).collect::<String>()).unwrap();
    let report = ["report", "--questions", text(&questions), "--index"];
    json(0, &[report.as_slice(), &[text(&at("index")), "--out", text(&at("reports"))]].concat());

    let scheduler = Process::scheduler(free());
    let mut workers = vec![Process::worker(&scheduler)];
    let cluster = ["--cluster", &scheduler.address()];
    for number in [1, 3] {
        while workers.len() < number {
            workers.push(Process::worker(&scheduler));
        }
        let at = |name: &str| at(&format!("{name}-{number}"));
        let outcome = json(3, &[prep.as_slice(), &cluster, &["--out", text(&at("sections"))]].concat());
        assert_eq!(outcome["counts"], whole["counts"]);
        same(&sections, &at("sections"));
        let made = at("index");
        let index = ["index", "--sections", text(&sections), "--out", text(&made)];
        json(0, &[index.as_slice(), &cluster].concat());
        let card = |index: &Path| fs::read(index.join("index.json")).unwrap();
        assert_eq!(card(&dir.path().join("index")), card(&at("index")));
        let outcome = json(0, &[report.as_slice(), &[text(&at("index")), "--out", text(&at("reports"))], &cluster].concat());
        balanced(&outcome);
        assert_eq!(rows(&dir.path().join("reports")), rows(&at("reports")));
        let verified = json(0, &["verify", "--report", text(&at("reports")), "--corpus", text(&corpus)]);
        assert_eq!(verified["failed"], 0, "{verified}");
    }
}

#[cfg(unix)]
#[test]
fn a_worker_that_dies_and_a_scheduler_that_starts_again_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("corpus")).unwrap();
    lighthouses(&at("corpus"), 1_100);
    let corpus = at("corpus");
    let prep = ["prep", "--ocr", "off", "--corpus", text(&corpus)];
    json(3, &[prep.as_slice(), &["--out", text(&at("alone"))]].concat());

    let mut scheduler = Process::scheduler(free());
    let mut workers = vec![Process::worker(&scheduler), Process::worker(&scheduler)];
    // It takes work and does none of it, until it is dead.
    workers[0].signal("-STOP");
    let driver = |out: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
        command.args(prep).args(["--out", text(out), "--cluster", &scheduler.address()]);
        command.env("TANDEM_MODELS", checkout().join("data/models")).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running = driver(&at("dying"));
    sleep(Duration::from_secs(3));
    workers.remove(0).signal("-KILL");
    let output = running.wait_with_output().unwrap();
    assert_eq!(code(&output), 3, "{}", said(&output));
    same(&at("alone"), &at("dying"));

    workers[0].signal("-STOP");
    let running = driver(&at("again"));
    sleep(Duration::from_secs(2));
    let port = scheduler.port;
    scheduler.signal("-KILL");
    scheduler.child.wait().unwrap();
    workers[0].signal("-CONT");
    sleep(Duration::from_secs(2));
    scheduler = Process::scheduler(port);
    let output = running.wait_with_output().unwrap();
    assert_eq!(code(&output), 3, "{}", said(&output));
    same(&at("alone"), &at("again"));
    drop(scheduler);
}

#[test]
fn what_cannot_work_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("corpus")).unwrap();
    fs::write(at("corpus").join("note.txt"), "A note about ferries.\n").unwrap();
    let (corpus, nobody) = (at("corpus"), format!("df://127.0.0.1:{}", free()));
    let refused = |arguments: &[&str], expected: i32, told: &str| {
        let output = tandem(&[&["prep", "--corpus", text(&corpus), "--out", text(&at("out"))], arguments].concat());
        assert!(code(&output) == expected && said(&output).contains(told), "{arguments:?}: {}", said(&output));
    };
    refused(&["--cluster", &nobody], 1, "tandem cluster scheduler");
    refused(&["--cluster", "http://here"], 2, "df://HOST:PORT");
    refused(&["--cluster", &nobody, "--shard", "0/2"], 2, "cannot be used with");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("127.0.0.1:{}", taken.local_addr().unwrap().port());
    let output = tandem(&["cluster", "scheduler", "--listen", &listen]);
    assert!(code(&output) == 1 && said(&output).contains("--listen"), "{}", said(&output));

    // Whose model is another's.
    let scheduler = Process::scheduler(free());
    let models = at("models");
    let copied = Command::new("cp").args(["-R", text(&checkout().join("data/models/prep")), text(&models)]).status().unwrap();
    assert!(copied.success());
    let config = fs::read_to_string(models.join("config.json")).unwrap();
    fs::write(models.join("config.json"), format!("{config}\n")).unwrap();
    let port = free();
    let address = scheduler.address();
    let listen = format!("127.0.0.1:{port}");
    let worker = ["worker", "--scheduler", &address, "--listen", &listen, "--prep-model", text(&models)];
    let _worker = Process::start(port, &worker);
    refused(&["--cluster", &scheduler.address()], 1, "give both the same");
    assert_eq!(
        count(&json(0, &["prep", "--corpus", text(&corpus), "--out", text(&at("out"))]), "out"),
        1,
        "the folder can be used after that"
    );
}

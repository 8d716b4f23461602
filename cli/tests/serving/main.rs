//! A library behind HTTP, as people's browsers, programs and assistants use it; what is refused stands in `refused.rs`.

mod refused;
mod server;
#[path = "../tandem/mod.rs"]
mod tandem;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use server::Server;
use tandem::{checkout, text};

/// A library of some notes, one of them with a name and words that would be mark-up.
fn library(dir: &Path) -> PathBuf {
    let (notes, library) = (dir.join("notes"), dir.join("library"));
    fs::create_dir(&notes).unwrap();
    for (name, words) in [
        ("pilot.txt", "The harbour pilot of Vik is Ola Ness. The pilot boat lies at the north mole."),
        ("mill.md", "# The Elm mill\n\nThe keeper of the Elm mill is Rolf Aas. The mill grinds rye on Mondays."),
        ("<img src=x onerror=alert(1)>.txt", "The gatekeeper of Lund is <script>alert(1)</script> Siv Dahl. [x](javascript:alert(1))"),
        ("page.html", "<h1>The fair</h1><p>The spring fair of Vik opens on 12 June.</p><script>alert(1)</script>"),
    ] {
        fs::write(notes.join(name), words).unwrap();
    }
    tandem::json(0, &["init", text(&library)]);
    tandem::json(0, &["add", text(&notes), "--library", text(&library)]);
    library
}

fn ask(server: &Server, question: &str) -> Value {
    server.post("/api/ask", &json!({ "question": question, "precision": 0 })).json()
}

/// Waits until all changes are made.
fn settled(server: &Server) -> Value {
    server.wait("a change", |server| server.get("/api/changes").json()["running"] == false);
    server.get("/api/changes").json()["last"].clone()
}

#[test]
fn a_question_is_answered_shown_at_its_passage_and_gone_with_its_document() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&library(dir.path()), &[]);
    let report = ask(&server, "Who is the harbour pilot of Vik?");
    assert!(report["answer"].as_str().unwrap().contains("Ola Ness"), "{report}");
    // The same on the page, without scripts; its citation leads to the words, marked.
    let page = server.get("/?q=Who+is+the+harbour+pilot+of+Vik%3F").text();
    assert!(page.contains("Ola Ness") && page.contains("<title>Who is the harbour pilot of Vik? · Tandem</title>"), "{page}");
    let link = page.split("href=\"").find(|part| part.starts_with("/document?name=notes%2Fpilot.txt")).expect("a citation is a link");
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    let passage = server.get(link.split('#').next().unwrap()).text();
    assert!(passage.contains("<mark id=\"passage\" tabindex=\"-1\">The harbour pilot of Vik is Ola Ness."), "{passage}");
    assert_eq!(server.get("/api/original?name=notes/pilot.txt").text(), fs::read_to_string(dir.path().join("notes/pilot.txt")).unwrap());

    // A file comes in, is asked about, and goes.
    let question = "Who is the organist of Moss?";
    let added = server.request("PUT", "/api/files?name=organ.txt", "", b"The organist of Moss is Eva Lie. She plays on Sundays.");
    assert_eq!((added.status, added.json()["name"].as_str()), (202, Some("uploads/organ.txt")));
    let last = settled(&server);
    assert_eq!((&last["error"], &last["counts"]["new"]), (&Value::Null, &json!(1)), "{last}");
    let report = ask(&server, question);
    assert!(report["answer"].as_str().unwrap().contains("Eva Lie"), "{report}");
    assert!(server.get("/documents?find=organ").text().contains("uploads/organ.txt"));
    assert_eq!(server.request("DELETE", "/api/documents?name=uploads/organ.txt", "", b"").status, 202);
    assert_eq!(settled(&server)["counts"]["gone"], 1);
    let report = ask(&server, question).to_string();
    assert!(!report.contains("Eva Lie"), "{report}");
    assert_eq!(server.request("DELETE", "/api/documents?name=uploads/organ.txt", "", b"").status, 404);
    // What was registered stays where it is and is only left out.
    assert_eq!(server.request("DELETE", "/api/documents?name=notes/mill.md", "", b"").status, 202);
    assert_eq!(settled(&server)["counts"]["gone"], 1);
    assert!(dir.path().join("notes/mill.md").exists());
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_report_fills_in_and_can_be_saved() {
    let dir = tempfile::tempdir().unwrap();
    let library = library(dir.path());
    let server = Server::start(&library, &[]);
    let wanted = json!({ "title": "Who does <what>", "questions": ["Who is the harbour pilot of Vik?", "Who is the keeper of the Elm mill?", "Who is 7?"] });
    let taken = server.post("/api/report", &wanted);
    assert_eq!(taken.status, 202, "{}", taken.text());
    let id = taken.json()["id"].as_str().unwrap().to_owned();
    server.wait("the report", |server| server.get(&format!("/api/report/{id}")).json()["stage"] == "done");
    let done = server.get(&format!("/api/report/{id}")).json();
    assert_eq!((&done["done"], done["parts"].as_array().unwrap().len()), (&json!(3), 3), "{done}");
    for file in done["files"].as_array().unwrap() {
        let saved = server.get(&format!("/api/report/{id}/{}", file.as_str().unwrap()));
        assert!(
            saved.status == 200
                && saved.header("content-disposition").unwrap().starts_with("attachment; filename*=UTF-8''Who%20does%20what.")
        );
    }
    assert!(server.get(&format!("/api/report/{id}/report.md")).text().contains("Ola Ness"));
    let page = server.get(&format!("/reports/{id}")).text();
    assert!(page.contains("Who does &lt;what&gt;") && page.contains("Rolf Aas"), "{page}");
    // The form of the page, as a browser without scripts sends it.
    let form = b"title=From+the+form&questions=Who+is+the+harbour+pilot+of+Vik%3F%0D%0A%0D%0A";
    let sent = server.request("POST", "/reports", "Content-Type: application/x-www-form-urlencoded\r\n", form);
    let there = sent.header("location").unwrap();
    assert!(sent.status == 303 && there.starts_with("/reports/"), "{}", sent.head);
    for file in ["../wanted.json", "..%2Fwanted.json", "wanted.json", "report.exe"] {
        assert_eq!(server.get(&format!("/api/report/{id}/{file}")).status, 404, "{file}");
    }
    // Another server finds it.
    drop(server);
    let server = Server::start(&library, &[]);
    assert_eq!(server.get(&format!("/api/report/{id}")).json()["parts"][0]["answer"], done["parts"][0]["answer"]);
    server.wait("the second report", |server| server.get(&there).text().contains("data-stage=\"done\""));
    assert_eq!(server.request("DELETE", &format!("/api/report/{id}"), "", b"").status, 204);
    assert_eq!(server.get(&format!("/api/report/{id}")).status, 404);
}

#[test]
fn openai_s_shapes_hold_whole_and_streamed() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&library(dir.path()), &[]);
    let mut chat = json!({ "model": "tandem", "messages": [{ "role": "user", "content": "Who is the harbour pilot of Vik?" }], "tandem": { "precision": 0 } });
    let whole = server.post("/v1/chat/completions", &chat).json();
    let message = &whole["choices"][0]["message"];
    let content = message["content"].as_str().unwrap();
    assert!(content.contains("Ola Ness") && content.contains("[1]") && content.contains("Sources:"), "{whole}");
    let url = message["annotations"][0]["url_citation"]["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("http://{}/document?name=notes%2Fpilot.txt", server.host)), "{url}");
    chat["stream"] = true.into();
    let stream = server.post("/v1/chat/completions", &chat);
    assert!(stream.header("content-type").unwrap().starts_with("text/event-stream"));
    let events: Vec<String> = stream.text().lines().filter_map(|line| line.strip_prefix("data: ")).map(str::to_owned).collect();
    assert_eq!(events.last().unwrap(), "[DONE]");
    let chunks: Vec<Value> = events[..events.len() - 1].iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    let streamed: String = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(streamed, content);

    assert_eq!(server.get("/v1/models").json()["data"][0]["id"], "tandem");
    let vectors =
        |input: Value| server.post("/v1/embeddings", &json!({ "model": "tandem-embedding", "input": input })).json()["data"].clone();
    let vector = |row: &Value| row["embedding"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect::<Vec<f64>>();
    let made = vectors(json!(["harbour pilot", "pilot of the harbour", "rye flour"]));
    let made: Vec<Vec<f64>> = made.as_array().unwrap().iter().map(vector).collect();
    let near = |a: usize, b: usize| made[a].iter().zip(&made[b]).map(|(a, b)| a * b).sum::<f64>();
    assert!((near(0, 0) - 1.0).abs() < 1e-3 && near(0, 1) > near(0, 2), "{} {}", near(0, 1), near(0, 2));
    for (path, body, status) in [
        ("/v1/chat/completions", json!({ "model": "gpt", "messages": [] }), 404),
        ("/v1/chat/completions", json!({ "model": "tandem", "messages": [{ "role": "user", "content": " " }], "stream": true }), 400),
        ("/v1/embeddings", json!({ "model": "tandem-embedding", "input": [1, 2] }), 400),
        ("/v1/embeddings", json!({ "model": "tandem-embedding", "input": "x", "dimensions": 7 }), 400),
    ] {
        let refused = server.post(path, &body);
        assert_eq!(refused.status, status, "{body}: {}", refused.text());
        assert!(refused.json()["error"]["message"].is_string(), "{body}");
    }
}

#[test]
fn an_assistant_searches_asks_and_reads_over_http_and_over_a_pipe() {
    let dir = tempfile::tempdir().unwrap();
    let library = library(dir.path());
    let server = Server::start(&library, &[]);
    let initialize = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" } } });
    let call = |name: &str, arguments: Value| json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": name, "arguments": arguments } });
    let mcp = |body: &Value| {
        let headers =
            "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-06-18\r\n";
        server.request("POST", "/mcp", headers, body.to_string().as_bytes())
    };
    assert_eq!(mcp(&initialize).json()["result"]["serverInfo"]["name"], "tandem");
    let tools = mcp(&json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/list" })).json()["result"]["tools"].clone();
    let mut names: Vec<&str> = tools.as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["ask", "get_document", "list_documents", "report", "search"]);
    let said = |answer: &Value| answer["result"]["content"][0]["text"].as_str().unwrap_or_default().to_owned();
    let asked = call("ask", json!({ "question": "Who is the harbour pilot of Vik?", "precision": 0.0 }));
    let answer = mcp(&asked).json();
    assert!(said(&answer).contains("Ola Ness") && answer["result"]["structuredContent"]["statements"].is_array(), "{answer}");
    assert!(said(&mcp(&call("get_document", json!({ "name": "notes/mill.md" }))).json()).contains("grinds rye"));
    assert!(said(&mcp(&call("search", json!({ "query": "spring fair", "k": 2 }))).json()).contains("12 June"));
    let unknown = mcp(&call("get_document", json!({ "name": "../../etc/passwd" }))).json();
    assert_eq!(unknown["result"]["isError"], true, "{unknown}");
    assert_eq!(server.request("POST", "/mcp", "Origin: http://evil.example\r\n", asked.to_string().as_bytes()).status, 403);
    assert_eq!(server.request("POST", "/mcp", "Host: evil.example\r\n", asked.to_string().as_bytes()).status, 421);

    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
    command.args(["mcp", "--library", text(&library)]).env("TANDEM_MODELS", checkout().join("data/models"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    for message in [&initialize, &initialized, &asked] {
        writeln!(stdin, "{message}").unwrap();
    }
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["id"], 1);
    assert!(said(&next()).contains("Ola Ness"));
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn every_address_that_is_described_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&library(dir.path()), &["--read-only"]);
    let description = server.get("/api/openapi.json").json();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let answer = server.request(&method.to_uppercase(), &path.replace("{id}", "x").replace("{file}", "x"), "", b"");
            assert!(
                answer.status != 405 && !answer.text().contains("nothing is here"),
                "{method} {path}: {} {}",
                answer.status,
                answer.text()
            );
        }
        assert!(server.get("/api").text().contains(path.as_str()), "{path}");
    }
}

#[test]
fn an_empty_library_is_served_and_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let library = dir.path().join("library");
    tandem::json(0, &["init", text(&library)]);
    let server = Server::start(&library, &[]);
    assert!(server.get("/").text().contains("Nothing is in this library yet"));
    assert!(server.get("/documents").text().contains("Nothing is in this library yet"));
    let asked = server.post("/api/ask", &json!({ "question": "Who is the pilot?" }));
    assert!(asked.status == 409 && asked.text().contains("add documents"), "{}", asked.text());
    assert_eq!(server.request("PUT", "/api/files?name=pilot.txt", "", b"The harbour pilot of Vik is Ola Ness.").status, 202);
    settled(&server);
    assert!(ask(&server, "Who is the harbour pilot of Vik?")["answer"].as_str().unwrap().contains("Ola Ness"));
    // What cannot be read is told by name, and the rest is there.
    assert_eq!(server.request("PUT", "/api/files?name=broken.pdf", "", b"%PDF-1.7 nothing more").status, 202);
    let last = settled(&server);
    assert_eq!(last["failures"][0][0], "uploads/broken.pdf", "{last}");
    assert!(server.get("/documents").text().contains("failed"));
}

//! Who and what is refused, and that the server lives on: mark-up in documents, other people's pages, who has no token, what is no request.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::library;
use super::server::Server;
use super::tandem::{code, said, tandem, text};

const TOKEN: &str = "0123456789abcdef0123";

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[test]
fn nothing_of_a_document_or_its_name_becomes_mark_up() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&library(dir.path()), &[]);
    let name = "notes/<img src=x onerror=alert(1)>.txt";
    let pages = [
        "/documents".to_owned(),
        format!("/document?name={}", encoded(name)),
        format!("/?q={}", encoded("Who is the gatekeeper of Lund <b>?")),
    ];
    for path in &pages {
        let page = server.get(path);
        let text = page.text();
        assert_eq!(page.status, 200, "{path}");
        assert!(!text.contains("<img") && !text.contains("<script>") && !text.contains("<b>?"), "{path}: {text}");
        assert!(text.contains("&lt;"), "{path}");
        assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"), "{path}");
    }
    let original = server.get("/api/original?name=notes/page.html");
    assert_eq!(original.header("content-type").unwrap(), "application/octet-stream");
    assert!(original.header("content-disposition").unwrap().starts_with("attachment"));
    for path in [
        "/api/original?name=../../../../etc/passwd",
        "/api/original?name=/etc/passwd",
        "/document?name=notes/../../x",
        "/api/page?name=notes/pilot.txt&page=1&start=0&end=20",
        "/api/page?name=notes/../../x&page=1&start=0&end=20",
        "/api/document?name=",
    ] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    let unknown = server.request("PUT", "/api/files?name=plan.dwg", "", b"AC1032 lines");
    assert!(unknown.status == 415 && unknown.text().contains("no reader knows"), "{}", unknown.text());
    assert!(!dir.path().join("library/uploads/plan.dwg").exists());
    for name in ["..%2Fx.txt", "a%2Fb.txt", ".hidden", "", "a%00b"] {
        assert_eq!(server.request("PUT", &format!("/api/files?name={name}"), "", b"x").status, 400, "{name}");
    }
}

#[test]
fn only_this_machine_or_who_has_the_token_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let library = library(dir.path());
    let open = tandem(&["serve", "--address", "0.0.0.0:0", "--library", text(&library)]);
    assert!(code(&open) == 1 && said(&open).contains("--token"), "{}", said(&open));
    let server = Server::start(&library, &[]);
    assert_eq!(server.request("GET", "/", "Host: evil.example\r\n", b"").status, 421);
    let question = json!({ "question": "Who is the harbour pilot of Vik?" }).to_string();
    // A picture of another page makes nothing be asked; a link from there leads here.
    let from = |mode: &str| format!("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: {mode}\r\n");
    assert_eq!(["no-cors", "navigate"].map(|mode| server.request("GET", "/documents", &from(mode), b"").status), [403, 200]);
    for headers in ["Origin: http://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
        assert_eq!(server.request("POST", "/api/ask", headers, question.as_bytes()).status, 403, "{headers}");
        assert_eq!(server.request("PUT", "/api/files?name=x.txt", headers, b"x").status, 403, "{headers}");
    }
    drop(server);
    let server = Server::start(&library, &["--token", TOKEN, "--read-only"]);
    assert_eq!(server.get("/health").status, 200);
    assert_eq!(server.get("/api/documents").status, 401);
    let login = server.get("/documents");
    assert!(login.status == 401 && login.text().contains("type=\"password\"") && !login.text().contains("pilot.txt"));
    let bearer = |token: &str| server.request("GET", "/api/documents", &format!("Authorization: Bearer {token}\r\n"), b"").status;
    assert_eq!([bearer(TOKEN), bearer("0123456789abcdef0124"), bearer("")], [200, 401, 401]);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(server.request("POST", "/login", form, b"token=wrong").status, 401);
    let entered = server.request("POST", "/login", form, format!("token={TOKEN}").as_bytes());
    let cookie = entered.header("set-cookie").unwrap();
    assert!(
        entered.status == 303 && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains(TOKEN),
        "{cookie}"
    );
    let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
    assert_eq!(server.request("GET", "/documents", &cookie, b"").status, 200);
    assert_eq!(server.request("PUT", "/api/files?name=x.txt", &cookie, b"x").status, 403, "it is read-only");
    assert!(!server.request("GET", "/documents", &cookie, b"").text().contains("id=\"adding\""));
}

#[test]
fn what_is_too_large_too_slow_or_no_request_is_refused_and_the_server_lives_on() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&library(dir.path()), &["--largest-upload", "1"]);
    let json = "Content-Type: application/json\r\n";
    assert_eq!(server.request("POST", "/api/ask", json, &vec![b'x'; 3 << 20]).status, 413);
    assert_eq!(server.request("PUT", "/api/files?name=big.txt", "", &vec![b'x'; 2 << 20]).status, 413);
    for body in ["", "{", "[]", "{\"question\": 7}", "{\"question\": \"\"}", "{\"question\": \"Who?\", \"precision\": 9}", "\u{0}"] {
        let refused = server.request("POST", "/api/ask", json, body.as_bytes());
        assert_eq!(refused.status, 400, "{body:?}: {}", refused.text());
        assert!(refused.json()["error"]["message"].is_string());
    }
    assert_eq!(server.request("POST", "/api/ask", "", b"{\"question\": \"Who?\"}").status, 400, "no type is named");
    let long = format!("{{\"question\": \"{}\"}}", "who ".repeat(10_000));
    assert_eq!(server.request("POST", "/api/ask", json, long.as_bytes()).status, 400);
    assert_eq!(server.request("DELETE", "/api/ask", "", b"").status, 405);
    assert_eq!([server.get("/nothing").status, server.get("/api/nothing").status], [404, 404]);
    for bytes in [&b"\x16\x03\x01\x02\x00"[..], b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"] {
        assert!(matches!(server.raw(bytes).status, 0 | 400), "{bytes:?}");
    }
    let head = format!("GET / HTTP/1.1\r\nHost: {}\r\nX: {}\r\n\r\n", server.host, "x".repeat(1 << 20));
    assert!(matches!(server.raw(head.as_bytes()).status, 0 | 431));
    // One that never ends its head is cut off; the others are served meanwhile.
    let (started, mut slow) = (Instant::now(), TcpStream::connect(&server.host).unwrap());
    slow.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
    assert_eq!(server.get("/health").status, 200);
    slow.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let _ = slow.read_to_end(&mut Vec::new());
    assert!((Duration::from_secs(5)..Duration::from_secs(40)).contains(&started.elapsed()), "{:?}", started.elapsed());
    assert_eq!(server.get("/health").status, 200);
}

"""Requests that nobody means well with. Nothing may break out of the library, run in a browser, stay behind, or keep others waiting for long."""

import concurrent.futures, io, json, os, pathlib, re, resource, socket, sys, tarfile, threading, time, urllib.parse, zipfile

import docx

from common import LIBRARY, TOKEN, TOKEN_URL, URL, call, check, done, figure, memory, names, quoted, remove, settled, upload

HERE, OTHER = urllib.parse.urlsplit(URL), urllib.parse.urlsplit(TOKEN_URL)
INCOMING, UPLOADS = pathlib.Path(LIBRARY, ".tandem/incoming"), pathlib.Path(LIBRARY, "uploads")
LARGEST = 8 << 20  # what run.sh starts the server with
ASK = json.dumps({"question": "Who signed the lease?"}).encode()
SECRET = "root:x:0:0"


def connect(where=HERE, timeout=30):
    return socket.create_connection((where.hostname, where.port), timeout=timeout)


def raw(data, where=HERE, timeout=30, close=False):
    """Sends bytes and gives all that comes back until the other end closes, or nothing comes for `timeout`. `close` says at once that no more follows."""
    out = b""
    with connect(where, timeout) as line:
        try:
            line.sendall(data)
            if close:
                line.shutdown(socket.SHUT_WR)
            while piece := line.recv(65536):
                out += piece
        except (TimeoutError, ConnectionError, BrokenPipeError):
            pass
    return out


def status(answer):
    """0 where the connection was closed without a word."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


def get(path, *headers, method="GET", host=HERE.netloc, body=b"", where=HERE, **more):
    head = [f"{method} {path} HTTP/1.1"] + ([f"Host: {host}"] if host is not None else []) + list(headers) + ["Connection: close"]
    return raw("\r\n".join(head).encode() + b"\r\n\r\n" + body, where, **more)


def head_of(answer):
    return answer.split(b"\r\n\r\n", 1)[0].decode("latin-1").lower()


def refuses(name, answer, *wanted):
    got = status(answer) if isinstance(answer, bytes) else answer
    return check(name, got in wanted if wanted else 400 <= got < 500, str(got))


def left_behind():
    return [entry.name for entry in INCOMING.iterdir()] if INCOMING.is_dir() else []


def hosts():
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", f"{HERE.netloc}@evil.example", "localhost@evil.example", "127.0.0.1#.evil.example", "0x7f000001", "127.1", "localhost.", "[::1].evil.example", ""]:
        refuses(f"host {host!r}", get("/", host=host), 400, 421)
    refuses("no host", get("/", host=None), 400)
    refuses("no host, HTTP/1.0", raw(b"GET / HTTP/1.0\r\n\r\n", timeout=5), 400)
    two = get("/api/documents", "Host: evil.example")
    refuses("two hosts", two, 400, 421)
    refuses("two hosts, the other first", get("/api/documents", f"Host: {HERE.netloc}", host="evil.example"), 400, 421)
    refuses("an address of elsewhere", get("http://evil.example/api/documents", host=HERE.netloc), 400, 421)
    refuses("a given name with a token", get("/health", host="docs.example", where=OTHER), 200)
    refuses("another name with a token", get("/health", host="evil.example", where=OTHER), 421)


def foreigners():
    json_head, length = "Content-Type: application/json", f"Content-Length: {len(ASK)}"
    for who in [f"Origin: https://evil.example", "Origin: null", "Origin: http://127.0.0.1:1", f"Origin: http://{HERE.netloc}.evil.example", "Sec-Fetch-Site: cross-site", "Origin: file://", "Origin: "]:
        refuses(f"ask, {who}", get("/api/ask", json_head, length, who, method="POST", body=ASK), 403)
    refuses("a page of another port is another site, Sec-Fetch-Site: same-site", get("/api/ask", json_head, length, "Sec-Fetch-Site: same-site", method="POST", body=ASK), 403)
    for method, path in [("PUT", "/api/files?name=evil.txt"), ("DELETE", "/api/documents?name=docs/handbook.md"), ("POST", "/api/changes"), ("POST", "/reports"), ("POST", "/login"), ("POST", "/mcp"), ("GET", "/mcp"), ("DELETE", "/mcp")]:
        refuses(f"{method} {path} from elsewhere", get(path, "Origin: https://evil.example", "Content-Length: 0", method=method), 403)
    refuses("two origins", get("/api/ask", json_head, length, f"Origin: {URL}", "Origin: https://evil.example", method="POST", body=ASK), 400, 403)
    # An <img> or <script> of another page: the answer is kept from it, but its question would be answered all the same.
    began = time.time()
    picture = get("/?q=Who+signed+the+lease%3F", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image")
    check("a picture of another page does not ask (GET /?q=)", status(picture) == 403, f"{status(picture)} after {time.time() - began:.1f} s")
    refuses("a link of another page leads here", get("/", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"), 200)
    preflight = get("/api/ask", "Origin: https://evil.example", "Access-Control-Request-Method: POST", method="OPTIONS")
    check("no leave for other origins", "access-control-allow" not in head_of(preflight), status(preflight))
    form = b"question=Who"
    refuses("a form is no JSON", get("/api/ask", "Content-Type: text/plain", f"Content-Length: {len(ASK)}", method="POST", body=ASK), 400, 415)
    refuses("a form for the interface", get("/api/ask", "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}", method="POST", body=form), 400, 415)


def bodies():
    big = b'{"question": "' + b"a" * (2 << 20) + b'"}'
    refuses("2 MB of JSON", call("POST", "/api/ask", big, {"Content-Type": "application/json"}).status, 413)
    claim = get("/api/ask", "Content-Type: application/json", "Content-Length: 99999999999", method="POST", body=b"{", timeout=3)
    check("100 GB claimed: no error of the server", status(claim) in (0, 400, 408, 413), status(claim))
    refuses("a length that is none", get("/api/ask", "Content-Length: 99999999999999999999999", method="POST"), 400)
    with connect() as line:
        line.sendall(f"POST /api/ask HTTP/1.1\r\nHost: {HERE.netloc}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        sent, answer = 0, b""
        try:
            while sent < 64 << 20:
                line.sendall(b"10000\r\n" + b"a" * 65536 + b"\r\n")
                sent += 65536
            answer = line.recv(1000)
        except (ConnectionError, TimeoutError):
            try:
                answer = line.recv(1000)
            except ConnectionError:
                pass
    check("chunks without end are cut off", sent < 32 << 20, f"{sent >> 20} MB taken, {status(answer)}")
    good = [b'{"question": "Who signed the lease?", "question2": 1}', b'{"question": "Who signed\\nthe lease?"}']
    for body in good:
        refuses(f"good JSON {body[:40]}", call("POST", "/api/ask", body, {"Content-Type": "application/json"}).status, 200)
    bad = [b"", b"{", b"[]", b"null", b"[" * 100_000, b'{"a":' * 100_000, b'{"question": 7}', b'{"question": null}', b'{"question": ["a"]}', b'{"question": "\\ud800"}', b'{"question": "\xff\xfe"}',
           b'{"question": ""}', b'{"question": "   "}', b'{"question": "???"}', b'{"question": "a", "question": "b"}', b'{"question": "a", "precision": NaN}', b'{"question": "a", "precision": 1e999}',
           b'{"question": "a", "precision": -1}', b'{"question": "a", "searches": 99999}', b'{"question": "a", "searches": -1}', b'{"question": "a", "read": 1e30}', b"\xef\xbb\xbf{}", b"PK\x03\x04" + bytes(100),
           b'{"question": "' + b"vacation " * 100_000 + b'"}']
    for body in bad:
        answer = call("POST", "/api/ask", body, {"Content-Type": "application/json"})
        if check(f"bad JSON {body[:36]}", 400 <= answer.status < 500, answer.status):
            check("  is told in JSON", answer.json()["error"]["message"] and "panic" not in answer.text, answer.json()["error"]["message"][:100])
    for words in ["Who\0 signed the lease?", "\u202eesael eht dengis ohW", "🚢" * 300, "' OR 1=1 --", "../../etc/passwd", "{{7*7}} ${7*7} %s%n", "<script>alert(1)</script> lease", "lease AND (OR NOT *:* ^~\"", "a\u0300" * 900, "e" * 1900]:
        answer = call("POST", "/api/ask", {"question": words})
        check(f"question {words[:30]!r}", answer.status in (200, 400), answer.status)
    for k in [0, -1, 101, 10**9, 10**30, 1.5]:
        refuses(f"search, k {k}", call("POST", "/api/search", {"query": "tug", "k": k}).status, 400)
    for what in [{"title": "a"}, {"title": "a", "questions": []}, {"title": "a", "questions": ["?"]}, {"title": "a" * 400, "questions": ["Who signed?"]}, {"title": "a", "questions": ["Who signed?"] * 501}, {"title": "a", "questions": ["Who signed?"], "precision": 7}]:
        refuses(f"report {str(what)[:60]}", call("POST", "/api/report", what).status, 400)
    for body in [b"title=a", b"%", b"title=a&questions=" + b"%0A" * 9000]:
        refuses(f"form {body[:30]}", call("POST", "/reports", body, {"Content-Type": "application/x-www-form-urlencoded"}).status)
    began = time.time()
    many = call("POST", "/v1/embeddings", {"model": "tandem-embedding", "input": ["tug boat " * 400] * 256})
    check("a megabyte to embed", many.status in (200, 400), f"{many.status} after {time.time() - began:.1f} s")


def slow():
    """All of these wait, so they wait together."""
    head = f"POST /api/ask HTTP/1.1\r\nHost: {HERE.netloc}\r\nContent-Type: application/json\r\nContent-Length: {len(ASK)}\r\n\r\n".encode()
    put = f"PUT /api/files?name=slow.txt HTTP/1.1\r\nHost: {HERE.netloc}\r\nContent-Length: 100000\r\n\r\n".encode()

    def trickle(start, rest, most=45):
        began, out = time.time(), b""
        with connect(timeout=1) as line:
            line.sendall(start)
            try:
                while time.time() - began < most:
                    line.sendall(rest[:1])
                    rest = rest[1:] or rest
                    try:
                        out += line.recv(4096)
                        return out, time.time() - began
                    except TimeoutError:
                        pass
            except ConnectionError:
                return out, time.time() - began
        return None, time.time() - began

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        body = pool.submit(trickle, head, ASK + b" " * 1000)
        begin = pool.submit(trickle, b"G", b"ET / HTTP/1.1\r\nX-Slow: " + b"a" * 1000)

        file = pool.submit(trickle, put, b"a" * 1000)
        other = [call("GET", "/health").status for _ in range(3)]
    out, took = body.result()
    check("a body of 1 byte a second is given up", out is not None and status(out) == 408 and took < 30, f"{status(out or b'')} after {took:.0f} s")
    out, took = begin.result()
    check("a head of 1 byte a second is given up", out is not None and took < 25, f"after {took:.0f} s")
    out, took = file.result()
    check("an upload of 1 byte a second is given up", out is not None, f"after {took:.0f} s" if out is not None else f"still taken after {took:.0f} s")
    check("others are answered meanwhile", other == [200] * 3)
    time.sleep(1)
    check("slow uploads leave nothing", not left_behind() and not (UPLOADS / "slow.txt").exists(), left_behind() or "")


def paths():
    report = call("POST", "/api/report", {"title": "x", "questions": ["Who signed the lease?"]}).json()["id"]
    while call("GET", f"/api/report/{report}").json()["stage"] != "done":
        time.sleep(0.2)
    ups = ["../" * n + "etc/passwd" for n in (1, 3, 12)]
    coded = [up.replace("/", "%2f") for up in ups] + [up.replace(".", "%2e") for up in ups] + [up.replace("../", "%252e%252e%252f") for up in ups] + ["..%5c..%5cetc%5cpasswd", "..%c0%af..%c0%afetc/passwd", "%00", "%00/etc/passwd", "....//....//etc/passwd"]
    seen = []
    for prefix in ["/", "/static/", "/api/report/", f"/api/report/{report}/", "/reports/", "/v1/models/", f"/api/report/{report}/%2e%2e%2f"]:
        for path in ups + coded + ["wanted.json", "..%2fwanted.json", "%2e%2e/wanted.json"]:
            answer = get(prefix + path)
            if not 400 <= status(answer) < 500 or SECRET.encode() in answer or b'"questions"' in answer:
                seen.append((prefix + path, status(answer)))
    check("paths: none leads out", not seen, seen[:5] or "")
    seen = []
    inside = ["/etc/passwd", "file:///etc/passwd", "tandem.toml", ".tandem/current", f"{LIBRARY}/tandem.toml", "uploads/../tandem.toml", "docs/../lib/tandem.toml", "docs", "docs/", ".", "", "docs/handbook.md/../../lib/tandem.toml", "docs/handbook.md\0", "docs//handbook.md", "docs/workshop.zip/../handbook.md", "docs/workshop.zip/../../../../etc/passwd", "DOCS/HANDBOOK.MD", "a" * 60_000]
    for route in ["/api/original?name=", "/api/document?name=", "/document?name="]:
        for name in [quoted(name) for name in inside + ups] + coded:
            answer = get(route + name)
            if not 400 <= status(answer) < 500 or SECRET.encode() in answer:
                seen.append((route + name[:80], status(answer)))
    check("names: none leads out", not seen, seen[:5] or "")
    for name in ["../../etc/passwd", "docs/../docs/handbook.md", "uploads/../tandem.toml", ".", "", "tandem.toml", LIBRARY]:
        refuses(f"removal of {name!r}", remove(name).status, 400, 404)
    check("the library's settings are there", pathlib.Path(LIBRARY, "tandem.toml").is_file())
    for path in ["/?q=%ff%fe", "/?q=a&q=b", "/?part=perhaps", "/documents?offset=99999999999999999999999", "/documents?offset=-1", "/documents?offset=18446744073709551615", "/documents?offset=500", "/document?name=docs/handbook.md&start=18446744073709551615&end=18446744073709551615&from=18446744073709551615&section=4294967295&page=4294967295", "/document?name=docs/handbook.md&start=1&end=18446744073709551615", "/document?name=docs/lease.pdf&page=0&start=0&end=5", "/api/documents?limit=99999999999&offset=18446744073709551615", "/?", "/?&&&==", "//", "///etc/passwd", "/%", "/%zz", "/static/", "/static/page.css/", "/;/documents", "/documents/", "/*", "/\\..\\..\\etc"]:
        answer = get(path)
        check(f"address {path[:70]}", 200 <= status(answer) < 500, f"{status(answer)} " + (answer.split(b'class="sub">')[1][:60].decode() if b"offset" in path.encode() and b'class="sub">' in answer else ""))
    for size in [9_000, 70_000, 500_000, 5_000_000]:
        answer = get("/?q=" + "a" * size)
        refuses(f"an address of {size:,} bytes", answer, 0, 400, 414, 431, *[200][: size < 10_000])
    call("DELETE", f"/api/report/{report}")


def shapes():
    """Requests that two servers read in two ways."""
    hidden = b"GET /api/documents HTTP/1.1\r\nHost: " + HERE.netloc.encode() + b"\r\n\r\n"
    host, post = f"Host: {HERE.netloc}\r\n".encode(), b"POST /api/ask HTTP/1.1\r\n"
    cases = {
        "two lengths": post + host + b"Content-Length: 0\r\nContent-Length: " + str(len(hidden)).encode() + b"\r\n\r\n" + hidden,
        "a list of lengths": post + host + b"Content-Length: 0, 5\r\n\r\n" + hidden,
        "chunks and a length": post + host + b"Content-Length: " + str(5 + len(hidden)).encode() + b"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
        "a length and chunks": post + host + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + hidden,
        "chunks of another kind": post + host + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
        "chunks, then none": post + host + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden,
        "chunks that are not the last": post + host + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
        "a space before the colon": post + host + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
        "a folded line": post + host + b"Content-Length:\r\n 0\r\n\r\n" + hidden,
        "a signed length": post + host + b"Content-Length: +0\r\n\r\n" + hidden,
        "a chunk larger than any": post + host + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\na\r\n0\r\n\r\n",
        "a chunk of a negative size": post + host + b"Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n",
        "a chunk's name without end": post + host + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 100_000 + b"\r\na\r\n0\r\n\r\n",
        "trailers without end": post + host + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: a\r\n" * 100_000 + b"\r\n",
        "a zero in a line": b"GET / HTTP/1.1\r\n" + host + b"X: a\0b\r\n\r\n",
        "a zero in the address": b"GET /\0 HTTP/1.1\r\n" + host + b"\r\n",
        "a megabyte of a line": b"GET / HTTP/1.1\r\n" + host + b"X: " + b"a" * (1 << 20) + b"\r\n\r\n",
        "ten thousand lines": b"GET / HTTP/1.1\r\n" + host + b"X: a\r\n" * 10_000 + b"\r\n",
        "HTTP/0.9": b"GET /\r\n",
        "HTTP/3.0": b"GET / HTTP/3.0\r\n" + host + b"\r\n",
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        "noise": os.urandom(4096),
        "CONNECT": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: " + HERE.netloc.encode() + b"\r\n\r\n",
        "a method of their own": b"H4X0R /api/ask HTTP/1.1\r\n" + host + b"Content-Length: 0\r\n\r\n",
    }
    for name, data in cases.items():
        answer = raw(data, timeout=3)
        answers = answer.count(b"HTTP/1.1 ")
        check(f"shape: {name}", status(answer) in (0, *range(400, 500)) and b'"documents"' not in answer, f"{status(answer)}, {answers} answers")
    many = raw(hidden.replace(b"/api/documents", b"/health") * 200, timeout=5)
    check("pipelining: 200 requests, 200 answers", many.count(b"HTTP/1.1 200") == 200, many.count(b"HTTP/1.1 200"))
    mixed = raw(hidden.replace(b"/api/documents", b"/health") + hidden.replace(b"/api/documents", b"/static/none") + hidden, timeout=5)
    order = [int(part[:3]) for part in mixed.split(b"HTTP/1.1 ")[1:]]
    check("pipelining: in order", order == [200, 404, 200], order)
    for method in ["HEAD", "OPTIONS", "TRACE", "PROPFIND", "PATCH", "PUT"]:
        answers = [status(get(path, "Content-Length: 0", method=method)) for path in ["/", "/api/ask", "/mcp", "/documents", "/nothing"]]
        check(f"method {method}", all(200 <= got < 500 for got in answers) and (method != "TRACE" or 200 not in answers), answers)
    early = raw(b"POST /api/ask HTTP/1.1\r\n" + host + b"Expect: 100-continue\r\nContent-Length: 99999999\r\nContent-Type: application/json\r\n\r\n", timeout=4)
    figure("Expect: 100-continue with 100 MB", status(early))


def told_to_browsers():
    """What keeps a browser from running what it is given."""
    for path in ["/", "/documents", "/document?name=docs/handbook.md", "/nothing", "/api/nothing", "/static/page.js", "/api/documents", "/login"]:
        head = head_of(get(path))
        check(f"headers of {path}", "content-security-policy: default-src 'none'" in head and "x-content-type-options: nosniff" in head and "x-frame-options: deny" in head and "unsafe" not in head)
    for where, path, host in [(OTHER, "/", OTHER.netloc), (OTHER, "/api/documents", OTHER.netloc), (HERE, "/", "evil.example")]:
        check(f"headers of a refusal, {path} {host}", "content-security-policy" in head_of(get(path, host=host, where=where)))
    check("refused host is words", b"<script" not in get("/", host="<script>alert(1)</script>").replace(b"<script src=\"/static", b""))


PAGE = b"<!doctype html><html><head><title>Evil</title></head><body><script>alert(1)</script><p>The gatekeeper of the yard is Olga Ness.</p></body></html>"


def originals():
    """A page in the library never runs as one of this server."""
    sent = {"evil.html": PAGE, "evil.htm": PAGE, "evil.xhtml": PAGE, "evil.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><text>The painter is Ole Vik.</text></svg>", "evil.xml": b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script><p>The cook is Per Ek.</p></html>", "evil.txt": PAGE, "evil.md": PAGE, "evil.pdf.html": b"%PDF-1.7 " + PAGE, "evil.mht": b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + PAGE, "evil.csv": b"a,b\n=cmd|' /C calc'!A0,<script>alert(1)</script>\n", "evil.js": b"alert(1) // The mate is Tor By.", "utf16.html": PAGE.decode().encode("utf-16")}
    for name, data in sent.items():
        # What no reader knows is refused at the door.
        status_of = upload(name, data).status
        check(f"upload of {name}", status_of == (415 if name in ("evil.svg", "evil.mht", "evil.js") else 202), status_of)
    now = settled()
    check("they are read in", now["last"]["error"] is None, str(now["last"]["failures"])[:200])
    for name in names():
        if name.startswith("uploads/"):
            answer = call("GET", "/api/original?name=" + quoted(name))
            kind, how, policy = (answer.headers.get(key, "") for key in ("content-type", "content-disposition", "content-security-policy"))
            safe = kind in ("application/octet-stream", "application/pdf", "text/plain; charset=utf-8") and answer.headers.get("x-content-type-options") == "nosniff"
            safe = safe and (kind == "application/pdf" or "sandbox" in policy) and (kind != "application/octet-stream" or how.startswith("attachment"))
            check(f"original of {name}", answer.status == 200 and safe, f"{answer.status} {kind}; {how}; {policy}")
            page = call("GET", "/document?name=" + quoted(name)).text
            check("  its page holds no mark-up of it", "<script>" not in page and "<svg" not in page and "onload='" not in page)


def file_names():
    bad = ["", " ", ".", "..", "../x.txt", "..\\x.txt", "a/b.txt", "/etc/cron.d/x", "a\\b.txt", ".hidden", ".tandem", "a\0b.txt", "a\r\nSet-Cookie: x=1.txt", "a\tb.txt", "a\x7fb.txt", "a\u0085b.txt", "a\u202etxt.exe", "x" * 300, "ü" * 150]
    for name in bad:
        refuses(f"name {name[:30]!r}", upload(name, "The bell rings at noon.").status, 400)
    refuses("no name", call("PUT", "/api/files", b"a").status, 400)
    refuses("two names", call("PUT", "/api/files?name=a.txt&name=../b.txt", b"a").status, 400)
    refuses("a name that is no text", get("/api/files?name=%ff%fe.txt", "Content-Length: 1", method="PUT", body=b"a"), 202, 400)
    good = {"%2e%2e%2fevil.txt": "twice", "..%2fevil2.txt": "coded", "\"><img src=x onerror=alert(1)>.txt": "mark-up", "a'; DROP TABLE documents; --.txt": "SQL", "x\";filename=\"evil.html.txt": "header", "con.txt": "con", "$(touch evil).txt": "shell", "-rf.txt": "option", "*.txt": "star", "🚢 ü \u0301.txt": "unicode", "tandem.toml": "settings", "current": "state", "a&b=c#d?e.txt": "address", "x" * 196 + ".txt": "long"}
    for name, what in good.items():
        # A hidden one is refused, whatever it would lead to.
        answer = upload(name, f"The {what} bell rings at noon. It was cast by the founder {what.title()} Berg.")
        check(f"name {name[:34]!r}", answer.status == (400 if name.startswith(".") else 415 if name in ("tandem.toml", "current") else 202), answer.status)
    now = settled()
    check("they are read in", now["last"]["error"] is None, str(now["last"]["error"]))
    here = sorted(entry.name for entry in UPLOADS.iterdir())
    astray = [path for path in [pathlib.Path(LIBRARY).parent / "evil.txt", pathlib.Path(LIBRARY) / "evil.txt", pathlib.Path(LIBRARY).parent / "x.txt", pathlib.Path("evil")] if path.exists()]
    check("nothing lies elsewhere", not astray, astray or f"{len(here)} in uploads")
    rows = call("GET", "/documents").text
    check("names are words in the list", "<img" not in rows and "&lt;img src=x" in rows)
    for name in names(all=True):
        if name.startswith("uploads/"):
            answer = call("GET", "/api/original?name=" + quoted(name))
            page = call("GET", "/document?name=" + quoted(name))
            good = answer.status == 200 and "set-cookie" not in answer.headers and "\n" not in answer.headers["content-disposition"]
            check(f"original of {name[:44]!r}", good or answer.status == page.status == 404, f"{answer.status} {answer.headers.get('content-disposition', '')[:80]}, its page {page.status}")
    for name in [name for name in names(all=True) if name.startswith("uploads/")]:
        remove(name)
    settled()
    still = sorted(entry.name for entry in UPLOADS.iterdir())
    check("all of them can be removed", not still, still)


def archives():
    """Files that are more than they seem."""
    out = {}
    def packed(name, *members):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, text in members:
                archive.writestr(member, text)
        out[name] = data.getvalue()
    packed("slip.zip", ("../../../slipped.txt", "The pilot is Una Dal."), ("/tmp/slipped-abs.txt", "The pilot is Una Dal."), ("..\\slipped.txt", "The pilot is Una Dal."))
    with zipfile.ZipFile(data := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros.txt", "w", force_zip64=True) as member:
        for _ in range(1024):
            member.write(bytes(1 << 20))
    out["bomb.zip"] = data.getvalue()
    with tarfile.open(fileobj=(data := io.BytesIO()), mode="w:gz") as archive:
        for kind, name, target in [(tarfile.SYMTYPE, "link.txt", "/etc/passwd"), (tarfile.LNKTYPE, "hard.txt", "/etc/passwd"), (tarfile.CHRTYPE, "device.txt", ""), (tarfile.FIFOTYPE, "fifo.txt", "")]:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    out["links.tar.gz"] = data.getvalue()
    paper = docx.Document()
    paper.add_paragraph("PLACE")
    paper.save(data := io.BytesIO())
    with zipfile.ZipFile(data) as clean:
        parts = {name: clean.read(name) for name in clean.namelist()}
    xml = parts["word/document.xml"].decode()
    declared = lambda entities: xml.replace("?>", "?><!DOCTYPE w [" + entities + "]>", 1)
    parts["word/document.xml"] = declared('<!ENTITY x SYSTEM "file:///etc/passwd">').replace("PLACE", "The users are &x; here.")
    packed("xxe.docx", *parts.items())
    laughs = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    parts["word/document.xml"] = declared(laughs).replace("PLACE", "&a9;")
    packed("laughs.docx", *parts.items())
    out["deep.html"] = b"<div>" * 200_000 + b"The diver is Ida Lund."
    out["deep.md"] = b"> " * 50_000 + b"The diver is Ida Lund."
    out["deep.json"] = b"[" * 100_000
    out["cut.pdf"] = b"%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 1 0 R >> endobj\ntrailer << /Root 1 0 R >>"
    out["not.jsonl"] = b'{"path": "/etc/passwd"}\n{"source": "../../etc/passwd", "text": 1}\n'
    out["empty.txt"] = b""
    before, began = memory(), time.time()
    for name, data in out.items():
        status_of = upload(name, data).status
        check(f"upload of {name}", status_of == (415 if name in ("deep.json", "not.jsonl") else 202), f"{len(data)} bytes: {status_of}")
    most = [before]
    while call("GET", "/api/changes").json()["running"] and time.time() - began < 300:
        most.append(memory())
        time.sleep(0.5)
    now = settled()
    check("they are dealt with", now["last"]["error"] is None and time.time() - began < 120, f"{time.time() - began:.0f} s, {before:.0f} MB before, {max(most):.0f} MB most, {str(now['last']['failures'])[:700]}")
    check("memory stays within 1 GB of before", max(most) < before + 1024)
    words = "".join(call("GET", "/api/document?name=" + quoted(name)).text for name in names() if name.startswith("uploads/"))
    check("no file of the machine is read", SECRET not in words and "nologin" not in words)
    astray = [str(path) for path in [pathlib.Path("/tmp/slipped-abs.txt"), pathlib.Path(LIBRARY).parent / "slipped.txt", pathlib.Path(LIBRARY) / "slipped.txt", UPLOADS / "slipped.txt", pathlib.Path("slipped.txt")] if path.exists()]
    check("nothing is unpacked elsewhere", not astray, astray or "")
    figure("documents of uploads", [name for name in names(all=True) if name.startswith("uploads/")])
    for name in out:
        if (UPLOADS / name).exists():
            refuses(f"removal of {name}", remove("uploads/" + name).status, 202)
    settled()
    still = sorted(entry.name for entry in UPLOADS.iterdir())
    check("all of them can be removed", not still, still)


def uploads():
    more = bytes(LARGEST + 1)
    try:
        large = upload("large.bin", more).status
    except BrokenPipeError:  # refused by its length alone, before it has come
        large = 413
    refuses("a file larger than allowed", large, 413)
    refuses("a claim larger than allowed", get("/api/files?name=large.txt", f"Content-Length: {LARGEST * 1000}", method="PUT", body=b"a" * 1000, timeout=3), 400, 413)
    check("they leave nothing", not left_behind() and not (UPLOADS / "large.bin").exists(), left_behind() or "")
    for size in [0, 10, 100_000]:
        raw(f"PUT /api/files?name=broken.txt HTTP/1.1\r\nHost: {HERE.netloc}\r\nContent-Length: 1000000\r\n\r\n".encode() + b"a" * size, timeout=2, close=True)
    raw(f"PUT /api/files?name=broken.txt HTTP/1.1\r\nHost: {HERE.netloc}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n".encode(), timeout=2, close=True)
    with connect() as line:  # reset, not closed
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        line.sendall(f"PUT /api/files?name=broken.txt HTTP/1.1\r\nHost: {HERE.netloc}\r\nContent-Length: 1000000\r\n\r\naaa".encode())
        time.sleep(0.3)
    time.sleep(0.5)
    check("uploads broken off leave nothing", not left_behind() and not (UPLOADS / "broken.txt").exists(), left_behind() or "")
    # The first begins, the second overtakes it.
    first, second = b"The sailmaker is Anna One.\n" * 4000, b"The sailmaker is Berta Two.\n" * 4000
    with connect() as line:
        line.sendall(f"PUT /api/files?name=same.txt HTTP/1.1\r\nHost: {HERE.netloc}\r\nContent-Length: {len(first)}\r\nConnection: close\r\n\r\n".encode() + first[:1000])
        check("the same name twice: the second is taken", upload("same.txt", second).status == 202)
        line.sendall(first[1000:])
        check("the same name twice: the first too", status(line.recv(1000)) == 202)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: upload("same.txt", [first, second][n % 2]).status, range(24)))
    check("24 of one name at once", set(taken) == {202}, set(taken))
    settled()
    kept = call("GET", "/api/original?name=uploads/same.txt").body
    check("one of them is kept, whole", kept in (first, second), len(kept))
    remove("uploads/same.txt")
    settled()


def meanwhile():
    """Changes while others ask."""
    upload("rigger.txt", "The rigger of the yard is Magnus Foss.\n")
    settled()
    stop, seen = threading.Event(), []
    def asking():
        while not stop.is_set():
            for path in ["/?q=Who+is+the+rigger+of+the+yard%3F&part=true", "/document?name=uploads/rigger.txt", "/api/original?name=uploads/rigger.txt", "/documents"]:
                seen.append((call("GET", path).status, path[:14]))
    threads = [threading.Thread(target=asking) for _ in range(4)]
    [thread.start() for thread in threads]
    for _ in range(4):
        remove("uploads/rigger.txt")
        settled()
        upload("rigger.txt", "The rigger of the yard is Magnus Foss.\n")
        settled()
    stop.set()
    [thread.join() for thread in threads]
    wrong = [one for one in seen if one[0] not in (200, 404, 429)]
    check("removal during questions", not wrong and len(seen) > 20, wrong[:4] or f"{len(seen)} answers, {sum(got == 404 for got, _ in seen)} of 404")
    statuses = [remove("uploads/rigger.txt").status for _ in range(5)]
    now = settled()
    check("one document removed five times", set(statuses) <= {202, 404} and "uploads/rigger.txt" not in names(), f"{statuses} {now['last']}")

    made = call("POST", "/api/report", {"title": "Gone", "questions": [f"Who signed the lease of {n}?" for n in range(100)]}).json()["id"]
    time.sleep(1.5)
    check("a report is removed while it is made", call("DELETE", f"/api/report/{made}").status == 204 and call("GET", f"/api/report/{made}").status == 404)
    check("it is removed once", call("DELETE", f"/api/report/{made}").status == 404)
    next_one = call("POST", "/api/report", {"title": "Next", "questions": ["Who signed the lease?"]}).json()["id"]
    end = time.time() + 60
    while call("GET", f"/api/report/{next_one}").json()["stage"] != "done" and time.time() < end:
        time.sleep(0.2)
    check("the next one is made", call("GET", f"/api/report/{next_one}").json()["stage"] == "done")
    check("nothing of it is left", not pathlib.Path(LIBRARY, ".tandem/reports", made).exists())
    call("DELETE", f"/api/report/{next_one}")
    for row in call("GET", "/api/report").json():
        call("DELETE", "/api/report/" + row["id"])
    many = [call("POST", "/api/report", {"title": f"R{n}", "questions": ["Who signed the lease?"] * 50}) for n in range(20)]
    statuses = [answer.status for answer in many]
    check("reports wait in a line that ends", set(statuses) == {202, 429}, statuses)
    began = time.time()
    asked = call("POST", "/api/ask", ASK, {"Content-Type": "application/json"})
    check("a question comes between them", asked.status == 200, f"{time.time() - began:.1f} s")
    for answer in many:
        if answer.status == 202:
            call("DELETE", "/api/report/" + answer.json()["id"])
    check("all are removed", not call("GET", "/api/report").json(), [row["title"] for row in call("GET", "/api/report").json()][:3] or "")

    for _ in range(60):  # ask and go
        with connect() as line:
            line.sendall(f"POST /api/ask HTTP/1.1\r\nHost: {HERE.netloc}\r\nContent-Type: application/json\r\nContent-Length: {len(ASK)}\r\n\r\n".encode() + ASK)
    began = time.time()
    while (got := call("POST", "/api/ask", ASK, {"Content-Type": "application/json"}).status) == 429 and time.time() - began < 60:
        time.sleep(0.5)
    check("60 who ask and go: others are answered", got == 200, f"after {time.time() - began:.1f} s")


def tokens():
    at = lambda *headers, path="/api/documents", **more: status(get(path, *headers, where=OTHER, host=OTHER.netloc, **more))
    check("token: the right one", at(f"Authorization: Bearer {TOKEN}") == 200)
    for header in ["X: 1", "Authorization: Bearer", "Authorization: Bearer ", f"Authorization: Basic {TOKEN}", f"Authorization: Bearer {TOKEN}x", f"Authorization: Bearer {TOKEN[:-1]}", f"Authorization: Bearer {TOKEN.upper()}", "Authorization: Bearer " + "0" * 5000, f"Cookie: tandem_token={TOKEN}", "Cookie: tandem_token=", "Cookie: tandem_token=" + "0" * 64, "Cookie: tandem_token=" + "z" * 64, "Cookie: " + "; ".join(["tandem_token=" + "f" * 64] * 50), "Cookie: tandem_token=\"\"", "X-Forwarded-For: 127.0.0.1", "X-Original-URL: /health"]:
        refuses(f"token: {header[:60]}", at(header), 401)
    for path in ["/api/ask", "/v1/models", "/mcp", "/static/../api/documents", "/static/%2e%2e/api/documents", "/health/../api/documents", "/health/", "/login/", "//api/documents", "/api/documents?token=" + TOKEN, "/STATIC/x", "/static/..;/api/documents", "/static//../documents"]:
        got = get(path, where=OTHER, host=OTHER.netloc)
        check(f"token: {path}", status(got) in (401, 404) and b'"documents"' not in got, status(got))
    check("token: none is told", TOKEN.encode() not in get("/", where=OTHER, host=OTHER.netloc) + get("/api", f"Authorization: Bearer {TOKEN}", where=OTHER, host=OTHER.netloc))
    form = f"token={TOKEN}".encode()
    entered = get("/login", "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}", method="POST", where=OTHER, host=OTHER.netloc, body=form)
    cookie = [line for line in head_of(entered).splitlines() if line.startswith("set-cookie")]
    check("token: the cookie", len(cookie) == 1 and "httponly" in cookie[0] and "samesite=strict" in cookie[0] and TOKEN not in cookie[0], cookie)
    with_it = ["Authorization: Bearer " + TOKEN]
    for method, path, body in [("PUT", "/api/files?name=a.txt", b"a"), ("DELETE", "/api/documents?name=docs/handbook.md", b""), ("POST", "/api/changes", b"")]:
        refuses(f"read-only: {method} {path}", at(*with_it, f"Content-Length: {len(body)}", path=path, method=method, body=body), 403)
    # A report changes no document.
    body = json.dumps({"title": "Kept", "questions": ["Who signed the lease?"]}).encode()
    made = get("/api/report", *with_it, "Content-Type: application/json", f"Content-Length: {len(body)}", method="POST", where=OTHER, host=OTHER.netloc, body=body)
    check("read-only: a report can be made", status(made) == 202, status(made))
    refuses("read-only: it cannot be removed", at(*with_it, path="/api/report/" + json.loads(made.split(b"\r\n\r\n", 1)[1])["id"], method="DELETE"), 403)


def crowd():
    """More connections than there are places."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    lines = []
    for _ in range(1100):
        try:
            lines.append(connect(timeout=5))
        except OSError:
            break
    began = time.time()
    try:
        got = call("GET", "/health", timeout=60).status
    except OSError as error:
        got = str(error)
    check(f"{len(lines)} idle connections: a request is answered", got == 200, f"{got} after {time.time() - began:.1f} s")
    [line.close() for line in lines]
    time.sleep(1)
    began = time.time()
    check("and at once when they are gone", call("GET", "/health").status == 200 and time.time() - began < 2, f"{time.time() - began:.1f} s")
    # Answers that nobody reads.
    lines = []
    for _ in range(50):
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect((HERE.hostname, HERE.port))
        line.sendall(f"GET /documents HTTP/1.1\r\nHost: {HERE.netloc}\r\n\r\n".encode() * 100)
        lines.append(line)
    check("50 who do not read: others are answered", call("GET", "/documents").status in (200, 429))
    [line.close() for line in lines]


def text_elsewhere():
    """Words of documents in what is shown by others."""
    said = call("POST", "/v1/chat/completions", {"model": "tandem", "messages": [{"role": "user", "content": "Who is the lighthouse keeper of Ryvingen?"}]}).json()["choices"][0]["message"]["content"]
    # Sources are links to this server, and to nothing else.
    links = re.findall(r"(?<!\\)\]\(([^)]*)\)", said)
    check("chat: no mark-up of a document or a name", not re.search(r"(?<!\\)<(img|script)", said) and all(link.startswith(URL + "/document?") for link in links), said.replace("\n", " | "))
    made = call("POST", "/api/report", {"title": "<script>x</script>\r\nSet-Cookie: a=b", "questions": ["Who is the lighthouse keeper of Ryvingen?", "How high is the lamp of the <img src=x onerror=alert(1)> lighthouse?"]}).json()["id"]
    while call("GET", f"/api/report/{made}").json()["stage"] != "done":
        time.sleep(0.2)
    for file in call("GET", f"/api/report/{made}").json()["files"]:
        answer = call("GET", f"/api/report/{made}/{file}")
        words = answer.text if file.endswith((".html", ".md")) else ""
        check(f"report: {file} is saved, and its words are words", answer.headers["content-disposition"].startswith("attachment") and "set-cookie" not in answer.headers and not re.search(r"(?<!\\)<(img src|script>x)", words), answer.headers["content-disposition"])
    call("DELETE", f"/api/report/{made}")


PARTS = [hosts, foreigners, told_to_browsers, bodies, paths, shapes, tokens, text_elsewhere, uploads, originals, file_names, archives, meanwhile, slow, crowd]
before, wanted = memory(), sys.argv[1:]
for part in PARTS:
    if not wanted or part.__name__ in wanted:
        print(f"-- {part.__name__} ({memory():.0f} MB)", flush=True)
        try:
            part()
        except Exception as error:
            check(f"{part.__name__} came to its end", False, f"{type(error).__name__}: {error} (line {error.__traceback__.tb_next and error.__traceback__.tb_next.tb_lineno})")
check("in the end a question is answered", "Roald" in call("POST", "/api/ask", ASK, {"Content-Type": "application/json"}).text)
check("nothing is left behind", not left_behind(), left_behind() or "")
figure("memory", f"{before:.0f} MB before, {memory():.0f} MB after")
done()

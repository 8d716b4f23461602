"""What all checks share: where the servers are, plain HTTP, and how a check is told."""

import http.client, json, os, sys, time, urllib.parse

URL = os.environ.get("TANDEM_URL", "http://127.0.0.1:8080")  # everything is allowed
TOKEN_URL = os.environ.get("TANDEM_TOKEN_URL", "")  # with a token, read-only, --host-name docs.example
TOKEN = "0123456789abcdef-token"
LIBRARY = os.environ.get("TANDEM_LIBRARY", "")
TANDEM = os.environ.get("TANDEM", "tandem")
PID = int(os.environ.get("TANDEM_PID", "0"))
failed = 0


def check(name, good, detail=""):
    """Tells one check, and counts it where it failed."""
    global failed
    failed += not good
    print(f"{'ok  ' if good else 'FAIL'} {name}" + (f": {detail}" if detail else ""), flush=True)
    return bool(good)


def figure(name, value):
    print(f"     {name}: {value}", flush=True)


def done():
    print(f"{sys.argv[0].rsplit('/', 1)[-1]}: {failed} failed", flush=True)
    sys.exit(failed > 0)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)


def call(method, path, body=None, headers=None, url=URL, timeout=120):
    """One request on a connection of its own."""
    where = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=timeout)
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
        headers.setdefault("Content-Type", "application/json")
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def quoted(name):
    return urllib.parse.quote(name, safe="")


def settled(timeout=180):
    """Waits until nothing is read in any more."""
    end = time.time() + timeout
    while time.time() < end:
        now = call("GET", "/api/changes").json()
        if not now["running"]:
            return now
        time.sleep(0.3)
    raise TimeoutError("/api/changes is still running")


def upload(name, data):
    return call("PUT", "/api/files?name=" + quoted(name), data if isinstance(data, bytes) else data.encode())


def remove(name):
    return call("DELETE", "/api/documents?name=" + quoted(name))


def names(all=False):
    return [row["name"] for row in call("GET", "/api/documents" + ("?all=true" if all else "")).json()["documents"]]


def memory(pid=None):
    """Resident megabytes of the server."""
    for line in open(f"/proc/{pid or PID}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024

"""MCP's official client for Python, over HTTP and over standard input and output."""

import asyncio, json, subprocess, time

import httpx2
import mcp
from mcp.client.streamable_http import streamable_http_client

from common import LIBRARY, TANDEM, TOKEN, TOKEN_URL, URL, call, check, done, figure

TOOLS = {"search", "ask", "get_document", "list_documents", "report"}


def words(result):
    return "\n".join(part.text for part in result.content if part.type == "text")


async def walk(way, session):
    started = await session.initialize()
    check(f"{way}: initialize", started.server_info.name == "tandem" and "data" in (started.instructions or ""), started.protocol_version)
    tools = (await session.list_tools()).tools
    check(f"{way}: tools", {tool.name for tool in tools} == TOOLS, sorted(tool.name for tool in tools))
    for tool in tools:
        hints = tool.annotations
        check(f"{way}: {tool.name} says that it only reads", hints.read_only_hint is True and hints.open_world_hint is False and bool(tool.description), hints)

    async def tool(tool_name, **arguments):
        return await session.call_tool(tool_name, arguments)

    listed = await tool("list_documents")
    every = listed.structured_content["documents"]
    check(f"{way}: list_documents", not listed.is_error and any(name.endswith("lease.pdf") for name in every), len(every))
    found = await tool("list_documents", find="BOATS kattegat")
    check(f"{way}: list_documents by words", len(found.structured_content["documents"]) == 1, words(found))
    name = next(name for name in every if name.endswith("handbook.md"))
    read = await tool("get_document", name=name)
    check(f"{way}: get_document", not read.is_error and "26 days" in words(read), words(read)[:60])
    hits = await tool("search", query="mooring lines", k=3)
    check(f"{way}: search", not hits.is_error and "Lindqvist" in words(hits) and len(hits.structured_content["hits"]) <= 3)
    answer = await tool("ask", question="Who signed the lease?")
    check(f"{way}: ask", not answer.is_error and "Roald Eikeland" in words(answer) and answer.structured_content["status"] == "answered", words(answer).replace("\n", " | "))
    report = await tool("report", title="Two", questions=["Who signed the lease?", "Who is the captain of the Kattegat?"])
    check(f"{way}: report", not report.is_error and "Oskar Dahl" in words(report) and len(report.structured_content["parts"]) == 2)

    for what, wrong in [("ask, empty question", dict(question="")), ("ask, precision 7", dict(question="Who signed the lease?", precision=7.0))]:
        said = await tool("ask", **wrong)
        check(f"{way}: {what}: an error of the tool", said.is_error, words(said))
    for what, act in [
        ("get_document, unknown name", lambda: tool("get_document", name="../../etc/passwd")),
        ("search, k 0", lambda: tool("search", query="tug", k=0)),
        ("report without questions", lambda: tool("report", title="None", questions=[])),
    ]:
        said = await act()
        check(f"{way}: {what}: an error of the tool", said.is_error, words(said))
    for what, act in [("unknown tool", lambda: tool("remove_everything")), ("wrong arguments", lambda: tool("ask", questions=3))]:
        try:
            said = await act()
            check(f"{way}: {what} is refused", said.is_error, words(said))
        except mcp.MCPError as error:
            check(f"{way}: {what} is refused", True, error)
    check(f"{way}: goes on after errors", "Roald" in words(await tool("ask", question="Who signed the lease?")))
    links = [line for line in words(answer).splitlines() if "http" in line]
    figure(f"{way}: sources as the assistant sees them", words(answer).split("Sources:")[-1].strip() + f" ({len(links)} links)")


async def over_http(url, **headers):
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http, streamable_http_client(url + "/mcp", http_client=http) as streams:
        async with mcp.ClientSession(streams[0], streams[1]) as session:
            await walk("HTTP", session)


async def over_stdio():
    command = mcp.StdioServerParameters(command=TANDEM, args=["mcp", "--library", LIBRARY])
    async with mcp.stdio_client(command) as streams, mcp.ClientSession(streams[0], streams[1]) as session:
        await walk("stdio", session)


def leave():
    """An assistant closes our input when it is done: no fault."""
    process = subprocess.Popen([TANDEM, "mcp", "--library", LIBRARY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "checks", "version": "1"}}
    for message in [
        {"id": 1, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": "Who signed the lease?"}}},
    ]:
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    process.stdin.flush()
    lines = [json.loads(process.stdout.readline()) for _ in range(2)]
    check("stdio: only JSON-RPC on standard output", [line["id"] for line in lines] == [1, 2])
    began = time.time()
    rest, told = process.communicate(timeout=60)
    check("stdio: ends well when its input ends", process.returncode == 0 and not rest, f"status {process.returncode} after {time.time() - began:.1f} s {told.strip()[:300]}")


leave()
asyncio.run(over_http(URL))
asyncio.run(over_stdio())
asyncio.run(over_http(TOKEN_URL, Authorization=f"Bearer {TOKEN}"))
initialize = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
accept = {"Accept": "application/json, text/event-stream"}
check("HTTP: without the token", call("POST", "/mcp", initialize, accept, TOKEN_URL).status == 401)
for what, body in [("no JSON", b"{"), ("no method", b'{"jsonrpc":"2.0","id":1}'), ("an array", b"[]"), ("nothing", b"")]:
    status = call("POST", "/mcp", body, {**accept, "Content-Type": "application/json"}).status
    check(f"HTTP: {what} is refused", 400 <= status < 500, status)
check("HTTP: GET and DELETE without a session", {call(m, "/mcp", None, accept).status for m in ("GET", "DELETE")} <= {400, 404, 405})
done()

"""200 people who ask one question after the other for two minutes, each question another one: python load.py [SECONDS [PEOPLE]]"""

import asyncio, collections, itertools, sys, time

import httpx

from common import URL, check, done, figure, memory

SECONDS, PEOPLE = [int(given) for given in sys.argv[1:]] + [120, 200][len(sys.argv) - 1:]
WHAT = ["captain of the Kattegat", "vacation of new hires", "lease of the quay", "claims officer", "fire drill", "parking permit", "radio channel", "hybrid tug"]
statuses, answered, slow, errors, resident = collections.Counter(), [], [], collections.Counter(), []
number = itertools.count()


async def person(http, end):
    while time.time() < end:
        at = next(number)
        began = time.perf_counter()
        try:
            response = await http.post("/api/ask", json={"question": f"What is known of the {WHAT[at % len(WHAT)]} in matter {at}?"})
        except httpx.HTTPError as error:
            errors[type(error).__name__] += 1
            continue
        took = time.perf_counter() - began
        statuses[response.status_code] += 1
        if response.status_code == 200:
            answered.append(took)
            assert response.json()["question"].endswith(f"matter {at}?"), "an answer to another question"
        elif response.status_code == 429:
            slow.append(took)
            assert response.headers["retry-after"].isdigit()
            # Less patient than it is told to be.
            await asyncio.sleep(1)


async def watch(http, end):
    """Memory, and whether the rest of the server answers meanwhile."""
    while time.time() < end:
        began = time.perf_counter()
        health = (await http.get("/health")).status_code
        first = (time.perf_counter() - began) * 1000
        listed = (await http.get("/documents")).status_code
        resident.append(memory())
        figure(f"{SECONDS - end + time.time():5.0f} s", f"{resident[-1]:.0f} MB, {len(answered)} answered, {statuses[429]} of 429, /health {health} in {first:.0f} ms, /documents {listed}")
        await asyncio.sleep(5)


def at(share):
    return sorted(answered)[min(len(answered) - 1, int(share * len(answered)))]


async def main():
    before, end = memory(), time.time() + SECONDS
    limits = httpx.Limits(max_connections=PEOPLE + 10, max_keepalive_connections=PEOPLE + 10)
    async with httpx.AsyncClient(base_url=URL, timeout=90, limits=limits) as http, httpx.AsyncClient(base_url=URL, timeout=30) as other:
        await asyncio.gather(watch(other, end), *(person(http, end) for _ in range(PEOPLE)))
        last = await http.post("/api/ask", json={"question": "Who signed the lease?"})
    figure("statuses", dict(statuses))
    check("no error but 429", not errors and set(statuses) <= {200, 429}, dict(errors) or "")
    check("answered at all", len(answered) > 0, f"{len(answered)} in {SECONDS} s, {len(answered) / SECONDS:.2f} a second")
    if answered:
        figure("answered: p50, p99, slowest", f"{at(0.5):.2f} s, {at(0.99):.2f} s, {max(answered):.2f} s")
    if slow:
        figure("429: p50, slowest", f"{sorted(slow)[len(slow) // 2] * 1000:.0f} ms, {max(slow) * 1000:.0f} ms")
    half = resident[len(resident) // 3:]
    figure("memory", f"{before:.0f} MB before, {resident[0]:.0f} first, {max(resident):.0f} most, {memory():.0f} after")
    check("memory is flat after the first third", max(half) - min(half) < 0.1 * max(half), f"{min(half):.0f} to {max(half):.0f} MB")
    check("asked once more: answered", last.status_code == 200)


asyncio.run(main())
done()

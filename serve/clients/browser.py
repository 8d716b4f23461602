"""A person with a browser: Debian's Chromium, driven by Playwright. Leaves screenshots in $TANDEM_SHOTS."""

import os, pathlib, re, tempfile

from playwright.sync_api import TimeoutError as Late
from playwright.sync_api import expect, sync_playwright

from common import TOKEN, TOKEN_URL, URL, check, done, figure

SHOTS = pathlib.Path(os.environ.get("TANDEM_SHOTS", "shots"))
AXE = pathlib.Path(os.environ.get("TANDEM_CLIENTS", "/tmp/tandem-clients")) / "node_modules/axe-core/axe.min.js"
KEEPER = "Who is the lighthouse keeper of Ryvingen?"
LEASE = "Who signed the lease?"
NOWHERE = "Where is the moon base of the company?"
ADDED, ASK_ADDED = "weather.txt", "Who reads the weather station on Utsira?"
FACT = "The weather station on Utsira is read by Ragnhild Vik.\n"
abroad, broken, statuses = [], [], []


def watched(context):
    """A page whose requests, errors and dialogues are noted."""
    page = context.new_page()
    page.set_default_timeout(20_000)
    origin = (URL, TOKEN_URL, "data:", "about:", "blob:")
    page.on("request", lambda request: request.url.startswith(origin) or abroad.append(request.url))
    page.on("response", lambda response: statuses.append((response.status, response.url)) if response.status >= 500 else None)
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda line: broken.append(line.text) if line.type == "error" else None)
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def on_screen(page, selector):
    box, view = page.locator(selector).bounding_box(), page.viewport_size
    return bool(box) and box["y"] >= 0 and box["y"] + box["height"] <= view["height"] and box["x"] >= 0 and box["x"] + box["width"] <= view["width"]


def ask(page, question):
    page.goto(URL + "/")
    page.fill("#q", question)
    page.click("#ask button")
    expect(page.locator("#answers .card h3")).to_have_text(question)
    return page.locator("#answers .card")


def shoot(page, name):
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def accessible(page, name):
    check(f"{name}: one h1", page.locator("h1").count() == 1, page.locator("h1").count())
    bare = page.evaluate("""() => [...document.querySelectorAll('input:not([type=hidden]), textarea, select')]
        .filter((field) => ![...field.labels].some((label) => label.textContent.trim()) && !field.ariaLabel).map((field) => field.outerHTML)""")
    check(f"{name}: every field has a label", not bare, bare or "")
    # The page's policy lets no script in but its own; the driver's evaluation is outside of it.
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    told = [f"{v['id']} ({v['impact']}): {v['nodes'][0]['html'][:120]} {v['nodes'][0]['failureSummary'][:160]}" for v in found]
    check(f"{name}: axe: nothing serious", not [v for v in found if v["impact"] in ("serious", "critical")], "; ".join(told).replace("\n", " "))
    wide, over = page.viewport_size["width"], page.evaluate("document.documentElement.scrollWidth")
    check(f"{name}: nothing sticks out", over <= wide, f"{over} px at {wide}")


def walk(page):
    """Ask, click the citation, see the passage; add a file, ask about it, remove it, ask again."""
    card = ask(page, LEASE)
    check("ask: answered", "Roald Eikeland" in card.inner_text(), card.inner_text().replace("\n", " | "))
    card.locator(".cite a").first.click()
    page.wait_for_url("**/document?**")
    mark = page.locator("mark#passage")
    check("citation: the passage is marked", "Roald Eikeland" in mark.inner_text(), mark.inner_text())
    check("citation: it is on the screen", on_screen(page, "mark#passage"))
    page.go_back()
    expect(page.locator("#answers .card")).to_contain_text("Roald Eikeland")
    check("back: the answer is there again", page.input_value("#q") == LEASE)

    card = ask(page, ASK_ADDED)
    check("before the file: not found", "Ragnhild" not in card.inner_text(), card.inner_text().replace("\n", " | "))
    ask(page, NOWHERE)
    check("not found: the line above does not say that it was answered", "Answered" not in page.locator("#state").inner_text(), page.locator("#state").inner_text() + " " + page.locator(".chip").first.inner_text())
    check("not found: the closest passages are shown", "Closest" in page.locator(".card").inner_text())
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / ADDED
        path.write_text(FACT)
        page.goto(URL + "/documents")
        page.set_input_files("#files", path)
        expect(page.locator("#changes")).to_contain_text("Done: 1 new", timeout=60_000)
    check("add: the list shows it", page.locator(f"td.doc:has-text('uploads/{ADDED}')").count() == 1, page.locator("#changes").inner_text())
    card = ask(page, ASK_ADDED)
    check("after the file: found", "Ragnhild Vik" in card.inner_text(), card.inner_text().replace("\n", " | "))
    page.goto(URL + "/documents?find=weather")
    page.click(f"[data-remove='uploads/{ADDED}']")
    try:
        expect(page.locator("#changes")).to_contain_text("1 gone", timeout=60_000)
    except AssertionError:
        pass
    check("remove: told", "1 gone" in page.locator("#changes").inner_text(), page.locator("#changes").inner_text())
    expect(page.locator("#list")).not_to_contain_text(ADDED)
    card = ask(page, ASK_ADDED)
    check("after the removal: not found", "Ragnhild" not in card.inner_text(), card.inner_text().replace("\n", " | "))
    page.goto(f"{URL}/document?name=uploads/{ADDED}")
    check("after the removal: its page is 404", "Not Found" in page.locator("h1").inner_text())


def refused_files(page):
    """What cannot be taken is told in words."""
    with tempfile.TemporaryDirectory() as folder:
        large, strange = pathlib.Path(folder, "large.txt"), pathlib.Path(folder, "drawing.dwg")
        large.write_bytes(b"The sea is wide. " * 1_500_000)  # 25 MB, where run.sh allows 8
        strange.write_bytes(b"AC1032" + bytes(2000))
        page.goto(URL + "/documents")
        page.set_input_files("#files", large)
        expect(page.locator("#uploads")).to_contain_text(re.compile("larger|broken|refused"))
        said = page.locator("#uploads").inner_text()
        check("add: too large a file is told so", "larger than 8 MB" in said, said)
        page.goto(URL + "/documents")
        page.set_input_files("#files", strange)
        expect(page.locator("#uploads")).to_contain_text(re.compile("reader|sent"))
        said = page.locator("#uploads").inner_text()
        check("add: a kind that nobody reads is refused in words", "no reader knows" in said, said)
        page.goto(URL + "/documents?find=drawing&all=true")
        check("add: what is refused is not there", "drawing.dwg" not in page.locator("#list").inner_text(), page.locator("#list").inner_text())


def keyboard(page):
    """From the question to the marked passage without a mouse."""
    page.goto(URL + "/")
    check("keyboard: the question has the focus", page.evaluate("document.activeElement.id") == "q")
    page.keyboard.type(KEEPER)
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_text("Answered.")
    steps = 0
    while not page.evaluate("document.activeElement.matches('.cite a')") and steps < 15:
        page.keyboard.press("Tab")
        steps += 1
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    check("keyboard: Tab reaches the citation, which shows it", steps < 15 and outline != "none", f"{steps} steps, outline {outline}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/document?**")
    page.wait_for_function("document.activeElement.id === 'passage'")
    check("keyboard: Enter leads to the passage, in view", on_screen(page, "mark#passage"), page.locator("mark").inner_text())
    page.goto(URL + "/")
    page.locator("body").press("Tab")
    page.goto(URL + "/documents")
    page.keyboard.press("Tab")
    check("keyboard: the first stop skips to the content", page.evaluate("document.activeElement.className") == "skip")
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "files":
            break
    check("keyboard: the choice of files is reached", page.evaluate("document.activeElement.id") == "files")


def memory_of_questions(page):
    """History: kept here, in order, and forgotten on request."""
    page.goto(URL + "/")
    page.click("#forget") if page.locator("#forget").is_visible() else None
    for question in [LEASE, KEEPER, LEASE]:
        ask(page, question)
    kept = page.locator("#history li").all_inner_texts()
    check("history: the newest first, each once", kept == [LEASE, KEEPER], kept)
    page.reload()
    page.locator("#history a", has_text=KEEPER).click()
    expect(page.locator("#answers .card")).to_contain_text("Astrid Falk")
    check("history: a click asks again", page.input_value("#q") == KEEPER)
    ask(page, LEASE)
    page.fill("#q", KEEPER)
    page.click("#ask button")
    expect(page.locator("#answers")).to_contain_text("Astrid Falk")
    page.go_back()
    expect(page.locator("#answers")).to_contain_text("Roald Eikeland")
    check("history: back leads to the question before", page.input_value("#q") == LEASE)
    page.click("#forget")
    check("history: forgotten", page.locator("#history").is_hidden())


def markup(page):
    """Words of documents and names are never mark-up."""
    ask(page, KEEPER)
    page.locator(".cite a").first.click()
    page.wait_for_url("**/document?**")
    check("mark-up: shown as words", page.locator("main img, main svg:not(.bar), main script").count() == 0 and "Astrid Falk" in page.locator("mark").inner_text())
    page.goto(URL + "/documents?all=true")
    check("mark-up: names are words", page.locator("#list img, #list svg, #list script").count() == 0 and "<img src=x" in page.locator("#list").inner_text())
    for path in ["/?q=%3Cscript%3Ewindow.broken%3D1%3C/script%3E+%22%3E%3Cimg+src%3Dx+onerror%3Dbroken%3D1%3E", "/documents?find=%22%3E%3Cimg+src%3Dx%3E", "/document?name=%3Cimg+src%3Dx%3E", "/%3Cscript%3E"]:
        page.goto(URL + path)
        check("mark-up: in an address", page.locator("main img, main script").count() == 0 and page.evaluate("window.broken") is None, path)
    check("mark-up: no link leads to a script", page.locator("a[href^='javascript']").count() == 0)


def brief(page):
    """A report of three questions fills in, and its files can be had."""
    page.goto(URL + "/reports")
    page.fill("#title", "Fleet & <b>quay</b>")
    page.fill("#questions", "\n".join([LEASE, KEEPER, NOWHERE]))
    page.click("form.sheet button")
    page.wait_for_url("**/reports/*")
    expect(page.locator("[data-stage=done]")).to_be_visible(timeout=60_000)
    check("report: three parts", page.locator(".card").count() == 3, page.locator("#brief").inner_text().replace("\n", " | ")[:300])
    kinds = page.locator("[data-stage=done] a").all_inner_texts()
    check("report: all five formats are there", len(kinds) == 5, kinds)
    for link in page.locator("[data-stage=done] a").all():
        with page.expect_download() as waiting:
            link.click()
        saved = pathlib.Path(waiting.value.path()).read_bytes()
        kind = link.inner_text()
        begins = {"HTML": b"<!DOCTYPE", "Markdown": b"#", "Word": b"PK", "JSON lines": b"{", "Parquet": b"PAR1"}[kind]
        check(f"report: {kind}", saved.lower().startswith(begins.lower()), f"{waiting.value.suggested_filename}, {len(saved)} bytes")
    return page.url


def without_scripts(browser):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1000, "height": 800})
    page = watched(context)
    page.goto(URL + "/")
    page.fill("#q", LEASE)
    page.click("#ask button")
    check("no scripts: answered", "Roald Eikeland" in page.locator(".card").inner_text() and page.input_value("#q") == LEASE)
    page.locator(".cite a").first.click()
    check("no scripts: the passage is shown, in view", "Roald" in page.locator("mark").inner_text() and on_screen(page, "mark"))
    page.goto(URL + "/documents")
    check("no scripts: the documents say how to add", "needs scripts" in page.locator("main").inner_text() and page.locator("#adding").is_hidden())
    page.goto(URL + "/reports")
    page.fill("#questions", LEASE + "\n" + KEEPER)
    page.click("form.sheet button")
    page.wait_for_timeout(5_000)
    try:
        expect(page.locator("[data-stage=done]")).to_be_visible(timeout=20_000)
        check("no scripts: a report is made and reloads by itself", page.locator(".card").count() == 2, page.locator("h1").inner_text())
    except AssertionError as error:
        check("no scripts: a report is made and reloads by itself", False, error)
    context.close()


def with_token(browser):
    context = browser.new_context()
    page = watched(context)
    page.goto(TOKEN_URL + "/documents")
    check("token: asked for", page.locator("#token").is_visible())
    accessible(page, "token")
    page.fill("#token", "not the token at all")
    page.click("main button")
    check("token: a wrong one is told", "not the token" in page.locator("main").inner_text())
    page.fill("#token", TOKEN)
    page.click("main button")
    check("token: lets in", page.locator("#q").is_visible())
    cookie = context.cookies()[0]
    check("token: the cookie is for this server and no script, and not the token", cookie["httpOnly"] and cookie["sameSite"] == "Strict" and TOKEN not in cookie["value"])
    page.goto(TOKEN_URL + "/documents")
    check("read-only: nothing to add or remove", page.locator("#adding, [data-remove]").count() == 0 and "read-only" in page.locator("footer.page").inner_text())
    context.close()


def looks(browser, report):
    """The same five views in both themes and on a telephone, tall page by tall page."""
    views = {
        "ask": lambda page: ask(page, KEEPER),
        "notfound": lambda page: ask(page, NOWHERE),
        "document": lambda page: (ask(page, LEASE), page.locator(".cite a").first.click(), page.wait_for_url("**/document?**")),
        "documents": lambda page: (page.goto(URL + "/documents"), page.wait_for_load_state("networkidle")),
        "reports": lambda page: page.goto(URL + "/reports"),
        "report": lambda page: page.goto(report),
        "api": lambda page: page.goto(URL + "/api"),
        "error": lambda page: page.goto(URL + "/document?name=nothing"),
    }
    for theme, scheme, width in [("light", "light", 1100), ("dark", "dark", 1100), ("phone", "light", 390), ("phone-dark", "dark", 390)]:
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 844}, device_scale_factor=1 if width > 400 else 2, is_mobile=width < 400)
        page = watched(context)
        for name, go in views.items():
            go(page)
            shoot(page, f"{name}-{theme}")
            accessible(page, f"{name}-{theme}")
        # A control that is cut off at the edge of a telephone is not found.
        page.goto(URL + "/documents")
        cut = page.evaluate("[...document.querySelectorAll('button, a')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > " + str(width) + " + 1).length")
        check(f"documents-{theme}: no control is cut off", cut == 0, f"{cut} of them")
        context.close()


def main():
    SHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        figure("browser", browser.version)
        context = browser.new_context(viewport={"width": 1000, "height": 800})
        page = watched(context)
        report = None
        for part in [walk, refused_files, keyboard, memory_of_questions, markup]:
            guarded(part.__name__, lambda: part(page))
        report = guarded("brief", lambda: brief(page)) or URL + "/reports"
        guarded("without_scripts", lambda: without_scripts(browser))
        guarded("with_token", lambda: with_token(browser))
        guarded("looks", lambda: looks(browser, report))
        browser.close()
    check("no request leaves the host", not abroad, abroad[:3] or "")
    check("no answer of 500", not statuses, statuses[:3] or "")
    # A refused page is told in the console as well.
    ours = [line for line in broken if not re.search(r"status of 4(0[014]|1[35])", line)]
    check("no error in the console", not ours, ours[:5] or "")
    done()


def guarded(name, act):
    try:
        return act()
    except (Late, AssertionError, IndexError) as error:
        check(name, False, str(error).replace("\n", " ")[:600])


main()

// Saves a reload when a question is asked, takes files, and looks on while something is made. Everything can be read without it.
"use strict";
const at = (id) => document.getElementById(id);
const fetchText = async (url) => {
  const response = await fetch(url);
  return { ok: response.ok, text: await response.text() };
};

// Ask: the answer takes the place of the one before, which the history keeps.
const KEY = "tandem-asked";
const asked = () => { try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch { return []; } };
const remember = (question) => {
  try { localStorage.setItem(KEY, JSON.stringify([question, ...asked().filter((q) => q !== question)].slice(0, 50))); } catch { /* private window */ }
};
function showHistory() {
  const list = at("history").querySelector("ol");
  const all = asked();
  list.replaceChildren(...all.map((question) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = "/?q=" + encodeURIComponent(question);
    link.textContent = question;
    link.dir = "auto";
    item.append(link);
    return item;
  }));
  at("history").hidden = all.length === 0;
}
let asking = 0;
async function ask(question, push) {
  const mine = ++asking;
  const button = document.querySelector("#ask button");
  button.setAttribute("aria-busy", "true");
  at("state").classList.remove("unseen");
  at("state").textContent = "Looking…";
  const url = "/?q=" + encodeURIComponent(question);
  let answer;
  try {
    answer = await fetchText(url + "&part=true");
  } catch {
    answer = { ok: false, text: '<p class="trouble" role="alert">The server does not answer: is it still running?</p>' };
  }
  if (mine !== asking) return;
  button.removeAttribute("aria-busy");
  at("answers").innerHTML = answer.text;
  // Told to whoever does not see it.
  const found = answer.ok && !at("answers").querySelector(".card.abstained");
  at("state").textContent = found ? "Answered." : "No answer.";
  at("state").classList.add("unseen");
  document.title = question + " · Tandem";
  if (push) history.pushState(null, "", url);
  if (answer.ok) remember(question);
  showHistory();
}
if (at("ask")) {
  at("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const question = at("q").value.trim();
    if (question) ask(question, true);
  });
  at("forget").addEventListener("click", () => { localStorage.removeItem(KEY); showHistory(); });
  addEventListener("popstate", () => {
    const question = new URLSearchParams(location.search).get("q") || "";
    at("q").value = question;
    if (question) ask(question, false); else at("answers").replaceChildren();
  });
  if (at("q").value && at("answers").querySelector(".card")) remember(at("q").value.trim());
  showHistory();
}

// A passage comes into view with its surroundings, and is where the keyboard goes on from.
if (location.hash === "#passage" && at("passage")) at("passage").focus({ preventScroll: true });

// A report fills in.
async function watchReport() {
  const open = () => document.querySelector('#brief [data-stage="open"]');
  while (open()) {
    await new Promise((done) => setTimeout(done, 1000));
    try {
      const { ok, text } = await fetchText(location.pathname + "?part=true");
      if (ok) { at("brief").innerHTML = text; wire(at("brief")); }
    } catch { /* tried again */ }
  }
}
if (at("brief")) watchReport();

// Documents: files go out one after the other, then the library reads them.
const size = (bytes) => bytes > 1e6 ? (bytes / 1e6).toFixed(1) + " MB" : Math.ceil(bytes / 1e3) + " kB";
function send(file) {
  return new Promise((done) => {
    const item = document.createElement("li");
    const say = (text) => { item.textContent = file.name + ": " + text; };
    at("uploads").append(item);
    const request = new XMLHttpRequest();
    const started = performance.now();
    request.upload.onprogress = (event) => {
      const seconds = (performance.now() - started) / 1000;
      const left = event.loaded ? Math.round(seconds * (event.total - event.loaded) / event.loaded) : 0;
      say(Math.round(100 * event.loaded / event.total) + " % of " + size(event.total) + (left > 1 ? ", " + left + " s left" : ""));
    };
    request.onload = () => {
      let reason = "";
      try { reason = JSON.parse(request.responseText).error?.message || ""; } catch { /* no words */ }
      say(request.status === 202 ? "sent" : reason || "refused");
      item.classList.toggle("trouble", request.status !== 202);
      done();
    };
    request.onerror = () => { say("was broken off"); item.classList.add("trouble"); done(); };
    request.open("PUT", "/api/files?name=" + encodeURIComponent(file.name));
    request.send(file);
  });
}
async function sendAll(files) {
  const before = (await (await fetch("/api/changes")).json()).ended;
  for (const file of files) await send(file);
  watchChanges(before);
}
let watching = false;
async function watchChanges(before) {
  if (watching) return;
  watching = true;
  for (;;) {
    let now;
    try { now = await (await fetch("/api/changes")).json(); } catch { now = null; }
    if (now && !now.running && now.ended > before) { told(now.last); break; }
    if (now && !now.running && now.ended === before && before >= 0) { at("changes").textContent = ""; break; }
    if (now) {
      const steps = now.total ? " " + now.done + " of " + now.total : "";
      const left = now.seconds_left > 1 ? ", about " + Math.round(now.seconds_left) + " s left" : "";
      at("changes").textContent = "Reading: " + now.stage + steps + left;
    }
    await new Promise((done) => setTimeout(done, 400));
  }
  watching = false;
  const { ok, text } = await fetchText("/documents" + (location.search ? location.search + "&" : "?") + "part=true");
  if (ok) { at("list").innerHTML = text; wire(at("list")); }
}
function told(last) {
  const { counts, failures } = last;
  const number = (name) => counts[name] || 0;
  const parts = last.error ? [last.error] : [number("new") + " new, " + number("changed") + " changed, " + number("gone") + " gone"];
  for (const [name, reason] of failures) parts.push(name + ": " + reason);
  const skipped = Object.entries(counts).filter(([name]) => name.startsWith("skipped: "));
  for (const [name, count] of skipped) parts.push(count + " left out (" + name.slice(9) + ")");
  at("changes").textContent = "Done: " + parts.join("; ");
  at("changes").classList.toggle("trouble", Boolean(last.error));
}
function wire(part) {
  for (const button of part.querySelectorAll("[data-remove]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const name = button.dataset.remove;
      if (!confirm("Take " + name + " out of the library?")) return;
      const before = (await (await fetch("/api/changes")).json()).ended;
      const response = await fetch("/api/documents?name=" + encodeURIComponent(name), { method: "DELETE" });
      if (response.ok) watchChanges(before); else at("changes").textContent = (await response.json()).error.message;
    });
  }
  for (const button of part.querySelectorAll("[data-forget]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (!confirm("Remove this report?")) return;
      const response = await fetch("/api/report/" + button.dataset.forget, { method: "DELETE" });
      if (response.ok) location.href = "/reports";
    });
  }
}
wire(document);
if (at("adding")) {
  at("adding").hidden = false;
  const drop = at("drop");
  const over = (on) => (event) => { event.preventDefault(); drop.classList.toggle("over", on); };
  drop.addEventListener("dragover", over(true));
  drop.addEventListener("dragleave", over(false));
  drop.addEventListener("drop", (event) => { over(false)(event); sendAll([...event.dataTransfer.files]); });
  at("files").addEventListener("change", () => { sendAll([...at("files").files]); at("files").value = ""; });
  fetch("/api/changes").then((r) => r.json()).then((now) => { if (now.running) watchChanges(now.ended); });
}

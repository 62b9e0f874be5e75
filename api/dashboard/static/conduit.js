"use strict";

// The upload form: hands a file to the API, waits until it is mined, and shows what was found.
// Without this script the form posts to the API just the same, and the browser shows its answer.

const POLL_MS = 400;
const PATIENCE_MS = 120000;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function readJson(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer.json();
}

async function until(url, finished, report) {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const found = await readJson(url);
    if (finished(found)) return found;
    report(found);
    await pause(POLL_MS);
  }
  throw new Error("It is stored, and not mined yet: is a worker running? It appears in the list when it is.");
}

function explain(problem) {
  const reasons = (problem.errors || []).map((fault) => fault.message);
  return [problem.detail, ...reasons.slice(0, 3)].join(" ");
}

async function post(url, body, key) {
  const answer = await fetch(url, { method: "POST", body, headers: { "Idempotency-Key": key } });
  return { ok: answer.ok, body: await answer.json() };
}

function formOf(file, words) {
  const form = new FormData();
  form.append("file", file || new File([words], "pasted.txt", { type: "text/plain" }));
  return form;
}

async function submit(file, words, { say, link }) {
  const key = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  say("Reading, and taking personal data out …");
  const one = await post("/v1/interactions", formOf(file, words), key);
  if (one.ok) {
    say("Stored. Mining …");
    await until(`${one.body.url}?fields=state`, (found) => found.state !== "accepted", () => {});
    location.assign(`/interactions/${one.body.id}`);
    return;
  }
  if (one.body.code !== "several_interactions") throw new Error(explain(one.body));
  const many = await post("/v1/batches", formOf(file, words), key);
  if (!many.ok) throw new Error(explain(many.body));
  const job = await until(many.body.url, (found) => found.state !== "running", (found) => {
    say(`Mining: ${found.progress.mined} of ${found.progress.total} …`);
  });
  if (!job.progress.rejected && !job.progress.failed) {
    location.assign("/");
    return;
  }
  const { mined, rejected, failed } = job.progress;
  say(`${mined} mined, ${rejected} not readable, ${failed} failed. `);
  link(job.rejections_url, "What was not readable");
  link("/", "Show what was found");
}

function prepare(form) {
  const file = form.querySelector("#file");
  const words = form.querySelector("#words");
  const name = form.querySelector("#file-name");
  const drop = form.querySelector(".drop");
  const button = form.querySelector("button");
  const status = form.querySelector("#status");
  const say = (text, isError) => {
    status.textContent = text;
    status.classList.toggle("error", Boolean(isError));
  };

  const link = (url, text) => {
    const anchor = document.createElement("a");
    anchor.href = url;
    anchor.textContent = text;
    status.append(anchor, " ");
  };

  const usual = name.textContent;
  file.required = false;
  file.addEventListener("change", () => {
    name.textContent = file.files.length ? file.files[0].name : usual;
  });
  for (const event of ["dragenter", "dragover"]) {
    drop.addEventListener(event, (e) => { e.preventDefault(); drop.classList.add("over"); });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (e) => {
    e.preventDefault();
    drop.classList.remove("over");
    file.files = e.dataTransfer.files;
    file.dispatchEvent(new Event("change"));
  });
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (!file.files.length && !words.value.trim()) {
      say("Choose a file or paste some words first.", true);
      return;
    }
    button.disabled = true;
    try {
      await submit(file.files[0], words.value, { say, link });
    } catch (error) {
      say(error.message, true);
    } finally {
      button.disabled = false;
    }
  });
}

// A page of an interaction that still waits shows its findings as soon as there are any.
async function watch(article) {
  try {
    await until(`/v1/interactions/${article.dataset.id}?fields=state`, (found) => found.state !== "accepted", () => {});
    location.reload();
  } catch {
    // The page as it stands is honest: it says that the interaction waits.
  }
}

const form = document.querySelector("#upload");
if (form) prepare(form);
const waiting = document.querySelector("body.single article.open[data-state='accepted']");
if (waiting) watch(waiting);

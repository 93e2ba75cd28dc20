/* Python, in a worker of its own: loads Pyodide and the lab, then runs one cell after the other.

   in    {type: "boot", interrupt?}   {type: "run", id, source, name}
   out   {type: "progress", phase, done}   {type: "ready", phases}   {type: "output", id, items}
         {type: "done", id, result, seconds}   {type: "failed", reason, message}

   Python and its packages lie in a folder of their own beside this one, which outlives changes of the lab. Names in
   capitals that begin with LAB_ are put in by tools/browser/bundle.py. */
import { Outbox } from "./outbox.js";

const BASE = new URL("./", import.meta.url).href;
const PYTHON = new URL(LAB_PYTHON, BASE).href;
const SITE_PACKAGES = "/lib/python3.14/site-packages";
const HOME = "/home/pyodide";

const post = (message) => self.postMessage(message);

let python;
let kernel;
let running = null;
const outbox = new Outbox((items) => post({ type: "output", id: running, items }));

// --- progress ---------------------------------------------------------------------------------------------------------

const DOWNLOAD = 0.7; // of the bar: bytes; the rest: steps
const phases = [];
let loaded = 0;
let reported = 0;
let phase = "Loading Python";
let step = 0; // how far the steps are, 0 to 1

function report() {
  const now = performance.now();
  if (step < 1 && now - reported < 60) return;
  reported = now;
  const done = step === 1 ? 1 : Math.min(1, loaded / LAB_BYTES) * DOWNLOAD + step * (1 - DOWNLOAD);
  post({ type: "progress", phase, done });
}

function enter(name, reached) {
  phases.push({ name, start: performance.timeOrigin + performance.now() });
  phase = name;
  step = reached;
  reported = 0;
  report();
}

/* Pyodide fetches its own files; this counts their bytes as they come in. */
const plainFetch = self.fetch.bind(self);
self.fetch = async (...request) => {
  const response = await plainFetch(...request);
  if (!response.ok) {
    throw Object.assign(new Error(`${response.url} answered ${response.status}`), { status: response.status });
  }
  count(response.clone());
  return response;
};

async function count(response) {
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true }));
    if (done) return;
    loaded += value.length;
    report();
  }
}

const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

// --- start ------------------------------------------------------------------------------------------------------------

async function boot({ interrupt }) {
  enter("Loading Python", 0);
  const archives = [bytes(`${PYTHON}packages.zip`), bytes(`${BASE}lab.zip`)];
  archives.forEach((archive) => archive.catch(() => {})); // awaited below; a failure is reported there
  const { loadPyodide } = await import(`${PYTHON}pyodide.mjs`);
  python = await loadPyodide({
    indexURL: PYTHON,
    stdLibURL: `${PYTHON}stdlib.zip`,
    packageBaseUrl: PYTHON, // never a CDN
    lockFileContents: LAB_INDEX,
    stdout: (text) => outbox.add("stdout", `${text}\n`),
    stderr: (text) => outbox.add("stderr", `${text}\n`),
  });
  enter("Unpacking boto3 and the lab", 0.5);
  for (const archive of archives) python.unpackArchive(await archive, "zip", { extractDir: SITE_PACKAGES });
  enter("Starting the notebook", 0.9);
  python.FS.chdir(HOME);
  if (interrupt) python.setInterruptBuffer(interrupt);
  kernel = python.pyimport("page_kernel").start((kind, text) => outbox.add(kind, text));
  closeTheNetwork();
  enter("Ready", 1);
  post({ type: "ready", phases });
}

/* From here on everything is on board. A cell or a handler that tries to reach another host is told why it cannot. */
function closeTheNetwork() {
  const refuse = (what) => {
    throw new Error(
      `${String(what)} was not requested: code in this page reaches no other host. AWS calls are answered by the lab.`,
    );
  };
  self.fetch = async (what) => refuse(what?.url ?? what);
  for (const name of ["XMLHttpRequest", "WebSocket", "EventSource", "WebTransport"]) {
    self[name] = class {
      constructor(what) {
        refuse(what ?? name);
      }
      open(_method, what) {
        refuse(what);
      }
    };
  }
}

// --- cells ------------------------------------------------------------------------------------------------------------

async function run({ id, source, name }) {
  running = id;
  const start = performance.now();
  const result = await kernel.run(source, name);
  outbox.flush();
  post({ type: "done", id, result, seconds: (performance.now() - start) / 1000 });
}

const tasks = { boot, run };
let queue = Promise.resolve();
self.onmessage = ({ data }) => {
  queue = queue.then(() => tasks[data.type](data)).catch(fail);
};

// When Python itself breaks down, the promise of the cell that runs never settles: it shows here.
self.addEventListener("unhandledrejection", ({ reason }) => fail(reason));
self.addEventListener("error", ({ error, message }) => fail(error ?? message));

function fail(error) {
  outbox.flush();
  const message = String(error?.message ?? error);
  const reason =
    error?.status === 404 || error?.status === 410
      ? "stale"
      : /out of memory|array buffer allocation|could not allocate/i.test(message)
        ? "memory"
        : "crash";
  post({ type: "failed", reason, message });
}

/* Runs cells with Pyodide in a worker. Knows nothing of the page: lab-notebook.js could be given another engine that has
   start, run and stop.

   start(onProgress)         resolves when Python is ready
   run({source, name}, onOutput)   resolves to {result: "ok" | "error" | "interrupted" | "stopped", seconds}
   stop()                    resolves to "interrupted" (Python lives) or "restarted" (it was ended; the next start is new)

   Every failure is an EngineError with a reason and a sentence for the reader. */

const BASE = new URL("./", import.meta.url);
const PATIENCE = 1500; // milliseconds that an interrupted cell gets before its worker is ended

export class EngineError extends Error {
  constructor(reason, message, reload = false) {
    super(message);
    this.reason = reason;
    this.reload = reload;
  }
}

const SAY = {
  stale: () =>
    new EngineError(
      "stale",
      "The course was rebuilt while this page was open, so the files it needs are gone. Your edits are kept: reload the page.",
      true,
    ),
  offline: () =>
    new EngineError(
      "offline",
      "Python could not be loaded: the server does not answer. Look at your connection, then press Run again.",
    ),
  unsupported: () =>
    new EngineError(
      "unsupported",
      "This browser cannot run Python: it has no WebAssembly, or it is switched off. Any current browser can; or open the notebook in Jupyter.",
    ),
  memory: () =>
    new EngineError(
      "memory",
      "Python ran out of memory and was ended. The next Run starts a new Python and runs the earlier cells again.",
    ),
  crash: (detail) =>
    new EngineError(
      "crash",
      `Python stopped working and was ended${detail ? ` (${detail})` : ""}. The next Run starts a new Python and runs the earlier cells again.`,
    ),
};

/** Why a file of this build could not be loaded: gone, out of reach, or something else. */
export async function explain(file, detail) {
  try {
    const answer = await fetch(new URL(file, BASE), { method: "HEAD", cache: "no-store" });
    return answer.status === 404 || answer.status === 410 ? SAY.stale() : SAY.crash(detail);
  } catch {
    return SAY.offline();
  }
}

export class PyodideEngine {
  #worker = null;
  #ready = null;
  #interrupt = null;
  #pending = null; // the cell that runs: {id, onOutput, resolve, reject}
  #loading = null; // {resolve, reject, onProgress}
  #count = 0;

  /** Whether Python runs already, or is being loaded. */
  get started() {
    return this.#ready !== null;
  }

  start(onProgress = () => {}) {
    this.#ready ??= this.#boot(onProgress);
    return this.#ready;
  }

  run({ source, name }, onOutput) {
    const id = ++this.#count;
    if (this.#interrupt) this.#interrupt[0] = 0;
    return new Promise((resolve, reject) => {
      this.#pending = { id, onOutput, resolve, reject };
      this.#worker.postMessage({ type: "run", id, source, name });
    });
  }

  async stop() {
    const pending = this.#pending;
    if (pending && this.#interrupt) {
      this.#interrupt[0] = 2; // SIGINT: Python raises KeyboardInterrupt and lives on
      const ended = new Promise((resolve) => (pending.ended = resolve));
      const late = new Promise((resolve) => setTimeout(() => resolve(false), PATIENCE));
      if (await Promise.race([ended.then(() => true), late])) return "interrupted";
    }
    this.#end({ result: "stopped" });
    return "restarted";
  }

  #boot(onProgress) {
    if (typeof WebAssembly !== "object" || typeof Worker !== "function") return Promise.reject(SAY.unsupported());
    performance.mark("lab:start");
    const worker = (this.#worker = new Worker(new URL("worker.mjs", BASE), { type: "module" }));
    this.#interrupt = self.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
    worker.onmessage = ({ data }) => worker === this.#worker && this.#hear(data);
    worker.onerror = async (event) => {
      event.preventDefault();
      const error = await explain("worker.mjs", event.message);
      if (worker === this.#worker) this.#fail(error);
    };
    return new Promise((resolve, reject) => {
      this.#loading = { resolve, reject, onProgress };
      worker.postMessage({ type: "boot", interrupt: this.#interrupt });
    });
  }

  #hear(message) {
    const pending = this.#pending;
    if (message.type === "progress") this.#loading?.onProgress(message);
    if (message.type === "ready") {
      measure(message.phases);
      this.#loading.resolve();
      this.#loading = null;
    }
    if (message.type === "output" && pending?.id === message.id) pending.onOutput(message.items);
    if (message.type === "done" && pending?.id === message.id) {
      this.#pending = null;
      pending.ended?.();
      pending.resolve({ result: message.result, seconds: message.seconds });
    }
    if (message.type === "failed") this.#lost(message);
  }

  async #lost({ reason, message }) {
    const worker = this.#worker;
    // A fetch that fails while loading says too little: ask the server what is wrong.
    const error = this.#loading && reason === "crash" ? await explain("worker.mjs", message) : SAY[reason](message);
    if (worker === this.#worker) this.#fail(error);
  }

  #fail(error) {
    const { reject } = this.#loading ?? this.#pending ?? {};
    this.#loading = this.#pending = null;
    this.#end();
    reject?.(error);
  }

  /** End the worker. Whoever waits for it is told *outcome*. */
  #end(outcome) {
    this.#worker?.terminate();
    this.#worker = this.#ready = null;
    const { resolve, ended } = this.#pending ?? {};
    const loading = this.#loading;
    this.#pending = this.#loading = null;
    ended?.();
    resolve?.(outcome);
    loading?.reject(new EngineError("stopped", "Loading was stopped."));
  }
}

/** Leave the phases of the start in the browser's own performance timeline. */
function measure(phases) {
  phases.forEach(({ name, start }, index) => {
    const end = phases[index + 1]?.start;
    if (end) {
      performance.measure(`lab: ${name}`, {
        start: start - performance.timeOrigin,
        end: end - performance.timeOrigin,
      });
    }
  });
  performance.measure("lab: ready", "lab:start");
}

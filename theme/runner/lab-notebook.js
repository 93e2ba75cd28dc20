/* <lab-notebook>: a chapter's cells as one notebook. Decides what runs, and tells the reader how it goes.

   - A cell runs after the cells above it. Those that have run already, with the text they have now, are not run again.
   - A cell above that was edited runs again; the cells after it that had run are then marked stale, not run.
   - Cells that need a real process are skipped. A cell that fails stops the run, unless failing is what it shows.
   - Nothing is loaded before the first Run. Leaving the page ends Python. */
import { EngineError, explain, PyodideEngine } from "./engine.js";

export class LabNotebook extends HTMLElement {
  connectedCallback() {
    if (!this.engine) this.init();
  }

  disconnectedCallback() {
    this.engine?.stop();
    this.engine = null;
    this.bar?.remove();
    this.announcer?.remove();
  }

  init() {
    this.engine = new PyodideEngine();
    this.history = []; // the cells that ran in this Python, in order
    this.queue = Promise.resolve();
    this.turn = 0; // grows with each Stop: what was queued before it does not run any more
    this.render();
    this.listen();
  }

  get name() {
    return this.dataset.notebook;
  }

  get cells() {
    return [...this.querySelectorAll("lab-cell")];
  }

  get runnable() {
    return this.cells.filter((cell) => cell.runnable);
  }

  // --- render ---------------------------------------------------------------------------------------------------------

  render() {
    this.bar = document.createElement("div");
    this.bar.className = "lab-toolbar";
    this.bar.setAttribute("role", "group");
    this.bar.setAttribute("aria-label", "Notebook");
    this.runAllButton = button("Run all", "Run all cells");
    this.resetButton = button("Reset", "Reset the notebook: the course's own code, and a new Python");
    this.progress = document.createElement("div");
    this.progress.className = "lab-progress";
    this.progress.setAttribute("role", "progressbar");
    this.progress.setAttribute("aria-label", "Loading Python");
    this.progress.setAttribute("aria-valuemin", "0");
    this.progress.setAttribute("aria-valuemax", "100");
    this.progress.hidden = true;
    this.status = document.createElement("span");
    this.status.className = "lab-status";
    this.status.setAttribute("role", "status"); // a polite live region: short sentences, never the output itself
    this.bar.append(this.runAllButton, this.resetButton, this.progress, this.status);
    this.prepend(this.bar);
    // Read out, not seen: what the cell that the reader ran has put out.
    this.announcer = document.createElement("span");
    this.announcer.className = "lab-announcer";
    this.announcer.setAttribute("aria-live", "polite");
    this.append(this.announcer);
  }

  say(...content) {
    this.status.replaceChildren(...content);
  }

  showProgress({ phase, done }, target) {
    const percent = Math.round(done * 100);
    target.say(`${phase}… ${percent} %`); // where the reader looks; not a live region
    this.progress.hidden = false;
    this.progress.style.setProperty("--lab-done", `${percent}%`);
    this.progress.setAttribute("aria-valuenow", String(percent));
    this.progress.setAttribute("aria-valuetext", `${phase}, ${percent} percent`);
    if (this.phase !== phase) this.say(`${phase}…`);
    this.phase = phase;
  }

  hideProgress() {
    this.progress.hidden = true;
    this.phase = null;
  }

  // --- listen ---------------------------------------------------------------------------------------------------------

  listen() {
    this.runAllButton.addEventListener("click", () => this.runAll());
    this.resetButton.addEventListener("click", () => this.reset());
  }

  loadEditor() {
    // The name is put together here so that the build leaves the import to the browser.
    const file = "editor.js";
    return import(new URL(file, import.meta.url).href).catch(async (error) => {
      throw await explain(file, error.message);
    });
  }

  // --- run ------------------------------------------------------------------------------------------------------------

  runTo(cell) {
    const before = this.runnable.slice(0, this.runnable.indexOf(cell));
    return this.enqueue(cell, () => [...before.filter(needsRun), cell]);
  }

  /** Run every cell, from the top. Only when the cells so far ran once, in order and unchanged, does it go on from there. */
  runAll() {
    const last = this.runnable.at(-1);
    if (!last) return undefined;
    return this.enqueue(last, async () => {
      const cells = this.runnable;
      const inOrder = this.history.every((cell, index) => cell === cells[index] && !needsRun(cell));
      const rest = inOrder ? cells.slice(this.history.length) : [];
      if (rest.length) return rest;
      if (this.history.length) await this.endPython();
      return cells;
    });
  }

  enqueue(target, plan) {
    const { turn } = this;
    target.say("Waiting…");
    target.state = "waiting";
    this.queue = this.queue.then(async () => {
      if (turn !== this.turn) return;
      try {
        await this.work(target, await plan(), turn);
      } catch (error) {
        if (turn === this.turn) this.fail(error, target);
      }
      this.hideProgress();
    });
    return this.queue;
  }

  async work(target, cells, turn) {
    if (!this.engine.started) {
      this.say("Loading Python…");
      target.say("Loading Python…");
    }
    await this.engine.start((progress) => this.showProgress(progress, target));
    this.hideProgress();
    for (const [index, cell] of cells.entries()) {
      if (turn !== this.turn) return;
      if (cells.length > 1) target.say(`Running cell ${index + 1} of ${cells.length}…`);
      const ok = await this.runCell(cell);
      if (!ok && cell !== target && turn === this.turn) {
        const link = linkTo(cell);
        target.state = "stored";
        target.say("Not run: ", link, " failed.");
        this.say("Stopped at ", linkTo(cell), ": it failed.");
        return;
      }
    }
    if (turn === this.turn) this.tellSkipped(target);
  }

  /** Run one cell. Returns whether the run may go on. */
  async runCell(cell) {
    const { source } = cell;
    const changed = cell.ran !== null && cell.ran.source !== source;
    cell.outputs.begin();
    cell.state = "running";
    cell.say("Running…");
    this.say(`Cell ${cell.number}: running`);
    this.history.push(cell);
    if (changed) this.markStale(cell);
    let outcome;
    try {
      outcome = await this.engine.run({ source, name: cell.name }, (items) => cell.outputs.add(items));
    } catch (error) {
      cell.outputs.finish();
      cell.state = "error";
      throw error;
    }
    cell.outputs.finish();
    return this.settle(cell, source, outcome);
  }

  settle(cell, source, { result, seconds }) {
    if (result === "stopped") {
      cell.state = "stopped";
      return false;
    }
    const ok = result === "ok" || (result === "error" && cell.mayFail);
    cell.ran = { source, ok };
    const took = seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
    if (result === "interrupted") {
      cell.state = "stopped";
      cell.say(`Stopped after ${took}. Python keeps its variables.`);
      this.say(`Cell ${cell.number}: stopped`);
      return false;
    }
    cell.state = ok ? "done" : "error";
    cell.say(ok ? `Done in ${took}` : `Error after ${took}`);
    this.say(`Cell ${cell.number}: ${ok ? `done in ${took}` : "error"}`);
    this.announcer.textContent = cell.outputs.summary();
    return ok;
  }

  markStale(changed) {
    const { runnable } = this;
    for (const cell of runnable.slice(runnable.indexOf(changed) + 1)) {
      if (cell.ran === null || cell.state === "stale") continue;
      cell.state = "stale";
      cell.say(`From before cell ${changed.number} changed.`);
    }
  }

  tellSkipped(target) {
    const skipped = this.cells.slice(0, target.number).filter((cell) => !cell.runnable);
    if (!skipped.length) return;
    const numbers = skipped.map((cell) => cell.number).join(", ");
    this.status.append(
      skipped.length === 1
        ? ` · cell ${numbers} needs a real process and was skipped`
        : ` · cells ${numbers} need a real process and were skipped`,
    );
  }

  // --- stop and reset -------------------------------------------------------------------------------------------------

  async stop() {
    this.turn += 1;
    const busy = this.cells.filter((cell) => cell.state === "running" || cell.state === "waiting");
    const how = await this.engine.stop();
    if (how === "restarted") this.forget();
    this.hideProgress();
    for (const cell of busy) {
      if (cell.state === "waiting") cell.state = "stored";
      else if (how === "restarted") cell.state = "stopped";
      if (how === "restarted" || cell.state === "stored") {
        cell.say(cell.state === "stopped" ? "Stopped. Python was restarted; Run starts over from the top." : "");
      }
    }
    this.say(
      how === "restarted" ? "Stopped. Python was restarted: the next Run runs the earlier cells first." : "Stopped.",
    );
  }

  async endPython() {
    await this.engine.stop();
    this.forget();
  }

  /** A new Python knows nothing of the cells that ran. */
  forget() {
    this.history = [];
    for (const cell of this.cells) cell.ran = null;
  }

  async reset() {
    const edited = this.runnable.filter((cell) => cell.edited);
    const question = `Reset puts back the course's own code. Your edits in ${edited.length === 1 ? "one cell" : `${edited.length} cells`} are lost. Go on?`;
    if (edited.length && !confirm(question)) return;
    this.turn += 1;
    await this.endPython();
    this.hideProgress();
    for (const cell of this.runnable) cell.reset();
    this.announcer.textContent = "";
    this.say("Reset. The next Run starts a new Python.");
  }

  /** Say what went wrong with Python itself, and what to do. Cells and edits stay as they are. */
  fail(error, cell) {
    const known =
      error instanceof EngineError ? error : new EngineError("crash", `The runner failed: ${error.message}`);
    this.turn += 1;
    this.forget();
    this.hideProgress();
    for (const each of this.runnable) {
      if (each.state === "waiting") each.state = "stored";
      if (each.state === "running") each.state = "error";
    }
    const advice = [known.message];
    if (known.reload) {
      const reload = button("Reload the page", "Reload the page");
      reload.addEventListener("click", () => location.reload());
      advice.push(" ", reload);
    }
    cell.say(...advice);
    this.say(known.message);
  }
}

/** Whether a cell above the one to run has to run first. */
function needsRun(cell) {
  return cell.ran === null || !cell.ran.ok || cell.ran.source !== cell.source;
}

function linkTo(cell) {
  const link = document.createElement("a");
  link.href = `#${cell.id}`;
  link.textContent = `cell ${cell.number}`;
  return link;
}

function button(text, label) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "lab-button";
  element.textContent = text;
  element.setAttribute("aria-label", label);
  return element;
}

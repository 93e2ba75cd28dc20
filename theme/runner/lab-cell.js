/* <lab-cell>: one code cell of a chapter. Adds its buttons, its editor and its live outputs; which cells run, and in
   which order, is for the notebook around it (lab-notebook.js) to decide.

   data-state says how the cell stands, for the stylesheet and the tests:
   stored (as the page came) · waiting · running · done · error · stopped · stale (an earlier cell has changed since) */
import { loadEdit, saveEdit } from "./edits.js";
import { Outputs } from "./outputs.js";

export class LabCell extends HTMLElement {
  ran = null; // the source that ran last in this Python, and whether it went well: {source, ok}

  connectedCallback() {
    if (!this.code) this.init();
  }

  init() {
    this.code = this.querySelector(".lab-code code");
    if (!this.code) return;
    this.original = this.code.textContent;
    this.markup = [...this.code.childNodes]; // with the build's syntax colours
    this.source = this.original;
    this.editor = null;
    if (!this.runnable) return;
    this.render();
    this.listen();
    this.restoreEdit();
    this.state = "stored";
  }

  /** Whether the page can run it: some cells need a real process. */
  get runnable() {
    return !("needsProcess" in this.dataset);
  }

  /** Whether an exception is what this cell is about. */
  get mayFail() {
    return (this.dataset.tags ?? "").split(/[\s,]+/).includes("raises-exception");
  }

  get notebook() {
    return this.closest("lab-notebook");
  }

  /** What people call it: its place among the notebook's code cells. */
  get number() {
    return [...this.notebook.querySelectorAll("lab-cell")].indexOf(this) + 1;
  }

  /** What tracebacks call it. */
  get name() {
    return this.id.replace(/^cell-/, "") || String(this.number);
  }

  get edited() {
    return this.source !== this.original;
  }

  // --- render ---------------------------------------------------------------------------------------------------------

  render() {
    const { number } = this;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", `Cell ${number}`);
    this.bar = document.createElement("div");
    this.bar.className = "lab-bar";
    this.buttons = {};
    for (const action of ["Run", "Stop", "Edit", "Reset"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `lab-button lab-${action.toLowerCase()}`;
      button.textContent = action;
      button.setAttribute("aria-label", `${action} cell ${number}`);
      this.buttons[action.toLowerCase()] = button;
    }
    this.note = document.createElement("span");
    this.note.className = "lab-note";
    const label = document.createElement("span");
    label.className = "lab-number";
    label.textContent = `Cell ${number}`;
    this.bar.append(...Object.values(this.buttons), this.note, label);
    this.querySelector(".lab-code").after(this.bar);

    let region = this.querySelector(".lab-outputs");
    if (!region) {
      region = document.createElement("div");
      region.className = "lab-outputs";
      region.setAttribute("role", "region");
      this.append(region);
    }
    region.setAttribute("aria-label", `Output of cell ${number}`);
    this.outputs = new Outputs(region);
  }

  get state() {
    return this.dataset.state;
  }

  set state(state) {
    this.dataset.state = state;
    const busy = state === "running" || state === "waiting";
    // The pressed button keeps the focus, so it is not hidden or disabled, only marked.
    this.buttons.run.setAttribute("aria-disabled", String(busy));
    this.buttons.stop.hidden = !busy;
    this.outputs.region.setAttribute("aria-busy", String(state === "running"));
    this.refresh();
  }

  refresh() {
    this.toggleAttribute("data-edited", this.edited);
    this.buttons.edit.hidden = this.editor !== null;
    this.buttons.reset.hidden = !this.edited && !this.editor && this.state === "stored";
  }

  /** Say something beside the buttons: text, and elements such as a link. */
  say(...content) {
    this.note.replaceChildren(...content);
  }

  // --- listen ---------------------------------------------------------------------------------------------------------

  listen() {
    const { run, stop, edit, reset } = this.buttons;
    run.addEventListener("click", () => this.run());
    stop.addEventListener("click", () => {
      run.focus();
      this.notebook.stop();
    });
    edit.addEventListener("click", () => this.edit());
    reset.addEventListener("click", () => {
      this.reset();
      (this.state === "stored" ? edit : run).focus();
    });
  }

  run() {
    if (this.buttons.run.getAttribute("aria-disabled") !== "true") this.notebook.runTo(this);
  }

  async edit() {
    if (this.editor) return this.editor.focus();
    const said = [...this.note.childNodes];
    this.say("Loading the editor…");
    let editor;
    try {
      editor = await this.notebook.loadEditor();
    } catch (error) {
      return this.notebook.fail(error, this);
    }
    if (this.editor || !this.isConnected) return;
    this.say(...said);
    const host = document.createElement("div");
    host.className = "lab-editor";
    // The editor takes the code's place and looks like it, whatever the site's stylesheet says.
    const { fontFamily, fontSize, lineHeight, padding, border, borderRadius } = getComputedStyle(this.code);
    Object.assign(host.style, { fontFamily, fontSize, lineHeight, padding, border, borderRadius });
    this.querySelector(".lab-code").append(host);
    this.code.closest("pre").hidden = true;
    this.editor = editor.open({
      parent: host,
      source: this.source,
      label: `Code of cell ${this.number}. Shift Enter runs it. Escape, then Tab, leaves the editor.`,
      onChange: (source) => this.change(source),
      onRun: () => this.run(),
    });
    this.refresh();
    this.editor.focus();
  }

  change(source) {
    this.source = source;
    saveEdit(this.notebook.name, this.id, this.original, source);
    this.refresh();
  }

  /** Back to the course's own code and output. What the code has done in the lab stays done. */
  reset() {
    this.closeEditor();
    this.change(this.original);
    this.code.replaceChildren(...this.markup);
    this.outputs.restore();
    this.say();
    this.state = "stored";
  }

  closeEditor() {
    if (!this.editor) return;
    this.editor.destroy();
    this.editor = null;
    this.querySelector(".lab-editor").remove();
    this.code.closest("pre").hidden = false;
  }

  restoreEdit() {
    const kept = loadEdit(this.notebook.name, this.id, this.original);
    if (!kept) return;
    const putBack = () => {
      this.source = kept.source;
      this.code.textContent = kept.source;
      this.change(kept.source);
      this.say("Your edit.");
    };
    if (!kept.outdated) return putBack();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "lab-button";
    button.textContent = "Show your edit";
    button.addEventListener("click", () => {
      this.closeEditor();
      putBack();
      this.buttons.edit.focus();
    });
    this.say("The course has changed this cell since you edited it. ", button);
  }
}

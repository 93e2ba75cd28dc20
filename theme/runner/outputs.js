/* Shows what a cell puts out, below its code: printed text, values, pictures, errors.

   Elements and classes are those that the site's build uses for stored outputs, so both look the same. Text arrives in
   bursts and is put into the page a few times each second. */
import { sanitise } from "./sanitise.js";

const PAUSE = 40; // milliseconds between two changes of the page

export class Outputs {
  #waiting = [];
  #timer = null;
  #old = false; // what is shown is from before this run

  constructor(region) {
    this.region = region;
    this.stored = [...region.childNodes];
  }

  /** Show again what the page came with. */
  restore() {
    this.#drop();
    this.#old = false;
    this.region.replaceChildren(...this.stored);
  }

  /** The cell runs now. What it showed before gives way to the first new output, so that the page does not jump. */
  begin() {
    this.#drop();
    this.#old = true;
  }

  /** The cell has ended. */
  finish() {
    this.flush();
    this.#giveWay();
  }

  add(items) {
    this.#waiting.push(...items);
    this.#timer ??= setTimeout(() => this.flush(), PAUSE);
  }

  flush() {
    const items = this.#waiting;
    this.#drop();
    if (items.length) this.#giveWay();
    for (const [kind, text] of items) this.#show(kind, text);
    // Boxes that scroll must be reachable without a mouse: the site sees to that.
    this.region.dispatchEvent(new CustomEvent("lab-output", { bubbles: true }));
  }

  /** What a screen reader is told when the cell is done. */
  summary(limit = 300) {
    const text = this.region.textContent.trim().replace(/\s+/g, " ");
    return text.length > limit ? `${text.slice(0, limit)} …` : text;
  }

  #giveWay() {
    if (this.#old) this.region.replaceChildren();
    this.#old = false;
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting = [];
  }

  #show(kind, text) {
    if (kind === "clear") this.region.replaceChildren();
    else if (kind === "output") this.region.append(record(JSON.parse(text)));
    else {
      const end = this.region.lastElementChild;
      if (end?.className === `lab-${kind}`) end.append(text);
      else this.region.append(pre(`lab-${kind}`, text));
    }
  }
}

function record(output) {
  if (output.output_type === "error") return pre("lab-error", output.traceback.join("\n"));
  const { data } = output;
  if (output.metadata?.rendered) return div("lab-html", sanitise(output.metadata.rendered)); // Markdown
  if (data["text/html"]) return div("lab-html", sanitise(text(data["text/html"])));
  if (data["image/svg+xml"]) return div("lab-svg", sanitise(text(data["image/svg+xml"])));
  for (const type of ["image/png", "image/jpeg"]) {
    if (data[type]) {
      const picture = new Image();
      picture.src = `data:${type};base64,${data[type]}`;
      picture.alt = data["text/plain"] ?? "";
      return div("lab-image", picture);
    }
  }
  if (data["application/json"]) return pre("lab-result", JSON.stringify(data["application/json"], null, 2));
  return pre("lab-result", text(data["text/plain"] ?? ""));
}

const text = (value) => (Array.isArray(value) ? value.join("") : String(value));

function pre(className, content) {
  const element = document.createElement("pre");
  element.className = className;
  element.append(content);
  return element;
}

function div(className, content) {
  const element = document.createElement("div");
  element.className = className;
  element.append(content);
  return element;
}

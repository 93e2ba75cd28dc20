/* Holds back a cell's output so that a flood of it cannot drown the page.

   The first writes leave at once: a reader sees "step 1" before step 2 is done, even if the cell never yields. Once a
   cell has used up its burst, text is gathered and leaves in larger pieces, a few each second. No timer is involved:
   none fires while Python runs. */

const BURST = 200; // messages that leave at once …
const REFILL = 100; // … and how many more each second
const PIECE = 16384; // characters that never wait
const PAUSE = 100; // milliseconds after which gathered text leaves with the next write

export class Outbox {
  /** post(items): items is a list of [kind, text]. now(): milliseconds. */
  constructor(post, now = () => performance.now()) {
    this.post = post;
    this.now = now;
    this.items = [];
    this.size = 0;
    this.credit = BURST;
    this.last = now();
  }

  add(kind, text) {
    if (kind === "flush") return this.flush();
    const end = this.items.at(-1);
    if (end && end[0] === kind && kind !== "output") end[1] += text;
    else this.items.push([kind, text]);
    this.size += text.length;
    const now = this.now();
    const passed = now - this.last;
    this.credit = Math.min(BURST, this.credit + (passed * REFILL) / 1000);
    if (this.credit >= 1 || this.size >= PIECE || passed >= PAUSE) this.flush(now);
  }

  flush(now = this.now()) {
    if (this.items.length) this.post(this.items);
    this.items = [];
    this.size = 0;
    this.credit = Math.max(0, this.credit - 1);
    this.last = now;
  }
}

// The picture of a run: a canvas with a row for each lane and each queue, and a line for the clock.

const ROW = 20;
const QUEUE = 34;
const AXIS = 28;
const FOR_EVER = 16;
const FONT = "12px system-ui, sans-serif";

class Chart {
  constructor(run, nth) {
    this.run = run;
    this.nth = nth;
    this.view = [0, END];
    this.focus = { row: 0, index: 0 };
    this.item = null;
    this.box = element("div", "", { class: "chart" });
    if (RUNS.length > 1) this.box.append(element("h2", `${"AB"[nth]}: ${run.command}`));
    // A canvas can't be as high as a thousand rows are: it stays where it is, and what it shows is scrolled.
    this.frame = element("div", "", { class: "frame" });
    this.still = element("div", "", { class: "still" });
    this.rest = element("div");
    this.canvas = element("canvas", "", { tabindex: "0", role: "application", "aria-label": this.label() });
    this.cursor = element("div", "", { class: "cursor" });
    this.still.append(this.canvas, this.cursor);
    this.frame.append(this.still, this.rest);
    this.box.append(this.frame);
    this.listen();
  }

  label() {
    const rows = `${this.run.lanes.length} lanes and ${this.run.queues.length} queues`;
    return `${this.run.command}: ${rows} over ${seconds(this.run.end)}. Arrow keys go from block to block; the table has all events.`;
  }

  rowCount() {
    return this.run.lanes.length + this.run.queues.length;
  }

  /** The upper edge of a row, if nothing were scrolled. */
  place(row) {
    const lanes = this.run.lanes.length;
    return AXIS + Math.min(row, lanes) * ROW + Math.max(0, row - lanes) * QUEUE;
  }

  /** The upper edge of a row on the canvas. */
  top(row) {
    return this.place(row) - this.frame.scrollTop;
  }

  rowAt(y) {
    for (let row = 0; row < this.rowCount(); row++) if (y < this.top(row + 1)) return y < AXIS ? -1 : row;
    return -1;
  }

  isSeen(row) {
    return this.top(row + 1) > AXIS && this.top(row) < this.size[1];
  }

  /** Scrolls to a row that is not seen. */
  scrollTo(row) {
    const [above, below] = [this.top(row) - AXIS, this.top(row + 1) - this.size[1]];
    if (above < 0) this.frame.scrollTop += above;
    else if (below > 0) this.frame.scrollTop += below + 6;
  }

  x(at) {
    return this.left + ((at - this.view[0]) / (this.view[1] - this.view[0])) * this.width;
  }

  timeAt(x) {
    const at = this.view[0] + ((x - this.left) / this.width) * (this.view[1] - this.view[0]);
    return Math.max(0, Math.min(this.run.end, Math.round(at)));
  }

  /** Measures the window, and draws all anew. */
  resize() {
    const whole = this.place(this.rowCount()) + 6;
    const high = Math.min(whole, Math.max(240, Math.round(window.innerHeight * 0.75)));
    this.frame.style.height = this.still.style.height = high + "px";
    this.rest.style.height = whole - high + "px";
    const wide = this.frame.clientWidth;
    const scale = window.devicePixelRatio || 1;
    this.left = Math.max(112, Math.min(150, Math.round(wide * 0.24)));
    this.right = 50;
    this.width = wide - this.left - this.right - FOR_EVER;
    this.canvas.width = wide * scale;
    this.canvas.height = high * scale;
    this.canvas.style.height = high + "px";
    this.pen = this.canvas.getContext("2d");
    this.pen.setTransform(scale, 0, 0, scale, 0, 0);
    this.size = [wide, high];
    this.draw();
  }

  draw() {
    const { pen, run } = this;
    const style = getComputedStyle(document.documentElement);
    this.colour = (name) => style.getPropertyValue("--" + name);
    pen.clearRect(0, 0, ...this.size);
    pen.font = FONT;
    pen.textBaseline = "middle";
    this.drawAxis();
    pen.save();
    pen.beginPath();
    pen.rect(0, AXIS, ...this.size);
    pen.clip();
    run.lanes.forEach((lane, row) => this.isSeen(row) && this.drawLane(lane, row));
    run.queues.forEach((queue, nth) => this.isSeen(run.lanes.length + nth) && this.drawQueue(queue, nth));
    if (this.item) this.drawWay();
    if (document.activeElement === this.canvas) this.drawFocus();
    pen.restore();
    this.drawMarks();
  }

  drawAxis() {
    const { pen } = this;
    const [from, to] = this.view;
    const least = ((to - from) / this.width) * 70;
    const tenth = 10 ** Math.floor(Math.log10(least));
    const step = Math.max(1, [1, 2, 5, 10].find((digit) => digit * tenth >= least) * tenth);
    pen.textAlign = "left";
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      const x = this.x(at);
      pen.fillStyle = this.colour("line");
      pen.fillRect(x, AXIS, 1, this.size[1] - AXIS);
      pen.fillStyle = this.colour("faint");
      if (x + 40 < this.left + this.width + FOR_EVER) pen.fillText(+(at / 1e6).toFixed(6) + " s", x + 2, 8);
    }
  }

  name(text, y, most = this.left - 8) {
    const { pen } = this;
    let shown = text;
    while (pen.measureText(shown).width > most && shown.length > 2) shown = shown.slice(0, -2) + "…";
    pen.textAlign = "left";
    pen.fillStyle = this.colour("ink");
    pen.fillText(shown, 2, y);
  }

  drawLane(lane, row) {
    const { pen, run } = this;
    const top = this.top(row);
    const middle = top + ROW / 2;
    this.name(lane.name, middle);
    pen.textAlign = "right";
    pen.fillStyle = this.colour("faint");
    pen.fillText(lane.work, this.size[0] - 2, middle);
    pen.textAlign = "center";
    const [first, last] = [Math.max(0, lastAt(lane.blocks, 4, this.view[0])), lastAt(lane.blocks, 4, this.view[1])];
    // Blocks that are narrower than a pixel and alike are drawn as one.
    let [drawnTo, drawnState] = [-1, -1];
    for (let index = first; index <= last; index++) {
      const state = lane.blocks[4 * index + 2];
      const from = Math.max(this.left, this.x(lane.blocks[4 * index]));
      const to = Math.min(this.left + this.width, this.x(lane.blocks[4 * index + 1]));
      if (to < drawnTo + 0.5 && state === drawnState) continue;
      this.drawBlock(STATES[state], from, Math.max(to, from + 0.5), top);
      [drawnTo, drawnState] = [to, state];
    }
    if (lane.how !== null) this.drawEnd(lane, top);
    if (lane.stands) this.drawStanding(STATES[lane.stands[0]], top);
  }

  /** Work is high, and a wait is low, with its sign: so nothing is told by colour alone. */
  drawBlock(state, from, to, top) {
    const { pen } = this;
    pen.fillStyle = this.colour(state.word);
    const high = state.works ? ROW - 5 : state.word === "retrying" ? 9 : 4;
    pen.fillRect(from, top + (ROW - high) / 2, Math.max(0.5, to - from - (to - from > 3 ? 1 : 0)), high);
    if (!state.works && to - from > 18) {
      const middle = (from + to) / 2;
      pen.fillStyle = this.colour("ground");
      pen.fillRect(middle - 7, top + 2, 14, ROW - 4);
      pen.fillStyle = this.colour(state.word);
      pen.font = "bold 15px system-ui, sans-serif";
      pen.fillText(state.sign, middle, top + ROW / 2);
      pen.font = FONT;
    } else if (state.word === "computing" && to - from > 8) {
      pen.fillStyle = this.colour("ground");
      for (let x = from + 3; x < to - 3; x += 6) pen.fillRect(x, top + ROW / 2 - 1, 2, 2);
    }
  }

  drawEnd(lane, top) {
    const x = this.x(lane.until);
    if (x < this.left - 1 || x > this.left + this.width + 1) return;
    const isBad = lane.how !== "finished";
    this.pen.fillStyle = this.colour(isBad ? "bad" : "ink");
    this.pen.fillRect(x, top + 2, 2, ROW - 4);
    if (isBad) this.pen.fillText(lane.how === "panicked" ? "✗" : "X", x + 8, top + ROW / 2);
  }

  drawStanding(state, top) {
    if (this.view[1] < this.run.end) return;
    const x = this.x(this.run.end) + 1;
    this.pen.fillStyle = this.colour("bad");
    this.pen.fillRect(x, top + ROW / 2 - 2, FOR_EVER - 2, 4);
    this.pen.fillText(state.sign, x + FOR_EVER + 5, top + ROW / 2);
  }

  drawQueue(queue, nth) {
    const { pen } = this;
    const top = this.top(this.run.lanes.length + nth);
    const bottom = top + QUEUE - 3;
    const full = Math.max(1, queue.capacity ?? 0, queue.most);
    const y = (depth) => bottom - (depth / full) * (QUEUE - 9);
    this.name(queue.name, top + 11);
    pen.fillStyle = this.colour("faint");
    pen.fillText(queue.capacity === null ? "without bound" : `room for ${queue.capacity}`, 2, top + 25);
    pen.textAlign = "right";
    pen.fillText("max " + queue.most, this.size[0] - 2, top + QUEUE / 2);
    const { depth } = queue;
    const [first, last] = [Math.max(0, lastAt(depth, 2, this.view[0])), lastAt(depth, 2, this.view[1])];
    pen.fillStyle = this.colour("queue");
    for (let index = first; index <= last; index++) {
      const from = Math.max(this.left, this.x(depth[2 * index]));
      const until = index + 1 < depth.length / 2 ? depth[2 * index + 2] : this.run.end;
      const to = Math.min(this.left + this.width, this.x(until));
      if (depth[2 * index + 1] > 0 && to > from) pen.fillRect(from, y(depth[2 * index + 1]), Math.max(0.5, to - from), bottom - y(depth[2 * index + 1]));
    }
    if (queue.capacity) {
      pen.fillStyle = this.colour("room");
      for (let x = this.left; x < this.left + this.width; x += 6) pen.fillRect(x, y(queue.capacity) - 1, 3, 1);
    }
    pen.fillStyle = this.colour("line");
    pen.fillRect(this.left, bottom, this.width, 1);
  }

  drawMarks() {
    const { pen, run } = this;
    const line = (at, text) => {
      const x = this.x(at);
      if (x < this.left - 1 || x > this.left + this.width + 1) return;
      pen.fillStyle = this.colour("mark");
      for (let y = AXIS; y < this.size[1]; y += 5) pen.fillRect(x, y, 1, 3);
      pen.textAlign = "center";
      pen.fillText(text, x, AXIS - 7);
    };
    for (let n = 0; n < run.marks.length; n += 3) line(run.marks[n], "!");
    if (DATA.difference) line(DATA.difference[this.nth][0], "≠");
  }

  /** The item that is looked at: from its sender through its queue to whoever took it. */
  drawWay() {
    const { pen, item, run } = this;
    const middle = (row) => this.top(row) + (row < run.lanes.length ? ROW : QUEUE) / 2;
    const queue = run.lanes.length + item.queue;
    pen.strokeStyle = pen.fillStyle = this.colour("accent");
    pen.lineWidth = 2;
    const lines = item.taken.map(([at, by, until]) => [[item.sent, item.sender], [item.sent, queue], [at, queue], [at, by], [until, by]]);
    if (lines.length === 0) lines.push([[item.sent, item.sender], [item.sent, queue], [item.gone ?? run.end, queue]]);
    for (const points of lines) {
      pen.beginPath();
      for (const [at, row] of points) pen.lineTo(this.x(at), middle(row));
      pen.stroke();
      for (const [at, row] of points) pen.fillRect(this.x(at) - 3, middle(row) - 3, 6, 6);
    }
  }

  drawFocus() {
    const { row, index } = this.focus;
    const { pen, run } = this;
    pen.strokeStyle = this.colour("ink");
    pen.lineWidth = 2;
    if (row >= run.lanes.length) return pen.strokeRect(this.left, this.top(row) + 1, this.width, QUEUE - 2);
    if (blockCount(run, row) === 0) return pen.strokeRect(1, this.top(row) + 1, this.left - 4, ROW - 2);
    const { from, to } = block(run, row, index);
    const left = Math.max(this.left, this.x(from));
    pen.strokeRect(left, this.top(row) + 1, Math.max(3, Math.min(this.left + this.width, this.x(to)) - left), ROW - 2);
  }

  /** Moves the line of the clock alone: nothing is drawn anew. */
  showClock(at) {
    const x = this.x(Math.min(at, END));
    this.cursor.hidden = x < this.left - 1 || x > this.left + this.width + 1;
    this.cursor.style.transform = `translateX(${x - 1}px)`;
  }

  /** What is to be read of a row at an instant. */
  says(row, at) {
    const { run } = this;
    if (row >= run.lanes.length) {
      const queue = run.queues[row - run.lanes.length];
      const index = lastAt(queue.depth, 2, at);
      const now = index < 0 ? "is not made yet" : `holds ${queue.depth[2 * index + 1]}`;
      return `${queue.name} at ${seconds(at)}: ${now}. ${queue.says}`;
    }
    const lane = run.lanes[row];
    if (lane.stands && at >= run.end) return `${lane.name}, for ever: ${run.texts[lane.stands[1]]}`;
    if (at < lane.from) return `${lane.name} is not there yet: it begins at ${seconds(lane.from)}`;
    if (at > lane.until || blockCount(run, row) === 0) return `${lane.name} has ended at ${seconds(lane.until)}: ${lane.how ?? "with the program"}`;
    const { from, to, state, why } = blockAt(run, row, at);
    return `${lane.name}, ${seconds(from)} to ${seconds(to)} (${seconds(to - from)}), ${state.says}: ${why}`;
  }

  listen() {
    const point = (event) => {
      const box = this.canvas.getBoundingClientRect();
      const x = event.clientX - box.left;
      const isBehind = x > this.x(this.run.end);
      return { row: this.rowAt(event.clientY - box.top), at: isBehind ? this.run.end : this.timeAt(x) };
    };
    this.canvas.addEventListener("mousemove", (event) => {
      const { row, at } = point(event);
      if (event.buttons === 1) setClock(at);
      if (row >= 0) showWhy(this.says(row, at));
    });
    this.canvas.addEventListener("mousedown", (event) => {
      const { row, at } = point(event);
      setClock(at);
      if (row < 0) return;
      this.focusAt(row, at);
      this.choose(row, at);
    });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.frame.addEventListener("scroll", () => this.draw());
    for (const name of ["focus", "blur"]) this.canvas.addEventListener(name, () => this.draw());
  }

  focusAt(row, at) {
    const index = row < this.run.lanes.length ? Math.max(0, lastAt(this.run.lanes[row].blocks, 4, at)) : 0;
    this.focus = { row, index };
    this.scrollTo(row);
    if (row < this.run.lanes.length) follow(this.nth, row);
  }

  /** Shows the item that is in hand or comes next, or that is in the queue. */
  choose(row, at) {
    const lanes = this.run.lanes.length;
    const item = row < lanes ? itemOf(this.run, row, at) : itemInQueue(this.run, row - lanes, at);
    if (item) showItem(this, item);
  }

  key(event) {
    const { run, focus } = this;
    const isLane = focus.row < run.lanes.length;
    const go = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const row = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (row) {
      this.focusAt(Math.max(0, Math.min(this.rowCount() - 1, focus.row + row)), clock);
    } else if (go && isLane) {
      const count = blockCount(run, focus.row);
      const next = Math.max(0, Math.min(count - 1, focus.index + go));
      // Behind the last block of who stands for ever, there is the end.
      const isBehind = go > 0 && focus.index === count - 1 && run.lanes[focus.row].stands;
      if (isBehind) setClock(run.end);
      else if (count > 0) {
        focus.index = next;
        setClock(block(run, focus.row, next).from);
      }
    } else if (go) {
      const { depth } = run.queues[focus.row - run.lanes.length];
      const at = lastAt(depth, 2, go > 0 ? clock : clock - 1) + (go > 0 ? 1 : 0);
      if (at >= 0 && at < depth.length / 2) setClock(depth[2 * at]);
    } else if (event.key === "Enter") {
      this.choose(focus.row, clock);
    } else {
      return;
    }
    event.preventDefault();
    showWhy(this.says(this.focus.row, clock));
    this.draw();
  }
}

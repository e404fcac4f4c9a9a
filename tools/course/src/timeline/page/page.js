// The clock, the keys, and the beginning of it all.

let clock = 0;
let playing = null;
const charts = RUNS.map((run, nth) => new Chart(run, nth));

/** Sets the clock, and with it everything that shows it. */
function setClock(at, isPlaying = false) {
  clock = Math.max(0, Math.min(END, Math.round(at)));
  byId("clock").value = clock;
  byId("clock").setAttribute("aria-valuetext", seconds(clock));
  byId("now").textContent = seconds(clock);
  keepInView();
  for (const chart of charts) chart.showClock(clock);
  goAlong(clock);
  showCursors(clock);
  // While it plays, the table would be read aloud again and again.
  if (!isPlaying) showRowsAt(clock);
}

/** Where less than all is shown, what is shown goes along with the clock. */
function keepInView() {
  const [from, to] = charts[0].view;
  if (clock >= from && clock <= to) return;
  const length = to - from;
  const begin = Math.max(0, Math.min(END - length, clock - length / 4));
  setView([begin, begin + length]);
}

function setView(view) {
  for (const chart of charts) {
    chart.view = view;
    chart.draw();
    chart.showClock(clock);
  }
}

function zoom(by) {
  const [from, to] = charts[0].view;
  const length = Math.max(Math.min(END, 100), Math.min(END, (to - from) / by));
  const begin = Math.max(0, Math.min(END - length, clock - length / 2));
  setView([begin, begin + length]);
}

function play() {
  if (playing !== null) return stop();
  if (clock >= END) setClock(0);
  let before = performance.now();
  const tick = (now) => {
    setClock(clock + (now - before) * 1000 * Number(byId("speed").value), true);
    before = now;
    if (clock >= END) return stop();
    playing = requestAnimationFrame(tick);
  };
  playing = requestAnimationFrame(tick);
  byId("play").textContent = "Stop";
  byId("play").setAttribute("aria-pressed", "true");
}

function stop() {
  if (playing !== null) cancelAnimationFrame(playing);
  playing = null;
  byId("play").textContent = "Play";
  byId("play").setAttribute("aria-pressed", "false");
  showRowsAt(clock);
}

/** Goes to the nearest instant behind or before this one at which something happens, and tells what. */
function step(by) {
  const until = countUntil(by > 0 ? clock : clock - 1);
  const event = shownEvents[by > 0 ? until : until - 1];
  if (!event) return;
  const [nth, at] = event;
  const [time, lane, says] = RUNS[nth].events.slice(at, at + 3);
  setClock(time);
  showWhy(`${seconds(time)} ${nameOf(nth, lane)} ${RUNS[nth].texts[says]}`);
}

function legend() {
  for (const state of STATES) {
    const row = element("li");
    row.append(element("i", state.sign, { style: `background: var(--${state.word})` }), state.says);
    byId("legend").append(row);
  }
  for (const [sign, says] of [["│", "finished"], ["✗", "panicked"], ["X", "aborted"], ["!", "a mark"], ["≠", "the first difference"]]) {
    const row = element("li");
    row.append(element("i", sign, { style: "color: inherit" }), says);
    byId("legend").append(row);
  }
}

function keys(event) {
  const isTyping = /^(SELECT|TEXTAREA)$/.test(event.target.tagName) || event.ctrlKey || event.altKey || event.metaKey;
  const isPress = /^(BUTTON|SUMMARY)$/.test(event.target.tagName) && (event.key === " " || event.key === "Enter");
  if (isTyping || isPress) return;
  const does = { " ": play, ",": () => step(-1), ".": () => step(1), "+": () => zoom(2), "-": () => zoom(1 / 2), Escape: letGoOfItem }[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

function listen() {
  const on = (id, name, does) => byId(id).addEventListener(name, does);
  on("play", "click", play);
  on("back", "click", () => step(-1));
  on("forth", "click", () => step(1));
  on("wider", "click", () => zoom(1 / 2));
  on("nearer", "click", () => zoom(2));
  on("clock", "input", () => setClock(Number(byId("clock").value)));
  on("file", "change", () => {
    followed = null;
    showFile(shownRun, byId("file").value);
  });
  on("run", "change", () => {
    [shownRun, followed] = [Number(byId("run").value), null];
    fillFiles();
  });
  on("things", "toggle", fillItems);
  on("item", "change", () => {
    if (byId("item").value === "") return letGoOfItem();
    const [nth, index] = byId("item").value.split(" ").map(Number);
    const item = RUNS[nth].items[index];
    setClock(item.sent);
    showItem(charts[nth], item);
  });
  on("all", "toggle", () => showRowsAt(clock));
  on("of", "change", () => chooseRows(byId("of").value));
  on("earlier", "click", () => turnPages(-1));
  on("later", "click", () => turnPages(1));
  on("here", "click", () => showRowsAt(clock));
  document.addEventListener("keydown", keys);
  const redraw = () => charts.forEach((chart) => (chart.resize(), chart.showClock(clock)));
  window.addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

function begin() {
  byId("title").textContent = RUNS.map((run) => `${run.command} (pace ${run.pace}, ${seconds(run.end)})`).join(" and ");
  // A press of an arrow key moves the clock by as much as can be seen.
  byId("clock").step = Math.max(1, Math.round(END / 500));
  byId("clock").max = END;
  if (RUNS.length > 1) {
    byId("which").hidden = false;
    byId("run").append(...RUNS.map((run, nth) => element("option", `${"AB"[nth]}: ${run.command}`, { value: nth })));
  }
  byId("charts").append(...charts.map((chart) => chart.box));
  byId("things").hidden = RUNS.every((run) => run.items.length === 0);
  legend();
  fillNames();
  fillFiles();
  showStuck();
  listen();
  charts.forEach((chart) => chart.resize());
  setClock(0);
  const parts = DATA.difference?.map(([at, says]) => `${seconds(at)} ${says}`);
  const last = parts ? ` The first difference (≠) is: ${parts.join("; and ")}.` : "";
  const unknown = [...new Set(RUNS.map((run) => run.unknown).filter(Boolean))].map((says) => " " + says).join("");
  showWhy("Hover over a block, or go there with the arrow keys, to read why it waits." + last + unknown);
}

begin();

// All events as a table: a window of rows, which goes along with the clock unless somebody turns its pages.

const ROWS = 100;
let firstRow = 0;
let rowsOf = "";

/** All events of all runs by time, as [run, place of its first number]. */
const EVENTS = RUNS.flatMap((run, nth) => Array.from({ length: run.events.length / 4 }, (_, index) => [nth, 4 * index]));
if (RUNS.length > 1) EVENTS.sort((one, other) => timeOf(one) - timeOf(other));
let shownEvents = EVENTS;

function timeOf([nth, at]) {
  return RUNS[nth].events[at];
}

/** How many of the shown events have happened by an instant. */
function countUntil(at) {
  let [low, high] = [0, shownEvents.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(shownEvents[middle]) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nameOf(nth, lane) {
  return (RUNS.length > 1 ? "AB"[nth] + " " : "") + RUNS[nth].lanes[lane].name;
}

/** Chooses whose events are shown: "1 3" for the fourth lane of the second run. */
function chooseRows(whose) {
  rowsOf = whose;
  const [nth, lane] = whose.split(" ").map(Number);
  const isIt = (event) => event[0] === nth && RUNS[nth].events[event[1] + 1] === lane;
  shownEvents = whose === "" ? EVENTS : EVENTS.filter(isIt);
  showRowsAt(clock);
}

function showRowsAt(at) {
  showRows(Math.max(0, countUntil(at) - ROWS / 2));
}

function turnPages(by) {
  showRows(Math.max(0, Math.min(shownEvents.length - 1, firstRow + by * ROWS)));
}

function showRows(first) {
  firstRow = first;
  if (!byId("all").open) return;
  const last = countUntil(clock) - 1;
  const shown = shownEvents.slice(first, first + ROWS);
  byId("caption").textContent = `Events ${shown.length ? first + 1 : 0} to ${first + shown.length} of ${shownEvents.length}`;
  byId("rows").replaceChildren(
    ...shown.map(([nth, at], index) => {
      const run = RUNS[nth];
      const [time, lane, says, place] = run.events.slice(at, at + 4);
      const row = element("tr", "", first + index === last ? { "aria-current": "true" } : {});
      row.append(element("td", seconds(time)), element("td", nameOf(nth, lane)), element("td", run.texts[says]), element("td", run.texts[place]));
      return row;
    }),
  );
  const box = byId("rows").closest(".scroll");
  const row = byId("rows").querySelector("[aria-current]");
  box.scrollTop = row ? row.offsetTop - box.clientHeight / 2 : 0;
}

function fillNames() {
  const options = RUNS.flatMap((run, nth) => run.lanes.map((_, lane) => element("option", nameOf(nth, lane), { value: `${nth} ${lane}` })));
  byId("of").append(...options);
}

// What stands beside the picture: the source, an item's way, and who waits for whom.

let shownFile = "";
let shownRun = 0;
let badges = new Map();
let followed = null;

const sourcesOf = (nth) => RUNS[nth].sources ?? RUNS[0].sources ?? {};

function showWhy(text) {
  if (byId("why").textContent !== text) byId("why").textContent = text;
}

/** Shows a file of a run's program. */
function showFile(nth, file) {
  [shownRun, shownFile, badges] = [nth, file, new Map()];
  const list = element("ol");
  (sourcesOf(nth)[file] ?? "").split("\n").forEach((line, index) => {
    const row = element("li");
    const code = element("span", line || " ");
    row.append(element("span", String(index + 1), { class: "number" }), code);
    list.append(row);
  });
  byId("lines").replaceChildren(list);
  showCursors(clock);
}

/** Puts everybody's name at the line that it is at. Rows that stay as they are, are left alone. */
function showCursors(at) {
  const run = RUNS[shownRun];
  const there = new Map();
  run.lanes.forEach((lane, index) => {
    const [file, line] = splitPlace(placeAt(run, index, at));
    if (file === shownFile) there.set(line, [...(there.get(line) ?? []), lane.name]);
  });
  const rows = byId("lines").firstChild?.children ?? [];
  for (const line of new Set([...there.keys(), ...badges.keys()])) {
    const names = badge(there.get(line) ?? []);
    if (badges.get(line) === names || !rows[line - 1]) continue;
    const row = rows[line - 1];
    row.querySelector(".who")?.remove();
    row.classList.toggle("here", names !== "");
    if (names) row.append(element("span", names, { class: "who" }));
    if (names) badges.set(line, names);
    else badges.delete(line);
  }
}

/** From now on the source goes along with this lane. */
function follow(nth, lane) {
  followed = { nth, lane };
  goAlong(clock);
}

function goAlong(at) {
  if (!followed) return;
  const [file, line] = splitPlace(placeAt(RUNS[followed.nth], followed.lane, at));
  if (!(file in sourcesOf(followed.nth))) return;
  if (file !== shownFile || followed.nth !== shownRun) {
    byId("run").value = followed.nth;
    byId("file").value = file;
    showFile(followed.nth, file);
  }
  const [box, row] = [byId("lines"), byId("lines").firstChild.children[line - 1]];
  if (!row) return;
  const isSeen = row.offsetTop >= box.scrollTop && row.offsetTop + row.offsetHeight <= box.scrollTop + box.clientHeight;
  if (!isSeen) box.scrollTop = row.offsetTop - box.clientHeight / 3;
}

function badge(names) {
  const most = 4;
  return names.length > most ? `${names.slice(0, most).join(", ")} and ${names.length - most} more` : names.join(", ");
}

function splitPlace(place) {
  const colon = place.lastIndexOf(":");
  return [place.slice(0, colon), Number(place.slice(colon + 1))];
}

function fillFiles() {
  const files = Object.keys(sourcesOf(shownRun));
  byId("file").replaceChildren(...files.map((file) => element("option", file)));
  const first = files.includes("src/main.rs") ? "src/main.rs" : files[0] ?? "";
  byId("file").value = first;
  byId("source").hidden = files.length === 0;
  showFile(shownRun, first);
}

/** Shows the way of an item, in words and in the picture. */
function showItem(chart, item) {
  for (const other of charts) {
    other.item = other === chart ? item : null;
    other.draw();
  }
  const list = element("ol");
  for (const { says, leadsTo } of wayOf(chart.run, item)) {
    const step = element("li", says + (leadsTo ? " " : ""));
    if (leadsTo) {
      const button = element("button", "its way", { type: "button", "aria-label": `The way of message ${leadsTo.number}` });
      button.addEventListener("click", () => showItem(chart, leadsTo));
      step.append(button);
    }
    list.append(step);
  }
  byId("way").replaceChildren(element("strong", titleOf(chart.run, item)), list);
}

function letGoOfItem() {
  for (const chart of charts) {
    chart.item = null;
    chart.draw();
  }
  byId("way").replaceChildren();
  byId("item").value = "";
}

/** The list is long: it is filled when somebody opens it. */
function fillItems() {
  if (byId("item").options.length > 1) return;
  RUNS.forEach((run, nth) => {
    const title = (item) => (RUNS.length > 1 ? "AB"[nth] + " " : "") + titleOf(run, item);
    byId("item").append(...run.items.map((item, index) => element("option", title(item), { value: `${nth} ${index}` })));
  });
}

/** Tells why a run is stuck, and draws who waits for whom. */
function showStuck() {
  for (const run of RUNS.filter((run) => run.stuck)) {
    const { report, says, waits_for: waits } = run.stuck;
    const box = byId("stuck");
    box.hidden = false;
    if (RUNS.length > 1) box.append(element("h2", run.command));
    if (waits.length > 0) box.append(circle(run, waits));
    const list = element("ul");
    for (const who of new Set(waits.filter((_, n) => n % 3 === 0))) {
      const own = waits.map((_, n) => n).filter((n) => n % 3 === 0 && waits[n] === who);
      const whom = own.map((n) => run.lanes[waits[n + 1]].name).join(" and ");
      list.append(element("li", `${run.lanes[who].name} waits for ${whom}: ${run.texts[waits[own[0] + 2]]}`));
    }
    box.append(list, element("pre", report, { tabindex: "0" }), element("p", says));
  }
}

function shape(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

/** Who waits for whom, in a ring. The list below says the same. */
function circle(run, waits) {
  const lanes = [...new Set(waits.filter((_, n) => n % 3 < 2))];
  const ring = 92;
  const spot = (lane) => {
    const turn = (lanes.indexOf(lane) / lanes.length) * 2 * Math.PI - Math.PI / 2;
    return [210 + 1.35 * ring * Math.cos(turn), 125 + ring * Math.sin(turn)];
  };
  const drawing = shape("svg", { viewBox: "0 0 420 250", "aria-hidden": "true" });
  for (let n = 0; n < waits.length; n += 3) drawing.append(...arrow(spot(waits[n]), spot(waits[n + 1])));
  for (const lane of lanes) {
    const [x, y] = spot(lane);
    drawing.append(shape("circle", { cx: x, cy: y, r: 9 }));
    const { name } = run.lanes[lane];
    const short = name.length > 20 ? name.slice(0, 18) + "…" : name;
    drawing.append(shape("text", { x, y: y + (y < 125 ? -15 : 25), "text-anchor": "middle" }, short));
  }
  return drawing;
}

/** An arrow that bends, so that one there and one back stay apart. */
function arrow([x1, y1], [x2, y2]) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [along, across] = [[(x2 - x1) / length, (y2 - y1) / length], [-(y2 - y1) / length, (x2 - x1) / length]];
  const bend = [(x1 + x2) / 2 + 26 * across[0], (y1 + y2) / 2 + 26 * across[1]];
  const away = (from, to, by) => {
    const far = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
    return [from[0] + ((to[0] - from[0]) / far) * by, from[1] + ((to[1] - from[1]) / far) * by];
  };
  const [start, end] = [away([x1, y1], bend, 11), away([x2, y2], bend, 13)];
  const back = away(end, bend, 11);
  const wing = (side) => [back[0] + side * 5 * along[1], back[1] - side * 5 * along[0]].join(" ");
  return [
    shape("path", { d: `M${start.join(" ")} Q${bend.join(" ")} ${end.join(" ")}` }),
    shape("path", { class: "tip", d: `M${end.join(" ")} L${wing(1)} L${wing(-1)} Z` }),
  ];
}

// What is in the page, and how to look things up in it. The format is told in tools/course/src/timeline/data.rs.

const DATA = JSON.parse(document.getElementById("data").textContent);
const RUNS = DATA.runs;
const STATES = DATA.states;
const END = Math.max(...RUNS.map((run) => run.end), 1);

const byId = (id) => document.getElementById(id);

/** An element with a text. */
function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Cut off at milliseconds, as in the terminal. */
const seconds = (micros) => (Math.floor(micros / 1e3) / 1e3).toFixed(3) + " s";

/** The last of the records that begins at or before an instant, in a flat list of so many numbers each; or -1. */
function lastAt(list, width, at) {
  let [low, high] = [0, list.length / width];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle * width] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The block of a lane at an instant; null where it has none. */
function blockAt(run, lane, at) {
  const index = lastAt(run.lanes[lane].blocks, 4, at);
  return index >= 0 ? block(run, lane, index) : null;
}

/** A block by its place in its lane. */
function block(run, lane, index) {
  const [from, to, state, why] = run.lanes[lane].blocks.slice(4 * index, 4 * index + 4);
  return { index, from, to, state: STATES[state], why: run.texts[why] };
}

const blockCount = (run, lane) => run.lanes[lane].blocks.length / 4;

/** The line that an actor is at: "src/main.rs:41", or nothing before it has come to one or when it is gone. */
function placeAt(run, lane, at) {
  const { steps, from, until, how } = run.lanes[lane];
  const index = lastAt(steps, 2, at);
  const isGone = how !== null && at > until;
  return index < 0 || at < from || isGone ? "" : run.texts[steps[2 * index + 1]];
}

/** The item that a lane has in hand at an instant, or else the next one that it sends. */
function itemOf(run, lane, at) {
  const isInHand = (item) => item.taken.some(([from, by, until]) => by === lane && from <= at && at < until);
  const isNext = (item) => item.sender === lane && item.sent > at;
  return run.items.findLast(isInHand) ?? run.items.find(isNext) ?? null;
}

/** The item that has been in a queue for the longest time at an instant. */
function itemInQueue(run, queue, at) {
  const left = (item) => item.taken[0]?.[0] ?? item.gone ?? run.end;
  return run.items.find((item) => item.queue === queue && item.sent <= at && at < left(item)) ?? null;
}

function titleOf(run, item) {
  const line = item.line === null ? "" : ": " + run.texts[item.line];
  return `message ${item.number}${line}`;
}

/** The way of an item through the run, as sentences, each with the item that it leads to. */
function wayOf(run, item) {
  const name = (lane) => run.lanes[lane].name;
  const queue = run.queues[item.queue].name;
  const way = [];
  const tell = (says, leadsTo = null) => way.push({ says, leadsTo });
  const before = item.from === null ? null : run.items.find((other) => other.number === item.from);
  const made = madeIn(run, item);
  if (made) tell(`${seconds(made.from)} to ${seconds(made.to)}: ${name(item.sender)} works, before it sends this`);
  if (before) tell(`${name(item.sender)} had message ${item.from} in hand, and sends this one`, before);
  if (item.room > 0) tell(`${name(item.sender)} waited ${seconds(item.room)} for room in the ${queue}`);
  tell(`${seconds(item.sent)}: ${name(item.sender)} puts it into the ${queue}`);
  for (const [at, by, until, ...lines] of item.taken) {
    tell(`${seconds(at)}: ${name(by)} takes it; it has waited ${seconds(at - item.sent)}`);
    for (let n = 0; n < lines.length; n += 2) tell(`${seconds(lines[n])}: ${run.texts[lines[n + 1]]}`);
    for (const next of run.items) {
      const isPassedOn = next.from === item.number && next.sender === by && at <= next.sent && next.sent <= until;
      if (isPassedOn) tell(`${seconds(next.sent)}: ${name(by)} sends message ${next.number} ${whereTo(run, item, next)}`, next);
    }
    tell(`${seconds(until)}: ${whatEnds(run, by, until)}, after ${seconds(until - at)}`);
  }
  if (item.gone !== null) tell(`${seconds(item.gone)}: another message takes its place`);
  else if (item.taken.length === 0) tell("nobody ever takes it");
  return way;
}

/** The work of an item's sender right before it sent it. What it had in hand is told in its place. */
function madeIn(run, item) {
  if (item.from !== null) return null;
  const last = lastAt(run.lanes[item.sender].blocks, 4, item.sent - item.room - 1);
  const made = last < 0 ? null : block(run, item.sender, last);
  return made?.state.works && made.to === item.sent - item.room ? made : null;
}

/** How a lane lets go of what it has in hand. */
function whatEnds(run, lane, at) {
  const { name, until, how, stands } = run.lanes[lane];
  if (at < until) return `${name} has done with it`;
  if (how === "panicked" || how === "aborted") return `${name} has ${how} with it in hand`;
  if (how === null && !stands) return `${name} has it in hand as the run ends`;
  return `${name} has done with it`;
}

function whereTo(run, item, next) {
  const queue = run.queues[next.queue].name;
  return next.queue === item.queue ? `to the ${queue}, where this one came from` : `on to the ${queue}`;
}

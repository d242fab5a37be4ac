/** The view in the address, and back: flat, readable, and only what differs from the usual. */

import { member, numberIn, numbers, oneOf, pairs, text, whole, word } from "./address_values.js";
import { checkFrom, checkPart } from "./address_check.js";
import { ALL } from "./corners.js";
import { MEASURES } from "./measures.js";
import { labelsOf } from "./request.js";
import { stateOf } from "./store.js";

const VERSION = "1";
const LONGEST = 20_000; // letters of an address
const COLORS = 8; // of methods
const [MOST_STARTS, MOST_METHODS, MOST_TOLD] = [6, 32, 6];

/** What follows # in the address of a view. */
export function write(state) {
  const usual = stateOf();
  const { name, expression, ...rest } = state.objective;
  const parts = [["v", VERSION], ["o", joined(expression === undefined ? name : "", { ...(expression === undefined ? {} : { f: expression }), ...rest })]];
  for (const start of state.starts) parts.push(["s", typeof start === "string" ? text(start) : start.join(",")]);
  for (const { name: method, convention, steps, settings } of state.methods) parts.push(["m", joined(method, { convention, steps, ...settings })]);
  if (!state.methods.length) parts.push(["m", ""]);
  if (state.methods.some(({ color }, place) => color !== place % COLORS)) parts.push(["colors", state.methods.map(({ color }) => color).join(",")]);
  parts.push(["n", state.steps]);
  if (state.match !== usual.match) parts.push(["match", text(state.match)]);
  if (state.schedule) parts.push(["schedule", joined(state.schedule.name, { ...state.schedule, name: undefined })]);
  if (state.noise) parts.push(["noise", `${state.noise.std},${state.noise.seed}`]);
  if (state.pair) parts.push(["d", state.pair.join(",")]);
  if (state.at !== null) parts.push(["at", state.at]);
  if (state.window) parts.push(["w", rounded(state.window).join(",")]);
  if (state.map) parts.push(["map", joined(state.map.measure, { cells: state.map.cells })]);
  if (state.arrows) parts.push(["arrows", 1]);
  if (state.cell) parts.push(["cell", state.cell.join(",")]);
  parts.push(...byPlace(state));
  if (state.look) parts.push([state.look, 1]);
  if (state.tour) parts.push(["tour", state.tour]);
  const checked = checkPart(state.check);
  if (checked) parts.push(["check", checked]);
  return parts.map(([key, value]) => `${key}=${value}`).join("&");
}

/** The window to a thousandth of its width. */
function rounded(window) {
  const places = Math.min(Math.max(3 - Math.floor(Math.log10(window[0][1] - window[0][0])), 0), 100);
  return window.flat().map((each) => Number(each.toFixed(places)));
}

/** Which methods are in front or hidden: by their places, since labels change. */
function byPlace(state) {
  const labels = labelsOf(state.methods);
  const hidden = labels.flatMap((label, place) => (state.hidden.has(label) ? [place] : []));
  const front = labels.indexOf(state.front);
  return [...(front < 0 ? [] : [["front", front]]), ...(hidden.length ? [["hide", hidden.join(",")]] : [])];
}

const joined = (name, members) =>
  [text(name), ...Object.entries(members).filter(([, value]) => value !== undefined && value !== null).map(([key, value]) => `${text(key)}=${key === "f" ? text(value) : member(value)}`)].join(";");

/** The view of an address, and a sentence for each part that was left out. */
export function read(hash) {
  const usual = stateOf();
  const view = { starts: [], methods: [] };
  const left = [];
  const leave = (part, reason) => left.push(`The address has "${part.length > 60 ? `${part.slice(0, 60)}…` : part}": ${reason}. It was left out.`);
  const asked = hash.replace(/^#/, "");
  if (asked.length > LONGEST) leave(asked, `it has ${asked.length} letters, and more than ${LONGEST} are not read`);
  for (const part of asked.length > LONGEST ? [] : asked.split("&").filter(Boolean)) {
    const cut = part.indexOf("=");
    const [key, value] = cut < 0 ? [part, ""] : [part.slice(0, cut), part.slice(cut + 1)];
    try {
      if (!Object.hasOwn(PARTS, key)) throw new Error(`an address has no part of this name; it has ${Object.keys(PARTS).join(", ")}`);
      PARTS[key](view, value);
    } catch (error) {
      leave(part, error.message);
    }
  }
  const count = view.methods.length;
  view.methods.forEach((method, place) => (method.color = view.colors?.[place] ?? method.color));
  delete view.colors;
  if (!view.starts.length) delete view.starts;
  if (!view.starts && view.objective && view.objective.name !== usual.objective.name) view.starts = ["default"]; // those of another one are none of its own
  if (!count && !view.isBare) delete view.methods;
  delete view.isBare;
  if (view.pair?.some((place) => place >= count)) {
    leave(`d=${view.pair.join(",")}`, `there are ${count} methods, and they are counted from 0`);
    delete view.pair;
  }
  return { view: byLabel(view), left: left.length > MOST_TOLD ? [...left.slice(0, MOST_TOLD), `${left.length - MOST_TOLD} more parts of the address were left out.`] : left };
}

function byLabel({ front, hidden, ...view }) {
  const labels = labelsOf(view.methods ?? []);
  const found = (hidden ?? []).flatMap((place) => labels[place] ?? []);
  return { ...view, ...(labels[front] ? { front: labels[front] } : {}), ...(found.length ? { hidden: new Set(found) } : {}) };
}

const PARTS = {
  v: (_, value) => {
    if (value !== VERSION) throw new Error(`this page reads version ${VERSION}`);
  },
  o: (view, value) => {
    const [name, { f, ...members }] = pairs(value);
    if (typeof members.variables === "string") members.variables = members.variables.split(","); // as a reader writes them
    if (f === undefined && !isName(name)) throw new Error("expected the name of an objective, or f= and a formula");
    view.objective = f === undefined ? { name, ...members } : { expression: String(f), ...members };
  },
  s: (view, value) => {
    if (view.starts.length >= MOST_STARTS) throw new Error(`at most ${MOST_STARTS} starts are shown`);
    const isPoint = /^[-+.\d]/.test(value);
    if (!isPoint && value && !isName(word(value))) throw new Error("expected two numbers, or the name of a start");
    view.starts.push(isPoint ? numbers(value, 2) : word(value) || "default");
  },
  m: (view, value) => {
    if (value === "") return void (view.isBare = true);
    if (view.methods.length >= MOST_METHODS) throw new Error(`at most ${MOST_METHODS} methods are shown`);
    const [name, { convention = null, steps = null, ...settings }] = pairs(value);
    if (!isName(name)) throw new Error("expected the name of a method");
    view.methods.push({ name, convention, steps: steps === null ? null : whole(steps), settings, color: view.methods.length % COLORS });
  },
  colors: (view, value) => (view.colors = value.split(",").map((each) => numberIn(each, 0, COLORS - 1))),
  n: (view, value) => (view.steps = whole(value)),
  match: (view, value) => (view.match = word(value)),
  schedule: (view, value) => {
    const [name, members] = pairs(value);
    view.schedule = { ...members, name };
  },
  noise: (view, value) => {
    const [std, seed] = numbers(value, 2);
    view.noise = std === 0 ? null : { std, seed };
  },
  d: (view, value) => {
    const [plain, other] = value.split(",").map(whole);
    if (!(other >= 0) || plain === other) throw new Error("expected the places of two methods, such as 0,1");
    view.pair = [plain, other];
  },
  check: (view, value) => (view.check = checkFrom(value)),
  at: (view, value) => (view.at = whole(value)),
  w: (view, value) => {
    const [left, right, bottom, top] = numbers(value, 4);
    if (!(right > left && top > bottom)) throw new Error("expected left,right,bottom,top");
    view.window = [[left, right], [bottom, top]];
  },
  map: (view, value) => {
    const [measure, { cells = 41 }] = pairs(value);
    view.map = { measure: oneOf(measure, Object.keys(MEASURES)), cells: numberIn(cells, 2, 200) };
  },
  cell: (view, value) => {
    const [start, cell] = value.split(",").map(whole);
    if (!(cell <= ALL)) throw new Error(`expected the place of a start, and a cell from 0 to ${ALL}`);
    view.cell = [start, cell];
  },
  front: (view, value) => (view.front = whole(value)),
  hide: (view, value) => (view.hidden = value.split(",").map(whole)),
  arrows: (view, value) => (view.arrows = isOn(value)),
  embed: (view, value) => (view.look = isOn(value) ? "embed" : null),
  projector: (view, value) => (view.look = isOn(value) ? "projector" : null),
  tour: (view, value) => (view.tour = numberIn(value, 1, 6)),
};

const isName = (name) => name !== "" && !(name in {}); // what every object has is no name

const isOn = (value) => oneOf(value || "1", ["0", "1"]) === "1";

/** The title of a view: its methods. */
export const titleOf = (state) => `${labelsOf(state.methods).join(", ") || "no method"} · Stepgrade playground`;

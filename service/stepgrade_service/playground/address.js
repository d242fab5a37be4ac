/** The view in the address, and back: flat, readable, and only what differs from the usual. */

import { MEASURES } from "./cells.js";
import { ALL } from "./corners.js";
import { labelsOf } from "./request.js";
import { stateOf } from "./store.js";

const VERSION = "1";

/** What follows # in the address of a view. */
export function write(state) {
  const usual = stateOf();
  const { name, expression, ...rest } = state.objective;
  const parts = [["v", VERSION], ["o", joined(expression === undefined ? name : "", { ...(expression === undefined ? {} : { f: expression }), ...rest })]];
  for (const start of state.starts) parts.push(["s", typeof start === "string" ? text(start) : start.join(",")]);
  for (const { name: method, convention, settings } of state.methods) parts.push(["m", joined(method, { ...(convention ? { convention } : {}), ...settings })]);
  parts.push(["n", state.steps]);
  if (state.match !== usual.match) parts.push(["match", state.match]);
  if (state.schedule) parts.push(["schedule", joined(state.schedule.name, { ...state.schedule, name: undefined })]);
  if (state.noise) parts.push(["noise", `${state.noise.std},${state.noise.seed}`]);
  if (state.pair) parts.push(["d", state.pair.join(",")]);
  if (state.at !== null) parts.push(["at", state.at]);
  if (state.window) parts.push(["w", state.window.flat().map((each) => Number(each.toPrecision(4))).join(",")]);
  if (state.map) parts.push(["map", joined(state.map.measure, { cells: state.map.cells })]);
  if (state.arrows) parts.push(["arrows", 1]);
  if (state.cell) parts.push(["cell", state.cell.join(",")]);
  return parts.map(([key, value]) => `${key}=${value}`).join("&");
}

const text = (value) => encodeURIComponent(value).replaceAll("%20", "+").replaceAll("%2C", ",").replaceAll("%2F", "/");

const joined = (name, members) =>
  [text(name), ...Object.entries(members).filter(([, value]) => value !== undefined && value !== null).map(([key, value]) => `${text(key)}=${text(typeof value === "object" ? JSON.stringify(value) : value)}`)].join(";");

/** The view of an address, and a sentence for each part that was left out. */
export function read(hash) {
  const view = { starts: [], methods: [] };
  const left = [];
  for (const part of hash.replace(/^#/, "").split("&").filter(Boolean)) {
    const cut = part.indexOf("=");
    const [key, value] = cut < 0 ? [part, ""] : [part.slice(0, cut), part.slice(cut + 1)];
    try {
      if (!PARTS[key]) throw new Error(`it has no part named ${key}`);
      PARTS[key](view, value);
    } catch (error) {
      left.push(`The address has "${part}", which was left out: ${error.message}.`);
    }
  }
  if (!view.starts.length) delete view.starts;
  if (!view.methods.length) delete view.methods;
  if (view.pair?.some((place) => place >= (view.methods ?? []).length)) delete view.pair;
  return { view, left };
}

const PARTS = {
  v: () => {},
  o: (view, value) => {
    const [name, { f, ...members }] = split(value);
    view.objective = f === undefined ? { name, ...members } : { expression: String(f), ...members };
  },
  s: (view, value) => view.starts.push(/^[-+.\d]/.test(value) ? numbers(value, 2) : word(value)),
  m: (view, value) => {
    const [name, { convention = null, ...settings }] = split(value);
    if (!name) throw new Error("a method has a name");
    view.methods.push({ name, convention, settings, color: view.methods.length % 8 });
  },
  n: (view, value) => (view.steps = whole(value)),
  match: (view, value) => (view.match = oneOf(value, ["none", "first_step", "mean_step", "graft", "tuned"])),
  schedule: (view, value) => {
    const [name, members] = split(value);
    view.schedule = { name, ...members };
  },
  noise: (view, value) => {
    const [std, seed] = numbers(value, 2);
    view.noise = std > 0 ? { std, seed } : null;
  },
  d: (view, value) => (view.pair = numbers(value, 2)),
  at: (view, value) => (view.at = whole(value)),
  w: (view, value) => {
    const [left, right, bottom, top] = numbers(value, 4);
    if (!(right > left && top > bottom)) throw new Error("expected left,right,bottom,top");
    view.window = [[left, right], [bottom, top]];
  },
};

PARTS.arrows = (view, value) => (view.arrows = oneOf(value, ["0", "1"]) === "1");

PARTS.cell = (view, value) => {
  const [place, number] = numbers(value, 2);
  if (![place, number].every((each) => Number.isInteger(each) && each >= 0) || number > ALL) throw new Error("expected the place of a start, and a cell from 0 to 4");
  view.cell = [place, number];
};

PARTS.map = (view, value) => {
  const [measure, { cells = 41 }] = split(value);
  if (!Number.isInteger(cells) || cells < 2 || cells > 200) throw new Error("expected a number of cells from 2 to 200");
  view.map = { measure: oneOf(measure, Object.keys(MEASURES)), cells };
};

const word = (value) => decodeURIComponent(value.replaceAll("+", "%20"));

function split(value) {
  const [name, ...members] = value.split(";");
  return [word(name), Object.fromEntries(members.map((member) => {
    const [key, ...rest] = member.split("=");
    return [word(key), valueOf(word(rest.join("=")), key)];
  }))];
}

/** A number, true or false, a list; any other text as it is. */
function valueOf(value, key) {
  if (key === "f") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function numbers(value, count) {
  const found = value.split(",").map(Number);
  if (found.length !== count || !found.every(Number.isFinite)) throw new Error(`expected ${count} numbers with commas between them`);
  return found;
}

function whole(value) {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw new Error("expected a whole number of at least 0");
  return number;
}

function oneOf(value, known) {
  if (!known.includes(value)) throw new Error(`expected one of ${known.join(", ")}`);
  return value;
}

/** The title of a view: its methods. */
export const titleOf = (state) => `${labelsOf(state.methods).join(", ") || "no method"} · Stepgrade playground`;

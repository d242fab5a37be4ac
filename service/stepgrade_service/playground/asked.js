/** What an address asks for and the service does not know: it is left out, and told with the nearest known name. */

import { sentence } from "./format.js";
import { labelsOf } from "./request.js";

const FIRST = { name: "quadratic" }; // in place of an objective that is left out
const USUAL = "default"; // the start of who asks for none

/* What is equal is no change: the same request would be asked again, and refused again. */
const isEqual = (one, other) => one === other || JSON.stringify(one) === JSON.stringify(other);

/** The changes that leave out what these faults are about, and a sentence for each. */
export function leftOut(state, faults) {
  const next = { ...state, methods: [...state.methods], starts: [...state.starts] };
  const left = [];
  for (const { pointer, detail } of faults) {
    const [member, ...path] = pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const asked = Object.hasOwn(WITHOUT, member) ? WITHOUT[member](next, path, state) : null;
    if (asked !== null && asked !== undefined) left.push(told(asked, detail));
  }
  next.methods = next.methods.filter(Boolean);
  next.starts = next.starts.filter((start) => start !== null);
  if (!next.starts.length) next.starts = [USUAL];
  return { left, changes: Object.fromEntries(Object.entries(next).filter(([name, value]) => !isEqual(value, state[name]))) };
}

/** How each member of the request is left out of the state; gives what was asked. */
const WITHOUT = {
  optimizers: (next, [place, name, ...inner], state) => {
    const method = state.methods[place];
    const now = next.methods[place];
    if (!now) return null;
    if (name === "convention" && method.convention) {
      next.methods[place] = { ...now, convention: null };
      return `the convention ${method.convention} of ${method.name}`;
    }
    if (name !== undefined && Object.hasOwn(now.settings, name)) {
      const { [name]: value, ...settings } = now.settings;
      next.methods[place] = { ...now, settings };
      return `${name} = ${brief(value)} of ${method.name}`;
    }
    if (inner.length) return null;
    next.methods[place] = null;
    Object.assign(next, { pair: null, cell: null });
    return brief(method.name);
  },
  objective: (next, [name], state) => {
    if (name === "expression") return null; // it is marked in its field
    if (name !== undefined && name !== "name" && Object.hasOwn(next.objective, name)) {
      const { [name]: value, ...objective } = next.objective;
      next.objective = objective;
      return `${name} = ${brief(value)} of the objective`;
    }
    if (isEqual(next.objective, FIRST)) return null;
    Object.assign(next, { objective: { ...FIRST }, facts: null, window: null });
    return state.objective.expression === undefined ? brief(state.objective.name) : `the formula ${brief(state.objective.expression)}`;
  },
  start: (next, _, state) => leaveStart(next, 0, state),
  starts: (next, [place], state) => leaveStart(next, Number(place), state),
  steps: (next, [label], state) => {
    const place = labelsOf(state.methods).indexOf(label);
    if (place >= 0 && next.methods[place]) {
      next.methods[place] = { ...next.methods[place], steps: null };
      return `${state.methods[place].steps} steps of ${label}`;
    }
    next.steps = 100;
    return `${state.steps} steps`;
  },
  match: (next, _, state) => leave(next, "match", "none", `match = ${brief(state.match)}`),
  schedule: (next, [name], state) => leave(next, "schedule", null, `the schedule ${brief(state.schedule?.name)}${name && name !== "name" ? ` with ${name} = ${brief(state.schedule?.[name])}` : ""}`),
  noise: (next, _, state) => leave(next, "noise", null, `noise of ${brief(state.noise?.std)}, seed ${brief(state.noise?.seed)}`),
};

function leave(next, name, usual, asked) {
  if (next[name] === usual) return null;
  next[name] = usual;
  return asked;
}

/** Whether a start remains when one is left out: a formula may have none of its own. */
const hasAnother = (next, { objective, facts }) => objective.expression === undefined || facts?.starts[USUAL] !== undefined || next.starts.filter((start) => start !== null).length > 1;

function leaveStart(next, place, state) {
  const start = next.starts[place];
  if (start === null || start === undefined || start === USUAL || (Array.isArray(start) && !hasAnother(next, state))) return null; // told where one is chosen
  next.starts[place] = null;
  return `the start ${brief(state.starts[place])}`;
}

const brief = (value) => {
  const words = typeof value === "string" ? value : JSON.stringify(value) ?? "";
  return words.length > 40 ? `${words.slice(0, 40)}…` : words;
};

function told(asked, detail) {
  const [, nearest] = detail.match(/did you mean (.+?)( or |\?)/) ?? [];
  if (nearest) return `The address asks for ${asked}; the nearest is ${nearest}. It was left out.`;
  return `The address asks for ${asked}. ${sentence(detail.split(/[.?] Known names/)[0])} It was left out.`;
}

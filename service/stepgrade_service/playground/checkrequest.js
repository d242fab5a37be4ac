/** From the numbers in the panel to the one request that checks them. */

import { paramsOf, pointsOf } from "./readings.js";
import { placeOf } from "./start.js";

export const STEP = ["params", "gradient", "got"];

/** The optimizer that is checked: its own, else the first method of the page. */
export const checkedMethod = (state) => state.check.method ?? state.methods[0] ?? null;

/** The request's `reference` and `submission`; what cannot be read, by field; and how the numbers were read. */
export function checkOf(state) {
  const method = checkedMethod(state);
  if (!method) return { faults: { method: [{ told: "Choose the optimizer of your code." }] }, notes: [] };
  const { name, convention, settings } = method;
  const optimizer = { name, ...(convention ? { convention } : {}), ...settings };
  return state.check.kind === "points" ? pointsCheck(optimizer, state) : stepCheck(optimizer, state.check);
}

function stepCheck(optimizer, check) {
  const read = Object.fromEntries(STEP.map((field) => [field, paramsOf(check[field] ?? "")]));
  const slots = Object.entries(check.slots ?? {}).filter(([, text]) => text.trim()).map(([name, text]) => [name, paramsOf(text)]);
  const faults = faultsOf({ ...read, ...Object.fromEntries(slots) });
  const number = check.number?.trim() ? Number(check.number) : null;
  if (number !== null && !(Number.isInteger(number) && number >= 1)) faults.number = [{ told: "Write a whole number. The first step is number 1." }];
  for (const field of ["gradient", "got"]) {
    const [one, other] = [countOf(read.params.value), countOf(read[field].value)];
    if (one && other && one !== other && !faults.params) faults[field] ??= [{ told: `${field === "got" ? "Your params after the step have" : "The gradient has"} ${counted(other)}, but the params before the step have ${one}.` }];
  }
  const [params, gradient, got] = alike(STEP.map((field) => read[field].value));
  const isLater = slots.length > 0 || (number ?? 1) > 1;
  const state = isLater ? { state: { t: (number ?? 1) - 1, ...Object.fromEntries(slots.map(([name, each]) => [name, each.value])) } } : {};
  return {
    reference: { optimizer, params, gradient, ...state },
    submission: { params: got },
    decimals: read.got.decimals,
    notes: notesOf(read),
    faults,
  };
}

function pointsCheck(optimizer, state) {
  const start = state.starts[state.chosen];
  const from = placeOf(start, state.facts);
  const read = { points: pointsOf(state.check.points ?? "", 2) };
  const points = read.points.value;
  const near = 0.5 * 10 ** -Math.min(read.points.decimals, 12);
  const hasStart = points.length > 0 && from !== null && points[0].every((value, axis) => value !== null && Math.abs(value - from[axis]) <= near * (1 + 1e-9));
  const steps = points.length - (hasStart ? 1 : 0);
  const faults = faultsOf(read);
  if (!faults.points && steps === 0) faults.points = [{ told: "This is only the start. Paste the points after it too." }];
  const notes = notesOf(read);
  if (!hasStart && !faults.points) notes.push("The first point is not the start in the plot. So the page takes it as the point after step 1.");
  if (state.noise) notes.push("The plot has noise. This check has none.");
  return {
    reference: { optimizer, objective: state.objective, start, steps, ...(state.schedule ? { schedule: state.schedule } : {}) },
    submission: { points },
    decimals: read.points.decimals,
    shown: hasStart || !from ? points : [from, ...points],
    notes,
    faults,
  };
}

/** How many numbers there are; nothing where they have names or rows, which the service compares. */
const countOf = (value) => (typeof value === "number" ? 1 : Array.isArray(value) && value.every((each) => typeof each === "number") ? value.length : null);

const counted = (count) => `${count} ${count === 1 ? "number" : "numbers"}`;

const faultsOf = (read) => Object.fromEntries(Object.entries(read).filter(([, { faults }]) => faults.length).map(([field, { faults }]) => [field, faults]));

/** What is said of several fields is said once, with the numbers of the first. */
const notesOf = (read) => [...new Map(Object.values(read).flatMap(({ notes }) => notes).reverse().map((note) => [note.replace(/[\d.,]+/g, ""), note])).values()].reverse();

/** Named tensors where all have the same names; else plain lists of what was named. */
function alike(values) {
  const names = values.map((value) => (value && typeof value === "object" && !Array.isArray(value) ? Object.keys(value).sort().join(" ") : null));
  return names.every((each) => each === names[0]) ? values : values.map((value, place) => (names[place] === null ? value : Object.values(value)));
}

/** A tolerance of half a unit in the last decimal that was printed. */
export const toleranceOf = (decimals) => ({ rtol: 0, atol: 0.5 * 10 ** -decimals * (1 + 1e-9) });

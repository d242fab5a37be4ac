/** From what the page shows to the one request that computes it. */

import { askedFor, isEffect } from "./measures.js";

/** The methods' labels: each is unique, and says what sets it apart. */
export function labelsOf(methods) {
  const taken = new Set();
  return methods.map((method) => {
    const isAlone = methods.filter((other) => other.name === method.name).length === 1;
    const base = isAlone || !method.convention ? method.name : `${method.name} (${method.convention})`;
    let label = base;
    for (let number = 2; taken.has(label); number += 1) label = `${base} ${number}`;
    taken.add(label);
    return label;
  });
}

/** The two labels whose lead is split into step length and direction, or null. */
export function pairOf(state) {
  const labels = labelsOf(state.methods);
  const [plain, other] = state.pair ?? [0, 1];
  return labels[plain] && labels[other] && plain !== other ? [labels[plain], labels[other]] : null;
}

/** The colours of these two, by their numbers. */
export const colorsOf = ({ methods, pair }) => (pair ?? [0, 1]).map((place) => methods[place]?.color ?? place);

/** The number of steps; by label where a method has its own. */
export function stepsOf(state) {
  const labels = labelsOf(state.methods);
  const isShared = state.methods.every(({ steps }) => (steps ?? state.steps) === state.steps);
  return isShared ? state.steps : Object.fromEntries(state.methods.map(({ steps }, place) => [labels[place], steps ?? state.steps]));
}

/** Of a formula that is typed no minimum is known. */
export const knowsMinima = ({ expression, minima, find_minima: isFound }) => expression === undefined || Boolean(minima ?? isFound);

/** An optimizer as the service takes it. */
export function optimizerOf(method, label) {
  const { name, convention, settings } = method;
  return { name, ...(convention ? { convention } : {}), ...settings, ...(label === name ? {} : { label }) };
}

const MOST_POINTS = 2000; // of a run; a longer one is recorded at every so many steps

/** The request to /compare. With `isWhole` the lead is split, and the open charts have their measures; else there are points alone. */
export function comparisonOf(state, isWhole = true) {
  const labels = labelsOf(state.methods);
  const steps = stepsOf(state);
  const most = typeof steps === "number" ? steps : Math.max(...Object.values(steps));
  const pair = isWhole && state.match !== GRAFT && steps === state.steps && steps > 0 && knowsMinima(state.objective) ? pairOf(state) : null; // else a lead is not split
  const more = isWhole ? [...(state.arrows ? ["gradients", "updates"] : []), ...(state.hasMeasures ? ["effective_lr"] : []), ...(state.hasMeasures || state.arrows ? ["descent_cosine"] : [])] : [];
  return {
    objective: state.objective,
    ...(state.starts.length === 1 ? { start: state.starts[0] } : { starts: state.starts }),
    optimizers: state.methods.map((method, place) => optimizerOf(method, labels[place])),
    steps,
    ...(state.match === "none" ? {} : { match: state.match }),
    ...(state.schedule ? { schedule: state.schedule } : {}),
    ...(state.noise ? { noise: state.noise } : {}),
    ...(pair ? { decompose: pair } : {}),
    ...(most > MOST_POINTS ? { record_every: Math.ceil(most / MOST_POINTS) } : {}),
    include: isWhole ? ["points", "values", ...more] : ["points"],
  };
}

/** A grid over a window: square cells, about so many across, whose middles are round numbers and lie on neither axis. */
export function gridOver(window, cells) {
  const size = Number(((window[0][1] - window[0][0]) / cells).toPrecision(2));
  const axis = ([from, to]) => {
    const [first, last] = [Math.floor(from / size), Math.ceil(to / size) - 1];
    return [...[first, last].map((each) => Number(((each + 0.5) * size).toPrecision(12))), last - first + 1];
  };
  return { x: axis(window[0]), y: axis(window[1]) };
}

/** How many steps each method of the pair takes. */
export const budgetsOf = (state) => (pairOf(state) ?? []).map((label) => methodOf(state, label).steps ?? state.steps);

const methodOf = (state, label) => state.methods[labelsOf(state.methods).indexOf(label)];

/** The match at which only directions differ: there is no lead to split into step length and direction. */
export const GRAFT = "graft";

/** Whether a map of an effect is asked for where the methods have equal step lengths. */
export const isEffectless = ({ match, map }) => match === GRAFT && isEffect(map.measure);

/** The request to /map for the pair whose lead is split, or null where there are no two methods with equal numbers of steps. */
export function mapOf(state, grid) {
  const pair = pairOf(state);
  const [steps, others] = budgetsOf(state);
  if (!pair || steps !== others || isEffectless(state)) return null;
  const { objective, match, schedule, noise, map } = state;
  return {
    objective,
    optimizers: pair.map((label) => optimizerOf(methodOf(state, label), label)),
    grid,
    measure: askedFor(map.measure),
    steps,
    ...(match === "none" ? {} : { match }),
    ...(schedule ? { schedule } : {}),
    ...(noise ? { noise } : {}),
  };
}

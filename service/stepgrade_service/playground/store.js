/** What the page shows, in one place. Who changes it calls `set`; who draws it subscribes. */

export class Store {
  #listeners = [];

  constructor(state) {
    this.state = state;
  }

  /** Change members of the state, and tell which. */
  set(changes) {
    const changed = new Set(Object.keys(changes).filter((name) => changes[name] !== this.state[name]));
    if (changed.size === 0) return;
    this.state = { ...this.state, ...changes };
    for (const listener of this.#listeners) listener(this.state, changed);
  }

  /** Call with the state whenever one of these members changes, and now. */
  on(names, listener) {
    this.#listeners.push((state, changed) => {
      if (names.some((name) => changed.has(name))) listener(state, changed);
    });
    listener(this.state, new Set(names));
  }
}

/** Of the state, what a view is: these members stand in the address. */
export const VIEW = ["objective", "starts", "methods", "match", "steps", "schedule", "noise", "pair", "at", "window", "map", "arrows", "cell", "front", "hidden", "look", "tour", "check"];

/** Of these, what the runs depend on. */
export const RUNS = ["objective", "starts", "methods", "match", "steps", "schedule", "noise", "pair"];

/** The answer that the plot shows: while a start is dragged, the one of where it is. */
export const onPlot = (state) => state.passing ?? state.answer;

/** Whether what is shown is older than what is asked for, which has no answer. A lead that is not split is none of these. */
export const isOld = ({ gone, faults }) => gone !== null || faults.some(({ pointer }) => !pointer.startsWith("/decompose"));

/** A state, with the parts that are given in place of the usual ones. */
export function stateOf(view = {}) {
  return {
    objective: { name: "quadratic" },
    starts: ["A"],
    methods: [],
    match: "none",
    steps: 100,
    schedule: null,
    noise: null,
    pair: null, // whose lead is split: two places in `methods`, else the first two
    at: null, // the step that is shown; null where the page chooses it
    window: null, // what is in sight; null for the objective's own
    isZoomed: false, // whether the reader has chosen it
    map: null, // which measure is mapped, and in how many cells across; null where there are paths alone
    mapped: null, // what /map has answered, by cells
    mapFaults: [], // what is wrong in the request for a map
    mapCell: null, // the cell of the map that the keys have chosen
    isMapSlow: false, // whether the map has been asked for, and is not there yet
    arrows: false, // whether the next step of each run is drawn as arrows
    look: null, // "embed" or "projector"; null for the whole page
    tour: null, // the step of the guided tour, from 1
    chosen: 0, // which start the fields and a click move
    check: { kind: "step", method: null, hints: 3 }, // what stands in the panel that checks numbers
    submitted: null, // the points that were checked, and the right ones
    isHeld: false, // whether a start is pressed and has been moved
    isDragging: false, // whether it is on its way; false where it is held still
    isPlaying: false,
    hasMeasures: false, // whether the charts of rate and cosine are open
    cell: null, // what is drawn of the 2 x 2: the place of its start, and the number of its cell, 4 for all
    dropped: null, // the settings that "In every convention" left out, and `of` which optimizer
    isToFit: false, // whether the next answer is to be in sight as a whole
    front: null, // the label whose path is in front
    hidden: new Set(), // the labels whose paths are not drawn
    facts: null, // what the service knows of the objective
    answer: null, // what /compare has answered, and `of` which objective and starts
    passing: null, // the same while a start is dragged: its points alone, for the plot
    lines: null, // what /contours has answered
    faults: [], // what is wrong in the request
    gone: null, // what had no answer: a question by the part that asks it
    catalogue: { optimizers: [], objectives: [], pages: {} },
    ...view,
  };
}

/** Another formula is another landscape: what is in sight follows the paths, unless the reader has chosen it. */

import { fitted, windowOf } from "./plane.js";

export function fitNewFormula(store) {
  let [before, wanted] = [store.state.objective, null];
  store.on(["objective"], (state, changed) => {
    const isTyped = before.expression !== undefined && state.objective.expression !== undefined && before.expression !== state.objective.expression;
    if (isTyped && !state.isZoomed && !changed.has("methods")) wanted = state.objective; // an address changes the methods too, and has its own window
    before = state.objective;
  });
  store.on(["answer"], (state) => {
    if (!wanted || state.answer?.of.objective !== wanted) return;
    wanted = null;
    const window = windowOf(state);
    const isOut = (point) => point.some((each, axis) => each < window[axis][0] || each > window[axis][1]);
    if (state.answer.runs.some(({ points }) => points.some(isOut))) store.set({ window: fitted(state) });
  });
}

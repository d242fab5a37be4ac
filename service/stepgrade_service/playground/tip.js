/** The numbers of a point: of the one under the pointer, or of the one that the keys have reached on a path. */

import { announce } from "./announce.js";
import { find } from "./dom.js";
import { point, pointBeside, sizeOf, told } from "./format.js";
import { drawnRuns, placeAt } from "./paths.js";
import { stepOf } from "./player.js";

const NEAR = 14; // pixels

/** `wordsAt` tells what lies below the paths at a point, or null. */
export function createTip(plane, store, wordsAt) {
  const tip = find("tip");
  const tell = (words, [x, y] = []) => {
    tip.hidden = !words;
    if (!words) return;
    tip.textContent = words;
    tip.style.left = `${Math.max(4, Math.min(x + 14, plane.box.clientWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(y - tip.offsetHeight - 10, 4)}px`;
  };
  plane.box.addEventListener("pointermove", (event) => {
    if (event.buttons) return tell(null);
    const { left, top } = plane.box.getBoundingClientRect();
    const at = [event.clientX - left, event.clientY - top];
    const found = plane.view ? nearest(plane.view, store.state, at) : null;
    if (found) askMeasures(store, found.run);
    tell(found ? numbersOf(found.run, found.place, store.state) : plane.view ? wordsAt(plane.view.point(at)) : null, at);
  });
  plane.box.addEventListener("pointerleave", () => tell(null));
  letStep(plane, store, tell);
}

/** The numbers that charts have too come with the next answer. */
function askMeasures(store, run) {
  if (!run.measures && !store.state.hasMeasures) store.set({ hasMeasures: true });
}

/** What is known of a recorded point, a line each. */
function numbersOf(run, place, state) {
  const names = state.facts?.variables ?? ["x", "y"];
  const came = place > 0 && run.recorded[place] - run.recorded[place - 1] === 1 ? Math.hypot(...run.points[place].map((each, axis) => each - run.points[place - 1][axis])) : null;
  const { effective_lr: rates, descent_cosine: cosines } = run.measures ?? {};
  const lines = [`${run.label} from ${run.start}, step ${run.recorded[place]}`, `${names.join(", ")} = ${pointBeside(sizeOf(run), run.points[place])}`, `loss ${told(run.values[place])}`];
  if (came !== null) lines.push(`reached by a step of length ${told(came)}`);
  if (rates?.[place]) lines.push(`effective learning rate ${point(rates[place], 3)}`);
  if (cosines?.[place] !== null && cosines?.[place] !== undefined) lines.push(`cosine with downhill ${told(cosines[place], 3)}`);
  return lines.join("\n");
}

/** On a path that has the focus `,` and `.` step along it; Home and End go to its ends. */
function letStep(plane, store, tell) {
  let focused = null;
  const show = (run, place) => {
    tell(numbersOf(run, place, store.state), plane.view.pixels(run.points[place]));
    announce(numbersOf(run, place, store.state).replaceAll("\n", "; "));
  };
  store.on(["answer"], (state) => {
    const run = focused && drawnRuns(state).find((each) => `${each.label} ${each.start}` === focused.key);
    if (run) show(run, Math.min(focused.place, run.recorded.length - 1));
  });
  const runOf = (group) => drawnRuns(store.state).find((run) => run.label === group.dataset.label && run.start === group.dataset.start);
  // Not at the svg: where one listens for the focus, Chromium makes it a stop of the Tab key.
  plane.box.addEventListener("focusin", (event) => {
    const group = event.target.closest("g[data-label]");
    const run = group && runOf(group);
    if (!run) return;
    const key = `${run.label} ${run.start}`;
    if (focused?.key === key) return; // the path was drawn anew
    focused = { key, place: placeAt(run, stepOf(store.state)) };
    askMeasures(store, run);
    show(run, focused.place);
  });
  plane.box.addEventListener("focusout", (event) => {
    if (!event.relatedTarget) return; // it is being drawn anew
    focused = null;
    tell(null);
  });
  plane.svg.addEventListener("keydown", (event) => {
    const group = event.target.closest("g[data-label]");
    const run = group && runOf(group);
    if (!run || !focused || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = run.recorded.length - 1;
    const to = { ",": focused.place - 1, ".": focused.place + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    focused.place = Math.max(0, Math.min(last, to));
    show(run, focused.place);
  });
}

function nearest(view, state, [x, y]) {
  let [best, least] = [null, NEAR];
  for (const run of drawnRuns(state)) {
    const last = placeAt(run, stepOf(state));
    for (let place = 0; place <= last; place += 1) {
      const [px, py] = view.pixels(run.points[place]);
      const away = Math.hypot(px - x, py - y);
      if (away < least) [best, least] = [{ run, place }, away];
    }
  }
  return best;
}

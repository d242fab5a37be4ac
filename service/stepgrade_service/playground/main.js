/** The page, put together. */

import { read, titleOf, write } from "./address.js";
import { announce } from "./announce.js";
import { createArrows } from "./arrows.js";
import { createCharts } from "./charts.js";
import { find, whenStill } from "./dom.js";
import { listed, point } from "./format.js";
import { createKeys } from "./keys.js";
import { createMap } from "./map.js";
import { createMethods, resultOf } from "./methods.js";
import { letMove } from "./move.js";
import { createNotices } from "./notices.js";
import { createNumbers } from "./numbers.js";
import { createObjective } from "./objective.js";
import { drawRuns } from "./paths.js";
import { createPlane } from "./plane.js";
import { createPlayer, stepOf } from "./player.js";
import { createPresets, PRESETS } from "./presets.js";
import { createRunner } from "./runner.js";
import { createShared } from "./shared.js";
import { createStarts, moveStart, placeOf } from "./start.js";
import { stateOf, Store, VIEW } from "./store.js";
import { createTakeaway } from "./takeaway.js";
import { createTip } from "./tip.js";
import { createVerdict } from "./verdict.js";

const USUAL = PRESETS[0][1];

function viewOf(hash) {
  const { view, left } = read(hash.length > 1 ? hash : USUAL);
  return { view: { ...read(USUAL).view, ...(view.objective ? stateOf() : {}), ...view }, left };
}

const first = viewOf(location.hash);
const store = new Store(stateOf(first.view));
const plane = createPlane(store);
plane.painters.push((view, state) => drawRuns(plane.layers, view, state, stepOf(state)));
const runner = createRunner(store, plane);
const tell = createNotices(store);
createStarts(store, plane);
createMethods(store, runner.loadPage);
createShared(store);
createObjective(store);
createVerdict(store);
createCharts(store);
createNumbers(store);
createTakeaway(store, plane, announce);
const map = createMap(store, plane);
createTip(plane, store, map.wordsAt);
createArrows(store, plane);
createPresets();
createKeys(store, createPlayer(store), plane);
letMove(plane, store, (at) => map.startIn(at) || moveStart(store, store.state.chosen, at));
tell(first.left);
runner.loadCatalogue();

store.on(["facts", "answer", "lines", "at", "window", "starts", "chosen", "hidden", "front", "cell", "methods"], plane.redraw);

/* The address is written when things have come to rest: browsers refuse to have it written a hundred times in ten seconds. */
const writeAddress = whenStill(300, (state) => {
  if (state.isDragging || state.isPlaying) return;
  history.replaceState(null, "", `#${write(state)}`);
  dispatchEvent(new Event("addressed"));
});
let isReading = true;
store.on([...VIEW, "isDragging", "isPlaying"], (state) => {
  if (!isReading) writeAddress(state);
  document.title = titleOf(state);
});
isReading = false;

addEventListener("hashchange", () => {
  const { view, left } = viewOf(location.hash);
  const { catalogue, facts, hasMeasures } = store.state;
  isReading = true;
  const isSame = JSON.stringify(view.objective) === JSON.stringify(store.state.objective);
  store.set({ ...stateOf(view), catalogue, hasMeasures, ...(isSame ? { objective: store.state.objective, facts } : {}) });
  isReading = false;
  tell(left);
});

store.on(["answer", "isDragging"], (state) => {
  if (!state.answer || state.isDragging) return;
  const results = state.answer.runs.map((run) => `${run.label} ${resultOf(run)}`);
  find("description").textContent = `Paths from ${listed(Object.keys(state.answer.starts))}. ${results.join(". ")}.`;
  const at = placeOf(state.starts[state.chosen], state.facts);
  announce(`${at ? `Start ${point(at)}. ` : ""}${results.join(". ")}.`);
});

const projector = find("projector");
function project(isOn) {
  document.documentElement.classList.toggle("is-projector", isOn);
  projector.setAttribute("aria-pressed", isOn);
  plane.redraw();
}
projector.addEventListener("click", () => project(projector.getAttribute("aria-pressed") !== "true"));
addEventListener("keydown", (event) => event.key === "Escape" && project(false));

/** The page, put together. */

import { announce } from "./announce.js";
import { createArrows } from "./arrows.js";
import { createCharts } from "./charts.js";
import { createApart } from "./conventions.js";
import { find } from "./dom.js";
import { followAddress, viewOf } from "./history.js";
import { createKeys } from "./keys.js";
import { createLater } from "./later.js";
import { createLooks } from "./looks.js";
import { createFairness } from "./fairness.js";
import { createMethods } from "./methods.js";
import { letMove } from "./move.js";
import { createNotices } from "./notices.js";
import { createNumbers } from "./numbers.js";
import { createObjective } from "./objective.js";
import { drawRuns } from "./paths.js";
import { createPlane } from "./plane.js";
import { createPlayer, stepOf } from "./player.js";
import { createPresets } from "./presets.js";
import { createRunner } from "./runner.js";
import { createRefused } from "./refused.js";
import { sayResults } from "./said.js";
import { createShared } from "./shared.js";
import { createStarts, moveStart } from "./start.js";
import { stateOf, Store } from "./store.js";
import { createSubmitted } from "./submitted.js";
import { createTabs } from "./tabs.js";
import { createTakeaway } from "./takeaway.js";
import { createTip } from "./tip.js";
import { createVerdict } from "./verdict.js";
import { createWho } from "./who.js";

const first = viewOf(location);
const store = new Store(stateOf(first.view));
const plane = createPlane(store);
plane.paint(["answer", "passing", "at", "hidden", "front", "cell", "methods", "map"], (view, state, scale) => drawRuns(plane.layers, view, state, stepOf(state), scale));
const runner = createRunner(store, plane);
const tell = createNotices(store);
createStarts(store, plane);
createFairness(store);
createApart(store);
createMethods(store, runner.loadPage);
createShared(store);
createObjective(store);
createRefused(store);
createVerdict(store);
createCharts(store);
createNumbers(store);
createLater(store, {
  button: find("to-check"), place: find("checking"), member: "check", isWanted: ({ check }) => check.kind !== "step" || check.method || check.params,
  load: async () => (await import("./checking.js")).createChecking(store, runner.loadPage),
});
createSubmitted(store, plane);
createTakeaway(store, plane, announce);
createTabs(store);
const map = { wordsAt: () => null, startIn: () => false };
createLater(store, { member: "map", isWanted: (state) => state.map !== null, load: async () => Object.assign(map, (await import("./map.js")).createMap(store, plane)) });
createTip(plane, store, (at) => map.wordsAt(at));
createArrows(store, plane);
createPresets(store);
createWho(store);
createLooks(store, plane);
createLater(store, {
  button: find("take-tour"), member: "tour", isWanted: ({ tour }) => tour !== null,
  load: async () => (await import("./tour.js")).createTour(store),
});
createKeys(store, createPlayer(store), plane);
letMove(plane, store, (at) => map.startIn(at) || moveStart(store, store.state.chosen, at));
followAddress(store, tell, first.left);
runner.loadCatalogue();

store.on(["isDragging", "passing"], ({ isDragging, passing }) => document.documentElement.classList.toggle("is-passing", isDragging || passing !== null));

sayResults(store);

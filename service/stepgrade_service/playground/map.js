/** The map: from which starts does the second method of the pair help, and where does it hurt. Its cells lie below the paths. */

import { announce } from "./announce.js";
import { Gone, latest, post, Problem } from "./api.js";
import { cellInWords, cellsOf, legendOf } from "./cells.js";
import { drawn, element, find, whenStill } from "./dom.js";
import { told } from "./format.js";
import { boxOf, paintCells } from "./heat.js";
import { drawMapPanel } from "./legend.js";
import { answered, noAnswer } from "./outage.js";
import { windowOf } from "./plane.js";
import { colorsOf, gridOver, mapOf } from "./request.js";
import { faultsOf } from "./runner.js";

const STILL = 250; // milliseconds after which a moved view asks for its own cells
const SLOW = 400; // milliseconds after which a reader is told that the map is being computed
const ASKED = ["map", "objective", "methods", "match", "steps", "schedule", "noise", "pair", "window", "isDragging", "facts"];

export function createMap(store, plane) {
  const canvas = element("canvas", { class: "cells-ground", "aria-hidden": "true" });
  plane.box.prepend(canvas);
  plane.paint(["map", "mapped", "mapCell"], (view, state) => drawMap(canvas, plane.layers.cursor, view, state));
  const ask = createAsking(store, plane);
  const askLater = whenStill(STILL, ask);
  store.on(ASKED, (state, changed) => (changed.has("map") ? ask() : askLater()));
  new ResizeObserver(askLater).observe(plane.box);
  const drawPanel = () => drawMapPanel(find("map"), store.state, store);
  store.on(["map", "mapped", "mapFaults", "isMapSlow", "methods", "pair"], drawPanel);
  letChoose(store, plane);
  for (const query of ["(prefers-color-scheme: dark)", "print"]) { // paper is light, whatever the screen is
    matchMedia(query).addEventListener("change", () => {
      plane.redraw();
      drawPanel(); // its swatches are painted too
    });
  }
  return { startIn: (at) => startIn(store, at), wordsAt: (at) => wordsAt(store.state, at) };
}

/** Asks for the cells in sight, as often as one likes: of questions that wait, the last is kept. */
function createAsking(store, plane) {
  let timer;
  let underWay = null;
  const notSlow = () => {
    clearTimeout(timer);
    underWay = null;
    return { isMapSlow: false };
  };
  const draw = (answer, { request }) => {
    answered(store, "map");
    if (!store.state.map) return store.set(notSlow());
    const [measure] = request.measure;
    const cells = cellsOf(answer, measure);
    store.set({ mapped: { key: JSON.stringify(request), answer, measure, cells, legend: legendOf(answer, measure, cells, store.state.facts?.minima) }, mapFaults: [], mapCell: null, ...notSlow() });
    announce(`Map. ${store.state.mapped.legend.map(([, words, number]) => `${words}: ${number}`).join(". ")}.`);
  };
  const failed = (error) => {
    if (error instanceof Gone) {
      store.set(notSlow());
      return noAnswer(store, "map", ask);
    }
    if (!(error instanceof Problem)) throw error;
    answered(store, "map");
    store.set({ mapped: null, mapFaults: faultsOf(error.document), ...notSlow() });
  };
  const asked = latest(({ request }, signal) => post("map", request, undefined, signal), draw, failed);
  function ask() {
    const { state } = store;
    if (!state.map) return answered(store, "map");
    if (!plane.view || !state.facts || state.isDragging) return;
    const request = mapOf(state, gridOver(windowOf(state), state.map.cells)); // whatever the shape of the plot, so that its counts are too
    const key = JSON.stringify(request);
    if (!request || key === state.mapped?.key) answered(store, "map");
    if (!request) return store.set({ mapped: null, mapFaults: [] });
    if (key === underWay || key === state.mapped?.key) return;
    underWay = key;
    clearTimeout(timer);
    timer = setTimeout(() => store.set({ isMapSlow: true }), SLOW);
    asked({ request });
  }
  return ask;
}

function drawMap(canvas, layer, view, state) {
  const mapped = state.map ? state.mapped : null;
  canvas.hidden = !mapped;
  layer.replaceChildren();
  if (!mapped) return;
  paintCells(canvas, view, mapped.answer.axes, mapped.cells, colorsOf(state));
  if (mapped.measure === "minimum_reached") layer.append(...mapped.answer.minima.map((at, well) => numberAt(view.pixels(at), well + 1)));
  if (!state.mapCell) return;
  const [x, y, width, height] = boxOf(view, mapped.answer.axes, state.mapCell);
  layer.append(...["cell-cursor is-wide", "cell-cursor"].map((name) => drawn("rect", { class: name, x, y, width, height })));
}

/** The number of a minimum beside its star. */
function numberAt([x, y], number) {
  const scale = Number(getComputedStyle(document.documentElement).getPropertyValue("--scale")) || 1;
  return drawn("text", { class: "label", x: x - 12 * scale, y: y + 5 * scale, "text-anchor": "end" }, number);
}

/** The cell [across, up] that holds a point, or null. */
function cellAt({ map, mapped }, point) {
  if (!map || !mapped) return null;
  const place = mapped.answer.axes.map(({ values }, axis) => Math.round((point[axis] - values[0]) / (values[1] - values[0])));
  return place.every((each, axis) => each >= 0 && each < mapped.answer.axes[axis].values.length) ? place : null;
}

const centre = (mapped, place) => mapped.answer.axes.map(({ values }, axis) => Number(values[place[axis]].toPrecision(10)));

/** Start in the middle of the cell that holds a point, if there is one. */
function startIn(store, at) {
  const place = cellAt(store.state, at);
  if (place) startAt(store, centre(store.state.mapped, place));
  return place !== null;
}

function wordsAt(state, at) {
  const place = cellAt(state, at);
  return place && tellCell(state.mapped, place);
}

const tellCell = ({ answer, measure, cells }, place) => cellInWords(answer, measure, cells, place);

/** Arrows on the plot move from cell to cell, Enter starts there. With Shift they move the view. */
function letChoose(store, plane) {
  plane.box.addEventListener("keydown", (event) => {
    const { state } = store;
    if (event.target !== plane.box || !state.map || !state.mapped || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (move) choose(store, plane, move);
    else if (event.key === "Enter" && state.mapCell) startAt(store, centre(state.mapped, state.mapCell));
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
}

function choose(store, plane, move) {
  const { state } = store;
  const { axes } = state.mapped.answer;
  const middle = plane.view.point([plane.view.width / 2, plane.view.height / 2]);
  const from = state.mapCell ?? cellAt(state, middle) ?? [0, 0];
  const place = state.mapCell ? from.map((each, axis) => Math.max(0, Math.min(axes[axis].values.length - 1, each + move[axis]))) : from;
  store.set({ mapCell: place });
  announce(`${tellCell(state.mapped, place)}. Enter starts there.`);
}

/** Put the chosen start at a point, as it is. */
function startAt(store, to) {
  const { starts, chosen } = store.state;
  store.set({ starts: starts.map((start, each) => (each === chosen ? to : start)) });
  announce(`The start is ${to.map((each) => told(each)).join(", ")}.`);
}

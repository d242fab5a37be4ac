/** The starts: a handle for each, to drag and to move by keys. */

import { announce } from "./announce.js";
import { element, whenStill } from "./dom.js";
import { point } from "./format.js";
import { createFields } from "./startfields.js";

export const MOST = 6;
const LABEL = 80; // pixels that the name of a start may take
const PART = 50; // an arrow moves a start by this part of the window
const REST = 250; // milliseconds after which a start that is held still has come to rest

/** Where a start is: its own numbers, or those of its name. */
export const placeOf = (start, facts) => (typeof start === "string" ? facts?.starts[start] ?? facts?.starts.default ?? null : start);

export const nameOf = (start, number, count) => (typeof start === "string" ? start : count > 1 ? `start ${number + 1}` : "start");

export function createStarts(store, plane) {
  const handles = [];
  plane.paint(["starts", "chosen", "facts"], (view, state) => drawHandles(handles, view, state, store, plane));
  letAdd(store, plane);
  createFields(store, () => addStart(store, plane));
}

/** Put a start somewhere; while it is dragged only what is quick is computed. */
export function moveStart(store, number, to, isDragging = false) {
  const starts = store.state.starts.map((start, each) => (each === number ? to.map((value) => Number(value.toPrecision(4))) : start));
  store.set({ starts, chosen: number, isDragging, isHeld: isDragging });
}

const SPOTS = [[0.3, 0.3], [0.7, 0.3], [0.3, 0.7], [0.7, 0.7], [0.5, 0.2], [0.5, 0.8], [0.2, 0.5], [0.8, 0.5]];

/** A place in sight that is far from every start. */
function freePlace({ starts, facts }, { view }) {
  const taken = starts.map((start) => placeOf(start, facts)).filter(Boolean).map((at) => view.pixels(at));
  const room = (spot) => Math.min(...taken.map(([x, y]) => Math.hypot(spot[0] - x, spot[1] - y)));
  const spots = SPOTS.map(([across, down]) => [across * view.width, down * view.height]);
  return view.point(spots.reduce((best, spot) => (room(spot) > room(best) ? spot : best)));
}

function addStart(store, plane, to) {
  const starts = store.state.starts.filter((start) => placeOf(start, store.state.facts)); // a formula may have no start yet
  if (starts.length >= MOST) return announce(`There are ${MOST} starts, the most that are drawn.`);
  const at = (to ?? freePlace(store.state, plane)).map((value) => Number(value.toPrecision(3)));
  store.set({ starts: [...starts, at], chosen: starts.length, cell: null });
}

export function removeStart(store, number) {
  const starts = store.state.starts.filter((_, each) => each !== number);
  if (starts.length) store.set({ starts, chosen: 0, cell: null });
}

/** A double click adds a start there; its first click has moved none. */
function letAdd(store, plane) {
  let before = null;
  plane.box.addEventListener("mousedown", ({ detail }) => {
    if (detail < 2) before = store.state.starts;
  }, { capture: true });
  plane.box.addEventListener("dblclick", (event) => {
    if (event.target.closest("button")) return;
    const { left, top } = plane.box.getBoundingClientRect();
    store.set({ starts: before });
    addStart(store, plane, plane.view.point([event.clientX - left, event.clientY - top]));
  });
}

/** The focus goes to the ring of the chosen start, once it is drawn. */
const focusRing = (store, handles) => requestAnimationFrame(() => handles[store.state.chosen]?.focus());

function drawHandles(handles, view, state, store, plane) {
  while (handles.length > state.starts.length) handles.pop().remove();
  while (handles.length < state.starts.length) {
    handles.push(createHandle(handles.length, store, plane, handles));
    plane.box.append(handles.at(-1));
  }
  state.starts.forEach((start, number) => {
    const at = placeOf(start, state.facts);
    handles[number].hidden = !at || !view.holds(at);
    if (!at) return;
    const [x, y] = view.pixels(at);
    handles[number].style.left = `${(100 * x) / view.width}%`;
    handles[number].style.top = `${(100 * y) / view.height}%`;
    const name = nameOf(start, number, state.starts.length);
    handles[number].setAttribute("aria-label", `${name === "start" ? "Start" : `Start ${name.replace("start ", "")}`}, ${point(at)}`);
    handles[number].setAttribute("aria-current", number === state.chosen && state.starts.length > 1);
    handles[number].classList.toggle("is-last", x > view.width - LABEL);
    handles[number].firstElementChild.textContent = name === "start" ? "" : name;
  });
}

function createHandle(number, store, plane, handles) {
  const handle = element("button", { class: "handle", type: "button", "aria-roledescription": "movable point" }, element("span", { "aria-hidden": "true" }));
  letDrag(handle, number, store, plane);
  handle.addEventListener("keydown", (event) => {
    const { window: [[left, right], [bottom, top]] } = plane.view;
    const far = (event.shiftKey ? 10 : event.altKey ? 0.1 : 1) / PART;
    const [across, up] = [far * (right - left), far * (top - bottom)];
    const move = { ArrowLeft: [-across, 0], ArrowRight: [across, 0], ArrowUp: [0, up], ArrowDown: [0, -up] }[event.key];
    const at = placeOf(store.state.starts[number], store.state.facts);
    if (move && at) moveStart(store, number, [at[0] + move[0], at[1] + move[1]]);
    else if (event.key === "Insert" || event.key === "Delete") {
      if (event.key === "Insert") addStart(store, plane);
      else removeStart(store, number);
      focusRing(store, handles);
    } else return;
    event.preventDefault();
  });
  return handle;
}

/** A handle follows the pointer. */
function letDrag(handle, number, store, plane) {
  let press = null;
  const restLater = whenStill(REST, () => store.set({ isDragging: false }));
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    handle.setPointerCapture(event.pointerId);
    press = { from: plane.view.pixels(placeOf(store.state.starts[number], store.state.facts)), x: event.pageX, y: event.pageY };
  });
  handle.addEventListener("pointermove", ({ pageX, pageY }) => {
    if (!press) return;
    const { from: [across, down], x, y } = press; // no place of the plot is measured: that makes the browser lay out the page
    moveStart(store, number, plane.view.point([across + pageX - x, down + pageY - y]), true);
    restLater();
  });
  const end = () => {
    if (!press) return;
    press = null;
    store.set({ isDragging: false, isHeld: false });
  };
  handle.addEventListener("pointerup", end);
  handle.addEventListener("pointercancel", end);
}

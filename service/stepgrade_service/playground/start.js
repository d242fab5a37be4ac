/** The starts: a handle for each, to drag and to move by keys; fields, names and a list below the plot. */

import { element, find, show } from "./dom.js";
import { point, told } from "./format.js";
import { numberField } from "./field.js";

const MOST = 6;
const PART = 50; // an arrow moves a start by this part of the window

/** Where a start is: its own numbers, or those of its name. */
export const placeOf = (start, facts) => (typeof start === "string" ? facts?.starts[start] ?? facts?.starts.default ?? null : start);

export const nameOf = (start, number, count) => (typeof start === "string" ? start : count > 1 ? `start ${number + 1}` : "start");

export function createStarts(store, plane) {
  const handles = [];
  plane.painters.push((view, state) => drawHandles(handles, view, state, store, plane));
  store.on(["starts", "chosen", "facts", "objective"], (state) => drawFields(state, store, plane));
}

/** Put a start somewhere; while it is dragged only what is quick is computed. */
export function moveStart(store, number, to, isDragging = false) {
  const starts = store.state.starts.map((start, each) => (each === number ? to.map((value) => Number(value.toPrecision(4))) : start));
  store.set({ starts, chosen: number, isDragging });
}

function addStart(store, plane, to) {
  const { starts } = store.state;
  if (starts.length >= MOST) return;
  const at = to ?? plane.view.point([plane.view.width * 0.3, plane.view.height * 0.3]).map((value) => Number(value.toPrecision(3)));
  store.set({ starts: [...starts, at], chosen: starts.length });
}

function removeStart(store, number) {
  const starts = store.state.starts.filter((_, each) => each !== number);
  if (starts.length) store.set({ starts, chosen: 0 });
}

function drawHandles(handles, view, state, store, plane) {
  while (handles.length > state.starts.length) handles.pop().remove();
  while (handles.length < state.starts.length) {
    handles.push(createHandle(handles.length, store, plane));
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
    handles[number].firstElementChild.textContent = name === "start" ? "" : name.replace("start ", "");
  });
}

function createHandle(number, store, plane) {
  const handle = element("button", { class: "handle", type: "button", "aria-roledescription": "movable point" }, element("span", { "aria-hidden": "true" }));
  letDrag(handle, number, store, plane);
  handle.addEventListener("keydown", (event) => {
    const { window: [[left, right], [bottom, top]] } = plane.view;
    const far = (event.shiftKey ? 10 : event.altKey ? 0.1 : 1) / PART;
    const [across, up] = [far * (right - left), far * (top - bottom)];
    const move = { ArrowLeft: [-across, 0], ArrowRight: [across, 0], ArrowUp: [0, up], ArrowDown: [0, -up] }[event.key];
    const at = placeOf(store.state.starts[number], store.state.facts);
    if (move && at) moveStart(store, number, [at[0] + move[0], at[1] + move[1]]);
    else if (event.key === "Insert") addStart(store, plane);
    else if (event.key === "Delete") removeStart(store, number);
    else return;
    event.preventDefault();
  });
  return handle;
}

function letDrag(handle, number, store, plane) {
  let offset = null;
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    handle.setPointerCapture(event.pointerId);
    const box = handle.getBoundingClientRect();
    offset = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  });
  handle.addEventListener("pointermove", (event) => {
    if (!offset) return;
    const { left, top } = plane.box.getBoundingClientRect();
    moveStart(store, number, plane.view.point([event.clientX - left - offset[0], event.clientY - top - offset[1]]), true);
  });
  const end = () => {
    if (!offset) return;
    offset = null;
    store.set({ isDragging: false, chosen: number });
  };
  handle.addEventListener("pointerup", end);
  handle.addEventListener("pointercancel", end);
}

function drawFields(state, store, plane) {
  const box = find("start");
  const number = state.chosen;
  const at = placeOf(state.starts[number], state.facts);
  if (!at || box.contains(document.activeElement)) return updateFields(box, at);
  const names = state.facts?.variables ?? ["x", "y"];
  const fields = at.map((value, axis) =>
    numberField({ label: `start ${names[axis]}`, value, onChange: (to) => {
      const now = placeOf(store.state.starts[store.state.chosen], store.state.facts);
      moveStart(store, store.state.chosen, now.map((each, along) => (along === axis ? to : each)));
    } }),
  );
  const named = Object.keys(state.facts?.starts ?? {}).map((name) =>
    element("button", { type: "button", "aria-pressed": String(state.starts[number] === name), onclick: () => {
      store.set({ starts: store.state.starts.map((start, each) => (each === store.state.chosen ? name : start)) });
    } }, name),
  );
  const several = state.starts.length > 1
    ? [element("button", { type: "button", onclick: () => removeStart(store, store.state.chosen) }, `Remove ${nameOf(state.starts[number], number, 2)}`)]
    : [];
  const add = element("button", { type: "button", onclick: () => addStart(store, plane), disabled: state.starts.length >= MOST }, "Add a start");
  show(box, ...fields, ...named, add, ...several, element("span", { class: "small" }, "Drag the ring, or click in the plot."));
}

/** The numbers alone, where the focus is in one of the fields. */
function updateFields(box, at) {
  if (!at) return;
  [...box.querySelectorAll("input")].forEach((field, axis) => {
    if (field !== document.activeElement) field.value = told(at[axis]).replace("−", "-");
  });
}

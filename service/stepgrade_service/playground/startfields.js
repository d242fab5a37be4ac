/** Below the plot a row for each start: its numbers, its names, and what removes it. A field that has the focus keeps it. */

import { atMostOnceIn, element, find, OFTEN, renew } from "./dom.js";
import { numberField } from "./field.js";
import { told } from "./format.js";
import { MOST, moveStart, nameOf, placeOf, removeStart } from "./start.js";

export function createFields(store, add) {
  const box = find("start");
  const draw = (state) => drawFields(box, state, store, add);
  const followDrag = atMostOnceIn(OFTEN, () => draw(store.state));
  store.on(["starts", "chosen", "facts", "objective"], (state) => (state.isDragging ? followDrag() : draw(state)));
}

/* Only other rows are made anew: a field that is left for the next one is no longer the active element when its change is told. */
function drawFields(box, state, store, add) {
  const key = JSON.stringify([state.starts.map((start) => placeOf(start, state.facts) !== null), state.facts?.starts, state.facts?.variables]);
  if (box.dataset.drawn === key) return update(box, state);
  box.dataset.drawn = key;
  const rows = state.starts.map((start, number) => rowOf(start, number, state, store)).filter(Boolean);
  const more = element("button", { type: "button", onclick: add, disabled: state.starts.length >= MOST }, "Add a start");
  renew(box, ...rows, more, element("span", { class: "small" }, "Drag the ring, or click in the plot. A double click adds a start."));
  update(box, state);
}

function rowOf(start, number, state, store) {
  const at = placeOf(start, state.facts);
  if (!at) return null;
  const { length } = state.starts;
  const variables = state.facts?.variables ?? ["x", "y"];
  const fields = at.map((value, axis) => numberField({ label: `${length > 1 ? `start ${number + 1}` : "start"} ${variables[axis]}`, value, onChange: (to) => {
    const now = placeOf(store.state.starts[number], store.state.facts);
    moveStart(store, number, now.map((each, along) => (along === axis ? to : each)));
  } }));
  const names = Object.keys(state.facts?.starts ?? {});
  const named = names.map((each) => element("button", { type: "button", "data-name": each, "data-start": number, onclick: () => {
    store.set({ starts: store.state.starts.map((old, place) => (place === number ? each : old)), chosen: number });
  } }, each));
  const places = named.length ? element("span", { role: "group", "aria-label": "Start at a place with a name", class: "named" }, element("span", { class: "small" }, "start at"), ...named) : null;
  if (length === 1) return element("div", { class: "start-row", "data-row": number }, ...fields, places);
  const remove = element("button", { type: "button", class: "remove", onclick: () => removeStart(store, number) }, "×");
  return element("fieldset", { class: "start-row", "data-row": number }, element("legend", {}), ...fields, places, remove);
}

/** The numbers and the names of the rows that are there. */
function update(box, state) {
  for (const name of box.querySelectorAll("[data-name]")) name.setAttribute("aria-pressed", state.starts[name.dataset.start] === name.dataset.name);
  for (const row of box.querySelectorAll("[data-row]")) {
    const number = Number(row.dataset.row);
    const name = nameOf(state.starts[number], number, state.starts.length);
    row.setAttribute("aria-current", number === state.chosen && state.starts.length > 1);
    const [legend, remove] = [row.querySelector("legend"), row.querySelector(".remove")];
    if (legend) legend.textContent = name;
    for (const attribute of ["aria-label", "title"]) remove?.setAttribute(attribute, `Remove ${name}`);
    const values = placeOf(state.starts[number], state.facts);
    row.querySelectorAll("input").forEach((field, axis) => {
      if (field !== document.activeElement) field.value = told(values[axis]).replace("−", "-");
    });
  }
}

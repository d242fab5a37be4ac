/** The row of a method: its mark, its name, its settings, its formula, and room for its result. */

import { aboutConvention, everyConvention } from "./conventions.js";
import { drawn, element, find, show } from "./dom.js";
import { numberField } from "./field.js";
import { mark } from "./marks.js";
import { labelsOf } from "./request.js";
import { optimizerField, settingFields } from "./settings.js";

export function createRow(method, place, state, act) {
  const row = find("method").content.cloneNode(true).firstElementChild;
  const label = labelsOf(state.methods)[place];
  const page = state.catalogue.pages[method.name];
  const set = (changes) => act.change(place, changes);
  const fields = settingFields({ method, page, wrappers: state.catalogue.wrappers ?? [], now: () => act.now(place), set });
  row.dataset.run = method.color;
  row.classList.toggle("is-hidden", state.hidden.has(label));
  show(row.querySelector(".method-head"), ...headOf(method, place, label, state, act));
  show(row.querySelector(".method-fields"), ...fields.first, conventionsButton(method, place, page, state, act));
  const convention = page && aboutConvention(page, method.convention ?? page.default_convention);
  const hasTwin = state.methods.some((other, each) => each !== place && other.name === method.name && other.convention !== method.convention);
  show(row.querySelector(".twin"), hasTwin ? convention : null);
  show(row.querySelector(".method-about"), ...aboutOf(page), hasTwin ? null : convention);
  show(row.querySelector(".method-more"), ...fields.rest, ownSteps(method, state, set), around(fields.around));
  return row;
}

function headOf(method, place, label, state, act) {
  const isFront = state.front === label;
  const isHidden = state.hidden.has(label);
  const hide = () => {
    const hidden = new Set(act.hidden());
    if (!hidden.delete(label)) hidden.add(label);
    act.set({ hidden });
  };
  return [
    drawn("svg", { class: "key", viewBox: "-8 -8 16 16", "aria-hidden": "true" }, drawn("path", { d: mark(method.color, [0, 0], 13) })),
    optimizerField({ catalogue: state.catalogue, value: method.name, onChange: (name) => act.rename(place, name) }),
    element("button", { type: "button", class: "plain", "data-key": "front", "aria-pressed": String(isFront), title: "Draw its path over the others", onclick: () => act.set({ front: isFront ? null : label }) }, "on top"),
    element("button", { type: "button", class: "plain", "data-key": "hide", "data-hides": true, title: "Hide it (h)", "aria-pressed": String(isHidden), onclick: hide }, "hide"),
    element("button", { type: "button", class: "plain", "data-key": "remove", "aria-label": `Remove ${label}`, onclick: () => act.change(place, null) }, "×"),
  ];
}

/** A button that puts the same optimizer in all its conventions on the plot. */
function conventionsButton(method, place, page, state, act) {
  if (!page || page.conventions.length < 2) return null;
  const changes = everyConvention(state.methods, place, page, act.freeColor);
  if (changes.methods.length === state.methods.length) return null;
  const names = page.conventions.map(({ name }) => name).join(", ");
  return element("button", { type: "button", title: `Draw ${method.name} as in ${names}, each with its own defaults; lr stays`, onclick: () => act.set(changes) }, "In every convention");
}

/** What it does, and what it needs. */
function aboutOf(page) {
  if (!page) return [];
  return [
    element("p", { class: "small" }, page.idea),
    page.notes ? element("p", { class: "small" }, page.notes) : null,
    needs(page),
  ];
}

const NEEDS = {
  value: "the loss at each point",
  hessian_diagonal: "the diagonal of the Hessian, which the service computes from the objective",
  objective: "the objective itself: it evaluates it at other points too, so the numbers of one step are not enough",
};

function needs(page) {
  const more = page.needs.filter((each) => each !== "gradient").map((each) => NEEDS[each] ?? each);
  return more.length ? element("p", { class: "small" }, `It needs more than the gradient: ${more.join("; ")}.`) : null;
}

function ownSteps(method, state, set) {
  const title = "The number of steps of this method only. The comparison is then not fair, and the page says so.";
  const field = numberField({ label: "steps of its own", value: method.steps, placeholder: String(state.steps), least: 0, by: 1, isWhole: true, title, key: "steps", onChange: (steps) => set({ steps }) });
  return element("div", { class: "setting" }, field, element("p", { class: "small" }, title));
}

const around = (fields) => (fields.length ? element("details", {}, element("summary", {}, "More around the method: clipping, averaging, ..."), element("div", { class: "method-more" }, ...fields)) : null);

/** The parameters of an objective of the catalogue: sliders for what one turns and stretches, fields for the rest. */

import { element } from "./dom.js";
import { numberField, sliderField, textField } from "./field.js";

export function parameterFields(state, store) {
  const given = state.facts?.parameters ?? [];
  const isList = (each) => each.matrix || each.per_coordinate || typeof each.default !== "number";
  const more = given.filter(isList);
  const set = (each) => (to) => store.set({ objective: changed(store.state.objective, each, to), cell: null });
  return [
    ...given.filter((each) => !isList(each) && !isShut(each, state)).map((each) => simpleField(each, state.objective[each.name] ?? each.default, set(each))),
    more.length ? element("details", {}, element("summary", {}, "More parameters"), element("div", { class: "controls" }, ...more.map((each) => listField(each, state.objective[each.name], set(each))))) : null,
  ];
}

/** Whether another parameter that is set stands in the place of this one. */
const isShut = (each, state) => each.excludes.some((name) => state.objective[name] !== undefined && state.objective[each.name] === undefined);

function changed(objective, each, to) {
  const next = { ...objective };
  for (const name of each.excludes) if (to !== null) delete next[name];
  if (to === null) delete next[each.name];
  else next[each.name] = to;
  return next;
}

function simpleField(each, value, set) {
  const { name, meaning: title } = each;
  if (name === "rotation") return sliderField({ label: "turned by, degrees", value, from: Math.min(0, value), to: Math.max(90, value), step: 1, onInput: set });
  if (name === "condition" && value >= 1) {
    const rounded = (log) => Number((10 ** log).toPrecision(3));
    return sliderField({ label: "condition", value: Math.log10(value), from: 0, to: Math.max(3, Math.ceil(Math.log10(value))), step: 0.01, tell: (log) => String(rounded(log)), onInput: (log) => set(rounded(log)) });
  }
  return numberField({ label: name, value, title, onChange: set, key: name });
}

/** A field for one number, a list of numbers, or rows of them with a semicolon between. */
function listField(each, value, set) {
  const written = Array.isArray(value) ? value.map((row) => [row].flat().join(", ")).join(each.matrix ? "; " : ", ") : String(value ?? "");
  const placeholder = each.default === null ? "none" : String(each.default);
  const field = textField({ label: each.name, value: written, placeholder, title: each.meaning, key: each.name, onChange: (text) => set(read(text, each)) });
  return element("div", { class: "setting" }, field, element("p", { class: "small" }, each.matrix ? `${each.meaning}; rows with ; between, such as 2, 0; 0, 40` : `${each.meaning}; such as ${each.per_coordinate ? "1, 40" : "1"}`));
}

function read(text, each) {
  if (!text.trim()) return null;
  const numbers = (row) => row.split(/[\s,]+/).filter(Boolean).map((word) => (Number.isFinite(Number(word)) ? Number(word) : word));
  if (each.matrix) return text.split(";").map(numbers);
  const found = numbers(text);
  return found.length === 1 ? found[0] : found;
}

/** Fields for numbers and choices. */

import { element } from "./dom.js";

/** A labelled field for a number. `isLog` lets the arrow keys multiply by 10^0.1 (with Shift 10^0.01). */
export function numberField({ label, value, onChange, isLog = false, title = null, least = null, placeholder = null }) {
  const field = element("input", { class: "number", inputmode: "decimal", autocomplete: "off", title, placeholder });
  field.value = value ?? "";
  const read = () => {
    const number = Number(field.value.trim().replace("−", "-").replace(",", "."));
    const isRight = field.value.trim() === "" ? placeholder !== null : Number.isFinite(number) && (least === null || number >= least);
    field.setAttribute("aria-invalid", !isRight);
    if (isRight) onChange(field.value.trim() === "" ? null : number);
  };
  field.addEventListener("change", read);
  field.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const now = Number(field.value || placeholder || 0);
    const next = isLog && now > 0 ? now * 10 ** ((event.shiftKey ? 0.01 : 0.1) * way) : now + (event.shiftKey ? 10 : 1) * way * (Number.isInteger(now) && !isLog ? 1 : 0.1);
    field.value = String(Number(next.toPrecision(4)));
    read();
  });
  return element("label", {}, label, field);
}

/** A labelled list of choices, each [value, text]. */
export function choiceField({ label, value, choices, onChange, title = null, isPlain = false }) {
  const field = element("select", { title, "aria-label": isPlain ? label : null });
  field.append(...choices.map(([each, text]) => {
    const option = element("option", { value: each }, text);
    option.selected = each === value;
    return option;
  }));
  field.addEventListener("change", () => onChange(field.value));
  return isPlain ? field : element("label", {}, label, field);
}

/** A labelled slider with its number beside it. */
export function sliderField({ label, value, from, to, step, onInput, tell = String }) {
  const output = element("output", {}, tell(value));
  const range = element("input", { type: "range", min: from, max: to, step });
  range.value = value;
  range.addEventListener("input", () => {
    output.textContent = tell(Number(range.value));
    onInput(Number(range.value));
  });
  return element("label", {}, element("span", { class: "small" }, `${label} `, output), range);
}

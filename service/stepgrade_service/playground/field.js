/** Fields for numbers, words and choices. */

import { element } from "./dom.js";

let told = 0; // sentences so far, for their ids

/** After a field that cannot be read: what it expects. Gone where it can. */
function tellExpected(label, field, words) {
  if (label.nextElementSibling?.matches(".expected")) label.nextElementSibling.remove();
  field.setAttribute("aria-invalid", words !== null);
  field.toggleAttribute("data-unread", words !== null);
  if (words === null) return field.removeAttribute("aria-describedby");
  const id = `expected-${(told += 1)}`;
  field.setAttribute("aria-describedby", id);
  return label.after(element("p", { class: "expected", role: "alert", id }, words));
}

/**
 * A labelled field for a number. Up and down multiply it by 10^0.1 where `isLog` (with Shift by 10^0.01), else they add `by` (with Shift a
 * tenth of it). The wheel does nothing. An empty field means null where there is a `placeholder`.
 */
export function numberField({ label, value, onChange, isLog = false, isWhole = false, by = null, title = null, least = null, placeholder = null, key = null }) {
  const field = element("input", { class: "number", inputmode: "decimal", autocomplete: "off", title, placeholder, "data-key": key });
  field.value = value ?? "";
  const box = element("label", {}, label, field);
  let last = field.value || placeholder;
  const read = () => {
    const isEmpty = field.value.trim() === "";
    const number = Number(field.value.trim().replace("−", "-").replace(",", "."));
    const isRight = isEmpty ? placeholder !== null : Number.isFinite(number) && (least === null || number >= least) && (!isWhole || Number.isInteger(number));
    const expected = `Write a ${isWhole ? "whole " : ""}number${least === null ? "" : ` of at least ${least}`}${placeholder === null ? "" : ", or leave the field empty for the default"}.`;
    tellExpected(box, field, isRight ? null : `${expected}${last ? ` Until then it stays ${last}.` : ""}`);
    if (!isRight) return;
    last = field.value.trim() || placeholder;
    onChange(isEmpty ? null : number);
  };
  field.addEventListener("change", read);
  field.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const now = Number(field.value || placeholder || 0) || 0;
    const step = by ?? (Number.isInteger(now) && !isLog ? 1 : 0.1);
    const next = isLog && now > 0 ? now * 10 ** ((event.shiftKey ? 0.01 : 0.1) * way) : now + (event.shiftKey ? (step === 1 ? 10 : step / 10) : step) * way;
    field.value = String(Number(next.toPrecision(4)));
    read();
  });
  return box;
}

/** A labelled list of choices, each [value, text]; or [title, choices] for a group of them. */
export function choiceField({ label, value, choices, onChange, title = null, isPlain = false, key = null }) {
  const field = element("select", { title, "aria-label": isPlain ? label : null, "data-key": key });
  const optionOf = ([each, text]) => {
    const option = element("option", { value: each }, text);
    option.selected = each === value;
    return option;
  };
  field.append(...choices.map(([each, text]) => (Array.isArray(text) ? element("optgroup", { label: each }, ...text.map(optionOf)) : optionOf([each, text]))));
  field.addEventListener("change", () => onChange(field.value));
  return isPlain ? field : element("label", {}, label, field);
}

/** A labelled box to tick. */
export function checkField({ label, value, onChange, title = null, key = null }) {
  const field = element("input", { type: "checkbox", title, "data-key": key });
  field.checked = value;
  field.addEventListener("change", () => onChange(field.checked));
  return element("label", { class: "inline" }, field, label);
}

/** A labelled field for a text. */
export function textField({ label, value, onChange, title = null, placeholder = null, key = null, grows = false }) {
  const field = element("input", { type: "text", spellcheck: "false", autocomplete: "off", title, placeholder, "data-key": key });
  field.value = value;
  field.addEventListener("change", () => onChange(field.value));
  return element("label", { class: grows ? "grow" : null }, label, field);
}

/** A labelled slider with its number beside it. */
export function sliderField({ label, value, from, to, step, onInput, tell = String }) {
  const output = element("span", {}, tell(value));
  const range = element("input", { type: "range", min: from, max: to, step });
  range.value = value;
  range.setAttribute("aria-valuetext", tell(value));
  range.addEventListener("input", () => {
    output.textContent = tell(Number(range.value));
    range.setAttribute("aria-valuetext", output.textContent);
    onInput(Number(range.value));
  });
  return element("label", {}, element("span", { class: "small" }, `${label} `, output), range);
}

/** The form of the panel: which optimizer, one step or the points of a run, and the numbers as they are pasted. */

import { checkedMethod, STEP } from "./checkrequest.js";
import { element, show } from "./dom.js";
import { choiceField, textField } from "./field.js";
import { listed, point, sentence } from "./format.js";
import { marked } from "./objective.js";
import { keepFocus, ownChanges } from "./own.js";
import { optimizerField, renamed, settingFields } from "./settings.js";
import { placeOf } from "./start.js";

const ASKED = {
  params: ["Params before the step", "[1.0, 2.0]"],
  gradient: ["Gradient at these params", "[0.5, -4.0]"],
  got: ["Your params after the step", "[0.95, 2.4]"],
  points: ["Your points, one per line", "-4.9  -0.6\n-4.802  -0.36"],
};
const HINTS = [["1", "where to look"], ["2", "which part is wrong"], ["0", "the name of the mistake"], ["3", "everything"]];

export function createCheckForm({ store, set, loadPage, onCheck, onExample }) {
  const own = ownChanges(store);
  const setOwn = (changes) => own.set({ check: { ...store.state.check, ...changes } });
  const head = element("div", { class: "controls" });
  const method = element("div", { class: "controls", "data-field": "method" });
  const boxes = Object.fromEntries(Object.keys(ASKED).map((name) => [name, pasteBox(name, (text) => setOwn({ [name]: text }), onCheck)]));
  const later = element("details", {}, element("summary", {}, "Not the first step? Give its number and the state before it"));
  const laterFields = element("div", { class: "controls" });
  later.append(laterFields);
  const about = element("p", { class: "small" });
  const box = element("form", { class: "check-form", novalidate: true }, head, method, about, ...Object.values(boxes).map(({ part }) => part), later, buttons(onExample));
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    onCheck();
  });
  const change = (changes) => setOwn({ method: { ...checkedMethod(store.state), ...changes } });
  let drawnFor = null;

  store.on(["check", "methods", "catalogue"], (state) => {
    const chosen = checkedMethod(state);
    if (chosen) loadPage(chosen.name);
    const isStep = state.check.kind === "step";
    STEP.forEach((name) => (boxes[name].part.hidden = !isStep));
    boxes.points.part.hidden = isStep;
    later.hidden = !isStep;
    const key = JSON.stringify([chosen?.name, chosen?.convention, chosen && state.catalogue.pages[chosen.name] !== undefined, state.catalogue.optimizers.length, state.methods[0]?.name]);
    if (own.isOwn && key === drawnFor) return void (method.querySelector("[data-key=name]").value = state.check.method?.name ?? "");
    drawnFor = key;
    keepFocus(head, () => show(head, ...headOf(state, setOwn)));
    keepFocus(method, () => drawMethod(method, chosen, state));
    keepFocus(laterFields, () => drawLater(laterFields, chosen, store, setOwn));
  });
  store.on(["check", "objective", "starts", "chosen", "facts", "schedule"], (state) => (about.textContent = aboutRun(state)));
  fill(store.state);

  function drawMethod(part, chosen, state) {
    const page = chosen && state.catalogue.pages[chosen.name];
    const first = state.methods[0];
    const choose = optimizerField({ catalogue: state.catalogue, value: state.check.method ? state.check.method.name : "", label: "Optimizer of your code", isPlain: false,
      more: first ? [["", `the first method above: ${first.name}`]] : [["", "choose one"]],
      onChange: async (name) => set({ method: name ? await renamed(chosen ?? { settings: {} }, name, loadPage) : null }) });
    const fields = chosen ? settingFields({ method: chosen, page, wrappers: [], now: () => checkedMethod(store.state), set: change }) : { first: [], rest: [] };
    const open = part.querySelector("details")?.open;
    const more = fields.rest.length ? element("details", {}, element("summary", {}, "More settings"), element("div", { class: "method-more" }, ...fields.rest)) : null;
    if (more && open) more.open = true;
    show(part, choose, ...fields.first, more, element("p", { class: "fault", role: "alert", hidden: true }));
  }

  function fill(state) {
    for (const [name, { field }] of Object.entries(boxes)) field.value = state.check[name] ?? "";
  }

  /** Show what is wrong at its field, with its place marked. */
  function tell(faults, check) {
    const texts = { ...check, ...check.slots };
    for (const part of box.querySelectorAll("[data-field]")) {
      const found = faults[part.dataset.field] ?? [];
      const line = part.querySelector(".fault");
      if (!line) continue;
      line.hidden = found.length === 0;
      show(line, ...found.slice(0, 1).flatMap((each) => [`${each.told} `, each.length ? marked(around(texts[part.dataset.field], each), { offset: Math.min(each.offset, NEAR), length: each.length }) : null]));
      part.querySelector("textarea, input")?.setAttribute("aria-invalid", found.length > 0);
    }
    if (faults.number || Object.keys(faults).some((name) => name in (check.slots ?? {}))) later.open = true;
    box.querySelector('[aria-invalid="true"]')?.focus();
  }

  return { box, fill, tell, focus: () => box.querySelector("textarea:not([hidden])")?.focus() };
}

const NEAR = 20; // letters before a marked place that are shown

const around = (text, { offset, length }) => [...text].slice(Math.max(0, offset - NEAR), offset + length + NEAR).join("");

function headOf(state, set) {
  const radio = (kind, words) => {
    const field = element("input", { type: "radio", name: "check-kind", value: kind, checked: state.check.kind === kind });
    field.addEventListener("change", () => set({ kind }));
    return element("label", { class: "inline" }, field, words);
  };
  return [
    element("fieldset", { class: "plain" }, element("legend", { class: "unseen" }, "What you check"), radio("step", "one step"), radio("points", "the points of a run")),
    choiceField({ label: "Tell me", value: String(state.check.hints), choices: HINTS, onChange: (to) => set({ hints: Number(to) }) }),
  ];
}

/** A box to paste numbers in; Ctrl and Enter check them. */
function pasteBox(name, onChange, onCheck) {
  const [label, placeholder] = ASKED[name];
  const field = element("textarea", { rows: name === "points" ? 6 : 2, placeholder, spellcheck: "false", autocomplete: "off", "aria-describedby": `fault-of-${name}` });
  field.addEventListener("input", () => onChange(field.value));
  field.addEventListener("keydown", (event) => event.key === "Enter" && event.ctrlKey && onCheck());
  const fault = element("p", { class: "fault", role: "alert", id: `fault-of-${name}`, hidden: true });
  return { field, part: element("div", { class: "paste", "data-field": name }, element("label", {}, label, field), fault) };
}

/** The number of the step, and a field for each slot of the optimizer. */
function drawLater(part, chosen, store, set) {
  const { state } = store;
  const slots = (chosen && state.catalogue.pages[chosen.name]?.slots) ?? [];
  const made = (name, label, value, title, onChange) => element("div", { class: "setting", "data-field": name },
    textField({ label, value, title, placeholder: name === "number" ? "1" : "0", onChange }), element("p", { class: "small" }, title), element("p", { class: "fault", role: "alert", hidden: true }));
  show(part, made("number", "number of this step", state.check.number ?? "", "1 for the first step; Adam's t", (number) => set({ number })),
    ...slots.map(({ name, meaning }) => made(name, `${name} before the step`, state.check.slots?.[name] ?? "", meaning, (text) => set({ slots: { ...store.state.check.slots, [name]: text } }))));
}

function aboutRun(state) {
  if (state.check.kind === "step") return "You can paste a Python list, a printed NumPy array, or numbers with spaces or commas between them.";
  const from = placeOf(state.starts[state.chosen], state.facts);
  const names = listed(state.facts?.variables ?? ["x", "y"]);
  const start = from ? `from ${point(from)}` : "from the start";
  return sentence(`The run goes ${start} on ${state.facts?.title ?? "the objective"}, as in the plot${state.schedule ? ", with its schedule" : ""}. Paste ${names} of each point, with or without the start`);
}

const buttons = (onExample) => element("div", { class: "controls" },
  element("button", { type: "submit" }, "Check"),
  element("button", { type: "button", onclick: onExample }, "Try an example with a mistake"),
  element("span", { class: "small" }, "The numbers go only to this service. It does not store them."));

/** The methods: one row each, with its colour, its settings, its formula and its result. A row that has the focus is not made anew. */

import { drawn, element, find, renew, show } from "./dom.js";
import { told } from "./format.js";
import { choiceField, numberField } from "./field.js";
import { formulaOf } from "./formula.js";
import { mark } from "./marks.js";
import { isLost } from "./paths.js";
import { labelsOf } from "./request.js";

const COLORS = 8;
const ALWAYS = ["lr"]; // settings that are shown without asking; and those that are set

export function createMethods(store, loadPage) {
  const list = element("ul");
  const add = element("button", { type: "button", onclick: () => addMethod(store) }, "Add a method");
  show(find("methods"), list, element("div", { class: "controls" }, add));
  let rows = [];
  store.on(["methods", "catalogue", "front", "hidden"], (state, changed) => {
    state.methods.forEach((method) => loadPage(method.name));
    if (list.contains(document.activeElement) && document.activeElement.matches("input") && state.methods.length === rows.length && !changed.has("catalogue") && isAlike(state, rows)) return;
    rows = state.methods.map((method) => `${method.name} ${method.convention}`);
    const open = [...list.children].map((row) => row.querySelector("details").open);
    renew(list, ...state.methods.map((method, place) => createRow(method, place, state, store, open[place])));
    drawResults(list, state);
  });
  store.on(["answer", "faults"], (state) => drawResults(list, state));
}

const isAlike = (state, rows) => state.methods.every((method, place) => `${method.name} ${method.convention}` === rows[place]);

function addMethod(store) {
  const { methods } = store.state;
  const free = [...Array(COLORS).keys()].find((color) => methods.every((method) => method.color !== color)) ?? methods.length % COLORS;
  store.set({ methods: [...methods, { name: "adam", convention: null, settings: { lr: 0.1 }, color: free }] });
}

/** Change a method, or take it away. */
function change(store, place, changes) {
  const methods = store.state.methods.flatMap((method, each) => (each !== place ? [method] : changes ? [{ ...method, ...changes }] : []));
  store.set(changes ? { methods } : { methods, pair: null, cell: null });
}

function createRow(method, place, state, store, isOpen) {
  const row = find("method").content.cloneNode(true).firstElementChild;
  const label = labelsOf(state.methods)[place];
  const page = state.catalogue.pages[method.name];
  row.dataset.run = method.color;
  row.classList.toggle("is-hidden", state.hidden.has(label));
  show(row.querySelector(".method-head"), ...headOf(method, place, label, state, store));
  show(row.querySelector(".method-fields"), ...fieldsOf(method, place, page, store, (name) => ALWAYS.includes(name) || name in method.settings));
  const rest = fieldsOf(method, place, page, store, (name) => !ALWAYS.includes(name) && !(name in method.settings));
  const formula = page ? element("div", { class: "formula", tabindex: 0, role: "group", "aria-label": `Formula of ${page.title}` }, formulaOf(page.formula_mathml)) : null;
  show(row.querySelector(".method-more"), formula, ...rest, page?.notes ? element("p", { class: "small" }, page.notes) : null);
  row.querySelector("details").open = isOpen ?? false;
  return row;
}

function headOf(method, place, label, state, store) {
  const key = drawn("svg", { class: "key", viewBox: "-8 -8 16 16", "aria-hidden": "true" }, drawn("path", { d: mark(method.color, [0, 0], 13) }));
  const known = state.catalogue.optimizers.filter((each) => !each.needs.includes("objective") || each.needs.length).map((each) => [each.name, each.name]);
  const choices = known.some(([name]) => name === method.name) ? known : [[method.name, method.name], ...known];
  const isFront = state.front === label;
  const isHidden = state.hidden.has(label);
  return [
    key,
    choiceField({ label: "Method", value: method.name, choices, isPlain: true, onChange: (name) => change(store, place, { name, convention: null, settings: { lr: method.settings.lr ?? 0.1 } }) }),
    element("button", { type: "button", class: "plain", "aria-pressed": String(isFront), title: "Draw it in front", onclick: () => store.set({ front: isFront ? null : label }) }, "front"),
    element("button", { type: "button", class: "plain", "aria-pressed": String(isHidden), "data-hides": true, title: "Hide it (h)", onclick: () => {
      const hidden = new Set(store.state.hidden);
      if (!hidden.delete(label)) hidden.add(label);
      store.set({ hidden });
    } }, "hide"),
    element("button", { type: "button", class: "plain", "aria-label": `Remove ${label}`, onclick: () => change(store, place, null) }, "×"),
  ];
}

function fieldsOf(method, place, page, store, isShown) {
  if (!page) return isShown("lr") ? Object.entries(method.settings).map(([name, value]) => settingField(method, place, { name, type: "number" }, value, null, store)) : [];
  const convention = method.convention ?? page.default_convention;
  const given = page.hyperparameters.filter((each) => isShown(each.name));
  const conventions = page.conventions.map(({ name }) => [name, name]);
  const chosen = choiceField({ label: "convention", value: convention, choices: conventions, onChange: (name) => change(store, place, { convention: name }), title: "Whose formula and defaults" });
  const fields = given.map((each) => settingField(method, place, each, method.settings[each.name], each.defaults[convention], store));
  return isShown("lr") ? [...fields, conventions.length > 1 ? chosen : null].filter(Boolean) : fields;
}

function settingField(method, place, parameter, value, usual, store) {
  const { name } = parameter;
  const onChange = (to) => {
    const settings = { ...store.state.methods[place].settings };
    if (to === null) delete settings[name];
    else settings[name] = to;
    change(store, place, { settings });
  };
  const title = [parameter.meaning, parameter.range].filter(Boolean).join(": ");
  if (parameter.type !== "switch") return numberField({ label: name, value, placeholder: usual === null || usual === undefined ? null : String(usual), onChange, isLog: true, title });
  const choices = parameter.choices.map((each) => [String(each), String(each)]);
  return choiceField({ label: name, value: String(value ?? usual), choices, title, onChange: (to) => onChange(to === "true" ? true : to === "false" ? false : to) });
}

function drawResults(list, state) {
  const labels = labelsOf(state.methods);
  [...list.children].forEach((row, place) => {
    const runs = (state.answer?.runs ?? []).filter((run) => run.label === labels[place]);
    row.querySelector(".method-result").textContent = runs.map((run) => (runs.length > 1 ? `${run.start}: ` : "") + resultOf(run)).join("; ");
    const faults = state.faults.filter((fault) => fault.pointer.startsWith(`/optimizers/${place}`));
    const fault = row.querySelector(".fault");
    fault.hidden = faults.length === 0;
    fault.textContent = faults.map((each) => each.told).join(" ");
  });
}

/** What became of a run, in few words: both when it first touched the target, and when it settled there. */
export function resultOf(run) {
  const { steps_to_target: touched, settling_step: settled, minimum } = run.summary;
  if (run.status === "diverged") return `✕ flew away at step ${run.diverged_at}`;
  if (isLost(run)) return "✕ is growing";
  const rate = run.optimizer?.lr === undefined ? "" : `, lr ${told(run.optimizer.lr)}`;
  if (!minimum) return `ends at loss ${told(run.values?.at(-1))}${rate}`;
  const first = touched === null || touched === undefined ? "never at the target" : `first at the target at step ${told(touched)}`;
  return settled === null || settled === undefined ? `${first}, not settled${rate}` : `settled at step ${told(settled)} (${first})${rate}`;
}

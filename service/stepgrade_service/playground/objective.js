/** Which objective: one of the catalogue with its parameters, or a formula that the reader types. */

import { element, find, show, showBeside, whenStill } from "./dom.js";
import { checkField, choiceField, textField } from "./field.js";
import { formulaBox, formulaOf } from "./formula.js";
import { sentence } from "./format.js";
import { keepFocus, ownChanges } from "./own.js";
import { parameterFields } from "./parameters.js";
import { fitNewFormula } from "./refit.js";
import { placeOf } from "./start.js";

const TYPED = "your own formula";
const FIRST = { expression: "0.5*(x**2 + 20*y**2)" };
const TYPING = 250; // milliseconds after a key until the formula is read

export function createObjective(store) {
  const box = find("objective");
  const [fields, about] = [element("div", { class: "controls" }), element("div", { class: "about" })];
  const fault = element("p", { class: "fault", role: "alert", id: "formula-fault", hidden: true });
  box.classList.remove("controls");
  show(box, fields, fault, about);
  const own = ownChanges(store);
  fitNewFormula(store);
  let [drawnKind, drawnFor] = [null, null];
  store.on(["objective", "catalogue", "facts"], (state) => {
    const isTyped = state.objective.expression !== undefined;
    const kind = JSON.stringify([state.objective.name, state.catalogue.objectives.length, isTyped || state.facts?.name]);
    const isSame = kind === drawnKind && (own.isOwn || drawnFor === state.objective);
    [drawnKind, drawnFor] = [kind, state.objective];
    if (!isSame) keepFocus(fields, () => show(fields, choice(state, store), ...(isTyped ? formulaFields(state, own) : parameterFields(state, own))));
  });
  store.on(["facts", "objective"], (state) => showBeside(() => fields.querySelector("select"), about, ...aboutOf(state, store)));
  store.on(["faults", "objective"], (state) => drawFault(fault, box, state));
}

/** All objectives of the catalogue that have two parameters or may have two, in its groups. */
function choice(state, store) {
  const known = state.catalogue.objectives.filter((each) => each.dimension === null || each.dimension === 2);
  const groups = (state.catalogue.groups ?? []).map(({ name, title }) => [title, known.filter(({ kind }) => kind === name).map((each) => [each.name, each.title])]);
  const now = state.objective.name ?? TYPED;
  const isKnown = now === TYPED || known.some(({ name }) => name === now);
  return choiceField({ label: "Objective", value: now, key: "objective", choices: [[TYPED, TYPED], ...(isKnown ? [] : [[now, now]]), ...groups], onChange: (name) => {
    const other = name === TYPED ? typed(store.state) : { objective: { name }, starts: ["default"], window: null, facts: null };
    store.set({ ...other, chosen: 0, cell: null });
  } });
}

/** The objective that is shown as a formula to edit, with its starts where they are. */
function typed({ facts, starts, window }) {
  const places = starts.map((start) => placeOf(start, facts) ?? [-4, 1]);
  return facts?.expression ? { objective: { ...facts.expression }, starts: places, window: window ?? facts.window } : { objective: FIRST, starts: [[-4, 1]], window: null, facts: null };
}

function formulaFields(state, store) {
  const { expression, variables, parameters, find_minima: isSearching } = state.objective;
  const put = (changes) => {
    const objective = { ...store.state.objective, ...changes };
    for (const name of Object.keys(changes)) if (changes[name] === null) delete objective[name];
    store.set({ objective, cell: null });
  };
  const field = element("input", { type: "text", spellcheck: "false", autocomplete: "off", "aria-describedby": "formula-fault" });
  field.value = expression;
  const read = () => {
    const { expression: last, variables: named } = store.state.objective;
    const has = (name) => new RegExp(`(^|[^\\w.])${name}(?!\\w)`).test(field.value);
    if (field.value === last) return;
    const isOther = named && !named.every(has);
    if (isOther) inOrder.querySelector("input").value = ""; // else it would show names that the formula does not have
    put({ expression: field.value, ...(isOther ? { variables: null } : {}) });
  };
  field.addEventListener("input", whenStill(TYPING, read));
  field.addEventListener("change", read);
  const inOrder = textField({ label: "variables", value: (variables ?? []).join(", "), placeholder: "as they appear", title: "The two variables, in the order of the axes, such as w, b", key: "variables", onChange: (text) => put({ variables: listOf(text) }) });
  const names = Object.entries(parameters ?? {}).map(([name, value]) => `${name} = ${value}`).join(", ");
  return [
    element("label", { class: "grow formula-field" }, "Formula of two variables, such as x**2 + 10*sin(y)**2", field),
    inOrder,
    textField({ label: "constants", value: names, placeholder: "none", title: "What other names stand for, such as kappa = 20", key: "numbers", onChange: (text) => put({ parameters: numbersOf(text) }) }),
    checkField({ label: "find minima", value: isSearching === true, title: "The service searches for minima in the window", key: "find", onChange: (is) => put({ find_minima: is ? true : null }) }),
  ];
}

const listOf = (text) => (text.trim() ? text.split(/[\s,;]+/).filter(Boolean) : null);

function numbersOf(text) {
  const pairs = text.split(/[,;]+/).map((each) => each.split("=").map((part) => part.trim())).filter(([name]) => name);
  return pairs.length ? Object.fromEntries(pairs.map(([name, value]) => [name, Number.isFinite(Number(value)) ? Number(value) : value])) : null;
}

function aboutOf(state, store) {
  const { facts, objective } = state;
  if (!facts) return [];
  const search = () => store.set({ objective: { ...store.state.objective, find_minima: true } });
  const isTyped = objective.expression !== undefined;
  const none = objective.find_minima ? "The search found no minimum here, so the page shows no distance to one." : "No minimum is known here, so the page shows no distance to one.";
  const minima = facts.minima.length ? null : element("p", { class: "small" }, `${none} `, isTyped && !objective.find_minima ? element("button", { type: "button", onclick: search }, "Search for minima") : null);
  return [minima, element("details", {}, element("summary", {}, "Formula of the objective"),
    formulaBox("Formula of the objective", formulaOf(facts.formula_mathml)),
    facts.notes ? element("p", { class: "small" }, facts.notes) : null)];
}

function drawFault(fault, box, state) {
  const faults = state.faults.filter((each) => each.pointer.startsWith("/objective"));
  fault.hidden = faults.length === 0;
  box.querySelector(".formula-field input")?.setAttribute("aria-invalid", faults.length > 0);
  show(fault, ...faults.map((each) => element("span", {}, `${sentence(each.told)} `, marked(state.objective.expression, each.position))));
}

/** A text with a place in it marked. */
export function marked(text, position) {
  if (!position || text === undefined) return null;
  const { offset, length } = position;
  const letters = [...text];
  const at = letters.slice(offset, offset + Math.max(length, 1)).join("") || "…";
  return element("code", {}, letters.slice(0, offset).join(""), element("mark", {}, at), letters.slice(offset + Math.max(length, 1)).join(""));
}

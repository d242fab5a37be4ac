/** Which objective: one of the catalogue with its parameters, or a formula that the reader types. */

import { element, find, show } from "./dom.js";
import { choiceField, numberField, sliderField } from "./field.js";
import { formulaOf } from "./formula.js";
import { sentence } from "./format.js";

const TYPED = "your own formula";
const FIRST = "0.5*(x**2 + 20*y**2)";

export function createObjective(store) {
  const box = find("objective");
  let drawnFor = null;
  store.on(["objective", "catalogue", "facts", "faults"], (state, changed) => {
    const key = `${state.objective.name ?? TYPED} ${state.catalogue.objectives.length} ${state.facts?.name}`;
    if (key !== drawnFor) draw(state);
    drawnFor = key;
    if (changed.has("faults")) drawFault(state);
  });

  function draw(state) {
    const known = state.catalogue.objectives.filter((each) => each.dimension === null || each.dimension === 2);
    const choices = [[TYPED, TYPED], ...known.map((each) => [each.name, each.title])];
    const now = state.objective.name ?? TYPED;
    if (!choices.some(([name]) => name === now)) choices.push([now, now]);
    const choose = choiceField({ label: "Objective", value: now, choices, onChange: (name) => {
      const objective = name === TYPED ? { expression: state.facts?.expression?.expression ?? FIRST } : { name };
      store.set({ objective, starts: name === TYPED ? [[-4, 1]] : ["default"], chosen: 0, window: null, facts: null, cell: null });
    } });
    const isTyped = state.objective.expression !== undefined;
    show(box, choose, ...(isTyped ? [formulaField(state)] : parameterFields(state)), about(state), element("p", { class: "fault", role: "alert", hidden: true }));
    drawFault(state);
  }

  function formulaField(state) {
    const field = element("input", { type: "text", spellcheck: "false", autocomplete: "off", "aria-describedby": "formula-fault" });
    field.value = state.objective.expression;
    field.addEventListener("change", () => store.set({ objective: { expression: field.value }, facts: null }));
    const label = element("label", { class: "grow" }, "Formula of two variables, such as x**2 + 10*sin(y)**2", field);
    return label;
  }

  function parameterFields(state) {
    const given = state.facts?.parameters ?? [];
    return given.filter((each) => !each.matrix && !each.per_coordinate && typeof each.default === "number").map((each) => {
      const value = state.objective[each.name] ?? each.default;
      const set = (to) => store.set({ objective: { ...store.state.objective, [each.name]: to }, cell: null });
      if (each.name === "rotation") return sliderField({ label: "turned by, degrees", value, from: 0, to: 90, step: 1, onInput: set });
      if (each.name === "condition") {
        return sliderField({ label: "condition", value: Math.log10(value), from: 0, to: 3, step: 0.01, tell: (log) => String(Number((10 ** log).toPrecision(3))), onInput: (log) => set(Number((10 ** log).toPrecision(3))) });
      }
      return numberField({ label: each.name, value, title: each.meaning, onChange: set });
    });
  }

  function about(state) {
    if (!state.facts) return null;
    const minima = state.facts.minima.length ? null : element("p", { class: "small" }, "No minimum is known here, so nothing is measured against one.");
    return element("details", {}, element("summary", {}, "Formula"), element("div", { class: "formula", tabindex: 0, role: "group", "aria-label": "Formula of the objective" }, formulaOf(state.facts.formula_mathml)),
      state.facts.notes ? element("p", { class: "small" }, state.facts.notes) : null, minima);
  }

  function drawFault(state) {
    const fault = box.querySelector(".fault");
    if (!fault) return;
    const faults = state.faults.filter((each) => each.pointer.startsWith("/objective"));
    fault.hidden = faults.length === 0;
    fault.id = "formula-fault";
    box.querySelector("input[type=text]")?.setAttribute("aria-invalid", faults.length > 0);
    show(fault, ...faults.flatMap((each) => [sentence(each.told), marked(state.objective.expression, each.position)]));
  }
}

/** The formula with the place of the fault marked. */
function marked(text, position) {
  if (!position || text === undefined) return null;
  const { offset, length } = position;
  const letters = [...text];
  const at = letters.slice(offset, offset + Math.max(length, 1)).join("") || "…";
  return element("code", {}, " ", letters.slice(0, offset).join(""), element("mark", {}, at), letters.slice(offset + Math.max(length, 1)).join(""));
}

/** Whether the comparison is fair, next to the legend: how learning rates are matched, and what is not equal. */

import { element, find, show, showBeside } from "./dom.js";
import { choiceField } from "./field.js";
import { stepsOf } from "./request.js";

export const MATCHES = [
  ["none", "as given"],
  ["first_step", "equal first step"],
  ["mean_step", "equal mean step"],
  ["graft", "equal step lengths"],
  ["tuned", "each tuned"],
];

export function createFairness(store) {
  const box = find("fairness");
  const control = element("div", { class: "controls" });
  const told = element("div");
  show(box, control, told);
  store.on(["match", "methods"], (state) => {
    control.classList.toggle("is-idle", state.methods.length < 2);
    if (control.contains(document.activeElement)) return;
    const choose = choiceField({ label: "Learning rates", value: state.match, choices: MATCHES, onChange: (match) => store.set({ match, cell: null }), title: "How the learning rates are made comparable" });
    show(control, choose);
  });
  store.on(["answer", "methods", "faults"], (state) => showBeside(() => control.querySelector("select"), told, ...sentences(state, store)));
}

/** Whether the learning rates are not matched. One optimizer at one rate in several conventions needs no match. */
export function isUnmatched({ answer, methods }) {
  const isOne = methods.every(({ name }) => name === methods[0].name) && new Set(answer.runs.map(({ optimizer }) => optimizer.lr)).size === 1;
  return Boolean(answer.matching && !answer.matching.is_matched && !isOne);
}

function sentences(state, store) {
  const { answer } = state;
  if (!answer || state.methods.length < 2) return [];
  return [rates(answer.matching, state, store), budgets(answer, state, store), matchFault(state)].filter(Boolean);
}

function rates(matching, state, store) {
  if (!matching) return null;
  if (matching.mode === "none") {
    if (!isUnmatched(state)) return null;
    const isEqual = new Set(state.answer.runs.map(({ optimizer }) => optimizer.lr)).size === 1;
    return element("p", { class: "unfair" }, isEqual ? "The learning rates are equal, but not matched: one rate gives each method steps of its own length. " : "The learning rates are not matched. A part of the difference may come from the rates alone. ",
      element("button", { type: "button", onclick: () => store.set({ match: "first_step", cell: null }) }, "Match them"));
  }
  const words = MATCHES.find(([mode]) => mode === matching.mode)?.[1] ?? matching.mode;
  const failed = new Set(matching.changes.filter((each) => each.reason).map((each) => each.label));
  const how = matching.mode === "tuned" ? "Each method has the best of the learning rates that were tried for it" : `Matched to ${matching.baseline}: ${words}`;
  if (!failed.size) return element("p", { class: "fair" }, `${how}.`);
  return element("p", { class: "unfair" }, `${how}, but not ${[...failed].join(", ")}.`);
}

function budgets(answer, state, store) {
  if (!answer.unequal_budgets) return null;
  const equal = () => store.set({ methods: store.state.methods.map(({ steps, ...method }) => method) });
  return element("p", { class: "unfair" }, `Step budgets differ. ${answer.unequal_budgets.note} `, typeof stepsOf(state) !== "number" ? element("button", { type: "button", onclick: equal }, "Give all the same steps") : null);
}

function matchFault(state) {
  const faults = state.faults.filter(({ pointer }) => pointer.startsWith("/match") || pointer.startsWith("/baseline"));
  return faults.length ? element("p", { class: "fault", role: "alert" }, faults.map((each) => each.told).join(" ")) : null;
}

/** The methods: one row each, which is the legend too. A row that has the focus keeps it. */

import { atMostOnceIn, element, find, OFTEN, show } from "./dom.js";
import { sentence, told } from "./format.js";
import { drawFormula } from "./methodformula.js";
import { createRow } from "./methodrow.js";
import { ownChanges } from "./own.js";
import { isLost } from "./paths.js";
import { labelsOf } from "./request.js";
import { isOld, onPlot } from "./store.js";
import { renamed } from "./settings.js";
import { drawUsed } from "./used.js";

const COLORS = 8;

export function createMethods(store, loadPage) {
  const list = element("ul");
  const add = element("button", { type: "button", onclick: () => addMethod(store) }, "Add a method");
  show(find("methods"), list, element("div", { class: "controls" }, add));
  let rows = [];
  const own = ownChanges(store);
  const act = {
    now: (place) => store.state.methods[place],
    change: (place, changes) => change(own, place, changes),
    rename: async (place, name) => change(store, place, await renamed(store.state.methods[place], name, loadPage)),
    set: (changes) => store.set(changes),
    hidden: () => store.state.hidden,
    freeColor,
  };
  store.on(["methods", "catalogue", "front", "hidden"], (state, changed) => {
    state.methods.forEach((method) => loadPage(method.name));
    if (own.isOwn && state.methods.length === rows.length && !changed.has("catalogue") && isAlike(state, rows)) return;
    rows = state.methods.map(keyOf);
    keepPlace(list, () => show(list, ...state.methods.map((method, place) => createRow(method, place, state, act))));
    drawResults(list, state, act);
  });
  store.on(["answer", "faults", "gone"], (state) => drawResults(list, state, act));
  store.on(["steps"], ({ steps }) => list.querySelectorAll("[data-key=steps]").forEach((field) => field.setAttribute("placeholder", steps)));
  store.on(["passing"], atMostOnceIn(OFTEN, () => tellResults(list, store.state)));
  const empty = find("empty");
  show(empty, element("p", {}, "Add a method to see where it goes."), element("button", { type: "button", onclick: () => addMethod(store) }, "Add a method"));
  store.on(["methods"], (state) => (empty.hidden = state.methods.length > 0));
}

/** What a row is made anew for: its name and its convention. */
const keyOf = (method) => `${method.name} ${method.convention}`;

const isAlike = (state, rows) => state.methods.every((method, place) => keyOf(method) === rows[place]);

/** Make the rows anew, with what was open as it was. The focus stays, or goes to the row that is there now. */
function keepPlace(list, draw) {
  const open = [...list.children].map((row) => [...row.querySelectorAll("details")].map((each) => each.open));
  const active = list.contains(document.activeElement) ? document.activeElement : null;
  const key = active?.dataset.key ?? "optimizer";
  const place = [...list.children].indexOf(active?.closest("li"));
  draw();
  [...list.children].forEach((row, number) => row.querySelectorAll("details").forEach((each, which) => (each.open = open[number]?.[which] ?? false)));
  if (!active) return;
  const row = list.children[Math.min(place, list.children.length - 1)];
  const field = row?.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? row?.querySelector("select") ?? find("methods").querySelector(":scope > .controls button");
  field.focus();
}

const freeColor = (methods) => [...Array(COLORS).keys()].find((color) => methods.every((method) => method.color !== color)) ?? methods.length % COLORS;

function addMethod(store) {
  const { methods } = store.state;
  store.set({ methods: [...methods, { name: "adam", convention: null, settings: { lr: 0.1 }, color: freeColor(methods) }] });
}

/** Change a method, or take it away. */
function change(store, place, changes) {
  const methods = store.state.methods.flatMap((method, each) => (each !== place ? [method] : changes ? [{ ...method, ...changes }] : []));
  store.set(changes ? { methods } : { methods, pair: null, cell: null });
}

/** What became of each method, in its row. */
function tellResults(list, state) {
  const labels = labelsOf(state.methods);
  [...list.children].forEach((row, place) => {
    const runs = (onPlot(state)?.runs ?? []).filter((run) => run.label === labels[place]);
    const results = runs.map((run) => (runs.length > 1 ? `${run.start}: ` : "") + resultOf(run)).join("; ");
    const words = results && isOld(state) ? `Before your last change: ${results}` : results;
    const result = row.querySelector(".method-result");
    if (result.textContent !== words) result.textContent = words;
  });
}

function drawResults(list, state, act) {
  const labels = labelsOf(state.methods);
  tellResults(list, state);
  [...list.children].slice(0, labels.length).forEach((row, place) => {
    const failed = (state.answer?.matching?.changes ?? []).filter((each) => each.label === labels[place] && each.reason);
    const unmatched = row.querySelector(".unmatched");
    unmatched.hidden = failed.length === 0;
    unmatched.textContent = failed.length ? `Not matched. ${[...new Set(failed.map(({ reason }) => sentence(reason)))].join(" ")}` : "";
    drawUsed(row, state.methods[place], labels[place], state.answer);
    const page = state.catalogue.pages[state.methods[place].name];
    if (page && state.answer && !isOld(state)) drawFormula(row.querySelector(".method-formula"), state.methods[place], page); // what has an answer can be asked for
    drawFaults(row, place, state, act);
  });
}

/** What is wrong with a method, at the field where it is; with the nearest known names as buttons. */
function drawFaults(row, place, state, act) {
  const at = `/optimizers/${place}`;
  const faults = state.faults.filter(({ pointer }) => pointer === at || pointer.startsWith(`${at}/`));
  const box = row.querySelector(".fault");
  box.id = `fault-of-method-${place}`;
  box.hidden = faults.length === 0;
  const near = faults.flatMap(({ pointer, detail }) => (pointer === `${at}/name` ? /did you mean (.+)\?/.exec(detail)?.[1].split(/, | or /) ?? [] : []));
  show(box, faults.map((each) => each.told).join(" "), ...near.map((name) => element("button", { type: "button", onclick: () => act.rename(place, name) }, `Use ${name}`)));
  const wrong = faults.map(({ pointer }) => pointer.slice(at.length + 1).split("/")[0]);
  for (const field of row.querySelectorAll("[data-key]:not([data-unread])")) {
    const isWrong = wrong.includes(field.dataset.key);
    if (isWrong) field.setAttribute("aria-describedby", box.id);
    else if (field.hasAttribute("aria-describedby")) field.removeAttribute("aria-describedby");
    if (isWrong || field.getAttribute("aria-invalid")) field.setAttribute("aria-invalid", isWrong);
  }
}

/** What became of a run, in few words: both when it first touched the target, and when it settled there. */
export function resultOf(run) {
  const { steps_to_target: touched, settling_step: settled, minimum } = run.summary;
  if (run.status === "diverged") return `✕ diverged at step ${run.diverged_at}`;
  if (isLost(run)) return "✕ its loss is growing";
  const rate = run.step_length_of ? `, ${run.step_length_of}'s step lengths` : run.optimizer?.lr === undefined ? "" : `, lr ${told(run.optimizer.lr)}`;
  if (!minimum) return `ends at loss ${told(run.summary.final_value)}${rate}`;
  if (settled === touched && Number.isFinite(settled)) return `settled at step ${told(settled)}${rate}`;
  if (touched === null || touched === undefined) return `never touched the target${rate}`;
  const first = `touched the target at step ${told(touched)}`;
  return settled === null || settled === undefined ? `${first}, did not settle${rate}` : `settled at step ${told(settled)} (${first})${rate}`;
}

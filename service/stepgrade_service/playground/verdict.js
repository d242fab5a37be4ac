/** What happened, in the service's own words: headline, verdict, notes, and the four cells. */

import { announce } from "./announce.js";
import { ALL, cellLabel } from "./corners.js";
import { drawn, element, find, renew, show } from "./dom.js";
import { told } from "./format.js";
import { choiceField } from "./field.js";
import { GRAFT, knowsMinima, labelsOf, pairOf, stepsOf } from "./request.js";
import { star } from "./marks.js";
import { resultOf } from "./methods.js";
import { isOld } from "./store.js";

export function createVerdict(store) {
  const box = find("told");
  store.on(["answer", "cell", "faults", "gone", "facts"], (state) => {
    const { answer } = state;
    if (state.methods.length === 0) return show(box, element("p", {}, "Add a method to see where it goes."));
    if (!answer) return show(box);
    const outcomes = answer.decompose ?? [];
    const grafted = answer.matching?.changes.filter(({ headline }) => headline) ?? [];
    const old = isOld(state) ? element("p", { class: "old" }, "There is no result for your last change. This is the result before it.") : null;
    if (grafted.length) return renew(box, old, ...grafted.map((said) => element("article", { class: "outcome" }, saidOf(said))), whyNoPair(state), meaningOf(answer, state.facts));
    renew(box, old, pairChoice(state, store), whyNoPair(state),
      ...(outcomes.length ? outcomes.map((outcome, place) => outcomeOf(outcome, place, state, store)) : [results(answer)]), meaningOf(answer, state.facts));
  });
}

export function pairChoice(state, store) {
  const labels = labelsOf(state.methods);
  if (labels.length < 3) return null;
  const [plain, other] = state.pair ?? [0, 1];
  const choices = labels.map((label, place) => [String(place), label]);
  const set = (pair) => store.set({ pair, cell: null });
  return element("div", { class: "controls" },
    choiceField({ label: "compare", value: String(plain), choices, onChange: (to) => set([Number(to), other === Number(to) ? plain : other]) }),
    choiceField({ label: "with", value: String(other), choices, onChange: (to) => set([plain === Number(to) ? other : plain, Number(to)]) }));
}

function whyNoPair(state) {
  if (state.steps === 0) return element("p", { class: "small" }, "With 0 steps there is nothing to compare.");
  if (state.match === GRAFT && state.methods.length > 1) return element("p", { class: "small" }, `All methods have ${labelsOf(state.methods)[0]}'s step lengths, so there is no lead to split: only the directions differ.`);
  const fault = state.faults.find(({ pointer }) => pointer.startsWith("/decompose"));
  if (fault) return element("p", { class: "small" }, `The lead is not split here: ${fault.told}`);
  if (state.methods.length > 1 && (!knowsMinima(state.objective) || state.facts?.minima.length === 0)) return element("p", { class: "small" }, "No minimum is known here, so the lead is not split.");
  if (state.methods.length > 1 && typeof stepsOf(state) !== "number") return element("p", { class: "small" }, "The methods have different numbers of steps, so the lead is not split.");
  return pairOf(state) === null && state.methods.length > 1 ? element("p", { class: "small" }, "Choose two methods to split the lead.") : null;
}

function outcomeOf(outcome, place, state, store) {
  return element("article", { class: "outcome" }, saidOf(outcome), element("div", {}, cellsOf(outcome, place, state, store)));
}

function saidOf(outcome) {
  const notes = outcome.notes?.length ? element("ul", { class: "small" }, ...outcome.notes.map((note) => element("li", {}, note))) : null;
  return element("div", {}, element("p", { class: "headline" }, outcome.headline), element("p", {}, rest(outcome)), notes);
}

/** The verdict without the headline that it begins with. */
const rest = ({ headline, verdict }) => (verdict.startsWith(headline) ? verdict.slice(headline.length).trim() : verdict);

/** What the words of the results mean, from the target of the answer. */
function meaningOf({ target, runs }, facts) {
  if (!runs.some(({ summary }) => summary.minimum)) return null;
  const minimum = facts?.minima.length > 1 ? "the minimum that is nearest to the run's end" : "the minimum";
  const what = target.distance ? [" is the dashed circle around ", minimum, `. Its radius is ${told(100 * target.distance)} % of the start's distance. `]
    : [` is where the loss is close to that of ${minimum}: the gap is at most ${told(100 * target.value_gap)} % of the start's gap. `];
  return element("p", { class: "small meaning" }, "The ", element("dfn", {}, "target"), ...what,
    element("dfn", {}, "Touched"), ": the first step that ends in the target. ", element("dfn", {}, "Settled"), ": the step from which a run stays in the target to its end.", ...marksOf(facts));
}

/** What the marks in the plot are, where there is more than one minimum, or a saddle. */
function marksOf(facts) {
  const values = facts?.minima.map(({ value }) => value) ?? [];
  const isHigher = values.length > 1 && Math.max(...values) > Math.min(...values) + 1e-9 * Math.max(1, Math.abs(Math.min(...values)));
  const marks = [[values.length > 1, "minimum", star([0, 0], 15), isHigher ? "the lowest minimum" : "a minimum"], [isHigher, "minimum is-higher", star([0, 0], 15), "a higher minimum"],
    [facts?.critical_points.some(({ kind }) => kind === "saddle"), "saddle", "M-5,-5L5,5M-5,5L5,-5", "a saddle"]].filter(([is]) => is);
  return marks.length ? [" In the plot: ", ...marks.flatMap(([, kind, d, words], place) => [drawn("svg", { class: "key", viewBox: "-8 -8 16 16", "aria-hidden": "true" }, drawn("path", { class: kind, d })), ` ${words}${place === marks.length - 1 ? "." : ", "}`])] : [];
}

const isCell = ({ cell }, place, number) => cell?.[0] === place && cell[1] === number;

/** Draw a cell, or all of them; or none, where it is drawn. */
function draw(store, outcome, place, number) {
  const isDrawn = isCell(store.state, place, number);
  store.set({ cell: isDrawn ? null : [place, number] });
  const cells = number === ALL ? outcome.cells : [outcome.cells[number]];
  announce(isDrawn ? "The cells are no longer drawn." : `Drawn from ${startOf(outcome)}: ${cells.map((cell) => `${cellLabel(cell)}, ${inWords(cell, gapsOf(outcome, store.state))}`).join("; ")}.`);
}

/** The 2 x 2 of step length and direction; a press on a cell draws that run. */
function cellsOf(outcome, place, state, store) {
  const { plain, other, cells } = outcome;
  const byGap = isByGap(outcome);
  const gapIn = gapsOf(outcome, state);
  const cell = (length, direction) => {
    const number = cells.findIndex((each) => each.step_length_of === length && each.direction_of === direction);
    const isDrawn = isCell(state, place, number);
    const label = `${length}'s step length, ${direction}'s direction: ${inWords(cells[number], gapIn)}`;
    return element("td", {}, element("button", { type: "button", "aria-pressed": String(isDrawn), "aria-label": label, onclick: () => draw(store, outcome, place, number) }, inShort(cells[number], gapIn)));
  };
  const row = (length) => element("tr", {}, element("th", { scope: "row" }, `${length}'s step length`), cell(length, plain), cell(length, other));
  const all = element("button", { type: "button", "aria-pressed": String(isCell(state, place, ALL)), onclick: () => draw(store, outcome, place, ALL) }, "Draw all four");
  return element("div", { class: "scroll" }, element("table", { class: "cells" },
    element("caption", { class: "small" }, `From ${startOf(outcome)}: ${byGap ? "the end gap of each" : "steps until it stays at the target"}. Press a number to draw its run.`),
    element("thead", {}, element("tr", {}, element("td", {}), element("th", { scope: "col" }, `${plain}'s direction`), element("th", { scope: "col" }, `${other}'s direction`))),
    element("tbody", {}, row(plain), row(other))), all);
}

/** A start by its name; two names say nothing of it. */
const startOf = ({ start }) => ({ default: "the usual start", start: "the start" })[start] ?? start;

/** Whether the four are compared by their end gaps: not all of them settle. */
const isByGap = ({ cells }) => cells.some(({ settling_step: step }) => step === null);

const NOTHING = 1e-10; // of the start's gap, as in the sentences

/** What tells the end gap of a cell as the sentences do; null where the steps are told. */
function gapsOf(outcome, { answer, facts }) {
  if (!isByGap(outcome)) return null;
  const run = answer.runs.find(({ start, values }) => start === outcome.start && values);
  const least = NOTHING * (run ? run.values[0] - Math.min(...(facts?.minima ?? []).map(({ value }) => value)) : 0);
  return ({ tail_gap: gap }) => (gap !== null && gap < least ? "almost 0" : told(gap, 3));
}

function inShort(cell, gapIn) {
  if (cell.status === "diverged") return "✕ diverged";
  return gapIn ? `gap ${gapIn(cell)}` : told(cell.settling_step);
}

function inWords(cell, gapIn) {
  if (cell.status === "diverged") return "diverged";
  const ends = cell.settling_step === null ? "does not stay" : `settled at step ${told(cell.settling_step)}`;
  return gapIn ? `${ends}, end gap ${gapIn(cell)}` : ends;
}

/** Without a pair: what became of each. */
function results(answer) {
  const from = Object.keys(answer.starts ?? {}).length > 1;
  return element("ul", {}, ...answer.runs.map((run) => element("li", {}, `${run.label}${from ? ` from ${run.start}` : ""}: ${resultOf(run)}.`)));
}

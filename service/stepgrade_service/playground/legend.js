/** Below the map: which measure, how many cells, what the colours mean and how many cells each holds, and the cells as a table. */

import { isEffect, MEASURES } from "./measures.js";
import { element, renew, show } from "./dom.js";
import { told } from "./format.js";
import { choiceField } from "./field.js";
import { paintSwatch } from "./heat.js";
import { budgetsOf, colorsOf, isEffectless, labelsOf, pairOf } from "./request.js";
import { pairChoice } from "./verdict.js";
import { isTooMuch } from "./notices.js";

const QUICK = 4; // a map that is offered costs so much less than the most

export const CELLS = [[15, "coarse"], [25, "medium"], [41, "fine"], [61, "very fine"]];

export function drawMapPanel(box, state, store) {
  box.hidden = !state.map;
  if (!state.map) return show(box);
  const isOpen = box.querySelector("details")?.open;
  renew(box, ...partsOf(state, store), controlsOf(state, store), tableOf(state.mapped, isOpen));
}

function controlsOf(state, store) {
  const set = (changes) => store.set({ map: { ...store.state.map, ...changes } });
  const known = CELLS.some(([count]) => count === state.map.cells) ? CELLS : [...CELLS, [state.map.cells, `${state.map.cells} across`]];
  return element("div", { class: "controls" },
    choiceField({ label: "the map shows", value: state.map.measure, choices: Object.entries(MEASURES), onChange: (measure) => set({ measure }) }),
    choiceField({ label: "cells", value: String(state.map.cells), choices: known.map(([count, words]) => [String(count), words]), onChange: (cells) => set({ cells: Number(cells) }) }));
}

function partsOf(state, store) {
  const pair = pairOf(state);
  if (!pair) return [element("p", {}, "Add a second method: the map compares two.")];
  const [plain, other] = pair;
  const parts = [pairChoice(state, store), ...state.mapFaults.map((fault) => refused(fault, state, store))].filter(Boolean);
  const [steps, others] = budgetsOf(state);
  if (steps !== others) return [...parts, element("p", {}, `A map needs one number of steps for both: ${plain} takes ${steps}, ${other} takes ${others}.`)];
  if (isEffectless(state)) return [...parts, element("p", {}, "The methods have equal step lengths, so only their directions differ. Choose another measure.")];
  if (isMatchedElsewhere(pair, state)) parts.push(element("p", { class: "small" }, `The map matches ${other} to ${plain}. The runs in the plot are matched to ${labelsOf(state.methods)[0]}.`));
  if (state.isMapSlow || !state.mapped) parts.push(element("p", { class: "small" }, state.mapFaults.length ? "" : "The map is being computed."));
  if (!state.mapped) return parts;
  const { answer, measure, legend } = state.mapped;
  const number = answer.axes.reduce((product, { values }) => product * values.length, 1);
  const what = measure === "minimum_reached" ? `its color is the minimum at which ${other} ends.` : isEffect(measure) ? effectInWords(measure === "direction_effect", plain, other) : `${other} against ${plain}.`;
  return [...parts, element("p", { class: "small" }, element("span", { class: "cells-told" }, `Each cell is a start: ${what} ${areaOf(answer, state)}`), " Click one to start there."),
    element("ul", { class: "legend" }, ...legend.map((entry) => entryOf(entry, number, state))),
    shadesOf(measure, plain, other)].filter(Boolean);
}

/** What an effect is, in the words of the 2 x 2 table. */
function effectInWords(isDirection, plain, other) {
  const [part, rest, lines] = isDirection ? ["direction", "step length", "rows"] : ["step length", "direction", "columns"];
  return `by what factor ${other}'s ${part}, in place of ${plain}'s, changes the steps to settle (the end gap, where not all four runs settle). It is the geometric mean of the two ${lines} of the table: once with each ${rest}.`;
}

/** What the two colors say, and how strong they are. */
function shadesOf(measure, plain, other) {
  if (measure === "minimum_reached") return null;
  const words = isEffect(measure) ? `Where it helps, a cell has the color of ${other}; where it hurts, that of ${plain}. The stronger the color, the larger the effect.`
    : "A cell has the color of the method that is ahead. The stronger the color, the larger its lead.";
  return element("p", { class: "small shades" }, `${words} The cells with the color of ${plain} have dots.`);
}

/** Where the starts are, and how many: "41 × 21 = 861 cells, w from −6.4 to 6.4, b from −3.2 to 3.2." */
function areaOf({ axes }, { facts }) {
  const names = facts?.variables ?? ["x", "y"];
  const ranges = axes.map(({ values }, axis) => {
    const half = (values[1] - values[0]) / 2 || 0;
    return `${names[axis]} from ${told(values[0] - half)} to ${told(values.at(-1) + half)}`;
  });
  const counts = axes.map(({ values }) => values.length);
  return `${counts.join(" × ")} = ${counts.reduce((product, each) => product * each, 1)} cells, ${ranges.join(", ")}.`;
}

/** Whether the runs are matched to a method that is not in the map. */
const isMatchedElsewhere = (pair, { methods, match }) => !["none", "tuned"].includes(match) && !pair.includes(labelsOf(methods)[0]);

function entryOf([kind, words, count], of, state) {
  const swatch = element("canvas", { width: 42, height: 18, class: "swatch", "aria-hidden": "true" });
  requestAnimationFrame(() => paintSwatch(swatch, kind, colorsOf(state)));
  return element("li", { "data-kind": kind }, swatch, `${words}: ${count} (${told((100 * count) / of, 3)} %)`);
}

/** A sentence that helps, with a button for a map that costs less. */
function refused(fault, state, store) {
  const fewer = isTooMuch(fault) ? Math.floor(state.map.cells * Math.sqrt(fault.limit / fault.cost / QUICK)) : 0;
  return element("p", { class: "notice" }, fault.told,
    fewer > 1 ? element("button", { type: "button", onclick: () => store.set({ map: { ...state.map, cells: fewer } }) }, `Draw a coarser map, ${fewer} cells across`) : null);
}

/** The map as a table, made when it is opened. */
function tableOf(mapped, isOpen) {
  if (!mapped) return null;
  const box = element("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "The map as a table" });
  const more = element("details", {}, element("summary", {}, "Show the map as a table"), box);
  more.addEventListener("toggle", () => (more.open ? show(box, rowsOf(mapped)) : show(box)));
  more.open = isOpen ?? false;
  return more;
}

function rowsOf({ answer, measure, cells }) {
  const [across, up] = answer.axes.map(({ values }) => values.map((value) => told(value, 3)));
  const [plain, other] = answer.labels;
  const numbers = (row, column) => {
    const found = answer.measures[measure];
    if (measure === "minimum_reached") return [plain, other].map((label) => told(found[label][row][column] === null ? null : found[label][row][column] + 1)).join(" | ");
    return Array.isArray(found) ? `times ${told(found[row][column] === null ? null : 10 ** found[row][column], 3)}` : `${told(found[plain][row][column], 3)} | ${told(found[other][row][column], 3)}`;
  };
  const rows = up.map((value, row) => element("tr", {}, element("th", { scope: "row" }, value), ...across.map((_, column) => element("td", { "data-kind": cells[row][column].kind }, numbers(row, column)))));
  const words = isEffect(measure) ? "The factor by which it changes the outcome; below 1 helps." : `${plain} | ${other}.`;
  return element("table", {}, element("caption", { class: "small" }, `${words} A dash is a run that does not arrive, or a number that is undefined.${measure === "minimum_reached" ? " A number is that of the minimum." : ""}`),
    element("thead", {}, element("tr", {}, element("td", {}), ...across.map((value) => element("th", { scope: "col" }, value)))), element("tbody", {}, ...rows.reverse()));
}

/** The formula of a method with the settings that it has, and its letters: the lines of the service's worked solution. */

import { Gone, post, Problem } from "./api.js";
import { element, show } from "./dom.js";
import { formulaBox, formulaOf, partsOf, rowOf } from "./formula.js";
import { optimizerOf } from "./request.js";

const NUMBERS = { params: [1, 1], gradient: [1, 0.5] }; // any will do: the letters are shown
const LATE = 1000; // a step at which nothing is as at the beginning
const asked = new Map(); // answers, by what a formula depends on

/** Draw the formula of a method; that of all its settings, from its page, where there is no worked solution. */
export async function drawFormula(box, method, page) {
  const key = keyOf(method);
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  if (!asked.has(key)) asked.set(key, page.worked_solution && page.needs.every((each) => each === "gradient") ? workedOut(method, page) : null);
  try {
    const worked = await asked.get(key);
    if (box.dataset.key === key) show(box, ...partsFor(worked, page));
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    asked.delete(key);
    delete box.dataset.key; // asked again with the next answer
  }
}

/** A formula has letters for numbers, but where these are 0 or 1. The learning rate is always a letter. */
function keyOf({ name, convention, settings }) {
  const kinds = Object.entries(settings).filter(([setting]) => setting !== "lr").map(([setting, value]) => [setting, typeof value === "number" && value !== 0 && value !== 1 ? Math.sign(value) : value]);
  return JSON.stringify([name, convention, kinds]);
}

async function workedOut(method, page) {
  const asking = { optimizer: optimizerOf(method, method.name), ...NUMBERS };
  try {
    const state = page.slots.length ? { ...(await post("step", asking)).state, t: LATE } : undefined;
    return await post("step", { ...asking, state, include: ["work_mathml"] });
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

function partsFor(worked, page) {
  const label = `Formula of ${page.title}`;
  if (!worked) return [formulaBox(label, ...partsOf(page.formula_mathml))];
  const slots = new Set(page.slots.map(({ name }) => name));
  const letters = worked.letters.filter(({ name }) => name !== "t" && !slots.has(name));
  return [
    formulaBox(label, ...worked.work.map((line) => rowOf(line.symbol_mathml, "=", line.formula_mathml))),
    element("p", { class: "small letters" }, ...letters.flatMap(({ symbol_mathml: symbol, name }, place) => [place ? ", " : "", formulaOf(symbol), `: ${name}`])),
  ];
}

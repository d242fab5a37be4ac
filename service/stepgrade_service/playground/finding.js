/** What a check found, in the service's words: the finding, the formula as theirs and as it should be, and the right step worked out. */

import { EVERYTHING, NAME } from "./checker.js";
import { element } from "./dom.js";
import { formulaBox, formulaOf } from "./formula.js";
import { listed, sentence, told } from "./format.js";

const KINDS = {
  mistake: "A mistake",
  convention: "Right in another convention",
  optimizer: "Another optimizer",
  hyperparameter: "Another value",
  precision: "Rounding",
};

/** The parts of a result. `names` are those of the coordinates of a run, `fill(probe)` puts other numbers into the form. */
export function drawFinding({ answer, rounded, worked, step }, { reference, notes }, hints, names, fill) {
  const isNamed = hints === NAME || hints === EVERYTHING; // between them, a title would tell what the hint leaves to find
  const { findings } = answer;
  return [
    outcome(answer, "objective" in reference ? names : null, hints === EVERYTHING),
    ...notes.map((note) => element("p", { class: "small" }, note)),
    rounded === null ? null : element("p", { class: "small" }, `Your numbers have ${rounded} ${rounded === 1 ? "decimal" : "decimals"}. So the service compares them with the right numbers, rounded to ${rounded} ${rounded === 1 ? "decimal" : "decimals"}.`),
    findings.length > 1 ? element("p", {}, "Several formulas give these numbers. Other inputs are needed to tell them apart.") : null,
    ...findings.map((finding) => findingOf(finding, isNamed, findings.length > 1, fill)),
    findings.length || answer.passed ? null : nothing(answer),
    hints === EVERYTHING ? solution(worked, step) : null,
  ].filter(Boolean);
}

function outcome(answer, names, isTold) {
  if (answer.passed) return element("p", { class: "headline" }, "✓ These numbers are right.");
  return element("div", {}, element("p", { class: "headline" }, "✗ These numbers are not right."), element("p", {}, mismatch(answer, names, isTold)));
}

/** Where the numbers differ first; the right number stands there only where everything is told. */
function mismatch({ first_mismatch: first, score }, names, isTold) {
  const share = score > 0 ? ` The steps before it are right (score ${told(score, 3)}).` : "";
  if (first.index === null && !isTold) return `The first difference is at step ${first.step}.${share}`;
  if (first.index === null) return `Step ${first.step}: expected ${typeof first.expected === "string" ? first.expected : JSON.stringify(first.expected)}, got ${typeof first.got === "string" ? first.got : JSON.stringify(first.got)}.${share}`;
  const place = placeOf(first, names);
  return `${place} ${first.index.length ? "is" : "are"} ${first.got === null ? "not finite" : told(first.got, 8)}.${isTold ? ` Expected: ${told(first.expected, 8)}.` : ""}${share}`;
}

/** Which number it is: of a run by its coordinate, of a list by its place, counted from 1. */
function placeOf({ quantity, index, step }, names) {
  const isFlat = index.length === 1 && Number.isInteger(index[0]);
  if (names && quantity === "points" && isFlat) return `Your ${names[index[0]]} after step ${step}`;
  const place = isFlat ? `Number ${index[0] + 1} of your ${quantity} (${quantity}[${index[0]}])` : `Your ${quantity}${index.map((each) => `[${each}]`).join("")}`;
  return names ? `${place} at step ${step}` : place;
}

function findingOf(finding, isNamed, isOneOfSeveral, fill) {
  const { title, kind, hint, formula, probe } = finding;
  const words = KINDS[kind] ?? kind;
  const badge = element("span", { class: "badge" }, isOneOfSeveral ? `Perhaps ${words.charAt(0).toLowerCase()}${words.slice(1)}` : words);
  return element("article", { class: "finding" },
    element("h3", {}, badge, isNamed ? `: ${title}.` : ""), // a title may begin with a name, which has no capital letter
    hint ? element("p", {}, hint) : null,
    formula ? formulas(formula) : null,
    probe?.gradients ? element("button", { type: "button", onclick: () => fill(probe) }, "Fill in numbers that tell them apart") : null,
    probe ? element("details", {}, element("summary", {}, "The same as a request, for a program"), element("pre", { tabindex: 0 }, JSON.stringify(shortened(probe), null, 1))) : null);
}

const DIGITS = 12; // what is behind them is rounding

/** The same with numbers that have no rounding at their end. */
export const shortened = (value) => JSON.parse(JSON.stringify(value, (_, each) => (typeof each === "number" ? Number(each.toPrecision(DIGITS)) : each)));

function formulas({ wrong_mathml: wrong, right_mathml: right, ...latex }) {
  const side = (title, mathml, text) => element("div", {}, element("p", { class: "small" }, title), formulaBox(title, mathml ? formulaOf(mathml) : text));
  return element("div", { class: "two-formulas" }, side("Your formula", wrong, latex.wrong), side("As it should be", right, latex.right));
}

function nothing(answer) {
  const cut = answer.search === "cut_short" ? " The search ended early, because it would have cost too much. Check fewer steps." : "";
  return element("p", {}, `No mistake that the service knows gives these numbers.${cut} Look at the optimizer, its settings and its convention: are they those of your code?`);
}

function solution(worked, step) {
  if (!worked) return null;
  if (worked.why) return element("p", { class: "small" }, sentence(worked.why));
  const title = step === null ? "The right step, worked out" : `Step ${step}, worked out`;
  const given = worked.letters.map((letter) => element("li", {}, formulaOf(letter.symbol_mathml), ` ${letter.meaning}${typeof letter.value === "number" ? `, ${told(letter.value, 6)}` : ""}`));
  return element("details", { class: "worked" }, element("summary", {}, title), element("ol", {}, ...worked.lines.map(lineOf)),
    element("details", {}, element("summary", {}, `The letters: ${listed(worked.letters.slice(0, 3).map(({ name }) => name))}, ...`), element("ul", { class: "small letters" }, ...given)));
}

function lineOf(line) {
  return element("li", {}, formulaBox(line.name, formulaOf(line.symbol_mathml), element("span", {}, " = "), formulaOf(line.formula_mathml)),
    formulaBox(`${line.name}, with numbers`, formulaOf(line.numbers_mathml)),
    line.note ? element("p", { class: "small" }, line.note) : null);
}

/** What a check found, in the service's words: the finding, the formula as theirs and as it should be, and the right step worked out. */

import { EVERYTHING, NAME } from "./checker.js";
import { element } from "./dom.js";
import { formulaOf } from "./formula.js";
import { listed, sentence, told } from "./format.js";

const KINDS = {
  mistake: "a mistake",
  convention: "right in another convention",
  optimizer: "another optimizer",
  hyperparameter: "another number",
  precision: "a matter of digits",
};

export function drawFinding({ answer, rounded, worked, step }, notes, hints) {
  const isNamed = hints === NAME || hints === EVERYTHING; // between them, a title would tell what the hint leaves to find
  const { findings } = answer;
  return [
    outcome(answer),
    ...notes.map((note) => element("p", { class: "small" }, note)),
    rounded === null ? null : element("p", { class: "small" }, `The numbers have ${rounded} ${rounded === 1 ? "decimal" : "decimals"}, so they were compared as numbers that are rounded there.`),
    findings.length > 1 ? element("p", {}, "Several formulas give these numbers. These inputs cannot tell them apart.") : null,
    ...findings.map((finding) => findingOf(finding, isNamed)),
    findings.length || answer.passed ? null : nothing(answer),
    hints === EVERYTHING ? solution(worked, step) : null,
  ];
}

function outcome(answer) {
  if (answer.passed) return element("p", { class: "headline" }, "✓ These numbers are right.");
  return element("div", {}, element("p", { class: "headline" }, "✗ These numbers are not right."), element("p", {}, mismatch(answer)));
}

function mismatch({ first_mismatch: first, score }) {
  const share = score > 0 ? ` The steps before it agree (score ${told(score, 3)}).` : "";
  if (first.index === null) return `Step ${first.step}: expected ${typeof first.expected === "string" ? first.expected : JSON.stringify(first.expected)}, got ${typeof first.got === "string" ? first.got : JSON.stringify(first.got)}.${share}`;
  const place = `${first.quantity}${first.index.map((each) => `[${each}]`).join("")}`;
  return `The first number that differs is ${place} of step ${first.step}: expected ${told(first.expected, 8)}, yours is ${first.got === null ? "not finite" : told(first.got, 8)}.${share}`;
}

function findingOf(finding, isNamed) {
  const { title, kind, hint, formula, probe } = finding;
  const badge = element("span", { class: "badge" }, KINDS[kind] ?? kind);
  return element("article", { class: "finding" },
    element("h3", {}, ...(isNamed ? [sentence(title), " "] : []), badge),
    hint ? element("p", {}, hint) : null,
    formula ? formulas(formula) : null,
    probe ? element("details", {}, element("summary", {}, "A request that tells them apart"), element("pre", { tabindex: 0 }, JSON.stringify(probe))) : null);
}

function formulas({ wrong_mathml: wrong, right_mathml: right, ...latex }) {
  const side = (title, mathml, text) => element("div", {}, element("p", { class: "small" }, title), element("div", { class: "formula", tabindex: 0, role: "group", "aria-label": title }, mathml ? formulaOf(mathml) : text));
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
  return element("li", {}, element("div", { class: "formula", tabindex: 0, role: "group", "aria-label": line.name },
    formulaOf(line.symbol_mathml), element("span", {}, " = "), formulaOf(line.formula_mathml)),
  element("div", { class: "formula", tabindex: 0, role: "group", "aria-label": `${line.name}, with numbers` }, formulaOf(line.numbers_mathml)),
  line.note ? element("p", { class: "small" }, line.note) : null);
}

/** Who is who, in one line each, where the rows of the methods are not shown: on a projector, in another page, on paper. */

import { drawn, element, find, show } from "./dom.js";
import { told } from "./format.js";
import { mark } from "./marks.js";
import { isUnmatched } from "./fairness.js";
import { drawnRuns } from "./paths.js";

export function createWho(store) {
  store.on(["answer", "methods", "hidden"], (state) => {
    const runs = drawnRuns(state);
    const labels = [...new Set(runs.map(({ label }) => label))];
    const isSeveral = new Set(runs.map(({ start }) => start)).size > 1;
    show(find("who"), ...labels.map((label) => entry(runs.filter((run) => run.label === label), isSeveral)), ...warnings(state).map((words) => element("li", {}, element("span", { class: "badge" }, words))));
  });
}

function entry(runs, isSeveral) {
  const [{ label, color, optimizer }] = runs;
  const key = drawn("svg", { class: "key", viewBox: "-8 -8 16 16", "aria-hidden": "true" }, drawn("path", { d: mark(color, [0, 0], 13) }));
  const rate = typeof optimizer?.lr === "number" ? `, lr ${told(optimizer.lr)}` : "";
  const ends = runs.map((run) => (isSeveral ? `${run.start}: ` : "") + inShort(run)).join(", ");
  return element("li", { "data-run": color }, key, element("strong", {}, label), `${rate}, ${ends}`);
}

function inShort(run) {
  const { minimum, settling_step: settled } = run.summary;
  if (run.status === "diverged") return `✕ step ${run.diverged_at}`;
  if (run.status === "growing") return "✕ loss is growing";
  if (!minimum) return `loss ${told(run.summary.final_value)}`;
  return settled === null ? "not settled" : `settled at ${told(settled)}`;
}

/** What is not equal between the methods. */
function warnings(state) {
  const { answer, methods } = state;
  if (!answer || methods.length < 2) return [];
  return [isUnmatched(state) ? "⚠ learning rates are not matched" : null, answer.unequal_budgets?.differ.includes("steps") ? "⚠ numbers of steps differ" : null].filter(Boolean);
}

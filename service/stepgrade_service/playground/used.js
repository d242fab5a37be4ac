/** The learning rate that a method really has, where a match changed it: beside its field, which is marked as not used. */

import { element } from "./dom.js";
import { told } from "./format.js";

export function drawUsed(row, method, label, answer) {
  const box = row.querySelector(".method-fields [data-key=lr]")?.closest("label");
  row.querySelector(".used")?.remove();
  if (!box) return;
  const words = wordsOf(method, label, answer);
  box.classList.toggle("is-unused", words !== null);
  if (words !== null) box.after(element("p", { class: "small used" }, words));
}

/** What is used in place of the rate in the field, or null where that one is. */
function wordsOf({ settings }, label, answer) {
  const { mode, baseline } = answer?.matching ?? {};
  const runs = (answer?.runs ?? []).filter((run) => run.label === label);
  if (!mode || mode === "none" || !runs.length) return null;
  if (mode === "graft") return label === baseline ? null : `lr is not used: the step lengths are those of ${baseline}.`;
  const rates = runs.map(({ start, optimizer }) => [start, optimizer.lr]).filter(([, rate]) => typeof rate === "number");
  if (rates.every(([, rate]) => rate === settings.lr)) return null;
  const isOne = new Set(rates.map(([, rate]) => rate)).size === 1;
  return `Used: ${isOne ? `lr ${told(rates[0][1])}` : rates.map(([start, rate]) => `lr ${told(rate)} from ${start}`).join(", ")}.`;
}

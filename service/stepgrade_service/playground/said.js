/** What is said of the runs when an answer is there: under the plot of all of them, aloud of the start that is chosen. */

import { announce } from "./announce.js";
import { find } from "./dom.js";
import { point } from "./format.js";
import { resultOf } from "./methods.js";
import { nameOf, placeOf } from "./start.js";

/** What became of the runs from a start, in one sentence. */
function sentence(name, runs) {
  const results = runs.map(({ optimizer, step_length_of, ...run }) => `${run.label} ${resultOf(run)}`.replace(" ✕ its", "'s").replace(" ✕", "")); // without the learning rate
  return `From ${name}: ${results.join("; ")}.`;
}

export function sayResults(store) {
  let said = "";
  store.on(["answer"], (state) => {
    if (!state.answer || state.isDragging) return;
    const { starts, chosen, facts, answer } = state;
    const names = Object.keys(answer.starts);
    const each = names.map((name) => sentence(name, answer.runs.filter((run) => run.start === name)));
    find("description").textContent = `Paths. ${each.join(" ")}`;
    const headlines = [...(answer.decompose ?? []), ...(answer.matching?.changes ?? [])].map(({ headline }) => headline).filter(Boolean);
    find("in-short").textContent = headlines.join(" "); // the whole stands in the verdict, which a phone shows further down
    const at = placeOf(starts[chosen], facts);
    const name = nameOf(starts[chosen], chosen, starts.length);
    const words = each[chosen]?.replace(`From ${names[chosen]}`, at ? `From ${name === "start" ? "" : `${name}, `}${point(at)}` : "From the start");
    if (words && words !== said) announce(words);
    said = words;
  });
}

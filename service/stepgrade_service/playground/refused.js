/** A start that the service refuses: it goes back to where it was, or another one is to be chosen, and a sentence says why. */

import { find } from "./dom.js";
import { point, sentence } from "./format.js";
import { onPlot } from "./store.js";

export function createRefused(store) {
  const box = find("start-fault");
  let good = null;
  let isBack = false;
  const tell = (words) => {
    box.hidden = !words;
    box.textContent = words;
  };
  store.on(["answer", "passing"], (state) => {
    good = onPlot(state)?.of ?? good;
  });
  store.on(["starts", "objective"], () => {
    if (!isBack) tell("");
  });
  store.on(["faults"], (state) => {
    const faults = state.faults.filter(({ pointer }) => /^\/starts?(\/|$)/.test(pointer));
    if (!faults.length) return;
    const isNamed = state.starts.some((start) => typeof start === "string" && !good?.starts.includes(start)); // by an address, which tells it
    const canGoBack = good && !isNamed && good.objective === state.objective && good.starts !== state.starts;
    if (!canGoBack) return tell(each(faults, (fault) => toChoose(fault, state)));
    isBack = true;
    store.set({ starts: good.starts });
    isBack = false;
    tell(`${each(faults, ({ detail }) => sentence(detail))} The start stays where it was.`);
  });
}

const each = (faults, wordsOf) => [...new Set(faults.map(wordsOf))].join(" ");

const CHOOSE = "click in the plot";

/** What to do where there is no start to go back to. A formula may have none of its own, and a named one may be none of its. */
function toChoose({ pointer, detail }, { objective, starts }) {
  const start = starts[Number(pointer.split("/")[2] ?? 0)];
  if (objective.expression === undefined || start === undefined) return `The start: ${sentence(detail)}`;
  if (typeof start === "string") return `This formula needs a start: ${CHOOSE}.`;
  if (/not finite/.test(detail)) return `The formula or its slope is not defined at the start (${point(start)}). Choose another one: ${CHOOSE}.`;
  return `The start: ${sentence(detail)}`;
}

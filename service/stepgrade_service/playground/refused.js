/** A start that the service refuses: it goes back to where it was, and a sentence says why. */

import { find } from "./dom.js";
import { sentence } from "./format.js";
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
    const why = [...new Set(faults.map(({ detail }) => sentence(detail)))].join(" ");
    const isNamed = state.starts.some((start) => typeof start === "string" && !good?.starts.includes(start)); // by an address, which tells it
    const canGoBack = good && !isNamed && good.objective === state.objective && good.starts !== state.starts;
    if (!canGoBack) return tell(`The start: ${why}`);
    isBack = true;
    store.set({ starts: good.starts });
    isBack = false;
    tell(`${why} The start stays where it was.`);
  });
}

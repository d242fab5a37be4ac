/** What went wrong and stands nowhere else: a service that does not answer, a request that costs too much, parts of an address. */

import { element, find, show } from "./dom.js";

const ELSEWHERE = /^\/(objective|optimizers|starts?|steps|schedule|noise|match|baseline|decompose)/;
const WAITS = [1, 2, 4, 8]; // seconds between tries to reach the service

export function createNotices(store) {
  const box = find("notices");
  let left = [];
  let timer = null;
  let tries = 0;
  const draw = (state) => {
    find("plane").classList.toggle("is-stale", state.gone !== null || state.faults.some(({ pointer }) => !pointer.startsWith("/decompose")));
    show(box, gone(state), ...state.faults.filter(({ pointer }) => !ELSEWHERE.test(pointer)).map((fault) => faultOf(fault, state, store)), ...left.map(closable));
  };
  const closable = (words) => element("p", { class: "notice" }, words, element("button", { type: "button", onclick: () => {
    left = left.filter((each) => each !== words);
    draw(store.state);
  } }, "Close"));
  store.on(["faults", "gone"], (state) => {
    clearTimeout(timer);
    if (state.gone) {
      timer = setTimeout(state.gone, 1000 * WAITS[Math.min(tries, WAITS.length - 1)]);
      tries += 1;
    } else tries = 0;
    draw(state);
  });
  return (words) => {
    left = words;
    draw(store.state);
  };
}

function gone(state) {
  if (!state.gone) return null;
  return element("p", { class: "notice" }, "The service does not answer. Is it running? ", element("code", {}, "make serve"), " starts it. What you see is the last answer.",
    element("button", { type: "button", onclick: state.gone }, "Try again"));
}

function faultOf(fault, state, store) {
  return element("p", { class: "notice" }, fault.told, fewerSteps(fault, state, store));
}

/** A button with so many steps as one request may cost; none where the fault is not its cost. */
export function fewerSteps(fault, state, store) {
  if (fault.cost === undefined || fault.limit === undefined) return null;
  const steps = Math.floor(Number(((state.steps * fault.limit) / fault.cost / 1.2).toPrecision(2)));
  return steps > 0 && steps < state.steps ? element("button", { type: "button", onclick: () => store.set({ steps, at: null }) }, `Use ${steps.toLocaleString("en")} steps`) : null;
}

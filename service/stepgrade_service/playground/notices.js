/** What went wrong and stands nowhere else: a service that does not answer, a request that costs too much, parts of an address. */

import { service } from "./api.js";
import { element, find, showBeside } from "./dom.js";
import { askAgain } from "./outage.js";
import { stepsOf } from "./request.js";
import { isOld } from "./store.js";

const ELSEWHERE = /^\/(objective|optimizers|starts?|steps|schedule|noise|match|baseline|decompose)/;
const WAITS = [1, 2, 4, 8]; // seconds between tries to reach the service

export function createNotices(store) {
  const box = find("notices");
  let left = [];
  let timer = null;
  let tries = 0;
  let busy = 0;
  const draw = (state) => {
    find("plane").classList.toggle("is-stale", isOld(state));
    document.documentElement.classList.toggle("is-old", isOld(state));
    showBeside(() => find("plane"), box, gone(state), busyFor(busy), ...state.faults.filter((fault) => isTooMuch(fault) || !ELSEWHERE.test(fault.pointer)).map((fault) => faultOf(fault, state, store)), ...left.map(closable));
  };
  const closable = (words) => element("p", { class: "notice" }, words, element("button", { type: "button", onclick: () => {
    left = left.filter((each) => each !== words);
    draw(store.state);
  } }, "Close"));
  store.on(["faults", "gone"], (state) => {
    if (!state.gone) {
      clearTimeout(timer);
      [timer, tries] = [null, 0];
    } else if (timer === null) {
      timer = setTimeout(() => {
        timer = null;
        askAgain(store.state);
      }, 1000 * WAITS[Math.min(tries, WAITS.length - 1)]);
      tries += 1;
    }
    draw(state);
  });
  service.addEventListener("busy", ({ detail }) => {
    busy = detail;
    draw(store.state);
  });
  return (words) => {
    left = words;
    draw(store.state);
  };
}

const busyFor = (seconds) => (seconds > 0 ? element("p", { class: "notice" }, `The service is busy. The page asks again in ${seconds} s.`) : null);

function gone(state) {
  if (!state.gone) return null;
  return element("p", { class: "notice" }, "The service does not answer. If it is your service, start it with ", element("code", {}, "make serve"), ". If not, tell your teacher. What you see is the last answer.",
    element("button", { type: "button", onclick: () => askAgain(state) }, "Try again"));
}

const QUICKLY = 10; // what costs this part of what one request may takes a fraction of a second
const SURELY = 0.995; // of what fits by its share of the cost

/** A number with so many digits that count. */
function roundedDown(number, digits) {
  const ten = 10 ** Math.max(Math.floor(Math.log10(number)) + 1 - digits, 0);
  return ten * Math.floor(number / ten);
}

const counted = (number) => number.toLocaleString("en");

/** Whether a request costs more than one may. */
export const isTooMuch = (fault) => fault.cost !== undefined && fault.limit !== undefined;

function faultOf(fault, state, store) {
  const most = isTooMuch(fault) && typeof stepsOf(state) === "number" ? (SURELY * state.steps * fault.limit) / fault.cost : 0;
  if (most < 1) return element("p", { class: "notice" }, fault.pointer.startsWith("/start") ? `The start: ${fault.told}` : fault.told);
  const [fits, quick] = [roundedDown(most, 2), roundedDown(most / QUICKLY, 1)];
  const use = (steps, words = "") => element("button", { type: "button", onclick: () => store.set({ steps, at: null }) }, `Use ${counted(steps)} steps${words}`);
  return element("p", { class: "notice" }, `${counted(state.steps)} steps are too many for one request: about ${counted(fits)} fit.`, use(fits), quick > 0 ? use(quick, ": that is quick") : null);
}

/** What went wrong and stands nowhere else: a service that does not answer, a request that costs too much, parts of an address. */

import { service } from "./api.js";
import { element, find, showBeside } from "./dom.js";
import { askAgain } from "./outage.js";

const ELSEWHERE = /^\/(objective|optimizers|starts?|steps|schedule|noise|match|baseline|decompose)/;
const WAITS = [1, 2, 4, 8]; // seconds between tries to reach the service

export function createNotices(store) {
  const box = find("notices");
  let left = [];
  let timer = null;
  let tries = 0;
  let busy = 0;
  const draw = (state) => {
    find("plane").classList.toggle("is-stale", state.gone !== null || state.faults.some(({ pointer }) => !pointer.startsWith("/decompose")));
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

const QUICKLY = 10; // what is offered costs this part of what one request may: a fraction of a second

/** A number with one digit that counts. */
function roundedDown(number) {
  const ten = 10 ** Math.max(Math.floor(Math.log10(number)), 0);
  return ten * Math.floor(number / ten);
}

/** Whether a request costs more than one may. */
export const isTooMuch = (fault) => fault.cost !== undefined && fault.limit !== undefined;

function faultOf(fault, state, store) {
  const fewer = isTooMuch(fault) ? roundedDown((state.steps * fault.limit) / fault.cost / QUICKLY) : 0;
  const words = fault.pointer.startsWith("/start") ? `The start: ${fault.told}` : fault.told;
  return element("p", { class: "notice" }, words, fewer > 0 ? element("button", { type: "button", onclick: () => store.set({ steps: fewer, at: null }) }, `Use ${fewer.toLocaleString("en")} steps`) : null);
}

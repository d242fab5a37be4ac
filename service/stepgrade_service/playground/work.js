/** A question that takes its time is seen and heard to be under way. */

import { announce } from "./announce.js";
import { element, find } from "./dom.js";

const SLOW = 300; // milliseconds

/** Gives `working(isAsked)`: call it with true when the runs are asked for, and without when there is an answer. */
export function atWork(store) {
  const words = element("p", { id: "working", hidden: true }, "Working …");
  find("plot").append(words);
  let timer;
  const tell = (isWorking) => {
    words.hidden = !isWorking;
    find("picture").setAttribute("aria-busy", isWorking);
    if (isWorking) announce(`The service computes ${store.state.steps} steps.`);
  };
  return (isAsked = false) => {
    clearTimeout(timer);
    if (isAsked) timer = setTimeout(() => tell(true), SLOW);
    else if (!words.hidden) tell(false);
  };
}

/** A question that takes its time is seen and heard to be under way. */

import { announce } from "./announce.js";
import { element, find } from "./dom.js";

const SLOW = 300; // milliseconds after which it is seen
const HEARD = 900; // and heard: what was said just before is heard first

/** Gives `working(isAsked)`: call it with true when the runs are asked for, and without when there is an answer. */
export function atWork(store) {
  const words = element("p", { id: "working", hidden: true }, "Working …");
  find("plot").append(words);
  let seen, heard;
  const tell = (isWorking) => {
    words.hidden = !isWorking;
    find("picture").setAttribute("aria-busy", isWorking);
  };
  return (isAsked = false) => {
    clearTimeout(seen);
    clearTimeout(heard);
    if (isAsked) {
      seen = setTimeout(() => tell(true), SLOW);
      heard = setTimeout(() => announce(`The service computes ${store.state.steps} steps.`), HEARD);
    } else if (!words.hidden) tell(false);
  };
}

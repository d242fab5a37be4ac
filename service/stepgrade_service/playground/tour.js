/** The guided tour: a panel beside the plot. Each step is an address, so the browser's back button goes one step back. */

import { Gone, post } from "./api.js";
import { element, find, show } from "./dom.js";
import { asksOf, STEPS } from "./tour_steps.js";
import { VIEWS, viewOfStep } from "./tour_views.js";
import { write } from "./address.js";

export function createTour(store) {
  const panel = find("tour");
  const heading = element("h2", { id: "tour-title", tabindex: -1 });
  const text = element("div", { id: "tour-text", "aria-live": "polite" });
  const button = (words, done) => element("button", { type: "button", onclick: done }, words);
  const [back, next, again, turn] = [button("Back", () => go(-1)), button("Next", () => go(1)), button("Show this part again", () => go(0)), button("Turn the bowl", toggle)];
  const end = button("End the tour", () => leave());
  show(panel, heading, text, element("div", { class: "controls" }, back, next, turn, again, end));
  find("take-tour").addEventListener("click", () => {
    wantsFocus = true;
    location.hash = viewOfStep(1);
  });
  let wantsFocus = false;

  panel.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") leave();
    else if (way) go(way);
    else return;
    event.preventDefault();
  });

  function go(by) {
    const step = store.state.tour + by;
    if (step < 1 || step > STEPS.length) return;
    if (by === 0) location.replace(`#${viewOfStep(step)}`);
    else location.hash = viewOfStep(step);
  }

  const leave = () => store.set({ tour: null });

  /** Turn the bowl of the plot, or turn it back. */
  function toggle() {
    const { rotation, ...objective } = store.state.objective;
    store.set({ objective: rotation ? objective : { ...objective, rotation: STEPS[store.state.tour - 1].turn } });
  }

  let shown = null;
  store.on(["tour"], ({ tour }) => {
    if (tour === null && panel.contains(document.activeElement)) find("take-tour").focus();
    panel.hidden = tour === null;
    find("take-tour").setAttribute("aria-pressed", tour !== null);
    document.documentElement.classList.toggle("has-tour", tour !== null);
    if (tour === null) shown = null;
    if (tour === null || tour === shown) return;
    const { title, turn: degrees } = STEPS[tour - 1];
    heading.textContent = `Part ${tour} of ${STEPS.length}: ${title}`;
    const held = document.activeElement;
    [back.disabled, next.hidden, turn.hidden] = [tour === 1, tour === STEPS.length, degrees === undefined];
    if (wantsFocus) heading.focus();
    else if (held === next && next.hidden) end.focus();
    else if ((held === back && back.disabled) || (held === turn && turn.hidden)) next.focus();
    wantsFocus = false;
    tell(tour);
  });
  store.on(["tour", "objective", "starts", "methods", "steps", "schedule"], (state) => {
    const { tour } = state;
    again.hidden = tour === null || state.isDragging || isAsIn(tour, state);
    turn.setAttribute("aria-pressed", Boolean(state.objective.rotation));
  });

  async function tell(step) {
    shown = step;
    const before = step === 1 ? "The tour changes what you see. The Back button of your browser brings your own view back. " : "";
    show(text, element("p", {}, `${before}The service computes the numbers of this part.`));
    try {
      const asked = Object.entries(asksOf(step));
      const answers = await Promise.all(asked.map(([, [path, document]]) => post(path, document)));
      if (shown !== step) return;
      show(text, ...STEPS[step - 1].tell(Object.fromEntries(asked.map(([name], place) => [name, answers[place]]))).map(paragraph), before && element("p", { class: "small" }, before));
    } catch (error) {
      shown = null;
      const words = error instanceof Gone ? "The service does not answer, so there are no numbers for this part." : `The service did not compute this part: ${error.message}`;
      show(text, element("p", { class: "fault" }, words), button("Try again", () => tell(step)));
    }
  }
}

/** A paragraph; what stands between stars is a word that it explains. */
const paragraph = (words) => element("p", {}, ...words.split("*").map((part, place) => (place % 2 ? element("dfn", {}, part) : part)));

/** Whether the plot still shows what a step is about, wherever the reader looks. */
function isAsIn(step, state) {
  const strip = (view) => view.split("&").filter((part) => /^(o|s|m|n|schedule)=/.test(part)).sort().join("&");
  return strip(write(state)) === strip(VIEWS[step - 1]);
}

/** The numbers as a table: of the step that is shown, and of every recorded step. */

import { element, find, show } from "./dom.js";
import { point, told } from "./format.js";
import { drawnRuns, placeAt } from "./paths.js";
import { stepOf } from "./player.js";

const MOST_ROWS = 400;

export function createNumbers(store) {
  const now = element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Numbers at this step" });
  const every = element("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "Numbers of every step" });
  const more = element("details", {}, element("summary", {}, "Show every step as a table"), every);
  show(find("numbers"), now, more);
  store.on(["answer", "at", "hidden"], (state) => drawNow(now, state));
  const drawEvery = (state) => (more.open ? show(every, everyStep(state)) : show(every));
  store.on(["answer", "hidden"], drawEvery);
  more.addEventListener("toggle", () => drawEvery(store.state));
}

const heads = (...words) => element("thead", {}, element("tr", {}, ...words.map((word) => element("th", { scope: "col" }, word))));

function drawNow(box, state) {
  const step = stepOf(state);
  const runs = drawnRuns(state);
  if (!runs.length) return show(box);
  const names = (state.facts?.variables ?? ["x", "y"]).join(", ");
  const rows = runs.map((run) => {
    const place = placeAt(run, step);
    const { minimum } = run.summary;
    const away = minimum ? Math.hypot(...run.points[place].map((each, axis) => each - minimum[axis])) : null;
    const cells = [run.start, told(run.recorded[place]), point(run.points[place], 6), told(run.values[place], 6), told(away, 6)];
    return element("tr", { "data-run": run.color }, element("th", { scope: "row" }, run.label), ...cells.map((each) => element("td", {}, each)));
  });
  show(box, element("table", {}, heads("method", "from", "step", names, "loss", "distance"), element("tbody", {}, ...rows)));
}

function everyStep(state) {
  const rows = drawnRuns(state).flatMap((run) => run.recorded.map((step, place) => [run.label, run.start, String(step), point(run.points[place], 8), told(run.values[place], 8)]));
  const note = rows.length > MOST_ROWS ? `The first ${MOST_ROWS} of ${rows.length} rows. Download the CSV for all of them.` : null;
  return element("table", {}, note && element("caption", { class: "small" }, note), heads("method", "from", "step", (state.facts?.variables ?? ["x", "y"]).join(", "), "loss"),
    element("tbody", {}, ...rows.slice(0, MOST_ROWS).map((row) => element("tr", {}, ...row.map((each) => element("td", {}, each))))));
}

/** The numbers as a table: of the step that is shown, and of every recorded step. */

import { element, find, show } from "./dom.js";
import { beside, pointBeside, sizeOf, told } from "./format.js";
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

const lossOf = (run, place, digits) => beside(Math.abs(run.values[0]), run.values[place], digits, 2);

const isNarrow = matchMedia("(max-width: 26rem)");

function drawNow(box, state) {
  const step = stepOf(state);
  const runs = drawnRuns(state);
  if (!runs.length) return show(box);
  const isSeveral = new Set(runs.map(({ start }) => start)).size > 1;
  const digits = isNarrow.matches ? 4 : 6;
  const names = (state.facts?.variables ?? ["x", "y"]).join(", ");
  const rows = runs.map((run) => {
    const place = placeAt(run, step);
    const { minimum } = run.summary;
    const away = minimum ? Math.hypot(...run.points[place].map((each, axis) => each - minimum[axis])) : null;
    const words = [run.label, isSeveral ? ` from ${run.start}` : "", run.recorded[place] === step ? "" : `, step ${run.recorded[place]}`];
    const cells = [pointBeside(sizeOf(run), run.points[place], digits), lossOf(run, place, digits), beside(sizeOf(run), away, digits)];
    return element("tr", { "data-run": run.color }, element("th", { scope: "row" }, words.join("")), ...cells.map((each) => element("td", {}, each)));
  });
  show(box, element("table", {}, element("caption", { class: "small" }, `At step ${step}`), heads("method", names, "loss", "distance"), element("tbody", {}, ...rows)));
}

function everyStep(state) {
  const rows = drawnRuns(state).flatMap((run) => run.recorded.map((step, place) => [run.label, run.start, String(step), pointBeside(sizeOf(run), run.points[place], 8), lossOf(run, place, 8)]));
  const note = rows.length > MOST_ROWS ? `The first ${MOST_ROWS} of ${rows.length} rows. Download the CSV for all of them.` : null;
  return element("table", {}, note && element("caption", { class: "small" }, note), heads("method", "from", "step", (state.facts?.variables ?? ["x", "y"]).join(", "), "loss"),
    element("tbody", {}, ...rows.slice(0, MOST_ROWS).map((row) => element("tr", {}, ...row.map((each) => element("td", {}, each))))));
}

/** The next step of each run as arrows: its way and downhill, equally long, and its length; and the numbers of both. */

import { drawn, element, find, show } from "./dom.js";
import { pointBeside, told } from "./format.js";
import { drawnRuns, placeAt } from "./paths.js";
import { stepOf } from "./player.js";

const MEANING = "The solid arrow is the direction of the next step, the dotted arrow is downhill. Both are equally long. The bar is where the step ends. A dash is a step that is not taken, or not recorded.";

const UNIT = 64; // pixels of an arrow that tells a direction alone

export function createArrows(store, plane) {
  const box = find("arrows");
  const toggle = element("input", { type: "checkbox" });
  const table = element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "The next step of each method", hidden: true });
  toggle.addEventListener("change", () => store.set({ arrows: toggle.checked }));
  const words = element("p", { class: "small" }, MEANING);
  show(box, element("label", { class: "inline" }, toggle, "Show arrows"), words, table);
  store.on(["arrows", "answer", "at", "hidden", "front", "facts"], (state) => {
    toggle.checked = state.arrows;
    table.hidden = !state.arrows;
    show(table, state.arrows ? tableOf(state) : null);
    words.hidden = !state.arrows;
  });
  plane.paint(["arrows", "answer", "passing", "at", "hidden", "front", "methods"], (view, state) => drawArrows(plane.layers.arrows, view, state));
}

/** Of each run the step that it takes from where it is shown, and downhill there; null what is not recorded. */
function nextSteps(state) {
  return drawnRuns(state).map((run) => {
    const place = placeAt(run, stepOf(state));
    const isNext = run.recorded[place + 1] === run.recorded[place] + 1;
    const step = isNext ? run.updates?.[place + 1] ?? null : null;
    const gradient = run.gradients?.[place] ?? null;
    return { run, at: run.points[place], number: run.recorded[place], step, length: lengthOf(step), way: unit(step), downhill: unit(gradient?.map((each) => -each)),
      steepness: lengthOf(gradient), cosine: isNext ? run.measures?.descent_cosine?.[place + 1] ?? null : null };
  });
}

const lengthOf = (pair) => (pair ? Math.hypot(...pair) : null);

function unit(pair) {
  const length = lengthOf(pair);
  return length > 0 ? pair.map((each) => each / length) : null;
}

function drawArrows(layer, view, state) {
  if (!state.arrows || state.passing) return show(layer);
  const steps = nextSteps(state).filter(({ at }) => view.holds(at));
  show(layer, ...steps.flatMap(({ run, at, step, way, downhill }) => {
    const from = view.pixels(at);
    const towards = (pair) => [from[0] + UNIT * pair[0], from[1] - UNIT * pair[1]];
    const parts = [];
    if (way) parts.push(["way", from, towards(way)]);
    if (step) parts.push(["length", from, view.pixels(at.map((each, axis) => each + step[axis]))]);
    if (downhill) parts.push(["downhill", from, towards(downhill)]); // above, so that it is seen where both go one way
    return [drawn("g", { "data-run": run.color, "data-label": run.label, "data-start": run.start }, ...parts.flatMap(([kind, start, end]) => arrow(kind, start, end)))];
  }));
}

const HEADS = { downhill: 9, way: 9, length: 0 };

/** A line with a head, or with a bar across the end of a length. */
function arrow(kind, [x, y], [end, low]) {
  const line = `M${x.toFixed(2)},${y.toFixed(2)}L${end.toFixed(2)},${low.toFixed(2)}`;
  const angle = Math.atan2(low - y, end - x);
  const corner = (turn, size) => `${(end + size * Math.cos(angle + turn)).toFixed(2)},${(low + size * Math.sin(angle + turn)).toFixed(2)}`;
  const head = kind === "length" ? `M${corner(Math.PI / 2, 6)}L${corner(-Math.PI / 2, 6)}` : `M${corner(2.6, HEADS[kind])}L${corner(0, 0)}L${corner(-2.6, HEADS[kind])}`;
  const shown = drawn("path", { class: `arrow ${kind}`, d: line + head });
  return kind === "downhill" ? [shown] : [drawn("path", { class: "arrow casing", d: line + head }), shown];
}

/** The same in numbers. */
function tableOf(state) {
  const names = (state.facts?.variables ?? ["x", "y"]).join(", ");
  const heads = ["method", "from", "step", "step length", `its direction (${names})`, `downhill (${names})`, "cosine of both", "gradient's length"];
  const rows = nextSteps(state).map(({ run, number, length, way, downhill, steepness, cosine }) => {
    const pair = (each) => (each ? pointBeside(1, each, 3) : "–");
    const cells = [run.start, `${number} → ${number + 1}`, told(length), pair(way), pair(downhill), told(cosine, 3), told(steepness)];
    return element("tr", { "data-run": run.color }, element("th", { scope: "row" }, run.label), ...cells.map((each) => element("td", {}, each)));
  });
  return element("table", {}, element("thead", {}, element("tr", {}, ...heads.map((each) => element("th", { scope: "col" }, each)))), element("tbody", {}, ...rows));
}

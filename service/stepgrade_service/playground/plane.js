/** The drawing surface: what is in sight, its layers, and what is drawn below the paths. */

import { drawn, find, onceAFrame, show } from "./dom.js";
import { told } from "./format.js";
import { star } from "./marks.js";
import { around, ticks, View } from "./view.js";

const LAYERS = ["contours", "axes", "cursor", "runs", "cell", "arrows", "ends", "rings", "minima", "labels"];

/**
 * Make the plot. `layers[name]` are groups to draw in. `paint(names, painter)` draws whenever one of these members of the state changes,
 * and when what is in sight does; `redraw` draws everything. Both may be called as often as one likes.
 */
export function createPlane(store) {
  const box = find("plane");
  const layers = Object.fromEntries(LAYERS.map((name) => [name, drawn("g", { class: name, "aria-hidden": name !== "runs" && "true" })]));
  const svg = drawn("svg", {}, ...Object.values(layers));
  box.append(svg);
  const painters = [];
  const plane = { box, svg, layers, view: null, scale: 1 };
  let isNew = true; // what is in sight, or how large: else nothing is measured, for that makes the browser lay out the page
  const frame = onceAFrame(() => {
    if (isNew && !measure(plane, store.state)) return;
    const due = painters.filter((each) => isNew || each.isDue);
    isNew = false;
    for (const each of due) {
      each.isDue = false;
      each.painter(plane.view, store.state, plane.scale);
    }
  });
  plane.redraw = () => {
    isNew = true;
    frame();
  };
  plane.paint = (names, painter) => {
    const each = { painter, isDue: true };
    painters.push(each);
    store.on(names, () => {
      each.isDue = true;
      frame();
    });
  };
  plane.paint(["lines"], (view, state) => drawContours(layers.contours, view, state));
  plane.paint([], (view, state) => drawAxes(layers.axes, view, state));
  plane.paint([], (view, state) => drawMinima(layers.minima, view, state));
  store.on(["facts", "window"], plane.redraw);
  new ResizeObserver(plane.redraw).observe(box);
  return plane;
}

/** How large the plot is, and what is in sight; false where it is not shown. */
function measure(plane, state) {
  const { clientWidth: width, clientHeight: height } = plane.box;
  if (!width) return false;
  plane.svg.setAttribute("viewBox", `0 0 ${width} ${height}`); // so that paper may have another width
  plane.view = new View(windowOf(state), width, height);
  plane.scale = Number(getComputedStyle(document.documentElement).getPropertyValue("--scale")) || 1;
  return true;
}

/** What is in sight: what the reader or the example chose, else the objective's own. */
export const windowOf = (state) => state.window ?? state.facts?.window ?? [[-6, 6], [-4.5, 4.5]];

/** The window that shows every start, every path and every minimum. */
export function fitted(state) {
  const runs = (state.answer?.runs ?? []).filter((run) => run.status !== "diverged" && run.status !== "growing");
  const points = [...runs.flatMap((run) => run.points), ...(state.facts?.minima ?? []).map((each) => each.point)];
  return points.length ? around(points) : null;
}

function drawContours(layer, view, state) {
  const { lines } = state;
  if (!lines) return show(layer);
  const last = Math.max(lines.levels.length - 1, 1);
  show(layer, ...lines.polylines.map((polylines, place) => {
    const d = polylines.map((line) => pathOf(line.map((point) => view.pixels(point)))).join("");
    const line = drawn("path", { class: "contour", d }, drawn("title", {}, `value ${told(lines.levels[place])}`));
    line.style.stroke = `color-mix(in srgb, var(--ridge) ${Math.round((100 * place) / last)}%, var(--valley))`;
    return line;
  }));
}

export const pathOf = (pixels) => (pixels.length ? `M${pixels.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join("L")}` : "");

function drawAxes(layer, view, state) {
  const [across, up] = view.window;
  const [first, second] = state.facts?.variables ?? ["x", "y"];
  const parts = [];
  for (const value of ticks(across, Math.max(view.width / 90, 5))) {
    const [x] = view.pixels([value, 0]);
    parts.push(drawn("line", { class: "axis", x1: x, x2: x, y1: view.height - 5, y2: view.height }));
    if (x > 30 && x < view.width - 32) parts.push(text(x, view.height - 9, told(value), "middle", "x"));
  }
  for (const value of ticks(up, Math.max(view.height / 60, 8))) {
    const [, y] = view.pixels([0, value]);
    parts.push(drawn("line", { class: "axis", x1: 0, x2: 5, y1: y, y2: y }));
    if (y > 24 && y < view.height - 26) parts.push(text(9, y + 4, told(value), "start", "y"));
  }
  parts.push(text(9, 16, second, "start"), text(view.width - 8, view.height - 9, first, "end"));
  show(layer, ...parts);
}

const text = (x, y, words, anchor, axis = null) =>
  drawn("text", { class: "tick", x: x.toFixed(2), y: y.toFixed(2), "text-anchor": anchor, "data-axis": axis, "data-value": axis && words }, words);

function drawMinima(layer, view, state) {
  const facts = state.facts;
  if (!facts) return show(layer);
  const lowest = Math.min(...facts.minima.map((each) => each.value));
  const isDeep = ({ value }) => value <= lowest + 1e-9 * Math.max(1, Math.abs(lowest));
  const saddles = facts.critical_points.filter((each) => each.kind === "saddle" && view.holds(each.point));
  show(
    layer,
    ...saddles.map(({ point }) => {
      const [x, y] = view.pixels(point);
      return drawn("path", { class: "saddle", d: `M${x - 5},${y - 5}L${x + 5},${y + 5}M${x - 5},${y + 5}L${x + 5},${y - 5}` }, drawn("title", {}, "saddle"));
    }),
    ...facts.minima.filter((each) => view.holds(each.point)).map((each) => {
      const title = isDeep(each) ? "minimum" : `a higher minimum, value ${told(each.value)}`;
      const attributes = { class: isDeep(each) ? "minimum" : "minimum is-higher", d: star(view.pixels(each.point), 17) };
      return drawn("path", attributes, drawn("title", {}, title));
    }),
  );
}

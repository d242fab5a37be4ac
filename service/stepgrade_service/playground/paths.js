/** The paths of the runs, up to the step that is shown, with their marks, their ends and the rings of their targets. */

import { drawCells, drawnCells } from "./corners.js";
import { redraw } from "./dom.js";
import { pathOf } from "./plane.js";
import { mark, marksAlong } from "./marks.js";
import { labelsOf } from "./request.js";
import { onPlot } from "./store.js";

const FAR = 1e5; // pixels beyond which a line is followed no further
const [WIDEST, LEAST, CASING] = [5, 2.25, 1.5];
const [LEAST_ON_MAP, CASING_ON_MAP] = [3.25, 3]; // there a path may have the color of its ground
const LABELLED = 8; // at most so many ends have a label
const LETTER = 8.5; // pixels across, about, of a letter of a label

/** The runs of an answer as they are drawn: those of hidden methods are left out, the one in front comes last. */
export function drawnRuns(state, answer = state.answer) {
  const labels = labelsOf(state.methods);
  const runs = (answer?.runs ?? []).filter((run) => labels.includes(run.label) && run.points && !state.hidden.has(run.label));
  const numbered = runs.map((run) => {
    const order = labels.indexOf(run.label);
    return { ...run, order, color: state.methods[order].color };
  });
  return numbered.sort((one, other) => (one.label === state.front) - (other.label === state.front) || one.order - other.order);
}

/** The place in what was recorded of the last step up to one. */
export function placeAt(run, step) {
  let place = run.recorded.length - 1;
  while (place > 0 && run.recorded[place] > step) place -= 1;
  return place;
}

export const isLost = (run) => run.status === "diverged" || run.status === "growing";

export function drawRuns(layers, view, state, step, scale) {
  const runs = drawnRuns(state, onPlot(state));
  const focused = layers.runs.contains(document.activeElement) ? { ...document.activeElement.dataset } : null;
  redraw(layers.runs, runs.map((run) => drawRun(run, view, state, step, scale)));
  redraw(layers.ends, runs.map((run) => drawEnd(run, view, step, scale)));
  redraw(layers.labels, endLabels(runs, view, state, step, scale));
  redraw(layers.rings, rings(runs, view, state));
  drawCells(layers.cell, view, state, step, scale);
  if (focused) [...layers.runs.children].find(({ dataset }) => dataset.label === focused.label && dataset.start === focused.start)?.focus({ preventScroll: true });
}

export const onScreen = (view, points) =>
  points.map((point) => view.pixels(point)).map((pair) => pair.map((each) => Math.max(-FAR, Math.min(FAR, each))));

function drawRun(run, view, state, step, scale) {
  const count = Math.max(state.methods.length - 1, 1);
  const [least, casing] = state.map ? [LEAST_ON_MAP, CASING_ON_MAP] : [LEAST, CASING];
  const width = scale * Math.max(least, WIDEST - ((WIDEST - least) * run.order) / count);
  const pixels = onScreen(view, run.points);
  const shown = pixels.slice(0, placeAt(run, step) + 1);
  const isWhole = shown.length === pixels.length;
  const [all, d] = isWhole ? Array(2).fill(pathOf(pixels)) : [pathOf(pixels), pathOf(shown)];
  return [
    "g", { "data-run": run.color, "data-label": run.label, "data-start": run.start, tabindex: 0, role: "img", "aria-label": `Path of ${run.label} from ${run.start}. Comma and full stop go along it.` },
    ["path", { class: "trail", d: all, "stroke-width": width / 2, display: isWhole ? "none" : null }],
    ["path", { class: "casing", d, "stroke-width": width + 2 * casing }],
    ["path", { class: "path", d, "stroke-width": width }],
    ["path", { class: "marks", d: marksAlong(run.color, shown, 7 * scale, 9 * scale) }],
  ];
}

function drawEnd(run, view, step, scale) {
  const place = placeAt(run, step);
  const at = view.pixels(run.points[place]);
  const isEnd = isLost(run) && place === run.recorded.length - 1;
  const end = view.holds(run.points[place]) ? { class: isEnd ? "end is-lost" : "end", d: mark(run.color, at, 14 * scale) } : { class: "away", d: arrowTo(at, view, 9 * scale) };
  return ["g", { "data-run": run.color }, ["path", end]];
}

/** An arrow at the border towards what is out of sight. */
function arrowTo([x, y], view, size) {
  const [cx, cy] = [view.width / 2, view.height / 2];
  const share = Math.min(Math.abs((cx - size) / (x - cx || 1)), Math.abs((cy - size) / (y - cy || 1)));
  const [px, py] = [cx + share * (x - cx), cy + share * (y - cy)];
  const angle = Math.atan2(y - cy, x - cx);
  const corner = (turn) => `${px + size * Math.cos(angle + turn)},${py + size * Math.sin(angle + turn)}`;
  return `M${corner(0)}L${corner(2.5)}L${corner(-2.5)}Z`;
}

const [LINE, CLOSE, BESIDE] = [17, 60, 24]; // pixels between labels, between ends that share a column of labels, and from an end to its label

/** The labels at the ends. Those of ends that are close stand in one column beside them all. */
function endLabels(runs, view, state, step, scale) {
  if (state.methods.length > LABELLED || !runs.length || drawnCells(state).length > 1) return [];
  const first = Object.keys(onPlot(state).starts ?? {})[0];
  const ends = runs
    .filter((run) => run.start === first || first === undefined)
    .map((run) => ({ run, at: view.pixels(run.points[placeAt(run, step)]) }))
    .filter(({ at }) => at[0] >= 0 && at[0] <= view.width && at[1] >= 0 && at[1] <= view.height)
    .sort((one, other) => one.at[1] - other.at[1]);
  const isClose = ([x, y], [across, down]) => Math.abs(x - across) < CLOSE * scale && Math.abs(y - down) < LINE * scale;
  const columns = [];
  for (const end of ends) {
    const near = columns.find((column) => column.some(({ at }) => isClose(at, end.at)));
    if (near) near.push(end);
    else columns.push([end]);
  }
  let last = -Infinity;
  return columns.flatMap((column) => {
    const across = column.map(({ at }) => at[0]);
    const longest = Math.max(...column.map(({ run }) => run.label.length));
    const isRight = Math.max(...across) + (BESIDE + LETTER * longest) * scale > view.width && Math.max(...across) > view.width / 2;
    const [way, anchor, edge] = isRight ? [-1, "end", Math.min(...across)] : [1, "start", Math.max(...across)];
    const far = BESIDE * (column.length > 1 ? 1.5 : 1);
    const middle = column.reduce((sum, { at }) => sum + at[1], 0) / column.length + 4;
    return column.map(({ run, at: [x, y] }, place) => {
      last = Math.max(middle + (place - (column.length - 1) / 2) * LINE * scale, last + LINE * scale);
      const key = ["path", { class: "label-key", d: `M${(x + 8 * way * scale).toFixed(1)},${y.toFixed(1)}L${(edge + (far - 3) * way * scale).toFixed(1)},${(last - 4 * scale).toFixed(1)}` }];
      return ["g", { "data-run": run.color }, key, ["text", { class: "label", x: edge + far * way * scale, y: last, "text-anchor": anchor }, run.label]];
    });
  });
}

/** The rings around the minima that runs go to: within one, a run from its start is at the target. */
function rings(runs, view, state) {
  const share = onPlot(state)?.target?.distance;
  if (!share) return [];
  const found = new Map();
  for (const run of runs) {
    const minimum = run.summary.minimum;
    if (!minimum) continue;
    const radius = share * Math.hypot(...run.points[0].map((each, axis) => each - minimum[axis])) * view.unit;
    const [cx, cy] = view.pixels(minimum);
    if (radius > 2) found.set(`${run.start} ${minimum}`, ["circle", { class: "ring", cx, cy, r: radius }, ["title", {}, `target from ${run.start}`]]);
  }
  return [...found.values()];
}

/** Small charts on one cursor: loss and distance, and, when opened, the effective learning rate and the cosine. */

import { drawn, element, find, onceAFrame, show } from "./dom.js";
import { beside, told } from "./format.js";
import { drawnRuns, isLost, placeAt } from "./paths.js";
import { lastStep, stepOf } from "./player.js";
import { ticks } from "./view.js";

const [LEFT, TOP, BOTTOM] = [48, 6, 18];
const CLOSE = 5; // pixels between steps below which a zigzag is a band
const ABOVE = 2; // powers of ten in which a run that grows is still seen
const FLAT = 1e-9; // what differs by less is rounding, and is drawn as a level line

const distances = (run) => {
  const { minimum } = run.summary;
  return minimum ? run.points.map((point) => Math.hypot(...point.map((each, axis) => each - minimum[axis]))) : null;
};

const CHARTS = {
  loss: { title: "loss above the minimum", amongSeveral: "loss above the lowest minimum", isLog: true, of: (run, facts) => [run.values.map((value) => value - lowest(facts))] },
  distance: { title: "distance to the minimum", amongSeveral: "distance to the minimum nearest to its end", isLog: true, of: (run) => [distances(run)] },
  rate: { title: "effective learning rate (line: first coordinate, dots: second)", isLog: true, of: (run) => [0, 1].map((axis) => run.measures?.effective_lr?.map((each) => each?.[axis] ?? null)) },
  cosine: { title: "cosine of the step and downhill", isLog: false, range: [-1, 1], of: (run) => [run.measures?.descent_cosine] },
};

const lowest = (facts) => (facts?.minima.length ? Math.min(...facts.minima.map((each) => each.value)) : 0);

export function createCharts(store) {
  const figures = {};
  for (const [box, names] of [["charts", ["loss", "distance"]], ["more-charts", ["rate", "cosine"]]]) {
    for (const name of names) figures[name] = createFigure(name, store);
    show(find(box), ...names.map((name) => figures[name].box));
  }
  const key = element("ul", { class: "legend" });
  find("charts").before(key);
  find("more").addEventListener("toggle", () => store.set({ hasMeasures: find("more").open }));
  const draw = onceAFrame(() => {
    const { state } = store;
    const runs = dashed(drawnRuns(state), state);
    show(key, ...keysOf(runs));
    for (const [name, figure] of Object.entries(figures)) if (figure.svg.clientWidth) drawChart(figure, CHARTS[name], runs, state);
  });
  store.on(["answer", "at", "hidden", "facts"], draw);
  new ResizeObserver(draw).observe(find("charts"));
}

const DASHES = [null, "8 4", "2 3", "9 3 2 3", "5 6", "1 5"];

/** Runs of one method have its colour; their starts are told apart by dashes. */
function dashed(runs, { answer }) {
  const starts = Object.keys(answer?.starts ?? {});
  return runs.map((run) => ({ ...run, dash: DASHES[starts.indexOf(run.start)] ?? null }));
}

/** Which line is whose: a colour for each method, and a dash for each start where there are several. */
function keysOf(runs) {
  const entry = (words, attributes) => element("li", { "data-run": attributes["data-run"] ?? null }, drawn("svg", { class: "stroke", viewBox: "0 0 36 8", "aria-hidden": "true" }, drawn("path", { class: "line", d: "M0,4H36", ...attributes })), words);
  const firsts = (name) => [...new Map(runs.map((run) => [run[name], run])).values()];
  const starts = firsts("start");
  return [...firsts("label").sort((one, other) => one.order - other.order).map((run) => entry(run.label, { "data-run": run.color })),
    ...(starts.length > 1 ? starts.map((run) => entry(`from ${run.start}`, { "stroke-dasharray": run.dash })) : [])];
}

function createFigure(name, store) {
  const svg = drawn("svg", { "aria-hidden": "true" });
  const caption = element("figcaption", {});
  const go = (event) => {
    if (event.type === "pointermove" && event.pointerType === "touch" && !event.buttons) return;
    const { left, width } = svg.getBoundingClientRect();
    const share = (event.clientX - left - LEFT) / (width - LEFT);
    store.set({ at: Math.max(0, Math.min(lastStep(store.state), Math.round(share * lastStep(store.state)))), isPlaying: false });
  };
  svg.addEventListener("pointerdown", go);
  svg.addEventListener("pointermove", (event) => event.buttons && go(event));
  return { box: element("figure", { class: "chart", "data-chart": name }, caption, svg), svg, caption };
}

function drawChart({ svg, caption }, chart, runs, state) {
  const lines = runs.flatMap((run) => chart.of(run, state.facts).map((values, second) => ({ run, second, values }))).filter(({ values }) => values);
  const isLog = chart.isLog && lines.some(({ values }) => values.some((value) => value > 0));
  const scaled = (value) => (value === null || !Number.isFinite(value) || (isLog && value <= 0) ? null : isLog ? Math.log10(value) : value);
  const calm = lines.filter(({ run }) => !isLost(run)); // a run that grows without end leaves the chart, so that the others are seen
  const all = (calm.length ? calm : lines).flatMap(({ values }) => values.map(scaled)).filter((value) => value !== null);
  const range = chart.range ?? rangeOf(all, isLog);
  if (isLog && calm.length && calm.length < lines.length) range[1] += ABOVE;
  const last = Math.max(1, lastStep(state)); // a run of no steps has a width too
  const { width, height } = svg.getBoundingClientRect();
  const x = (step) => LEFT + ((width - LEFT - 4) * step) / last;
  const y = (value) => TOP + (height - TOP - BOTTOM) * (1 - (value - range[0]) / (range[1] - range[0]));
  const step = stepOf(state);
  caption.textContent = `${(state.facts?.minima.length > 1 && chart.amongSeveral) || chart.title}; step ${step}: ${lines.map(({ run, second, values }) => `${run.label}${state.starts.length > 1 ? ` from ${run.start}` : ""}${second ? " (2nd)" : ""} ${beside(Math.abs(values[0] ?? 0), values[placeAt(run, step)] ?? null, 3)}`).join(", ")}`;
  show(svg, ...axisOf(range, isLog, y, width), ...stepsOf(last, x, height), ...drawnLines(lines, x, y, scaled),
    drawn("line", { class: "cursor", x1: x(step), x2: x(step), y1: TOP, y2: height - BOTTOM }));
}

function rangeOf(values, isLog) {
  if (!values.length) return [0, 1];
  const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const floor = isLog ? Math.max(least, most - 12) : least;
  return most - floor > FLAT * Math.max(1, Math.abs(most)) ? [floor, most] : [floor - 0.5, most + 0.5];
}

const stepsOf = (last, x, height) =>
  ticks([0, last], 4).filter((step) => Number.isInteger(step)).map((step) => {
    const anchor = step >= 0.95 * last ? "end" : "middle";
    return drawn("text", { class: "tick", x: x(step), y: height - 3, "text-anchor": anchor }, told(step));
  });

function axisOf(range, isLog, y, width) {
  const found = ticks(range, 4).filter((value) => !isLog || Number.isInteger(value));
  return found.flatMap((value) => [
    drawn("line", { class: "axis", x1: LEFT, x2: width, y1: y(value), y2: y(value) }),
    drawn("text", { class: "tick", x: LEFT - 4, y: y(value) + 4, "text-anchor": "end" }, isLog ? power(value) : told(value)),
  ]);
}

/** A power of ten, short enough for the margin. */
const power = (exponent) => (Math.abs(exponent) <= 3 ? told(10 ** exponent) : `1e${told(exponent)}`);

/** What goes to and fro at almost each step is thin and lies below, or it would hide all else. */
function drawnLines(lines, x, y, scaled) {
  const made = lines.map(({ run, second, values }) => [isDense(values, x), lineOf(run, second, values, x, y, scaled)]);
  for (const [isThin, line] of made) line.classList.toggle("is-dense", isThin);
  return [...made.filter(([isThin]) => isThin), ...made.filter(([isThin]) => !isThin)].map(([, line]) => line);
}

function isDense(values, x) {
  const turns = values.filter((value, place) => (value - values[place - 1]) * (values[place + 1] - value) < 0).length;
  return turns > values.length / 2 && x(1) - x(0) < CLOSE;
}

function lineOf(run, second, values, x, y, scaled) {
  let pen = "M";
  let d = "";
  values.forEach((value, place) => {
    const at = scaled(value);
    if (at === null) pen = "M";
    else {
      d += `${pen}${x(run.recorded[place]).toFixed(1)},${y(at).toFixed(1)}`;
      pen = "L";
    }
  });
  return drawn("path", { class: second ? "line is-second" : "line", "data-run": run.color, "stroke-dasharray": run.dash, d });
}

/** The student's points on the plot, beside the right path, with their own mark, and their line of the legend. */

import { drawn, element, find, show, showBeside } from "./dom.js";
import { pathOf } from "./plane.js";
import { around } from "./view.js";

const FAR = 1e5; // pixels beyond which a line is followed no further

export function createSubmitted(store, plane) {
  const layer = drawn("g", { class: "submitted" });
  plane.layers.labels.before(layer);
  plane.paint(["submitted"], (view, state, scale) => draw(layer, view, state.submitted, scale));
  store.on(["submitted"], (state) => showBeside(() => find("plane"), find("submitted"), ...legend(state, store)));
  store.on(["objective"], () => store.set({ submitted: null }));
}

/** The mark of a point: a ring with a cross in it. */
const ringAt = ([x, y], size) => `M${x - size},${y}a${size},${size} 0 1 0 ${2 * size},0a${size},${size} 0 1 0 ${-2 * size},0M${x - size},${y}H${x + size}M${x},${y - size}V${y + size}`;

function draw(layer, view, submitted, scale) {
  if (!submitted) return show(layer);
  const pixels = (points) => points.filter((point) => point.every((each) => each !== null)).map((point) => view.pixels(point).map((each) => Math.max(-FAR, Math.min(FAR, each))));
  const theirs = pixels(submitted.points);
  show(layer,
    submitted.right ? drawn("path", { class: "right-path", d: pathOf(pixels(submitted.right)) }, drawn("title", {}, "the right path")) : null,
    drawn("path", { class: "their-path", d: pathOf(theirs) }),
    drawn("path", { class: "their-points", d: theirs.map((at) => ringAt(at, 5 * scale)).join("") }, drawn("title", {}, "your points")));
}

function legend(state, store) {
  const { submitted } = state;
  if (!submitted) return [];
  const key = (...parts) => drawn("svg", { class: "key", viewBox: "-8 -8 16 16", "aria-hidden": "true" }, ...parts);
  const all = [...submitted.points, ...(submitted.right ?? [])].filter((point) => point.every(Number.isFinite));
  return [
    element("span", { class: "entry" }, key(drawn("path", { class: "their-points", d: ringAt([0, 0], 6) })), `your points (${submitted.points.length})`),
    submitted.right ? element("span", { class: "entry" }, key(drawn("path", { class: "right-path", d: "M-8,0H8" })), "the right path") : null,
    element("button", { type: "button", class: "plain", onclick: () => store.set({ window: around(all) }) }, "show all"),
    element("button", { type: "button", class: "plain", "aria-label": "Remove your points", onclick: () => store.set({ submitted: null }) }, "×"),
  ];
}

/** The mixed runs of the 2 x 2: each has the colour of the method whose direction it takes, and the marks of the one whose step length. */

import { drawn, show } from "./dom.js";
import { mark, marksAlong } from "./marks.js";
import { onScreen, placeAt } from "./paths.js";
import { pathOf } from "./plane.js";
import { labelsOf } from "./request.js";

export const ALL = 4; // in place of the number of one cell

/** The cells that are drawn. */
export function drawnCells(state) {
  const cells = state.cell && !state.passing && state.answer?.decompose?.[state.cell[0]]?.cells;
  if (!cells) return [];
  return state.cell[1] === ALL ? cells : cells.slice(state.cell[1], state.cell[1] + 1);
}

export const cellLabel = (cell) => `${cell.step_length_of}'s length, ${cell.direction_of}'s direction`;

export function drawCells(layer, view, state, step, scale) {
  const labels = labelsOf(state.methods);
  const colorOf = (label) => state.methods[labels.indexOf(label)]?.color ?? 0;
  const cells = drawnCells(state).filter((cell) => cell.points);
  show(layer, ...cells.map((cell, number) => {
    const [color, shape] = [colorOf(cell.direction_of), colorOf(cell.step_length_of)];
    const place = placeAt(cell, step);
    const shown = onScreen(view, cell.points).slice(0, place + 1);
    const low = view.height - scale * (34 + 19 * (cells.length - 1 - number));
    return drawn("g", { class: "corner", "data-run": color, "data-corner": cellLabel(cell) }, ...lineOf(shown, shape, scale),
      drawn("path", { class: "end", d: mark(shape, view.pixels(cell.points[place]), 13 * scale) }),
      ...lineOf([[14 * scale, low], [44 * scale, low]], shape, scale), drawn("text", { class: "label", x: 53 * scale, y: low + 4 * scale }, cellLabel(cell)));
  }));
}

const lineOf = (pixels, shape, scale) => [
  drawn("path", { class: "casing", d: pathOf(pixels), "stroke-width": 6 * scale }),
  drawn("path", { class: "cell-path", d: pathOf(pixels) }),
  drawn("path", { class: "marks", d: marksAlong(shape, pixels, 8 * scale, 14 * scale) }),
];

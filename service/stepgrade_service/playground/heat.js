/** Draws the cells of a map on a canvas below the plot: a colour for each kind, with a pattern where it hurts, so that it reads in black and white. */

const DOT = 7; // pixels between dots, and between stripes
const CROSS = 12; // and between crosses
const KINDS = 8; // colours of minima
const EQUAL = "better-0";

/** Paint all cells. `canvas` lies below the plot, and has its size. */
export function paintCells(canvas, view, axes, cells) {
  const ratio = devicePixelRatio || 1;
  [canvas.width, canvas.height] = [view.width, view.height].map((each) => Math.round(each * ratio));
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, view.width, view.height);
  const look = lookOf(canvas);
  const patterns = Object.fromEntries(Object.keys(DRAWN).map((kind) => [kind, patternOf(pen, kind, look)]));
  cells.forEach((row, up) => row.forEach((cell, across) => {
    const box = boxOf(view, axes, [across, up]);
    for (const fill of [colorOf(cell, look), patterns[cell.isElsewhere ? "elsewhere" : cell.kind]].filter(Boolean)) {
      pen.fillStyle = fill;
      pen.fillRect(...box);
    }
  }));
}

/** The pixels of a cell: left, top, width, height. Neighbours touch. */
export function boxOf(view, axes, place) {
  const [[left, right], [bottom, top]] = axes.map(({ values }, axis) => {
    const half = (values[1] - values[0]) / 2 || 0.5;
    const at = values[place[axis]];
    return [at - half, at + half];
  });
  const [x, y] = view.pixels([left, top]).map(Math.round);
  const [end, low] = view.pixels([right, bottom]).map(Math.round);
  return [x, y, end - x, low - y];
}

/** The colours of the theme as they are now. */
function lookOf(element) {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

function colorOf({ kind, share }, look) {
  if (kind.startsWith("well-")) return look(`kind-${kind.slice(5) % KINDS}`);
  if (kind === "better" || kind === "worse") return between(kind, share, look);
  return { "only-better": look("only-better"), "only-worse": look("only-worse"), equal: look(EQUAL) }[kind] ?? null;
}

/** Between the theme's four shades of a side; the least is already told from "equal". */
function between(kind, share, look) {
  const at = 0.6 + 2.4 * share;
  const [from, to] = [Math.floor(at), Math.min(3, Math.ceil(at))].map((shade) => channels(look(`${kind}-${shade}`)));
  const part = at - Math.floor(at);
  return `rgb(${from.map((each, number) => Math.round(each + part * (to[number] - each))).join(" ")})`;
}

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

const DRAWN = {
  worse: (pen, look) => dots(pen, look("dots")),
  "only-worse": (pen, look) => dots(pen, look("dots-on-only")),
  neither: (pen, look) => lines(pen, look("missing"), [[0, DOT, DOT, 0]]),
  elsewhere: (pen, look) => [look("background"), look("ink")].forEach((color, width) => lines(pen, color, [[0, 0, DOT, DOT]], 2.5 - 1.5 * width)),
  apart: (pen, look) => lines(pen, look("apart"), [[3.5, 3.5, 8.5, 8.5], [8.5, 3.5, 3.5, 8.5]]),
};

function patternOf(pen, kind, look) {
  const size = kind === "apart" ? CROSS : DOT;
  const tile = new OffscreenCanvas(size, size);
  DRAWN[kind](tile.getContext("2d"), look);
  return pen.createPattern(tile, "repeat");
}

function dots(pen, color) {
  pen.fillStyle = color;
  pen.beginPath();
  pen.arc(DOT / 2, DOT / 2, 1.3, 0, 2 * Math.PI);
  pen.fill();
}

function lines(pen, color, each, width = 1) {
  pen.strokeStyle = color;
  pen.lineWidth = width;
  for (const [x, y, end, low] of each) {
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(end, low);
    pen.stroke();
  }
}

/** A swatch of the legend. */
export function paintSwatch(canvas, kind) {
  const pen = canvas.getContext("2d");
  const look = lookOf(canvas);
  for (const fill of [colorOf({ kind, share: 0.5 }, look), DRAWN[kind] && patternOf(pen, kind, look)].filter(Boolean)) {
    pen.fillStyle = fill;
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }
}

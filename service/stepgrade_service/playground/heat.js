/** Draws the cells of a map on a canvas below the plot: a colour for each kind, with a pattern where it hurts, so that it reads in black and white. */

const DOT = 7; // pixels between dots, and between stripes
const CROSS = 12; // and between crosses
const KINDS = 8; // colours of minima

/** Paint all cells. `canvas` lies below the plot, and has its size; `pair` are the colours of the two methods, by their numbers. */
export function paintCells(canvas, view, axes, cells, pair) {
  const ratio = devicePixelRatio || 1;
  [canvas.width, canvas.height] = [view.width, view.height].map((each) => Math.round(each * ratio));
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, view.width, view.height);
  const look = lookOf(canvas, pair);
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

/** The colours of the theme as they are now; "better" is that of the second method of the pair, "worse" that of the first. */
export function lookOf(element, [plain, other]) {
  const style = getComputedStyle(element);
  const names = { better: `run-${other}`, worse: `run-${plain}` };
  return (name) => style.getPropertyValue(`--${names[name] ?? name}`).trim();
}

const [LEAST, MOST, INK] = [0.3, 0.8, 0.4];

export function colorOf({ kind, share }, look) {
  if (kind.startsWith("well-")) return look(`kind-${kind.slice(5) % KINDS}`);
  if (kind === "equal") return look("equal");
  if (kind === "better" || kind === "worse") return mixed(look("equal"), look(kind), LEAST + (MOST - LEAST) * share);
  return kind.startsWith("only-") ? mixed(look(kind.slice(5)), look("ink"), INK) : null;
}

/** So much of the second colour, the rest of the first. */
const mixed = (one, other, share) => `rgb(${channels(one).map((each, number) => Math.round(each + share * (channels(other)[number] - each))).join(" ")})`;

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

/** A swatch of the legend: from a small lead to a large one where there are shades. */
export function paintSwatch(canvas, kind, pair) {
  const pen = canvas.getContext("2d");
  const look = lookOf(canvas, pair);
  const shades = kind === "better" || kind === "worse" ? [0, 0.5, 1] : [1];
  shades.forEach((share, place) => {
    for (const fill of [colorOf({ kind, share }, look), DRAWN[kind] && patternOf(pen, kind, look)].filter(Boolean)) {
      pen.fillStyle = fill;
      pen.fillRect((canvas.width * place) / shades.length, 0, canvas.width / shades.length, canvas.height);
    }
  });
}

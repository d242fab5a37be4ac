/** The eight marks that tell runs apart without colour, in the order of the service's pictures. */

const turned = (corners, turn) =>
  Array.from({ length: corners }, (_, corner) => {
    const angle = turn + (2 * Math.PI * corner) / corners;
    return [Math.cos(angle), Math.sin(angle)];
  });

const UP = -Math.PI / 2;
const CROSS = [[-1, -0.35], [-0.35, -0.35], [-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35],
  [1, 0.35], [0.35, 0.35], [0.35, 1], [-0.35, 1], [-0.35, 0.35], [-1, 0.35]];
const HALF = Math.SQRT1_2;

const SHAPES = [
  turned(16, 0),
  [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
  turned(3, UP).map(([x, y]) => [1.2 * x, 1.2 * y]),
  turned(4, UP).map(([x, y]) => [1.15 * x, 1.15 * y]),
  turned(3, -UP).map(([x, y]) => [1.2 * x, 1.2 * y]),
  CROSS,
  CROSS.map(([x, y]) => [HALF * (x - y), HALF * (x + y)]),
  turned(5, UP),
];

const STAR = turned(10, UP).map(([x, y], corner) => (corner % 2 ? [0.42 * x, 0.42 * y] : [x, y]));

/** From a mark's first corner along its others, kept: along a path there are many marks of one shape and size. */
const alongs = new Map();

function along(corners, size) {
  const kept = alongs.get(corners);
  if (kept?.size === size) return kept.d;
  const steps = corners.slice(1).map((corner, place) => corner.map((each, axis) => ((size / 2) * (each - corners[place][axis])).toFixed(2)));
  const d = `l${steps.map((step) => step.join()).join("l")}z`;
  alongs.set(corners, { size, d });
  return d;
}

const outline = (corners, [x, y], size) => `M${(x + (size / 2) * corners[0][0]).toFixed(1)},${(y + (size / 2) * corners[0][1]).toFixed(1)}${along(corners, size)}`;

/** The `d` of a mark of so many pixels across. */
export const mark = (number, at, size) => outline(SHAPES[number % SHAPES.length], at, size);

export const star = (at, size) => outline(STAR, at, size);

/** The `d` of marks along a path, at points that are at least so many pixels apart. */
export function marksAlong(number, pixels, size, apart) {
  const parts = [];
  let last = null;
  for (const at of pixels) {
    if (last && Math.hypot(at[0] - last[0], at[1] - last[1]) < apart) continue;
    last = at;
    parts.push(mark(number, at, size));
  }
  return parts.join("");
}

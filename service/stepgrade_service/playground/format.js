/** Numbers and sentences as a reader sees them. */

const [SMALL, LARGE] = [1e-4, 1e7]; // beyond these a number has a power of ten, as in the service's sentences

/** A number with so many digits that count; a dash where there is none. */
export function told(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  const isCount = Number.isInteger(value) && Math.abs(value) < LARGE; // a step is told as it is
  const short = isCount ? value : Number(value.toPrecision(digits));
  const isFar = short !== 0 && (Math.abs(short) < SMALL || Math.abs(short) >= LARGE);
  return (isFar ? short.toExponential().replace("+", "") : String(short)).replaceAll("-", "−");
}

const NOTHING = 1e-10; // of the size of what stands beside it, as the service ranks gaps

/** A number among others of about this size: where it is nothing beside them it is ≈0. */
export const beside = (size, value, digits, power = 1) => (value !== null && value !== 0 && Math.abs(value) < NOTHING ** power * size ? "≈0" : told(value, digits));

/** How large the coordinates of a run are. */
export const sizeOf = (run) => Math.max(...run.points[0].map(Math.abs));

/** A point among others of about this size. */
export const pointBeside = (size, pair, digits) => pair.map((each) => beside(size, each, digits)).join(", ");

export const point = (pair, digits = 4) => pair.map((each) => told(each, digits)).join(", ");

/** "a, b and c". */
export function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** A detail of the service as a sentence. */
export function sentence(text) {
  const trimmed = text.trim();
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1) + (/[.!?]$/.test(trimmed) ? "" : ".");
}

/** Numbers and sentences as a reader sees them. */

/** A number with so many digits that count; a dash where there is none. */
export function told(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

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

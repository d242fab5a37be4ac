/** The map of minima: at which of them a run ends, for each start. */

import { told } from "./format.js";

export const WELLS = "minimum_reached";

/** For each cell at which minimum the second method ends, and whether the first ends elsewhere. */
export function wellsOf({ labels, measures }) {
  const [first, second] = labels.map((label) => measures[WELLS][label]);
  return second.map((row, up) => row.map((well, across) => ({ kind: well === null ? "neither" : `well-${well}`, share: 1, isElsewhere: well !== null && first[up][across] !== well })));
}

/** A minimum by its number, from 1, and its place. */
const wellNamed = ({ minima }, well) => `minimum ${well + 1} (${minima[well].map((each) => told(each, 2)).join(", ")})`;

export function wellLegend(answer, cells, some, minima) {
  const [one, other] = answer.labels;
  const values = answer.minima.map((_, well) => minima?.[well]?.value ?? null);
  const lowest = new Set(values).size > 1 ? Math.min(...values) : null;
  return [
    ...values.flatMap((value, well) => some(`well-${well}`, `${other} ends at ${wellNamed(answer, well)}${value === lowest ? ", the lowest" : ""}`)),
    ...some("elsewhere", `among these, ${one} ends elsewhere`, cells.flat().filter(({ isElsewhere }) => isElsewhere).length),
    ...some("neither", `${other} ends at none of the minima`),
  ];
}

/** At which minimum each of the two ends from a cell. */
export const wellsInWords = (answer, up, across) => answer.labels.map((label) => `${label} ends at ${atWell(answer, answer.measures[WELLS][label][up][across])}`).join(", ");

const atWell = (answer, well) => (well === null ? "none of the minima" : wellNamed(answer, well));

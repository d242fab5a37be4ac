/** Asks the service what explains the numbers, and for the right step, line by line. */

import { post, Problem } from "./api.js";
import { toleranceOf } from "./checkrequest.js";

export const [NAME, EVERYTHING] = [0, 3]; // levels of hints: the name of the mistake alone, and all with the formulas

const EXACT = 9; // numbers with so many decimals are compared as they are

/** The finding, with how it was compared; and the worked solution of the step where the numbers first differ. */
export async function checked({ reference, submission, decimals }, hints) {
  const ask = (tolerance) => post("check", { reference, submission, hints, include: hints === EVERYTHING ? ["mathml"] : [], ...(tolerance ? { tolerance } : {}) });
  let answer = await ask(null);
  let rounded = null;
  const isUnexplained = !answer.passed && answer.findings.every(({ code }) => code === "rounded");
  if (isUnexplained && decimals < EXACT) {
    const again = await ask(toleranceOf(decimals));
    if (again.passed || again.findings.length) [answer, rounded] = [again, decimals];
  }
  const right = "objective" in reference ? await rightRun(reference, answer) : { step: reference };
  return { answer, rounded, right: right.points ?? null, worked: right.step ? await worked(right.step) : null, step: right.number ?? null };
}

/** The right points, and the request of the step where the numbers first differ. */
async function rightRun(reference, answer) {
  const run = await post("trajectory", { ...reference, include: ["points", "gradients", "states"] });
  const number = answer.first_mismatch?.step ?? 1;
  const [params, gradient, state] = [run.points, run.gradients, run.states].map((each) => each?.[number - 1]);
  const step = params && gradient && state && !reference.schedule ? { optimizer: reference.optimizer, params, gradient, state } : null;
  return { points: run.points, number, step };
}

/** The worked solution, or the sentence that says why there is none. */
async function worked(step) {
  try {
    const answer = await post("step", { ...step, include: ["work_mathml"] });
    return { lines: answer.work, letters: answer.letters };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { why: (error.document.errors?.[0]?.detail ?? error.document.detail).split(";")[0] };
  }
}

const LIKE = 1e-3; // two numbers that differ by less than this share show nothing

/** The numbers of a mistake of the catalogue, as a student would have them: the next one each time. */
export async function mistaken(reference, number) {
  const isStep = "gradient" in reference;
  const right = isStep ? (await post("step", reference)).params : (await post("trajectory", reference)).points.slice(1);
  const { candidates } = await post("check", { reference, candidates: true });
  const seen = new Set();
  const wrong = candidates.filter(({ code, kind, formula, numbers }) => {
    const theirs = numbers && (isStep ? numbers.params : numbers.points);
    if (kind !== "mistake" || !formula || !theirs || seen.has(code) || !differ(theirs, right)) return false;
    return seen.add(code);
  });
  if (!wrong.length) return null;
  const { numbers } = wrong[number % wrong.length];
  return isStep ? numbers.params : numbers.points;
}

function differ(theirs, right) {
  const [one, other] = [[theirs].flat(Infinity), [right].flat(Infinity)];
  return one.every((value) => value !== null) && one.some((value, place) => Math.abs(value - other[place]) > LIKE * Math.abs(other[place]) + 1e-9);
}

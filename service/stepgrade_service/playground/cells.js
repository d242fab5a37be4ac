/** What an answer of /map says of each cell: its kind, how strong it is, and its numbers; and the words of the legend. */

import { told } from "./format.js";
import { isEffect } from "./measures.js";
import { WELLS, wellLegend, wellsInWords, wellsOf } from "./wells.js";

const NEGLIGIBLE = Math.log10(1.05); // an effect that is smaller is a tie, as the service counts

const WORDS = {
  settling_step: ["settles sooner", "settles", "neither settles"],
  steps_to_target: ["is at the target sooner", "reaches the target", "neither reaches the target"],
  final_value: ["ends lower", "has a value", "neither has a value"],
};

/** A cell: its kind, and from 0 to 1 how strong it is. Rows go up, as the answer's. Who is ahead is the service's word. */
export function cellsOf(answer, measure) {
  if (measure === WELLS) return wellsOf(answer);
  const strengths = isEffect(measure) ? answer.measures[measure] : strengthsOf(answer, measure);
  const reach = reachOf(strengths);
  const kindOf = isEffect(measure) ? (up, across) => effectKind(strengths[up][across]) : (up, across) => raceKind(answer, measure, up, across);
  return strengths.map((row, up) => row.map((strength, across) => ({ kind: kindOf(up, across), share: strength === null ? 1 : Math.min(1, Math.abs(strength) / reach) })));
}

function effectKind(effect) {
  if (effect === null) return "undefined";
  return Math.abs(effect) < NEGLIGIBLE ? "equal" : effect < 0 ? "better" : "worse";
}

const RANKED = { equal: "equal", neither: "neither", different_minima: "apart" };

function raceKind({ labels, measures, standing, standings }, measure, up, across) {
  const place = standing[measure][up][across];
  if (place === null) return "undefined";
  if (place > 1) return RANKED[standings[place]];
  const isAlone = measures[measure][labels[1 - place]][up][across] === null;
  return (isAlone ? "only-" : "") + (place === 1 ? "better" : "worse");
}

/** For each cell log10 of the second's number over the first's, or null where there is no ratio. */
function strengthsOf(answer, measure) {
  const [first, second] = answer.labels.map((label) => answer.measures[measure][label]);
  return first.map((row, up) => row.map((one, across) => {
    const other = second[up][across];
    return one > 0 && other > 0 ? Math.log10(other / one) : null;
  }));
}

const COVERED = 0.9; // nine cells of ten are below the darkest shade

function reachOf(strengths) {
  const sizes = strengths.flat().filter((each) => each !== null).map(Math.abs).filter((size) => size >= NEGLIGIBLE).sort((one, other) => one - other);
  return sizes.length ? sizes[Math.floor(COVERED * (sizes.length - 1))] : 1;
}

/** The legend: each entry a kind, its words, and of how many cells it holds. The counts are the service's, the `minima` those of the objective. */
export function legendOf(answer, measure, cells, minima) {
  const counts = answer.counts[measure];
  const has = (kind) => cells.flat().filter((cell) => cell.kind === kind).length;
  const [one, other] = answer.labels;
  const some = (kind, words, number = has(kind)) => (number ? [[kind, words, number]] : []);
  if (measure === WELLS) return wellLegend(answer, cells, some, minima);
  if (isEffect(measure)) {
    return [["better", "helps", counts.helps], ["worse", "hurts", counts.hurts], ["equal", "changes it by less than 5 %", counts.ties],
      ...some("undefined", "cannot be split", counts.undefined)];
  }
  const [better, only, neither] = WORDS[measure];
  return [
    ["better", `${other} ${better}`, counts.ahead[other]],
    ...some("only-better", `among these, only ${other} ${only}`),
    ["worse", `${one} ${better}`, counts.ahead[one]],
    ...some("only-worse", `among these, only ${one} ${only}`),
    ["equal", "equal (less than 5 % apart)", counts.equal],
    ...some("neither", neither, counts.neither),
    ...some("apart", "no race: they end at different minima", counts.different_minima),
    ...some("undefined", "cannot be compared", counts.undefined),
  ];
}

const SPOKEN = { better: "helps", worse: "hurts", equal: "changes little", undefined: "cannot be split" };

/** The numbers of a cell, in words. */
export function cellInWords(answer, measure, cells, [across, up]) {
  const at = answer.axes.map(({ values }, axis) => told(values[[across, up][axis]], 3)).join(", ");
  const { kind } = cells[up][across];
  if (measure === WELLS) return `start ${at}: ${wellsInWords(answer, up, across)}`;
  const shown = isEffect(measure) ? "settling_step" : measure;
  const each = answer.labels.map((label) => `${label} ${inWords(answer.measures[shown][label][up][across], shown)}`).join(", ");
  if (!isEffect(measure)) return `start ${at}: ${each}`;
  const effect = answer.measures[measure][up][across];
  const what = answer.outcomes?.[answer.outcome?.[up]?.[across]] === "log10_tail_gap" ? "end gap" : "steps to settle";
  const factor = effect === null ? "" : ` (${what} times ${told(10 ** effect, 3)}, mean of the two ${measure === "direction_effect" ? "rows" : "columns"} of the table)`;
  return `start ${at}: ${measure === "direction_effect" ? "its direction" : "its step length"} ${SPOKEN[kind]}${factor}; ${each}`;
}

const inWords = (number, measure) => (measure === "final_value" ? `ends at ${told(number, 3)}` : number === null ? (measure === "settling_step" ? "does not settle" : "never at the target") : `${measure === "settling_step" ? "settles at" : "at the target at"} step ${told(number)}`);

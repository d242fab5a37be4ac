/** The steps of the tour, one for each of its views: what is asked of the service, and sentences made of its answers. */

import { read } from "./address.js";
import { told } from "./format.js";
import { comparisonOf, gridOver } from "./request.js";
import { stateOf } from "./store.js";
import { VIEWS } from "./tour_views.js";

const TURN = 45; // degrees

/** Words that are explained stand between stars. */
export const STEPS = [
  {
    title: "The picture from the lecture",
    tell: ({ compare }) => {
      const [gd, rmsprop] = ["gd", "rmsprop"].map((label) => runOf(compare, label));
      return [
        `The dashed circle is the target: its radius is ${percent(compare.target.distance)} of the way from the start to the minimum. A run has *touched* the target when a step ends inside the circle for the first time. It has *settled* when it then stays inside to the end.`,
        `From A, gd ${ended(gd)}. RMSprop ${touched(rmsprop)}. Then it ${left(rmsprop)}, and it ${settled(rmsprop)}. So RMSprop looks better. The next parts ask why.`,
      ];
    },
  },
  {
    title: "What if the gradient already points the right way?",
    asks: (request) => ({ first: ["trajectory", { objective: request.objective, start: request.start, optimizer: request.optimizers[0], steps: 1, include: ["target_cosine"] }] }),
    tell: ({ compare, first }) => {
      const [gd, rmsprop] = ["gd", "rmsprop"].map((label) => runOf(compare, label));
      const { share_inside: inside, sign_flips: [flips], limit_cycle_radius: radius, steps_to_target: touch } = rmsprop.summary;
      return [
        `At B the gradient almost points at the minimum. The *cosine* of the angle between gd's step and the way to the minimum is ${told(first.measures.target_cosine[1], 2)}: 1 is the same direction, 0 is a right angle.`,
        `gd ${ended(gd)}. RMSprop ${touched(rmsprop)}, and in these ${touch} steps it turned back ${times(flips)} along w. Then it ${left(rmsprop)}. Only ${percent(inside)} of its points after the first touch are inside. At the end it is up to ${told(radius, 2)} away from the minimum.`,
        `So at a constant learning rate, RMSprop from B ${rmsprop.summary.settling_step === null ? "arrives and does not stay" : "arrives and stays"}.`,
      ];
    },
  },
  {
    title: "Is it the direction, or the length of the steps?",
    tell: ({ compare }) => {
      const cell = cellsOf(compare.decompose[0]);
      return [
        "Each step has a direction and a length. We can take the direction from one method and the length from the other. That gives four runs. The table under the plot shows them.",
        `From A: gd ${ended(cell.plain)}. With gd's direction and RMSprop's lengths, the run ${ended(cell.length)}. With RMSprop's direction and gd's lengths, it ${ended(cell.direction)}. RMSprop itself, with both, ${ended(cell.other)}.`,
        `So the lead of RMSprop comes from ${causes(cell)}. The dashed line is the run with gd's direction and RMSprop's lengths.`,
      ];
    },
  },
  {
    title: "A fair opponent",
    tell: ({ compare }) => {
      const run = (label, start) => runOf(compare, label, start);
      const { lr } = run("normalized_gd", "A").optimizer;
      return [
        `If longer steps are the reason, then gd can have longer steps too. Normalized gd divides the gradient by its length, norm([dW, db]). So each of its steps is ${told(lr)} long.`,
        `From A, normalized gd ${ended(run("normalized_gd", "A"))}, and RMSprop ${ended(run("rmsprop", "A"))}. From B, normalized gd ${ended(run("normalized_gd", "B"))}, and RMSprop ${ended(run("rmsprop", "B"))}.`,
        "If the steps stay long, they jump over the minimum again and again. So the learning rate is often made smaller during the run.",
      ];
    },
  },
  {
    title: "Let the rate decay, then turn the bowl",
    asks: (request) => ({ turned: ["compare", { ...request, rotate: [TURN] }] }),
    turn: TURN,
    tell: ({ compare, turned }) => {
      const run = (label) => runOf(compare, label);
      const after = (label) => turned.rotations[0].runs.find((each) => each.label === label);
      const cell = cellsOf(compare.decompose[0]);
      const turnedCell = cellsOf(turned.rotations[0].decompose[0]);
      return [
        `Now each step multiplies the learning rate by ${told(compare.schedule.decay_rate)}. From B, RMSprop ${ended(run("rmsprop"))}, normalized gd ${ended(run("normalized_gd"))}, and gd with learning rate ${told(run("gd").optimizer.lr)} ${ended(run("gd"))}. So all three arrive and stay.`,
        `Mix normalized gd and RMSprop again. With normalized gd's direction and RMSprop's lengths, the run ${ended(cell.length)}. With RMSprop's direction and normalized gd's lengths, it ${ended(cell.direction)}. So RMSprop's lead over normalized gd comes from ${causes(cell)}.`,
        `Then turn the bowl and the start by ${told(turned.rotations[0].degrees)} degrees. Normalized gd ${ended(after("normalized_gd"))}, and gd ${ended(after("gd"))}, as before. RMSprop ${ended(after("rmsprop"))}. Mix the two in the turned bowl too. With normalized gd's direction and RMSprop's lengths, the run ${ended(turnedCell.length)}. With RMSprop's direction and normalized gd's lengths, it ${ended(turnedCell.direction)}. ${delays(turnedCell)} RMSprop scales w and b separately, so its steps change when the bowl turns.`,
      ];
    },
  },
  {
    title: "So where does it help?",
    asks: ({ start, decompose, schedule, ...request }, { window, map: { cells, measure } }) => {
      const map = { ...request, grid: gridOver(window, cells), measure };
      return { constant: ["map", map], decaying: ["map", { ...map, schedule }] };
    },
    tell: ({ constant, decaying }) => [
      `One start can mislead. So the map asks who settles first from each of ${count(countsOf(decaying).cells)} starts.`,
      `With constant rates, ${raced(constant)} With rates that decay, ${raced(decaying)}`,
      "So does RMSprop make it worse? It depends on the start, on the learning rate, and on when you say that a run has arrived. Click a cell of the map to start there, and look for the border between the colors.",
    ],
  },
];

/** What a step asks of the service, by name: a path and a document. */
export function asksOf(step) {
  const state = stateOf(read(VIEWS[step - 1]).view);
  const { include, ...request } = comparisonOf(state);
  return { compare: ["compare", request], ...STEPS[step - 1].asks?.(request, state) };
}

const runOf = (answer, label, start) => answer.runs.find((run) => run.label === label && (start === undefined || run.start === start));

function cellsOf({ plain, other, cells }) {
  const cell = (length, direction) => ({ summary: cells.find((each) => each.step_length_of === length && each.direction_of === direction) });
  return { plain: cell(plain, plain), length: cell(other, plain), direction: cell(plain, other), other: cell(other, other) };
}

/** What became of a run. */
function ended(run) {
  const { settling_step: step, steps_to_target: touch } = run.summary;
  if (step !== null) return `settles at step ${told(step)}`;
  return touch === null || touch === undefined ? "does not settle" : `touches the target at step ${told(touch)} and does not stay`;
}

const touched = ({ summary }) => (summary.steps_to_target === null ? "does not touch the target" : `touches the target at step ${told(summary.steps_to_target)}`);
const settled = ({ summary }) => (summary.settling_step === null ? "does not settle" : `settles at step ${told(summary.settling_step)}`);
const left = ({ summary }) => (summary.exits ? `leaves the target ${times(summary.exits)}` : "does not leave it");
const times = (count) => (count === 1 ? "once" : count === 2 ? "twice" : `${told(count)} times`);
const percent = (share) => `${told(100 * share, 2)} %`;

/** Which of the two parts makes a run settle sooner; of both, the stronger one. */
function causes(cell) {
  const step = ({ summary }) => summary.settling_step ?? Infinity;
  const [byLength, byDirection] = [cell.length, cell.direction].map((each) => step(cell.plain) - step(each));
  if (byLength > 0 && byDirection > 0) return `both: ${byLength > byDirection ? "more from the length than from the direction" : byLength < byDirection ? "more from the direction than from the length" : "in equal parts"}`;
  if (byLength > 0) return "the length of its steps, not from their direction";
  return byDirection > 0 ? "the direction of its steps, not from their length" : "neither of them alone";
}

/** Which of the two parts makes a run settle later; of both, the stronger one. */
function delays(cell) {
  const step = ({ summary }) => summary.settling_step ?? Infinity;
  if (step(cell.other) <= step(cell.plain)) return "RMSprop is not later.";
  const [byLength, byDirection] = [cell.length, cell.direction].map((each) => step(each) - step(cell.plain));
  return `So ${byLength >= byDirection ? "the length" : "the direction"} of its steps makes RMSprop late.`;
}

const countsOf = (map) => map.counts.settling_step;
const count = (number) => number.toLocaleString("en");
const startsOf = (number) => `${count(number)} ${number === 1 ? "start" : "starts"}`;

function raced(map) {
  const { ahead, equal, neither } = countsOf(map);
  const apart = equal ? ` From ${startsOf(equal)}, they are less than 5 % apart.` : "";
  const none = neither ? ` From ${startsOf(neither)}, neither settles.` : "";
  return `RMSprop is first from ${startsOf(ahead.rmsprop)}, and normalized gd from ${count(ahead.normalized_gd)}.${apart}${none}`;
}

/** The examples, each a view by its address, with what there is to see. */

import { read, write } from "./address.js";
import { element, find, show } from "./dom.js";
import { stateOf } from "./store.js";

const BOWL = "o=quadratic;condition=20";
const WIDE = "w=-5.9,1.5,-2.6,1.6";
const THREE = "m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&m=normalized_gd;lr=0.2";
const NOISY = "m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&m=adam;lr=0.2&n=200&noise=1,7";
const DUPONT = "o=dupont_two_gaussians";

const example = (title, view, say) => ({ title, view, say });

export const PRESETS = [
  example("The learners' question", `${BOWL}&s=A&s=B&${THREE}&n=200&${WIDE}`,
    "Does RMSprop make it worse if the gradient already points at the minimum? From B, where it almost does, gd settles, and RMSprop reaches the target but does not stay. From A, where it points across the valley, RMSprop settles before gd, and normalized gd, with steps of one length, before both."),
  example("Dupont as shipped", `${DUPONT}&s=0.5,1.5&m=gd;lr=0.02&m=momentum;steps=200;lr=0.01;momentum=0.8&m=rmsprop;steps=300;lr=0.01;rho=0.99;eps=1e-6&m=adam;steps=100;lr=0.01;beta1=0.7;eps=1e-6;bias_correction=false&n=500&w=-1.8,1.8,-0.6,1.8`,
    "These are the settings of a well-known page. The learning rates and the numbers of steps are not equal, and Adam has no bias correction. gd ends at the higher minimum on the right, the others end at the deeper one on the left."),
  example("Dupont corrected", `${DUPONT}&s=1.5,1.5&s=0.5,1.5&m=gd;lr=0.01&m=momentum;lr=0.01;momentum=0.8&m=rmsprop;lr=0.01;rho=0.99;eps=1e-6;bias_correction=true&m=adam;lr=0.01;eps=1e-6&n=500&w=-1.8,1.8,-0.6,1.8`,
    "The same function with one learning rate, one number of steps, and a bias correction for RMSprop and Adam. From start 1, with the settings of that page, Adam was the first of the four to settle. Now it is the last."),
  example("Ravine", "o=d2l_ravine&s=default&m=gd;lr=0.4&m=momentum;lr=0.4;momentum=0.5&n=60&w=-5.7,1,-2.6,1.4",
    "gd jumps from side to side across the ravine, and is slow along it. Momentum adds up the steps that agree: with the same learning rate it settles in less than half as many steps."),
  example("Saddle", "o=bounded_saddle&s=1.5,0.001&m=gd;lr=0.02&m=momentum;lr=0.02&m=rmsprop;lr=0.02&m=sign_gd;lr=0.02&m=adam;lr=0.02&n=300&w=-0.75,1.75,-0.3,1.3",
    "All five start almost on the line that leads straight to the saddle point (the cross), with equal learning rates. After 300 steps gd is still on its way. The other four have settled at the minimum."),
  example("Plateau", "o=welsch&s=plateau&m=gd;lr=0.1&m=normalized_gd;lr=0.1&m=adam;lr=0.1&n=120&w=-1,3.8,-0.8,3.4",
    "Far from the minimum the gradient is almost 0, so gd almost does not move. Normalized gd and Adam do not multiply their steps by the size of the gradient. Both settle."),
  example("Noisy minimum", `${BOWL}&s=A&${NOISY}&${WIDE}`,
    "Each gradient has random noise. RMSprop and Adam reach the target, but their steps stay long there, and so they do not stay. gd takes longer, and its steps are small enough to stay."),
  example("A schedule in the velocity", `${BOWL}&s=A&m=momentum;convention=torch;lr=0.02&m=momentum;convention=keras;lr=0.02&n=60&schedule=step;step_size=12;gamma=0.1&w=-5.9,4.9,-3,3`,
    "The same momentum and the same schedule: every 12 steps the learning rate is divided by 10. In Keras the learning rate is inside the velocity. So the velocity keeps the old, large rate, and the run goes on past the minimum. In PyTorch it is outside, and the run slows down."),
  example("One name, four formulas", `${BOWL}&s=A&m=rmsprop;convention=torch;lr=0.1&m=rmsprop;convention=keras;lr=0.1&m=rmsprop;convention=paper;lr=0.1&m=rmsprop;convention=course;lr=0.1&n=100&${WIDE}`,
    "RMSprop from four sources, with one learning rate. The first step of PyTorch is about three times as long, because its rho is 0.99 and not 0.9. The other three draw the same line."),
  example("The same from B", `${BOWL}&s=B&${THREE}&n=200&w=-2.2,2.2,-2.4,0.9`,
    "At B the gradient already points almost at the minimum. gd settles. RMSprop and normalized gd reach the target in fewer steps, and do not stay there."),
  example("A and B, with decaying rates", `${BOWL}&s=A&s=B&m=gd;lr=0.09&m=rmsprop;lr=0.2;rho=0.9&m=normalized_gd;lr=0.2&n=200&schedule=exponential;decay_rate=0.97&${WIDE}`,
    "Each learning rate is multiplied by 0.97 after every step. Now all three settle from both starts, and RMSprop is the first from both."),
  example("Noise, and a rate that falls", `${BOWL}&s=A&${NOISY}&schedule=cosine;decay_steps=200&${WIDE}`,
    "The same noise as in \"Noisy minimum\", and learning rates that fall to 0. Now RMSprop and Adam settle. gd does not reach the target: its rate is too small before it is there."),
  example("Which of two wells?", `${DUPONT}&s=1.8,0.3&m=gd;lr=0.05&m=momentum;lr=0.05&n=200&w=-2.2,2.2,-1.3,1.3&map=minimum_reached;cells=41`,
    "One start, one learning rate, two wells. gd stops in the first well. Momentum is still fast there, goes over the ridge between the wells, and ends in the deeper one. The colors of the map are the wells where momentum ends, and stripes mark the starts from which gd ends in the other one."),
  example("Four wells", "o=himmelblau&s=0.3,-0.6&m=gd;lr=0.01&m=momentum;lr=0.005&m=adam;lr=0.2&n=120&w=-5,5,-4.6,4.6",
    "Four minima of equal value, and a start next to the top between them. Drag the start a little, and see which minimum each method reaches."),
  example("Momentum by four sources", `${BOWL}&s=A&m=momentum;convention=torch;lr=0.02&m=momentum;convention=keras;lr=0.02&m=momentum;convention=paper;lr=0.02&m=momentum;convention=course;lr=0.02&n=100&${WIDE}`,
    "One learning rate. The course multiplies the gradient by 1 − beta before it adds it, so its steps are a tenth as long. After 100 steps it has not reached the target. The other three have settled."),
];

/** What an example and a state have in common, whatever is in sight. */
const keyOf = (state) => write({ ...state, methods: state.methods.map((method, color) => ({ ...method, color })), at: null, window: null, map: null, arrows: false, cell: null, front: null, hidden: new Set(), look: null, tour: null });

export function createPresets(store) {
  const choose = find("presets");
  const keys = PRESETS.map(({ view }) => keyOf(stateOf(read(view).view)));
  show(choose, element("option", { value: "" }, "choose one"), ...PRESETS.map(({ title, view }) => element("option", { value: `#v=1&${view}` }, title)));
  choose.addEventListener("change", () => {
    if (choose.value) location.hash = choose.value;
  });
  let last = null; // the example that is shown, or that the reader has changed
  store.on(["objective", "starts", "methods", "match", "steps", "schedule", "noise", "pair", "tour", "isDragging"], (state) => {
    if (state.isDragging) return; // a browser looks at each control that is written to, 3 ms
    const place = keys.indexOf(keyOf(state));
    if (place >= 0) last = { ...PRESETS[place], objective: state.objective.name };
    else if (last?.objective !== state.objective.name) last = null;
    const isChanged = last !== null && place < 0;
    choose.options[0].textContent = isChanged ? `${last.title}, changed` : "choose one";
    choose.selectedIndex = place + 1;
    find("example").hidden = last === null || state.tour !== null;
    show(find("example"), isChanged ? element("a", { href: `#v=1&${last.view}` }, "Before your changes") : null, `${isChanged ? ": " : ""}${last?.say ?? ""}`);
  });
}

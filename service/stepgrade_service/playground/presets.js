/** The examples, each a view by its address. */

import { find, element, show } from "./dom.js";

export const PRESETS = [
  ["The learners' question", "o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&m=normalized_gd;lr=0.2&n=200&w=-5.8,1.8,-2.6,2.6"],
  ["The same from B", "o=quadratic;condition=20&s=B&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&m=normalized_gd;lr=0.2&n=200&w=-2.2,2.2,-2.4,0.9"],
  ["A and B, with decaying rates", "o=quadratic;condition=20&s=A&s=B&m=gd;lr=0.09&m=rmsprop;lr=0.2;rho=0.9&m=normalized_gd;lr=0.2&n=200&schedule=exponential;decay_rate=0.97&w=-5.8,1.8,-2.6,2.6"],
  ["Ravine", "o=distill_banana&s=default&m=gd;lr=0.003&m=momentum;lr=0.003&n=150"],
  ["Saddle", "o=bounded_saddle&s=1.5,0.001&m=gd;lr=0.02&m=momentum;lr=0.02&m=rmsprop;lr=0.02&m=adam;lr=0.02&n=300"],
  ["Noisy minimum", "o=quadratic;condition=20&s=A&m=gd;lr=0.02&m=rmsprop;lr=0.2;rho=0.9&n=200&noise=1,7&w=-5.8,1.8,-2.6,2.6"],
  ["Four wells", "o=himmelblau&s=0.3,-0.6&m=gd;lr=0.01&m=momentum;lr=0.005&m=adam;lr=0.2&n=120"],
  ["One name, four formulas", "o=quadratic;condition=20&s=A&m=rmsprop;lr=0.1;convention=torch&m=rmsprop;lr=0.1;convention=keras&m=rmsprop;lr=0.1;convention=paper&m=rmsprop;lr=0.1;convention=course&n=100&w=-5.8,1.8,-2.6,2.6"],
];

export function createPresets() {
  const choose = find("presets");
  show(choose, element("option", { value: "" }, "choose one"), ...PRESETS.map(([name, hash]) => element("option", { value: `#v=1&${hash}` }, name)));
  choose.addEventListener("change", () => {
    if (choose.value) location.hash = choose.value;
  });
  addEventListener("hashchange", mark);
  mark();
  function mark() {
    choose.value = [...choose.options].some((option) => option.value === location.hash) ? location.hash : "";
  }
}

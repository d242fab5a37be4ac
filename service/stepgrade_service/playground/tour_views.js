/** The views of the tour, an address for each of its steps: the steps themselves are loaded when somebody takes the tour. */

const BOWL = "o=quadratic;condition=20";
const [GD, RMSPROP, NORMALIZED] = ["m=gd;lr=0.02", "m=rmsprop;lr=0.2;rho=0.9", "m=normalized_gd;lr=0.2"];
const [NEAR_A, NEAR_B] = ["w=-5.9,1.5,-2.6,1.6", "w=-2,2,-2.4,0.8"];
const DECAY = "schedule=exponential;decay_rate=0.97";

export const VIEWS = [
  `${BOWL}&s=A&${GD}&${RMSPROP}&n=200&d=0,1&${NEAR_A}`,
  `${BOWL}&s=B&${GD}&${RMSPROP}&n=200&d=0,1&${NEAR_B}`,
  `${BOWL}&s=A&${GD}&${RMSPROP}&n=200&d=0,1&cell=0,1&${NEAR_A}`,
  `${BOWL}&s=A&s=B&${NORMALIZED}&${RMSPROP}&colors=2,1&n=200&d=0,1&${NEAR_A}`,
  `${BOWL}&s=B&m=gd;lr=0.09&${NORMALIZED}&${RMSPROP}&colors=0,2,1&n=200&${DECAY}&d=1,2&${NEAR_B}`,
  `${BOWL}&s=B&${NORMALIZED}&${RMSPROP}&colors=2,1&n=200&${DECAY}&d=0,1&w=-6.5,6.5,-3.4,3.4&map=settling_step;cells=41`,
];

export const viewOfStep = (step) => `v=1&${VIEWS[step - 1]}&tour=${step}`;

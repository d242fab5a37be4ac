/** What a map may show. Its drawing is loaded when somebody comes to it. */

/** The measures that a reader may choose, each with its name. */
export const MEASURES = {
  settling_step: "settling step: who stays at the target sooner",
  steps_to_target: "steps to the target: who touches it first",
  direction_effect: "direction effect: does its direction help",
  magnitude_effect: "step length effect: does its step length help",
  final_value: "value at the end: who ends lower",
  minimum_reached: "minimum: which one a start leads to",
};

/** What a map starts with: without a known minimum, no run settles. */
export const usualMap = (facts) => ({ measure: facts?.minima.length === 0 ? "final_value" : "settling_step", cells: 41 });

export const isEffect = (measure) => measure.endsWith("_effect");

/** What is asked of the service to draw a measure. */
export const askedFor = (measure) => (isEffect(measure) ? [measure, "settling_step"] : [measure]);

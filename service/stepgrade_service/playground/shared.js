/** What all runs share: how many steps, the schedule, and the noise. */

import { element, find, show } from "./dom.js";
import { choiceField, numberField } from "./field.js";
import { isTooMuch } from "./notices.js";

/** What a schedule starts with; the page shows these members as fields. */
const SCHEDULES = {
  none: null,
  exponential: () => ({ name: "exponential", decay_rate: 0.97 }),
  cosine: (steps) => ({ name: "cosine", decay_steps: steps }),
  step: () => ({ name: "step", step_size: 30 }),
  inverse_time: () => ({ name: "inverse_time", decay_rate: 0.05, decay_steps: 1 }),
};

export function createShared(store) {
  const box = find("shared");
  let drawnFor = null;
  store.on(["steps", "schedule", "noise", "faults"], (state) => {
    const key = JSON.stringify([state.schedule?.name, state.noise !== null]);
    if (key !== drawnFor || !box.contains(document.activeElement)) draw(state);
    drawnFor = key;
    const faults = state.faults.filter((fault) => !isTooMuch(fault) && /^\/(steps|schedule|noise)/.test(fault.pointer));
    const fault = box.querySelector(".fault");
    fault.hidden = faults.length === 0;
    fault.textContent = faults.map((each) => each.told).join(" ");
  });

  function draw(state) {
    const steps = numberField({ label: "steps", value: state.steps, least: 0, isWhole: true, onChange: (to) => store.set({ steps: to, at: null }) });
    const name = state.schedule?.name ?? "none";
    const names = [...new Set([...Object.keys(SCHEDULES), name])].map((each) => [each, each.replace("_", " ")]);
    const schedule = choiceField({ label: "schedule", value: name, choices: names, onChange: (to) => store.set({ schedule: SCHEDULES[to]?.(store.state.steps) ?? null }) });
    const members = Object.entries(state.schedule ?? {}).filter(([, value]) => typeof value === "number").map(([member, value]) =>
      numberField({ label: member, value, onChange: (to) => store.set({ schedule: { ...store.state.schedule, [member]: to } }) }));
    const noise = numberField({ label: "noise", value: state.noise?.std ?? 0, least: 0, title: "Standard deviation of what is added to each gradient", onChange: (std) => {
      store.set({ noise: std ? { std, seed: store.state.noise?.seed ?? 7 } : null });
    } });
    const seed = state.noise ? [numberField({ label: "seed", value: state.noise.seed, least: 0, isWhole: true, onChange: (seed) => store.set({ noise: { ...store.state.noise, seed } }) })] : [];
    show(box, steps, schedule, ...members, noise, ...seed, element("p", { class: "fault", role: "alert", hidden: true }));
  }
}

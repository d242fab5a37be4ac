/** The player: which step is shown. It never starts by itself. */

import { announce } from "./announce.js";
import { element, find, show } from "./dom.js";
import { told } from "./format.js";
import { drawnRuns, placeAt } from "./paths.js";
import { onPlot } from "./store.js";

const SECONDS = 6; // that a whole run takes at speed 1

export const lastStep = (state) => Math.max(0, ...(onPlot(state)?.runs ?? []).map((run) => run.steps));

/** The step that is shown: the reader's, else the last one, of which the sentences speak. */
export const stepOf = (state) => Math.min(state.at ?? Infinity, lastStep(state));

export function createPlayer(store) {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
  const range = element("input", { type: "range", min: 0, step: 1, class: "grow", "aria-label": "Step" });
  const output = element("output", { class: "small", "aria-live": "off" });
  const speed = element("select", { "aria-label": "Speed", title: "Slower or faster (< >)" }, ...[0.25, 0.5, 1, 2, 4].map((each) => element("option", { value: each }, `${each}×`)));
  speed.value = "1";
  const go = (step) => store.set({ at: Math.max(0, Math.min(lastStep(store.state), step)), isPlaying: false });
  const by = (steps) => go(stepOf(store.state) + steps);
  const button = (label, sign, done) => element("button", { type: "button", onclick: done, "aria-label": label, title: label }, sign);
  const play = button("Play", "▶", toggle);
  show(find("player"), button("To the start", "❘◀", () => go(0)), button("One step back", "◀◀", () => by(-1)), play,
    button("One step forward", "▶▶", () => by(1)), range, output, speed);
  range.addEventListener("input", () => go(Number(range.value)));
  range.addEventListener("keydown", (event) => {
    const far = { PageUp: 10, PageDown: -10 }[event.key];
    if (!far) return;
    event.preventDefault();
    by(far);
  });

  let began = null;
  function toggle() {
    const { state } = store;
    if (state.isPlaying) return store.set({ isPlaying: false });
    const from = stepOf(state) >= lastStep(state) ? 0 : stepOf(state);
    began = { from, time: performance.now() };
    store.set({ isPlaying: true, at: from });
    requestAnimationFrame(frame);
  }

  function frame(now) {
    if (!store.state.isPlaying) return;
    const last = lastStep(store.state);
    const seconds = ((now - began.time) / 1000) * Number(speed.value);
    const step = isCalm.matches ? began.from + 10 * Math.floor(seconds) : began.from + Math.floor((seconds * last) / SECONDS);
    store.set({ at: Math.min(step, last), isPlaying: step < last });
    requestAnimationFrame(frame);
  }

  function faster(by) {
    const place = Math.max(0, Math.min(speed.options.length - 1, speed.selectedIndex + by));
    speed.selectedIndex = place;
    began = { from: stepOf(store.state), time: performance.now() };
    announce(`Speed ${speed.value} times.`);
  }

  let before = "";
  store.on(["answer", "passing", "at", "isPlaying", "hidden"], (state) => {
    const [step, last] = [stepOf(state), lastStep(state)];
    const words = `step ${step} of ${last}`;
    if (state.passing && words === before) return; // nothing else of the player follows a dragged start
    before = words;
    range.max = last;
    range.value = step;
    range.setAttribute("aria-valuetext", spoken(state, step));
    output.textContent = words;
    play.textContent = state.isPlaying ? "⏸" : "▶";
    play.setAttribute("aria-label", state.isPlaying ? "Pause" : "Play");
  });
  return { toggle, by, go, faster };
}

/** Where each run is at a step, in words. */
export function spoken(state, step) {
  const each = drawnRuns(state).map((run) => `${run.label} loss ${told(run.values[placeAt(run, step)], 3)}`);
  return `step ${step} of ${lastStep(state)}: ${each.join(", ")}`;
}

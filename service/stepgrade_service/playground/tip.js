/** The numbers of the point under the pointer. */

import { find } from "./dom.js";
import { point, told } from "./format.js";
import { drawnRuns, placeAt } from "./paths.js";
import { stepOf } from "./player.js";

const NEAR = 14; // pixels

export function createTip(plane, store) {
  const tip = find("tip");
  plane.box.addEventListener("pointermove", (event) => {
    const { left, top } = plane.box.getBoundingClientRect();
    const at = [event.clientX - left, event.clientY - top];
    const found = event.buttons ? null : nearest(plane.view, store.state, at);
    tip.hidden = !found;
    if (!found) return;
    const names = store.state.facts?.variables ?? ["x", "y"];
    tip.textContent = `${found.run.label}, step ${found.run.recorded[found.place]}\n${names.join(", ")} = ${point(found.run.points[found.place])}\nloss ${told(found.run.values[found.place])}`;
    tip.style.left = `${Math.min(at[0] + 14, plane.box.clientWidth - tip.offsetWidth - 4)}px`;
    tip.style.top = `${Math.max(at[1] - tip.offsetHeight - 10, 4)}px`;
  });
  plane.box.addEventListener("pointerleave", () => {
    tip.hidden = true;
  });
}

function nearest(view, state, [x, y]) {
  let [best, least] = [null, NEAR];
  for (const run of drawnRuns(state)) {
    const last = placeAt(run, stepOf(state));
    for (let place = 0; place <= last; place += 1) {
      const [px, py] = view.pixels(run.points[place]);
      const away = Math.hypot(px - x, py - y);
      if (away < least) [best, least] = [{ run, place }, away];
    }
  }
  return best;
}

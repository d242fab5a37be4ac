/** How much of the page is shown: all of it, what a projector needs, or what another page shows in a frame. */

import { write } from "./address.js";
import { find } from "./dom.js";

/** The address of a state in this service, as a whole. */
export const linkTo = (state) => `${location.origin}${location.pathname}#${write(state)}`;

export function createLooks(store, plane) {
  const projector = find("projector");
  projector.addEventListener("click", () => store.set({ look: store.state.look === "projector" ? null : "projector" }));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && store.state.look === "projector" && !event.defaultPrevented) store.set({ look: null });
  });
  store.on(["look"], ({ look }) => {
    const { classList } = document.documentElement;
    for (const name of ["embed", "projector"]) classList.toggle(`is-${name}`, look === name);
    find("tip").hidden = true; // its place was that of another size
    projector.setAttribute("aria-pressed", look === "projector");
    plane.redraw();
  });
  const tell = () => {
    const link = linkTo({ ...store.state, look: null });
    find("printed").textContent = link;
    find("whole").querySelector("a").href = link;
  };
  addEventListener("addressed", tell);
  tell();
}

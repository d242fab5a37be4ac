/** Parts of the page that few readers open: each is loaded when one comes to it. */

import { answered, noAnswer } from "./outage.js";

/** Load a part once: when its button is pressed, when its place comes into sight, or when the state asks for it. A part need not have all three. */
export function createLater(store, { button, place, member, isWanted, load }) {
  let [isAsked, isPressed] = [false, false];
  async function start() {
    if (isAsked) return;
    isAsked = true;
    try {
      await load();
    } catch {
      isAsked = false;
      return noAnswer(store, member, start);
    }
    answered(store, member);
    button?.removeEventListener("click", press);
    if (isPressed) button.click();
  }
  function press() {
    isPressed = true;
    start();
  }
  button?.addEventListener("click", press);
  store.on([member], (state) => isWanted(state) && start());
  if (!place) return;
  const sight = new IntersectionObserver((seen) => {
    if (!seen.some((each) => each.isIntersecting)) return;
    sight.disconnect();
    start();
  }, { rootMargin: "300px" });
  sight.observe(place);
}

/** Polite messages for a screen reader, when things have come to rest. */

import { find, whenStill } from "./dom.js";

export const announce = whenStill(400, (words) => {
  find("polite").textContent = words;
});

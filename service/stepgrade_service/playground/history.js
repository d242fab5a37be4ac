/** The address of the page follows what it shows, and the page follows its address. */

import { read, titleOf, write } from "./address.js";
import { leftOut } from "./asked.js";
import { whenStill } from "./dom.js";
import { PRESETS } from "./presets.js";
import { stateOf, VIEW } from "./store.js";
import { viewOfStep } from "./tour_views.js";

const MOST_TRIES = 5; // to leave out of an address what the service refuses
const STILL = 300; // milliseconds: a browser refuses to have its address written a hundred times in ten seconds
const USUAL = PRESETS[0].view;

/** The view that an address asks for. What it does not say is as in the first example, or as in its step of the tour. */
export function viewOf({ hash, search }) {
  const { view, left } = read(hash);
  const basis = view.tour && !view.objective ? viewOfStep(view.tour) : USUAL;
  const look = new URLSearchParams(search).has("embed") ? { look: "embed" } : {};
  return { view: { ...read(basis).view, ...(view.objective ? stateOf() : {}), ...look, ...view }, left };
}

/** Write the address when things have come to rest, and read it when it is another. `tell` gets sentences on what was left out. */
export function followAddress(store, tell, left) {
  let isReading = false;
  let isAsked = true; // the view is an address's, and is not yet answered
  let tries = 0; // to answer it
  const sentences = [...left];
  tell(sentences);

  let known = location.hash; // another one is about to be read
  const writeAddress = whenStill(STILL, (state) => {
    if (state.isHeld || state.isPlaying || location.hash !== known) return;
    history.replaceState(null, "", `#${write(state)}`);
    known = location.hash;
    dispatchEvent(new Event("addressed"));
  });
  let isFirst = true;
  store.on([...VIEW, "isHeld", "isPlaying"], (state) => {
    if (!isReading && !isFirst) writeAddress(state);
    isFirst = false;
    document.title = titleOf(state);
  });

  addEventListener("hashchange", () => {
    known = location.hash;
    const { view, left: others } = viewOf(location);
    const { catalogue, facts, hasMeasures, objective } = store.state;
    const isSame = JSON.stringify(view.objective) === JSON.stringify(objective);
    [isReading, isAsked, tries] = [true, true, 0];
    store.set({ ...stateOf(view), catalogue, hasMeasures, ...(isSame ? { objective, facts } : {}) });
    isReading = false;
    sentences.splice(0, sentences.length, ...others);
    tell(sentences);
    dispatchEvent(new Event("addressed"));
  });

  const leave = (state, faults) => {
    const found = leftOut(state, faults);
    if (!found.left.length || !Object.keys(found.changes).length || tries === MOST_TRIES) return;
    tries += 1;
    sentences.push(...found.left.filter((each) => !sentences.includes(each)));
    store.set({ ...found.changes, faults: [] });
    tell(sentences);
  };
  store.on(["faults", "facts"], (state) => {
    if (!isAsked) return;
    const isFlat = dimensionOf(state.facts) === 2;
    leave(state, isFlat ? state.faults.filter(({ cost }) => !cost) : [{ pointer: "/objective/name", detail: `it has ${dimensionOf(state.facts)} variables, and the plot shows two` }]);
  });
  store.on(["answer"], (state) => {
    if (state.answer && state.facts && dimensionOf(state.facts) === 2) isAsked = false;
  });
}

const dimensionOf = (facts) => facts?.variables?.length ?? Object.values(facts?.starts ?? {})[0]?.length ?? 2;

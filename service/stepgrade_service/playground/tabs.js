/** The two views of the plot, as tabs: the paths alone, or the paths over the map. */

import { element, find, show } from "./dom.js";
import { usualMap } from "./measures.js";

const TABS = [["paths", "Paths"], ["map", "Map: where does it help?"]];

export function createTabs(store) {
  const box = find("views");
  box.setAttribute("role", "tablist");
  box.setAttribute("aria-label", "View of the plot");
  const choose = (name) => store.set({ map: name === "map" ? (store.state.map ?? usualMap(store.state.facts)) : null });
  const tabs = TABS.map(([name, words]) => element("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "plot", onclick: () => choose(name) }, words));
  show(box, ...tabs);
  find("plot").setAttribute("role", "tabpanel");
  box.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: 0, Home: 0, ArrowRight: 1, End: 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(TABS[to][0]);
    tabs[to].focus();
  });
  store.on(["map"], (state) => {
    const now = state.map ? 1 : 0;
    tabs.forEach((tab, number) => {
      tab.setAttribute("aria-selected", number === now);
      tab.setAttribute("tabindex", number === now ? 0 : -1);
    });
    find("plot").setAttribute("aria-labelledby", tabs[now].id);
  });
}

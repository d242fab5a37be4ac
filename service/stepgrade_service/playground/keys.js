/** Single keys, which act only where the plot, the player or the legend has the focus; and the list of all keys. */

import { element, find } from "./dom.js";
import { stepOf } from "./player.js";

const KEYS = [
  ["Plot or player", [["Space", "play or pause"], [", and .", "one step back or forward"], ["< and >", "slower or faster"], ["?", "this list"]]],
  ["Plot", [["+ and −", "zoom in or out"], ["0", "show everything"], ["arrows", "move the view; with Shift by less"]]],
  ["Plot with the map", [["arrows", "go from cell to cell"], ["Enter", "start in the middle of the cell"], ["Shift and arrows", "move the view"]]],
  ["Ring of a start", [["arrows", "move it; with Shift by more, with Alt by less"], ["Insert", "add a start"], ["Delete", "remove this start"]]],
  ["Path", [[", and .", "go to the point before or after, and hear its numbers"], ["Home and End", "its first or last point"], ["h", "hide its method"]]],
  ["Slider of steps", [["arrows", "one step"], ["Page Up and Page Down", "ten steps"], ["Home and End", "the first or last step"]]],
  ["Methods", [["h", "hide or show the method"], ["up and down in a field", "a larger or smaller number; with Shift by less"]]],
];

export function createKeys(store, player, plane) {
  const dialog = createDialog();
  const open = () => {
    dialog.showModal();
    dialog.querySelector("h2").focus(); // the one button is at its end
  };
  find("player").append(element("button", { type: "button", onclick: open, title: "All keys (?)" }, "Keys"));
  find("picture").addEventListener("keydown", (event) => {
    if (hasModifier(event) || isTyped(event.target)) return;
    const isPlane = event.target === plane.box;
    const isPlayer = find("player").contains(event.target);
    if (!isPlane && !isPlayer && !event.target.closest("g[data-label], .handle")) return;
    const isPressed = event.target.matches("button, select"); // Space presses it
    const done = { "?": open, "<": () => player.faster(-1), ">": () => player.faster(1), h: () => hide(store, event.target.dataset.label),
      ",": () => player.by(-1), ".": () => player.by(1), " ": isPressed ? null : player.toggle }[event.key];
    if (!done) return;
    event.preventDefault();
    done();
  });
  find("methods").addEventListener("keydown", (event) => {
    if (hasModifier(event) || isTyped(event.target) || event.target.matches("select")) return;
    if (event.key === "?") open();
    else if (event.key === "h") event.target.closest(".method")?.querySelector("[data-hides]")?.click();
  });
}

const hasModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;

const isTyped = (target) => target.matches("input:not([type=range], [type=checkbox]), textarea");

function hide(store, label) {
  if (label === undefined) return;
  store.set({ hidden: new Set([...store.state.hidden, label]), at: stepOf(store.state) });
  find("plane").focus();
}

function createDialog() {
  const rows = KEYS.flatMap(([place, keys]) => keys.map(([key, words], number) => element("tr", {},
    number === 0 ? element("th", { scope: "rowgroup", rowspan: keys.length }, place) : null, element("td", {}, element("kbd", {}, key)), element("td", {}, words))));
  const dialog = element("dialog", { id: "keys", "aria-labelledby": "keys-title" }, element("h2", { id: "keys-title", tabindex: -1 }, "Keys"),
    element("p", { class: "small" }, "A key works only when the focus is on the part in the left column."),
    element("table", {}, element("tbody", {}, ...rows)), element("button", { type: "button", onclick: () => dialog.close() }, "Close"));
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  document.body.append(dialog);
  return dialog;
}

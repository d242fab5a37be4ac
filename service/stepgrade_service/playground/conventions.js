/** One optimizer in every convention that has it, and what sets these apart, in the catalogue's own sentences. */

import { element, find, showBeside } from "./dom.js";
import { listed, sentence } from "./format.js";
import { labelsOf } from "./request.js";

/**
 * The methods, with the one at this place in every convention that has it and is not there yet. All have its settings, but for those whose
 * defaults differ between conventions: each has its own.
 */
export function inEveryConvention(methods, place, page, freeColor) {
  const method = methods[place];
  const own = method.convention ?? page.default_convention;
  const isThere = (convention) => methods.some((each) => each.name === method.name && (each.convention ?? page.default_convention) === convention);
  const settings = withoutDefaults(method.settings, page);
  const named = methods.map((each) => (each.name === method.name ? { ...each, convention: each.convention ?? page.default_convention, settings: each === method ? settings : each.settings } : each));
  const added = page.conventions.filter(({ name }) => name !== own && !isThere(name)).map(({ name }) => ({ name: method.name, convention: name, settings: { ...settings } }));
  for (const each of added) named.push({ ...each, color: freeColor(named) });
  return named;
}

/** Settings without those whose defaults differ between conventions; a learning rate stays. */
const withoutDefaults = (settings, page) => Object.fromEntries(Object.entries(settings).filter(([name]) => name === "lr" || !differs(page, name)));

const differs = (page, name) => new Set(Object.values(page.hyperparameters.find((each) => each.name === name)?.defaults ?? {}).map(String)).size > 1;

/** Near the plot: what one optimizer in several conventions has of its own, and what is written by hand and hides that. */
export function createApart(store) {
  store.on(["answer", "methods", "catalogue"], (state) => {
    const names = state.answer ? [...new Set(state.methods.map(({ name }) => name))] : [];
    showBeside(() => find("plane"), find("apart"), ...names.map((name) => apart(name, state, store)).filter(Boolean));
  });
}

const SHOWN = 2; // settings that differ

function apart(name, state, store) {
  const page = state.catalogue.pages[name];
  const labels = labelsOf(state.methods);
  const runs = state.methods.flatMap((method, place) => (method.name === name ? [{ method, as: state.answer.runs.find(({ label }) => label === labels[place])?.optimizer }] : []));
  if (!page || !runs.every(({ as }) => as) || new Set(runs.map(({ as }) => as.convention)).size < 2) return null;
  const isNumber = (each) => typeof runs[0].as[each] === "number";
  const shown = page.hyperparameters.map((each) => each.name).filter((each) => each !== "lr").sort((one, other) => isNumber(other) - isNumber(one));
  const own = shown.filter((each) => new Set(runs.map(({ as }) => String(as[each]))).size > 1);
  const written = shown.filter((each) => differs(page, each) && runs.some(({ method }) => each in method.settings));
  const usual = () => store.set({ methods: store.state.methods.map((each) => (each.name === name ? { ...each, settings: withoutDefaults(each.settings, page) } : each)) });
  const told = own.slice(0, SHOWN).map((each) => `${each} is ${listed(valuesOf(runs, each))}`);
  const more = own.length > SHOWN ? element("span", { class: "small" }, `Different too: ${listed(own.slice(SHOWN))}. `) : null;
  return element("p", {}, told.length ? `${name}: ${told.join("; ")}. ` : `${name}: these runs have the same settings. `, more,
    written.length ? `Written by hand, so not the default: ${listed(written)}. ` : null,
    written.length ? element("button", { type: "button", onclick: usual }, "Use the default of each convention") : null);
}

/** "0.99 in torch", "0.9 in keras, paper". */
function valuesOf(runs, name) {
  const found = new Map();
  for (const { as } of runs) found.set(String(as[name]), [...(found.get(String(as[name])) ?? []), as.convention]);
  return [...found].map(([value, conventions]) => `${value} in ${conventions.join(", ")}`);
}

/** What a convention calls the optimizer and its arguments, and its differences. */
export function aboutConvention(page, name) {
  const convention = page.conventions.find((each) => each.name === name);
  if (!convention) return null;
  const classes = Object.keys(convention.names);
  const renamed = Object.entries(convention.arguments).filter(([written, meant]) => meant.length !== 1 || meant[0] !== written);
  const called = sentence(classes.length ? `${convention.title}: ${listed(classes)}` : convention.title);
  const words = renamed.length ? ` It has other names: ${renamed.map(([written, meant]) => `${written} for ${listed(meant)}`).join("; ")}.` : "";
  return element("div", { class: "convention" }, element("p", { class: "small" }, called + words),
    convention.differences.length ? element("ul", { class: "small" }, ...convention.differences.map((each) => element("li", {}, each))) : null,
    convention.notes ? element("p", { class: "small" }, convention.notes) : null);
}

/** One optimizer in every convention that has it, and what sets these apart, in the catalogue's own sentences. */

import { element, find, showBeside } from "./dom.js";
import { listed, sentence } from "./format.js";
import { fitted } from "./plane.js";
import { labelsOf } from "./request.js";

/**
 * What the button changes: the methods, the pair, which compares two of the conventions, the settings that are not used, and that all is
 * to be in sight.
 */
export function everyConvention(methods, place, page, freeColor) {
  const { name, convention, settings } = methods[place];
  const found = inEveryConvention(methods, place, page, freeColor);
  const own = convention ?? page.default_convention;
  const dropped = Object.fromEntries(Object.entries(settings).filter(([each]) => each !== "lr" && differs(page, each)));
  const isApart = (each) => each.name === name && each.convention !== own && page.hyperparameters.some(({ name: setting, defaults }) => (setting in dropped || Object.keys(dropped).length === 0) && defaults?.[own] !== defaults?.[each.convention]);
  const other = found.findIndex((each, at) => at !== place && isApart(each));
  const next = found.findIndex((each, at) => at !== place && each.name === name);
  return { methods: found, pair: [place, other < 0 ? next : other], cell: null, dropped: { ...dropped, of: name }, isToFit: true };
}

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
  store.on(["answer"], (state) => {
    const window = state.isToFit && state.answer && fitted(state);
    if (window) store.set({ window, isToFit: false });
  });
  store.on(["answer", "methods", "catalogue", "dropped"], (state) => {
    const names = state.answer ? [...new Set(state.methods.map(({ name }) => name))] : [];
    showBeside(() => find("plane"), find("apart"), ...names.map((name) => apart(name, state, store)).filter(Boolean));
  });
}

const SHOWN = 2; // settings that differ

function apart(name, state, store) {
  const page = state.catalogue.pages[name];
  const labels = labelsOf(state.methods);
  const runs = state.methods.flatMap((method, place) => (method.name === name ? [{ method, label: labels[place], as: state.answer.runs.find(({ label }) => label === labels[place])?.optimizer }] : []));
  if (!page || !runs.every(({ as }) => as) || new Set(runs.map(({ as }) => as.convention)).size < 2) return null;
  const isNumber = (each) => typeof runs[0].as[each] === "number";
  const shown = page.hyperparameters.map((each) => each.name).filter((each) => each !== "lr").sort((one, other) => isNumber(other) - isNumber(one));
  const own = shown.filter((each) => new Set(runs.map(({ as }) => String(as[each]))).size > 1);
  const written = shown.filter((each) => differs(page, each) && runs.some(({ method }) => each in method.settings));
  const usual = () => store.set({ methods: store.state.methods.map((each) => (each.name === name ? { ...each, settings: withoutDefaults(each.settings, page) } : each)) });
  const told = own.slice(0, SHOWN).map((each) => `${each}: ${valuesOf(runs, each)}`);
  const more = own.length > SHOWN ? element("span", { class: "small" }, `Different too: ${listed(own.slice(SHOWN))}. `) : null;
  const alike = alikeOf(runs.map(({ as }) => as.convention), runs.map(({ label }) => state.answer.runs.filter((run) => run.label === label)));
  return element("p", {}, notUsed(state, name, runs, store), told.length ? `${name} has ${told.join("; ")}. ` : `${name}: these runs have the same settings. `, more, alike,
    written.length ? `Written by hand, so not the default: ${listed(written)}. ` : null,
    written.length ? element("button", { type: "button", onclick: usual }, "Use the default of each convention") : null);
}

/** What was written by hand before, and a button that brings it back. */
function notUsed({ dropped }, name, runs, store) {
  const { of, ...left } = dropped ?? {};
  const kept = Object.entries(left).filter(([each]) => of === name && runs.every(({ method }) => !(each in method.settings)));
  if (!kept.length) return null;
  const words = listed(kept.map(([each, value]) => `${each} ${value}`));
  const use = () => store.set({ methods: store.state.methods.map((each) => (each.name === name ? { ...each, settings: { ...each.settings, ...Object.fromEntries(kept) } } : each)) });
  return element("span", {}, `${words} is not used here: each convention has its own default. `, element("button", { type: "button", onclick: use }, `Use ${words} in all`), " ");
}

const ALIKE = 1e-3; // of how far a path goes: two that are nearer to each other cover one another

/** Which conventions draw the same line, where some do. */
function alikeOf(conventions, runs) {
  const groups = [];
  runs.forEach((of, place) => {
    const group = groups.find(([first]) => of.every((run, start) => isAlike(run, runs[first][start])));
    if (group) group.push(place);
    else groups.push([place]);
  });
  return groups.filter((group) => group.length > 1).map((group) => `${listed(group.map((place) => conventions[place]))} draw the same line. `).join("");
}

function isAlike({ points }, { points: others }) {
  if (!points || points.length !== others?.length) return false;
  const far = (one, other) => Math.max(...one.map((each, axis) => Math.abs(each - other[axis])));
  const reach = Math.max(...points.map((each) => far(each, points[0])));
  return points.every((each, place) => far(each, others[place]) <= ALIKE * reach);
}

/** "0.99 (torch), 0.9 (keras, paper)". */
function valuesOf(runs, name) {
  const found = new Map();
  for (const { as } of runs) found.set(String(as[name]), [...(found.get(String(as[name])) ?? []), as.convention]);
  return [...found].map(([value, conventions]) => `${value} (${conventions.join(", ")})`).join(", ");
}

/** What a convention calls the optimizer and its arguments, and its differences. */
export function aboutConvention(page, name) {
  const convention = page.conventions.find((each) => each.name === name);
  if (!convention) return null;
  const classes = Object.keys(convention.names);
  const renamed = Object.entries(convention.arguments).filter(([written, meant]) => meant.length !== 1 || meant[0] !== written);
  const called = sentence(classes.length ? `${convention.title}: ${listed(classes)}` : convention.title);
  const words = renamed.length ? ` It calls ${renamed.map(([written, meant]) => `${listed(meant)} "${written}"`).join(", ")}.` : "";
  return element("div", { class: "convention" }, element("p", { class: "small" }, called + words),
    convention.differences.length ? element("ul", { class: "small" }, ...convention.differences.map((each) => element("li", {}, each))) : null,
    convention.notes ? element("p", { class: "small" }, convention.notes) : null);
}

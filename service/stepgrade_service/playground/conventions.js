/** One optimizer in every convention that has it, and what sets these apart, in the catalogue's own sentences. */

import { element } from "./dom.js";
import { listed, sentence } from "./format.js";

/**
 * The methods, with the one at this place in every convention that has it and is not there yet: with the same settings, but for those whose
 * defaults differ between conventions.
 */
export function inEveryConvention(methods, place, page, freeColor) {
  const method = methods[place];
  const own = method.convention ?? page.default_convention;
  const isThere = (convention) => methods.some((each) => each.name === method.name && (each.convention ?? page.default_convention) === convention);
  const named = methods.map((each) => (each.name === method.name ? { ...each, convention: each.convention ?? page.default_convention } : each));
  const isShared = ([name]) => name === "lr" || new Set(Object.values(page.hyperparameters.find((each) => each.name === name)?.defaults ?? {}).map(String)).size < 2;
  const settings = Object.fromEntries(Object.entries(method.settings).filter(isShared));
  const added = page.conventions.filter(({ name }) => name !== own && !isThere(name)).map(({ name }) => ({ name: method.name, convention: name, settings: { ...settings } }));
  for (const each of added) named.push({ ...each, color: freeColor(named) });
  return named;
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

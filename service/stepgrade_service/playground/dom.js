/** Elements, made by one call each. */

const SVG = "http://www.w3.org/2000/svg";

export const find = (id) => document.getElementById(id);

/** An HTML element: a property of it is set as such, anything else as an attribute; null leaves it out. */
export function element(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** An SVG element. */
export function drawn(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(made, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Put these in place of what an element holds. */
export function show(parent, ...children) {
  parent.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}

const CONTROLS = "button, select, input, summary";

/** The same, where the control at the place of the one that had the focus gets it again. */
export function renew(parent, ...children) {
  const place = [...parent.querySelectorAll(CONTROLS)].indexOf(document.activeElement);
  show(parent, ...children);
  if (place >= 0) parent.querySelectorAll(CONTROLS)[place]?.focus({ preventScroll: true });
}

/** Call at most once a frame. */
export function onceAFrame(call) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      call();
    });
  };
}

/** Call when nobody has asked for so many milliseconds. */
export function whenStill(milliseconds, call) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...given), milliseconds);
  };
}

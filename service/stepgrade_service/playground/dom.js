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

/** The same, where the control at the place of the one that had the focus gets it again, or the last one before that. */
export function renew(parent, ...children) {
  const place = [...parent.querySelectorAll(CONTROLS)].indexOf(document.activeElement);
  show(parent, ...children);
  if (place < 0) return;
  const there = [...parent.querySelectorAll(CONTROLS)].slice(0, place + 1).filter((control) => !control.disabled);
  there.at(-1)?.focus({ preventScroll: true });
}

/** The same, where a control that had the focus and is gone leaves it to its neighbour. */
export function showBeside(neighbour, parent, ...children) {
  const hadFocus = parent.contains(document.activeElement);
  show(parent, ...children);
  if (hadFocus && !parent.contains(document.activeElement)) neighbour()?.focus({ preventScroll: true });
}

const written = new WeakMap();

/**
 * Draw SVG from descriptions, each [tag, attributes, ...descriptions or one text]. What is there is kept, and only what differs is
 * written: a path of 300 points that stays as it was costs nothing.
 */
export function redraw(parent, descriptions) {
  const found = descriptions.filter(Boolean);
  found.forEach(([tag, attributes, ...inner], place) => {
    const there = parent.children[place];
    const made = there?.localName === tag ? there : drawn(tag);
    if (made !== there) there ? there.replaceWith(made) : parent.append(made);
    const before = written.get(made) ?? {};
    for (const name of Object.keys({ ...before, ...attributes })) {
      const [old, now] = [before[name] ?? null, attributes[name] ?? null];
      if (old === now) continue;
      if (now === null) made.removeAttribute(name);
      else made.setAttribute(name, now);
    }
    written.set(made, attributes);
    if (typeof inner[0] !== "string") redraw(made, inner);
    else if (made.textContent !== inner[0]) made.textContent = inner[0];
  });
  while (parent.children.length > found.length) parent.lastElementChild.remove();
}

/** Milliseconds after which what is told of a dragged start is told anew: nobody reads faster. */
export const OFTEN = 100;

/** Call at most once in so many milliseconds. What is asked for meanwhile is done at their end. */
export function atMostOnceIn(milliseconds, call) {
  let timer = null;
  let isAsked = false;
  return function asked() {
    isAsked = timer !== null;
    if (isAsked) return;
    timer = setTimeout(() => {
      timer = null;
      if (isAsked) asked();
    }, milliseconds);
    call();
  };
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

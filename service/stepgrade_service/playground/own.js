/** Changes that fields make themselves: what is drawn from the state is not drawn anew for them. */

/* A field that is left for the next one is no longer the active element when its change is told, and the next one would lose the focus. */
export function ownChanges(store) {
  let isOwn = false;
  return {
    get isOwn() {
      return isOwn;
    },
    get state() {
      return store.state;
    },
    set(changes) {
      isOwn = true;
      store.set(changes);
      isOwn = false;
    },
  };
}

/** Draw anew, and give the focus back to the field of the same key. */
export function keepFocus(box, draw) {
  const key = box.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  draw();
  if (key) box.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

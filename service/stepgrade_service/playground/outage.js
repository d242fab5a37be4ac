/** Questions that had no answer, by the part of the page that asked: all of them are asked again together. */

export const noAnswer = (store, part, again) => store.set({ gone: new Map(store.state.gone).set(part, again) }); // a new one each time: each failure is told

/** A part has its answer, or needs none any more. */
export function answered(store, part) {
  if (!store.state.gone?.has(part)) return;
  const left = new Map(store.state.gone);
  left.delete(part);
  store.set({ gone: left.size ? left : null });
}

export const askAgain = ({ gone }) => [...(gone?.values() ?? [])].forEach((again) => again());

/** What is in sight is chosen by buttons, keys, wheel, dragging and two fingers. */

import { element, find, show } from "./dom.js";
import { letPinch } from "./pinch.js";
import { fitted } from "./plane.js";

const GLIDE = 160; // milliseconds that a zoom takes, where motion is welcome

/** Zoom and move the view; `onClick` gets the point that was clicked. With Shift the arrows move it by less. */
export function letMove(plane, store, onClick) {
  const { box } = plane;
  const look = (window) => store.set({ window, isZoomed: true });
  const glide = createGlide(plane, look);
  const zoom = (times) => glide((view) => view.zoomed(times));
  const fit = () => glide(() => fitted(store.state));
  show(
    find("zoom"),
    element("button", { type: "button", onclick: fit, title: "Show everything (0)" }, "Fit"),
    element("button", { type: "button", onclick: () => zoom(1.5), "aria-label": "Zoom in", title: "Zoom in (+)" }, "+"),
    element("button", { type: "button", onclick: () => zoom(1 / 1.5), "aria-label": "Zoom out", title: "Zoom out (−)" }, "−"),
  );
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    look(plane.view.zoomed(Math.exp(-event.deltaY / 300), [event.offsetX, event.offsetY]));
  }, { passive: false });
  box.addEventListener("keydown", (event) => {
    if (event.target !== box || event.altKey || event.metaKey || event.ctrlKey) return;
    const far = box.clientWidth / (event.shiftKey ? 40 : 10);
    const moved = (across, down) => look(plane.view.moved(across, down));
    const done = {
      "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), 0: fit,
      ArrowLeft: () => moved(far, 0), ArrowRight: () => moved(-far, 0), ArrowUp: () => moved(0, far), ArrowDown: () => moved(0, -far),
    }[event.key];
    if (!done) return;
    event.preventDefault();
    done();
  });
  letDragGround(plane, look, onClick);
  letPinch(plane, look);
}

/** Go to another window in a few frames; at once where the reader wants little motion. A glide that is under way is gone on from its end. */
function createGlide(plane, look) {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
  let goal = null;
  return (windowOf) => {
    const from = plane.view.window;
    const to = windowOf(goal ?? plane.view);
    if (!to) return;
    if (isCalm.matches) return look(to);
    const began = performance.now();
    const mine = plane.view.of(to);
    goal = mine;
    requestAnimationFrame(function frame(now) {
      if (goal !== mine) return;
      const share = Math.min(1, Math.max(0, now - began) / GLIDE);
      if (share === 1) goal = null;
      look(share === 1 ? to : from.map((range, axis) => range.map((end, side) => end + share * (to[axis][side] - end))));
      if (share < 1) requestAnimationFrame(frame);
    });
  };
}

const CLICK = 4; // pixels that a press may move and still be a click

function letDragGround(plane, look, onClick) {
  const { box } = plane;
  let press = null;
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("button")) return;
    press = { x: event.clientX, y: event.clientY, view: plane.view, isDrag: false };
  });
  box.addEventListener("pointermove", (event) => {
    if (!press || plane.isPinched) return;
    const [across, down] = [event.clientX - press.x, event.clientY - press.y];
    if (!press.isDrag && Math.hypot(across, down) < CLICK) return;
    if (!press.isDrag) box.setPointerCapture(event.pointerId);
    press.isDrag = true;
    look(press.view.moved(across, down));
  });
  const end = (event) => {
    if (press && !press.isDrag && !plane.isPinched && event.type === "pointerup") {
      const { left, top } = box.getBoundingClientRect();
      onClick(plane.view.point([event.clientX - left, event.clientY - top]));
    }
    press = null;
  };
  box.addEventListener("pointerup", end);
  box.addEventListener("pointercancel", end);
}

/** Two fingers zoom and move the view; one finger still scrolls the page. */

export function letPinch(plane, look) {
  const { box } = plane;
  let began = null;
  const fingers = ({ touches }) => {
    const { left, top } = box.getBoundingClientRect();
    const [[x, y], [x2, y2]] = [touches[0], touches[1]].map((touch) => [touch.clientX - left, touch.clientY - top]);
    return { middle: [(x + x2) / 2, (y + y2) / 2], apart: Math.max(Math.hypot(x2 - x, y2 - y), 1) };
  };
  const move = (event) => {
    if (!began || event.touches.length !== 2) return;
    event.preventDefault();
    const now = fingers(event);
    const { view, middle, apart } = began;
    const zoomed = view.of(view.zoomed(now.apart / apart, middle));
    look(zoomed.moved(now.middle[0] - middle[0], now.middle[1] - middle[1]));
  };
  const end = (event) => {
    if (event.touches.length < 2) began = null;
    if (event.touches.length === 0) setTimeout(() => (plane.isPinched = false), 50); // the last finger's own click is none
  };
  box.addEventListener("touchstart", (event) => {
    if (event.touches.length !== 2 || event.target.closest(".handle")) return;
    event.preventDefault(); // else the browser zooms or scrolls the page
    plane.isPinched = true;
    began = { ...fingers(event), view: plane.view };
    for (const { target } of event.touches) follow(target, move, end);
  }, { passive: false });
}

/** Hear a finger where it was put down: what it was put on may be drawn anew, and then tells the plot nothing. */
function follow(target, move, end) {
  target.addEventListener("touchmove", move, { passive: false });
  target.addEventListener("touchend", end);
  target.addEventListener("touchcancel", end);
}

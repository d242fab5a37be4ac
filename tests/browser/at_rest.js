/** Whether a page has nothing left to do: no question under way, no frame asked for, no short wait. The tests wait for that. */

(() => {
  const SHORT = 1000; // milliseconds: what waits longer is a retry
  const TIMES_AS_FAST = 5;
  const QUIET = 3; // frames in a row
  const { setTimeout: later, clearTimeout: never, requestAnimationFrame: frame, fetch: ask } = window;
  const waits = new Set();
  let pending = 0;
  let quiet = 0;

  /** Retries are noted, and as late as they are in the page but where a test hurries. */
  const longWaits = (window.longWaits = []);
  window.hurry = 1;

  const counted = (promise) => {
    pending += 1;
    const done = () => {
      pending -= 1;
    };
    promise.then(done, done);
    return promise;
  };

  window.setTimeout = (call, time = 0, ...given) => {
    if (!(time < SHORT)) {
      longWaits.push(time);
      return later(call, time / window.hurry, ...given);
    }
    const wait = later(() => {
      waits.delete(wait);
      call(...given);
    }, time / TIMES_AS_FAST);
    waits.add(wait);
    return wait;
  };
  window.clearTimeout = (wait) => {
    waits.delete(wait);
    never(wait);
  };
  window.requestAnimationFrame = (call) => {
    pending += 1;
    return frame((now) => {
      pending -= 1;
      call(now);
    });
  };
  window.fetch = (...given) => counted(ask(...given));
  for (const name of ["json", "blob", "text"]) {
    const read = Response.prototype[name];
    Response.prototype[name] = function () {
      return counted(read.call(this));
    };
  }

  /** What was announced, from first to last: the next words may come before a test looks. */
  window.heard = [];
  document.addEventListener("DOMContentLoaded", () => {
    const polite = document.getElementById("polite");
    if (polite) new MutationObserver(() => window.heard.push(polite.textContent)).observe(polite, { childList: true, characterData: true, subtree: true });
  });

  /** Asked once a frame. */
  window.atRest = () => {
    quiet = pending + waits.size === 0 ? quiet + 1 : 0;
    if (quiet < QUIET) return false;
    quiet = 0;
    return true;
  };
})();

/** From points of the objective to pixels and back: one unit for both axes, whatever the shape of the plot. */

export class View {
  /** A window [[from, to], [from, to]] is widened to fit into so many pixels, never stretched. */
  constructor([[left, right], [bottom, top]], width, height) {
    this.width = width;
    this.height = height;
    this.unit = Math.min(width / (right - left), height / (top - bottom));
    this.left = (left + right) / 2 - width / 2 / this.unit;
    this.top = (bottom + top) / 2 + height / 2 / this.unit;
  }

  get window() {
    const { left, top, width, height, unit } = this;
    return [[left, left + width / unit], [top - height / unit, top]];
  }

  pixels([x, y]) {
    return [(x - this.left) * this.unit, (this.top - y) * this.unit];
  }

  point([across, down]) {
    return [this.left + across / this.unit, this.top - down / this.unit];
  }

  holds([x, y], margin = 0) {
    const [across, down] = this.pixels([x, y]);
    return across >= -margin && across <= this.width + margin && down >= -margin && down <= this.height + margin;
  }

  /** The view of another window in the same plot. */
  of(window) {
    return new View(window, this.width, this.height);
  }

  /** The window when so many pixels are dragged. */
  moved(across, down) {
    const [x, y] = [-across / this.unit, down / this.unit];
    return this.window.map(([from, to], axis) => [from + [x, y][axis], to + [x, y][axis]]);
  }

  /** The window when what is at a pixel stays there, and all else is so many times as large. */
  zoomed(times, [across, down] = [this.width / 2, this.height / 2]) {
    const fixed = this.point([across, down]);
    return this.window.map((range, axis) => range.map((end) => fixed[axis] + (end - fixed[axis]) / times));
  }
}

/** The window around points, with room at the edges. */
export function around(points, share = 0.08) {
  const ranges = [0, 1].map((axis) => {
    const along = points.map((point) => point[axis]).filter(Number.isFinite);
    return [Math.min(...along), Math.max(...along)];
  });
  const least = Math.max(...ranges.map(([from, to]) => to - from), 1e-9) / 20;
  return ranges.map(([from, to]) => {
    const room = share * (to - from) + least;
    return [from - room, to + room];
  });
}

/** Round numbers within a range, about so many; none where the range is so small that floating point has no room for them. */
export function ticks([from, to], count) {
  const rough = (to - from) / count;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = ten * [1, 2, 5, 10].find((times) => times * ten >= rough);
  const first = Math.ceil(from / step);
  if (!Number.isSafeInteger(first)) return [];
  const found = [];
  for (let number = first; number * step <= to; number += 1) found.push(Number((number * step).toPrecision(12)));
  return found;
}

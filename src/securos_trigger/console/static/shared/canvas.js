/** Lines and zones that are drawn over an image, with the mouse, a finger, or the arrow keys. Coordinates are fractions. */

import { h, svg } from './dom.js';

const DIRECTION_OFF = 0.06; // of the image, from the middle of a line
const STEP = 0.005;
const BIG_STEP = 0.05;
const NAME_OFF_PX = 10; // of a name, from its point
const PLACES = [[1, 1], [1, -1], [-1, 1], [-1, -1]]; // of a name around a point: right or left of it, below or above
const clamped = (value) => Math.min(1, Math.max(0, value));
const rounded = (value) => Math.round(value * 10000) / 10000;

export class Canvas extends EventTarget {
  /** `shapes`: `[{name, points, isLine}]`, changed in place. Emits `change`, and `choose` with a shape. `isFixed`: they are looked at, and have no points to drag. */
  constructor(shapes, { isFixed = false } = {}) {
    super();
    this.shapes = shapes;
    this.isFixed = isFixed;
    this.chosen = null;
    this.pending = null; // a shape that is being drawn
    this.lines = svg('svg', { class: 'overlay drawing', viewBox: '0 0 1 1', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    this.handles = h('div', { class: 'handles' });
    this.node = h('div', { class: 'canvas' }, this.lines, this.handles);
    this.node.addEventListener('pointerdown', (event) => this.pointed(event));
    this.node.addEventListener('dblclick', () => this.finish());
    this.draw();
    new ResizeObserver(() => this.placeNames()).observe(this.node);
  }

  place(event) {
    const box = this.node.getBoundingClientRect();
    return [rounded(clamped((event.clientX - box.left) / box.width)), rounded(clamped((event.clientY - box.top) / box.height))];
  }

  /** Begins a new shape: each click sets a point; a line ends at its second one, a zone at its first one again. */
  begin(shape) {
    this.pending = shape;
    shape.points = [];
    this.shapes.push(shape);
    this.choose(shape);
    this.node.classList.add('is-drawing');
  }

  pointed(event) {
    if (event.target.closest('button')) return;
    if (!this.pending) {
      this.choose(this.shapeAt(this.place(event)));
      return;
    }
    this.addPoint(event);
  }

  addPoint(event) {
    this.pending.points.push(this.place(event));
    if (this.pending.isLine && this.pending.points.length === 2) this.finish();
    this.draw();
  }

  /** Ends the new shape with these points, and gives the first one the focus. */
  finishWith(points) {
    const shape = this.pending;
    shape.points = points;
    this.finish();
    this.focusPoint(shape, 0);
  }

  focusPoint(shape, index) {
    const before = this.shapes.slice(0, this.shapes.indexOf(shape)).reduce((sum, one) => sum + one.points.length, 0);
    this.handles.querySelectorAll('button')[before + index].focus();
  }

  finish() {
    const shape = this.pending;
    if (!shape) return;
    const unique = shape.points.filter((point, index) => !index || point.join() !== shape.points[index - 1].join());
    if (unique.length < (shape.isLine ? 2 : 3)) return;
    shape.points = unique;
    this.pending = null;
    this.node.classList.remove('is-drawing');
    this.draw();
    this.dispatchEvent(new Event('change'));
  }

  cancel() {
    if (!this.pending) return;
    this.remove(this.pending);
    this.pending = null;
    this.node.classList.remove('is-drawing');
    this.draw();
  }

  remove(shape) {
    this.shapes.splice(this.shapes.indexOf(shape), 1);
    if (this.chosen === shape) this.choose(null);
    this.draw();
    this.dispatchEvent(new Event('change'));
  }

  choose(shape) {
    this.chosen = shape;
    this.draw();
    this.dispatchEvent(new CustomEvent('choose', { detail: shape }));
  }

  /** The shape nearest to a point, if one is near. */
  shapeAt([x, y]) {
    const near = (shape) => Math.min(...shape.points.map(([left, top]) => Math.hypot(left - x, top - y)));
    const best = [...this.shapes].sort((one, other) => near(one) - near(other))[0];
    return best && near(best) < 0.15 ? best : null;
  }

  draw() {
    this.lines.replaceChildren(...this.shapes.map((shape) => svg(shape.isLine || shape === this.pending ? 'polyline' : 'polygon', { class: `${shape.isLine ? 'line' : 'zone'}${shape === this.chosen ? ' chosen' : ''}`, points: shape.points.map((point) => point.join(',')).join(' ') })));
    this.handles.replaceChildren(...this.shapes.flatMap((shape) => [this.nameOf(shape), ...this.directionsOf(shape), ...(this.isFixed ? [] : shape.points.map((_point, index) => this.handle(shape, index)))]).filter(Boolean));
    this.placeNames();
  }

  nameOf(shape) {
    if (!shape.points.length) return null;
    const node = h('span', { class: 'shape-name name' }, shape.name);
    return at(node, shape.points[0]);
  }

  /** Puts each name where it covers no direction and no other name, and is in the image: at its first point, or at another one where there is no such place. */
  placeNames() {
    const size = { width: this.node.clientWidth, height: this.node.clientHeight };
    const measured = (kind) => [...this.handles.querySelectorAll(kind)].map((node) => ({ node, x: (parseFloat(node.style.left) / 100) * size.width, y: (parseFloat(node.style.top) / 100) * size.height, width: node.offsetWidth, height: node.offsetHeight }));
    const taken = measured('.direction').map(({ x, y, width, height }) => ({ left: x - width / 2, top: y - height / 2, width, height }));
    const named = this.shapes.filter(({ points }) => points.length);
    for (const [index, { node, x, y, width, height }] of measured('.name').entries()) { // all are measured before one is moved
      const places = named[index].points.flatMap(([left, top]) => PLACES.map(([right, below]) => ({
        left: clamped(left) * size.width + (right > 0 ? NAME_OFF_PX : -NAME_OFF_PX - width),
        top: clamped(top) * size.height + (below > 0 ? NAME_OFF_PX : -NAME_OFF_PX - height),
        width,
        height,
      })));
      const inside = places.filter((one) => one.left >= 0 && one.top >= 0 && one.left + width <= size.width && one.top + height <= size.height);
      const best = inside.find((one) => !taken.some((other) => areOver(one, other))) || inside[0] || places[0];
      node.style.transform = `translate(${best.left - x}px, ${best.top - y}px)`;
      taken.push(best);
    }
  }

  /** The direction in which an object counts that crosses to a side of a line: 1 is to the right of who walks from its first point to its last. */
  directionsOf({ isLine, points }) {
    if (!isLine || points.length < 2) return [];
    const middle = Math.floor((points.length - 1) / 2);
    const [[x, y], [toX, toY]] = points.slice(middle, middle + 2);
    const length = Math.hypot(toX - x, toY - y) || 1;
    return [1, 2].map((direction) => {
      const side = (direction === 1 ? DIRECTION_OFF : -DIRECTION_OFF) / length;
      const node = h('span', { class: 'shape-name direction', title: `direction ${direction}` }, h('span', {}, 'direction '), direction);
      return at(node, [(x + toX) / 2 - (toY - y) * side, (y + toY) / 2 + (toX - x) * side]);
    });
  }

  handle(shape, index) {
    const button = h('button', { type: 'button', class: `handle${shape === this.chosen ? ' chosen' : ''}`, 'aria-label': `Point ${index + 1} of ${shape.name}; move it with the arrow keys` });
    button.addEventListener('pointerdown', (event) => this.pressed(event, shape, index));
    button.addEventListener('keydown', (event) => this.key(event, shape, index));
    return at(button, shape.points[index]);
  }

  pressed(event, shape, index) {
    event.stopPropagation();
    if (this.pending) {
      if (shape !== this.pending) this.addPoint(event); // a new shape may begin where another one has a point
      else if (index === 0) this.finish();
      return;
    }
    event.preventDefault();
    this.choose(shape);
    this.focusPoint(shape, index); // the arrow keys move what was clicked
    const move = (moved) => {
      shape.points[index] = this.place(moved);
      this.draw();
      this.focusPoint(shape, index);
    };
    const up = () => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', up);
      this.dispatchEvent(new Event('change'));
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', up);
  }

  key(event, shape, index) {
    const step = event.shiftKey ? BIG_STEP : STEP;
    const [dx, dy] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key] || [0, 0];
    if (!dx && !dy) return;
    event.preventDefault();
    const [x, y] = shape.points[index];
    shape.points[index] = [rounded(clamped(x + dx)), rounded(clamped(y + dy))];
    this.chosen = shape;
    this.draw();
    this.focusPoint(shape, index);
    this.dispatchEvent(new Event('change'));
  }
}

const areOver = (one, other) => one.left < other.left + other.width && other.left < one.left + one.width && one.top < other.top + other.height && other.top < one.top + one.height;

/** True when no part of a shape can be in the image: all its points are beyond one side of it. */
export function isOutside({ points }) {
  const all = (test) => points.length > 0 && points.every(test);
  return all(([x]) => x < 0) || all(([x]) => x > 1) || all(([, y]) => y < 0) || all(([, y]) => y > 1);
}

/** Puts a node at a point; at the edge of the image where the point is outside, so that it can be dragged in. */
function at(node, [x, y]) {
  node.style.left = `${clamped(x) * 100}%`;
  node.style.top = `${clamped(y) * 100}%`;
  return node;
}

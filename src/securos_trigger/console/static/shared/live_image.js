/** The live image of a pipeline with what the nodes saw on it. Asked for only while a person can see it. */

import { getSoon } from './api.js';
import { h, svg, unturned } from './dom.js';
import { apart } from './label_places.js';
import { nameInPath } from './name_in_path.js';
import { keep, kept } from './tab_store.js';
import { moment } from './texts.js';

const EVERY_MS = 500;
const AGAIN_MS = 3000; // after a refusal
const AT_ONCE = 2; // images of a page: the other connections of the browser are for what a person clicks
const STARTS_AGAIN = 'It starts again, with what is saved.';
const RATIOS = 'ratios of images'; // width by height of each pipeline: a new page gives its image the right room at once
const STILL_MS = 10000; // an image that has not changed for this long is said to stand still, where the service does not say how slow its source is
const IMAGE_WITHIN_MS = 10000;

let asking = 0;
const queue = [];
let last = null; // of the live image that ended last: its `pipeline`, `image` and `frame`, and since when there is no newer one (`sinceMs`); null: it had none

/** Calls `ask` when it is its turn among the images of the page. */
async function inTurn(ask) {
  if (asking >= AT_ONCE) await new Promise((resolve) => queue.push(resolve));
  else asking += 1;
  try {
    return await ask();
  } finally {
    if (queue.length) queue.shift()();
    else asking -= 1;
  }
}

export class LiveImage {
  /** `hasShapes` false: lines and zones are left out, the page draws them. `onFrame(frame, isOld)` gets each frame, `onNone(text)` why there is none. */
  constructor(pipeline, { width = 640, hasShapes = true, onFrame = null, onNone = null } = {}) {
    this.pipeline = pipeline;
    this.width = width;
    this.hasShapes = hasShapes;
    this.onFrame = onFrame;
    this.onNone = onNone;
    this.isSeen = false;
    this.isOver = false;
    this.isShown = false; // an image that it has got itself
    this.hasImage = false; // that one, or the last one of the page
    this.isOld = false; // it is said since when there is no new one
    this.newestShown = null;
    this.image = h('img', { alt: `Live image of ${pipeline}`, hidden: true });
    this.overlay = svg('svg', { class: 'overlay', viewBox: '0 0 1 1', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    this.labels = h('div', { class: 'labels', 'aria-hidden': 'true' });
    this.note = h('p', { class: 'no-image' }, 'Waiting for an image …');
    this.frame = h('div', { class: 'frame' }, this.image, this.overlay, this.labels);
    this.node = h('div', { class: 'live-image' }, this.frame, this.note);
    this.ratio = kept(RATIOS)?.[pipeline];
    if (this.ratio) this.frame.style.setProperty('--ratio', this.ratio);
    this.wake = () => {};
    this.watch = new IntersectionObserver((entries) => this.seen(entries.at(-1).isIntersecting));
    this.watch.observe(this.node);
    this.listening = new AbortController();
    this.showLast();
    document.addEventListener('visibilitychange', () => this.wake(), { signal: this.listening.signal });
    this.run();
  }

  /** The last image of this pipeline, grey, until a new one comes: a save may start the pipeline again. */
  showLast() {
    if (last?.pipeline !== this.pipeline) return;
    this.newestShown = last; // until it has got one itself
    const { image, frame, sinceMs } = last;
    this.putImage(image);
    this.draw(frame);
    this.age(sinceMs, frame);
    this.node.classList.add('is-still');
  }

  /** Stops asking. The page keeps its image for the next one, which may be of the same pipeline. */
  end() {
    this.isOver = true;
    last = this.newestShown;
    clearTimeout(this.aging);
    this.watch.disconnect();
    this.listening.abort();
    this.wake();
  }

  seen(isSeen) {
    this.isSeen = isSeen;
    if (isSeen) this.wake();
  }

  async run() {
    while (!this.isOver) {
      if (this.isSeen && !document.hidden) {
        const pause = await this.look();
        await new Promise((resolve) => setTimeout(resolve, pause));
      } else {
        await new Promise((resolve) => (this.wake = resolve)); // one of very many costs nothing while it is not seen
      }
    }
  }

  /** Gets one frame; gives the pause before the next one. */
  async look() {
    try {
      const { frame, image } = await inTurn(() => this.newest());
      if (this.isOver) return EVERY_MS;
      if (frame.number === null || frame.number === undefined) return this.waitForFirst();
      if (frame.number !== this.number) {
        if (image) this.showImage(image, frame);
        else this.sayNone('Messages only: no image.');
        this.node.classList.toggle('has-none', !frame.has_image);
        this.number = frame.number;
        this.draw(frame);
      }
      if (this.onFrame) this.onFrame(frame, this.isOld);
      return EVERY_MS;
    } catch (refusal) {
      this.node.classList.toggle('is-still', this.hasImage); // what is shown is not of now
      return this.sayNone((refusal.message || 'The image cannot be shown.').replace(/^(The service does not answer): .*/s, '$1.')); // why, the head of the page says;
    }
  }

  /** A pipeline that has just been started has no frame yet: what it showed before stays, and gets old. */
  waitForFirst() {
    this.number = null;
    if (!this.hasImage) return this.sayNone('Nothing has come yet.');
    if (!this.isOld) this.sayNone(STARTS_AGAIN); // then it is said since when
    this.node.classList.add('is-still');
    return EVERY_MS;
  }

  /** From `sinceMs` on the image of a frame gets old, whether the console answers or not: that of a slow source later. */
  age(sinceMs, { silent_after_s: silentAfterS }) {
    clearTimeout(this.aging);
    this.isOld = false;
    this.node.classList.remove('is-still');
    const grow = () => {
      this.isOld = true;
      this.node.classList.add('is-still');
      this.sayNone(`No new frame since ${moment(this.lostSince || sinceMs)}.`);
    };
    this.grow = grow;
    const leftMs = sinceMs + (silentAfterS ? silentAfterS * 1000 : STILL_MS) - Date.now();
    if (leftMs > 0) this.aging = setTimeout(grow, leftMs);
    else grow();
  }

  /** The source is lost since this instant (null: it is not): what stands beside the image says so, and the image the same. */
  lost(since) {
    if (since === (this.lostSince || null)) return;
    this.lostSince = since;
    if (this.node.classList.contains('is-still')) this.grow();
  }

  sayNone(text) {
    if (this.onNone) this.onNone(text);
    this.note.textContent = unturned(text);
    this.note.hidden = false;
    return AGAIN_MS;
  }

  /** The newest frame, and its image unless it is shown already. An image that is not kept any more is asked for with its frame again. */
  async newest(isAgain = false) {
    const frame = await getSoon(`pipelines/${nameInPath(this.pipeline)}/frame?width=${this.width}`);
    if (!frame.has_image || frame.number === this.number) return { frame, image: null };
    const image = h('img', { alt: this.image.alt, src: `/api/pipelines/${nameInPath(this.pipeline)}/image.jpg?width=${this.width}&number=${frame.number}` });
    try {
      await Promise.race([image.decode(), tooLate()]);
    } catch (error) {
      if (isAgain) throw new Error('The image cannot be loaded.');
      return this.newest(true);
    }
    return { frame, image };
  }

  /**
   * Puts an image in the place of the one before it, in the same moment as what is drawn over it. The first one may be
   * old: its frame says when it was read. Later ones have come just now, whatever the clocks of the two machines say.
   */
  showImage(image, frame) {
    const { read_at: readAt } = frame;
    const sinceMs = this.isShown || !readAt ? Date.now() : Math.min(Date.now(), new Date(readAt).getTime());
    this.putImage(image);
    this.note.hidden = true;
    this.age(sinceMs, frame);
    this.isShown = true;
    this.newestShown = { pipeline: this.pipeline, image, frame, sinceMs };
  }

  putImage(image) {
    this.image.replaceWith(image);
    this.image = image;
    this.hasImage = true;
    const ratio = image.naturalWidth / image.naturalHeight;
    if (ratio === this.ratio) return;
    this.ratio = ratio;
    this.frame.style.setProperty('--ratio', ratio);
    keep(RATIOS, { ...kept(RATIOS), [this.pipeline]: ratio });
  }

  draw(frame) {
    this.frame.dataset.number = frame.number;
    const [zones, lines] = this.hasShapes ? [frame.zones, frame.lines] : [[], []];
    const shapes = [
      ...zones.map(({ points }) => svg('polygon', { class: 'zone', points: points.join(' ') })),
      ...lines.map(({ points }) => svg('polyline', { class: 'line', points: points.join(' ') })),
      ...frame.objects.map(({ left, top, width, height }) => svg('rect', { class: 'object', x: left, y: top, width, height })),
    ];
    this.overlay.replaceChildren(...shapes);
    this.labels.replaceChildren(
      ...[...zones, ...lines].map(({ name, points }) => label('shape', name, points[0][0], points[0][1])),
      ...frame.objects.map((one) => label('object', [one.label, one.id].filter((text) => text !== null && text !== '').join(' '), one.left, one.top)),
    );
    this.placeLabels();
  }

  /** Moves labels apart that would cover one another: what they say can be read. */
  placeLabels() {
    const room = { width: this.frame.clientWidth, height: this.frame.clientHeight };
    const nodes = [...this.labels.children].filter((node) => node.offsetWidth);
    if (!room.width || !room.height) return;
    const boxes = nodes.map((node) => ({ left: node.offsetLeft, top: node.offsetTop, width: node.offsetWidth, height: node.offsetHeight }));
    apart(boxes, room).forEach(({ left, top }, place) => {
      nodes[place].style.left = `${(100 * left) / room.width}%`;
      nodes[place].style.top = `${(100 * top) / room.height}%`;
    });
  }
}

/** Rejects when an image has taken too long: a connection that is cut without a word gives no error. */
const tooLate = () => new Promise((_, reject) => setTimeout(() => reject(new Error('The image does not come.')), IMAGE_WITHIN_MS));

function label(kind, text, left, top) {
  const node = h('span', { class: kind }, text);
  node.style.left = `${left * 100}%`;
  node.style.top = kind === 'object' ? `calc(${top * 100}% - 15px)` : `${top * 100}%`; // above its box
  return node;
}

/** Boxes over an image, as fractions; `color` is `R,G,B` or empty. */
export function boxOverlay(boxes, color) {
  const rects = boxes.map(({ left, top, width, height }) => {
    const rect = svg('rect', { class: 'object sent', x: left, y: top, width, height });
    if (color) rect.style.stroke = `rgb(${color})`;
    return rect;
  });
  return svg('svg', { class: 'overlay', viewBox: '0 0 1 1', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, rects);
}

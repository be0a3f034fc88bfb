/** The tile of each camera: image, boxes, REC light, subtitle, and the operator's record button. */

import { Player } from './player.js';
import { clockText, made, post, spanText } from './texts.js';

const BOXES_SHOWN_S = 2; // over a live image: the people in them walk on
const element = (id) => document.getElementById(id);

class Tile {
  constructor(camera) {
    this.camera = camera;
    this.boxesUntilS = 0;
    this.node = element('camera').content.firstElementChild.cloneNode(true);
    this.part = (selector) => this.node.querySelector(selector);
    this.part('h2').textContent = this.part('h2').title = camera.name;
    this.part('.id').textContent = `id ${camera.id}`;
    this.image = this.part('img');
    this.image.alt = `What ${camera.name} sees`;
    this.image.addEventListener('load', () => this.imageLoaded());
    this.image.addEventListener('error', () => (this.isLoading = false));
    this.player = new Player(this);
    this.part('.operate').addEventListener('click', () => this.operate());
    this.part('.recorded').addEventListener('click', () => this.player.playNewest());
  }

  get hasImages() {
    return !this.image.hidden;
  }

  /** Shows the live image, unless a recording is played or the image before is still being loaded. */
  showLive(atS) {
    if (this.player.isPlaying) return;
    if (atS === null) this.showNone();
    if (atS === null || this.isLoading) return;
    this.show(`/api/image?camera=${encodeURIComponent(this.camera.id)}&n=${atS}`);
  }

  /** Nothing is shown of the camera: the boxes of its events stand on no video of another one. */
  showNone() {
    this.isLoading = false;
    this.image.removeAttribute('src');
    this.image.hidden = true;
    this.node.classList.remove('with-image');
    this.part('.frame').removeAttribute('style');
    this.update(this.camera);
  }

  show(address) {
    this.isLoading = true;
    this.image.src = address;
  }

  imageLoaded() {
    this.isLoading = false;
    if (this.image.hidden) {
      this.image.hidden = false;
      this.node.classList.add('with-image');
      element('entries').classList.add('with-images');
      this.update(this.camera);
    }
    this.fit();
  }

  /** Lays the frame of the boxes exactly over the image, whatever its aspect is. */
  fit() {
    const { naturalWidth, naturalHeight } = this.image;
    if (!naturalWidth) return;
    const place = this.part('.image').getBoundingClientRect();
    const scale = Math.min(place.width / naturalWidth, place.height / naturalHeight);
    Object.assign(this.part('.frame').style, {
      width: `${naturalWidth * scale}px`,
      height: `${naturalHeight * scale}px`,
    });
  }

  /** The operator's own button: starts a recording by hand, or ends the one that runs, whoever started it. */
  operate() {
    return post('/api/operator', { camera: this.camera.id, action: this.camera.recording ? 'REC_STOP' : 'REC' });
  }

  update(camera) {
    if (camera.events !== this.camera.events) this.boxesUntilS = Date.now() / 1000 + BOXES_SHOWN_S;
    this.camera = camera;
    this.node.classList.toggle('recording', camera.recording);
    const button = this.part('.operate');
    button.textContent = camera.recording ? 'Stop' : 'Record';
    button.setAttribute('aria-label', `${button.textContent} ${camera.name} by hand`);
    this.part('.recorded').setAttribute('aria-label', `Play the newest recording of ${camera.name}`);
    this.part('.recorded').hidden = !this.hasImages || (!camera.recording && !camera.rec_calls);
    this.part('.events').textContent = camera.events === 1 ? '1 event' : `${camera.events} events`;
    // Only the text of the paragraphs is taken over: nothing of a subtitle may act in this page.
    const parsed = new DOMParser().parseFromString((camera.subtitle || '').replace(/<p [^>]*>/g, '<p>'), 'text/html');
    const lines = Array.from(parsed.querySelectorAll('p'), (line) => made('p', '', line.textContent));
    this.part('.subtitle').replaceChildren(...lines);
    this.showTime(Date.now() / 1000);
  }

  showBoxes() {
    if (this.player.isPlaying) return;
    const areCurrent = !this.hasImages || (!this.camera.is_late && Date.now() / 1000 < this.boxesUntilS);
    this.drawBoxes(areCurrent ? this.camera.boxes : [], this.camera.live_boxes);
  }

  drawBoxes(boxes, liveBoxes = []) {
    const nodes = [...boxes.map((box) => boxNode(box, '')), ...liveBoxes.map((box) => boxNode(box, 'live'))];
    this.part('.boxes').replaceChildren(...nodes);
  }

  showTime(nowS) {
    this.part('.stamp').textContent = this.player.isPlaying ? `Recording ${clockText(this.player.atS)}` : clockText(nowS);
    if (this.camera.recording) this.part('.rec').textContent = `REC ${spanText(nowS - this.camera.since_s)}`;
    this.showBoxes();
  }

  alarm() {
    this.node.classList.add('alarm');
    setTimeout(() => this.node.classList.remove('alarm'), 900);
  }
}

function boxNode({ left, top, width, height, color }, name) {
  const node = made('i', name, '');
  Object.assign(node.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
  if (color) node.style.borderColor = `rgb(${color.join(',')})`;
  return node;
}

export const tiles = new Map(); // camera id -> Tile

export function showCamera(camera) {
  if (!tiles.has(camera.id)) {
    const tile = new Tile(camera);
    element('cameras').append(tile.node);
    tiles.set(camera.id, tile);
    tile.showLive(0);
    arrange();
  }
  tiles.get(camera.id).update(camera);
}

const CAPTION_PX = 46; // below the image of a tile, and the border of the tile
const GAP_PX = 12;
const SMALLEST_TILE_PX = 160;
const LOG_BESIDE_PX = 380;
const LOG_BELOW_PX = 240;

/** The columns with which `count` tiles fit into a place and are as large as can be. */
function bestGrid(count, width, height) {
  let best = { columns: 1, tile: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const wide = (width - GAP_PX * (columns - 1)) / columns;
    const high = ((height - GAP_PX * (rows - 1)) / rows - CAPTION_PX) * (16 / 9);
    const tile = Math.floor(Math.min(wide, high));
    if (tile > best.tile) best = { columns, tile };
  }
  return best;
}

/** Puts the log beside the tiles or below them, whichever leaves the larger tiles. */
export function arrange() {
  const main = document.querySelector('main');
  const place = element('cameras');
  const count = tiles.size;
  const isNarrow = window.matchMedia('(max-width: 900px)').matches;
  const style = getComputedStyle(main);
  const width = main.clientWidth - parseFloat(style.paddingLeft) * 2;
  const height = main.clientHeight - parseFloat(style.paddingTop) * 2 - 2; // a pixel above and below for the border of a tile in alarm
  let best;
  let isBelow = false;
  if (isNarrow) {
    const columns = count > 2 ? 2 : 1;
    best = { columns, tile: Math.floor((width - GAP_PX * (columns - 1)) / columns) };
  } else {
    const beside = bestGrid(count, width - LOG_BESIDE_PX - GAP_PX, height);
    const below = bestGrid(count, width, height - LOG_BELOW_PX - GAP_PX);
    isBelow = below.tile > beside.tile;
    best = isBelow ? below : beside;
    if (best.tile < SMALLEST_TILE_PX) {
      const room = width - LOG_BESIDE_PX - GAP_PX;
      const columns = Math.max(1, Math.floor((room + GAP_PX) / (SMALLEST_TILE_PX + GAP_PX)));
      best = { columns, tile: Math.floor((room - GAP_PX * (columns - 1)) / columns) };
      isBelow = false;
    }
  }
  main.classList.toggle('log-below', isBelow);
  place.style.setProperty('--columns', best.columns);
  place.style.setProperty('--tile', `${best.tile}px`);
  for (const tile of tiles.values()) tile.fit();
}

/** Plays what the simulator has recorded, in the tile of its camera. */

import { callsOf } from './log.js';
import { clockText, made } from './texts.js';

const STEP_S = 0.2;
const BEFORE_EVENT_S = 2;
const BOXES_SHOWN_S = 1.5;

export class Player {
  constructor(tile) {
    this.tile = tile;
    this.isPlaying = false;
    this.isPaused = false;
    this.atS = 0;
    this.segment = null;
    this.part = (selector) => tile.node.querySelector(`.player ${selector}`);
    this.part('.live').addEventListener('click', () => this.stop());
    this.part('.pause').addEventListener('click', () => this.pause(!this.isPaused));
    this.part('input').addEventListener('input', (input) => this.seek(Number(input.target.value)));
  }

  async segments() {
    return (await fetch(`/api/recording?camera=${encodeURIComponent(this.tile.camera.id)}`)).json();
  }

  /** Plays from shortly before a moment. False: nothing was recorded then. */
  async playFrom(atS) {
    const segments = await this.segments();
    const segment = segments.find(({ from_s: fromS, until_s: untilS }) => fromS <= atS + 1 && atS <= untilS + 1);
    if (!segment) return false;
    this.start(segment, Math.max(segment.from_s, atS - BEFORE_EVENT_S));
    return true;
  }

  async playNewest() {
    const segment = (await this.segments()).pop();
    if (segment) this.start(segment, segment.from_s);
  }

  start(segment, atS) {
    this.segment = segment;
    this.isPlaying = true;
    this.tile.node.classList.add('playing');
    this.tile.node.querySelector('.player').hidden = false;
    Object.assign(this.part('input'), { min: segment.from_s, max: segment.until_s });
    this.mark();
    this.pause(false);
    this.seek(atS);
  }

  /** Marks the events of the camera on the track. */
  mark() {
    const { from_s: fromS, until_s: untilS } = this.segment;
    const within = callsOf(this.tile.camera.id).filter(({ happened_at_s: at }) => fromS <= at && at <= untilS);
    const marks = within.map(({ happened_at_s: at }) => {
      const mark = made('i', '', '');
      mark.style.left = `${((at - fromS) / Math.max(0.1, untilS - fromS)) * 100}%`;
      return mark;
    });
    this.part('.marks').replaceChildren(...marks);
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    this.part('.pause').textContent = isPaused ? 'Play' : 'Pause';
    clearInterval(this.timer);
    if (!isPaused) this.timer = setInterval(() => this.step(), STEP_S * 1000);
  }

  step() {
    if (this.atS >= this.segment.until_s) this.pause(true);
    else this.seek(this.atS + STEP_S);
  }

  seek(atS) {
    this.atS = Math.min(atS, this.segment.until_s);
    this.part('input').value = this.atS;
    this.part('input').setAttribute('aria-valuetext', clockText(this.atS));
    this.part('time').textContent = clockText(this.atS);
    this.tile.show(`/api/image?camera=${encodeURIComponent(this.tile.camera.id)}&at=${this.atS.toFixed(2)}`);
    const event = callsOf(this.tile.camera.id).find(
      ({ happened_at_s: at }) => at <= this.atS + STEP_S / 2 && this.atS <= at + BOXES_SHOWN_S,
    );
    this.tile.drawBoxes(event ? event.boxes : []);
  }

  stop() {
    this.isPlaying = false;
    clearInterval(this.timer);
    this.tile.node.classList.remove('playing');
    this.tile.node.querySelector('.player').hidden = true;
    this.tile.isLoading = false;
    this.tile.showLive(Date.now());
    this.tile.showBoxes();
  }
}

/** Why the events of a node are held back: in the last minute, as far as the page has seen it; else since the start. */

import { number, reasonKind, reasonText } from './texts.js';

const WITHIN_MS = 60_000;

export class HeldBack {
  constructor() {
    this.seen = []; // what was counted, and when: that of a minute ago, and what came since
  }

  /** The words on a node with these counts by reason (null: the service does not say them); empty: it held nothing back. */
  words(decisions, isMuted, nowMs = Date.now()) {
    if (!decisions) {
      this.seen = [];
      return '';
    }
    const before = this.seen.at(-1)?.decisions || {};
    if (Object.entries(before).some(([reason, count]) => (decisions[reason] || 0) < count)) this.seen = []; // it counts from the start again
    if (this.seen.length && nowMs - this.seen.at(-1).atMs > WITHIN_MS) this.seen = []; // nobody looked: what came since is older than a minute, too
    this.seen.push({ decisions, atMs: nowMs });
    while (this.seen.length > 1 && this.seen[1].atMs <= nowMs - WITHIN_MS) this.seen.shift();
    const then = this.seen[0].decisions;
    const lately = most(Object.entries(decisions).map(([reason, count]) => [reason, count - (then[reason] || 0)]));
    if (lately) return ` · held back in the last minute: ${textOf(lately[0], isMuted)}`;
    const ever = most(Object.entries(decisions));
    return ever ? ` · held back ${number(ever[1])}× since the start: ${textOf(ever[0], isMuted)}` : '';
  }
}

const most = (counts) => counts.filter(([reason, count]) => count && reasonKind(reason) === 'held').sort((one, other) => other[1] - one[1])[0];

const textOf = (reason, isMuted) => (reason === 'muted' && !isMuted ? 'it was muted' : reasonText(reason));

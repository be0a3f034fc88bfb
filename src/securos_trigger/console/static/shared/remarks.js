/**
 * What needs a person, and remarks: one line that is always there, and below it all of them on request. What stands below the
 * line stays where it is when a remark comes or goes.
 */

import { h, unturned } from './dom.js';
import { lineOf } from './troubles.js';

export class Remarks {
  constructor() {
    this.count = null; // not known yet
    this.worst = h('span', { class: 'grow' });
    this.more = h('span', { class: 'hint more' });
    this.action = h('span', { class: 'action' });
    this.list = h('div', { class: 'troubles' });
    this.fold = h('details', { hidden: true }, h('summary', {}, this.worst, this.more, this.action), this.list);
    this.none = h('p', { class: 'hint none', hidden: true });
    this.node = h('section', { class: 'remarks', 'aria-label': 'What needs a person, and remarks' }, this.none, this.fold);
    this.fold.addEventListener('toggle', () => this.sayAction());
  }

  /**
   * Shows notices, the worst first; `below` more stand at the cards. What needs a person is open when the page opens; later the
   * line says it. `whyUnknown`: why there may be others; empty: all are known.
   */
  show(all, below, whyUnknown = '') {
    const { kind, text: said, more } = lineOf(all, below);
    const text = !all.length && !below && whyUnknown ? `Remarks are not known: ${whyUnknown}.` : said;
    if (this.count === null || !all.length) this.fold.open = kind === 'bad';
    this.count = all.length;
    this.fold.className = kind;
    for (const [place, own] of [[this.worst, all.length ? unturned(text) : ''], [this.none, all.length ? '' : unturned(text)]]) {
      if (place.textContent !== own) place.textContent = place.title = own;
    }
    if (this.more.textContent !== more) this.more.textContent = more;
    this.none.hidden = all.length > 0;
    this.fold.hidden = !all.length;
    showNotices(this.list, all);
    this.sayAction();
  }

  sayAction() {
    const text = !this.count ? '' : this.fold.open ? 'Hide' : this.count > 1 ? `Show all ${this.count}` : 'Show what helps';
    if (this.action.textContent !== text) this.action.textContent = text;
  }

  /** Goes to the first notice, in the list or at a card. False: there is none. */
  goToFirst() {
    const first = this.list.firstElementChild || this.node.parentElement.querySelector('.notice:not([hidden])');
    if (!first) return false;
    this.fold.open = true;
    first.setAttribute('tabindex', '-1');
    first.focus();
    first.scrollIntoView({ block: 'center' });
    return true;
  }
}

/** Shows notices, whose texts count seconds. Their links, buttons and folds stay the same elements: a click and the focus outlive an update. */
function showNotices(place, next) {
  next.forEach((node, at) => {
    const old = place.children[at];
    if (!old) place.append(node);
    else if (!renewed(old, node) && old.outerHTML !== node.outerHTML) old.replaceWith(node);
  });
  while (place.childElementCount > next.length) place.lastElementChild.remove();
}

/** Gives the notice the parts of the next one, around its ways and its commands where they are the same. False: neither is. */
function renewed(old, next) {
  const stays = new Map(); // the part of the next one -> that which stays for it
  for (const [name, isSame] of [['ways', (one, other) => one.dataset.ways === other.dataset.ways], ['machine', (one, other) => one.textContent === other.textContent]]) {
    const [one, other] = [old, next].map((notice) => notice.querySelector(`:scope > .${name}`));
    if (one && other && isSame(one, other)) stays.set(other, one);
  }
  if (!stays.size) return false;
  old.className = next.className;
  const kept = new Set(stays.values());
  for (const part of [...old.children]) if (!kept.has(part)) part.remove();
  let before = old.firstElementChild;
  for (const part of [...next.children]) {
    if (stays.has(part)) before = stays.get(part).nextElementSibling;
    else old.insertBefore(part, before);
  }
  return true;
}

/** The decisions of one node over the last hour, under its form: as it is saved, not as it is typed. */

import { get, query } from './api.js';
import { h } from './dom.js';
import { axis, entryDetail, lane, legend, oneStopEach, withKeys } from './timeline.js';

const EVERY_MS = 15000;
const HOUR_MS = 3600000;

export class LastHour {
  constructor(pipeline, id) {
    this.address = `${pipeline}/${id}`;
    this.chosen = '';
    this.lanes = h('div', { class: 'lanes' }, h('p', { class: 'hint', role: 'status' }, 'Loading …'));
    this.detail = h('div', { class: 'hour-detail', 'aria-live': 'polite', tabindex: '-1' });
    withKeys(this.lanes, this.detail);
    const more = h('a', { href: `/decisions.html${query({ node: this.address, span: '3600' })}` }, 'All decisions');
    this.node = h('section', { class: 'last-hour', 'aria-label': 'The last hour' }, h('div', { class: 'panel-head' }, h('h3', {}, 'The last hour, as saved'), more), this.lanes, legend(), this.detail);
    this.timer = setInterval(() => document.hidden || this.isLoading || this.load(), EVERY_MS);
    this.load();
  }

  stop() {
    clearInterval(this.timer);
  }

  async load() {
    this.isLoading = true; // an hour of a large ledger may take longer than EVERY_MS
    const to = new Date();
    const from = new Date(to.getTime() - HOUR_MS);
    try {
      const { nodes } = await get(`decisions${query({ node: this.address, from: from.toISOString(), to: to.toISOString() })}`);
      const focused = document.activeElement?.dataset?.key;
      this.lanes.replaceChildren(axis(from, to), ...nodes.map((one) => lane(one, from, to, (address, entry) => this.choose(address, entry), this.chosen)));
      if (!nodes.length) this.lanes.replaceChildren(h('p', { class: 'hint' }, 'No decision in the last hour. The ledger is written while the service runs.'));
      oneStopEach(this.lanes, focused || this.chosen);
      if (focused) this.lanes.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    } catch (refusal) {
      this.lanes.replaceChildren(h('p', { class: 'hint' }, refusal.message));
    }
    this.isLoading = false;
  }

  choose(address, entry) {
    this.chosen = `${address} ${entry.from}`;
    this.detail.replaceChildren(...entryDetail(address, entry));
    for (const button of this.lanes.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.dataset.key === this.chosen));
  }
}

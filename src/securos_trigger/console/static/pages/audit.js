/** The audit log: who changed what, who came and went, and what was refused. */

import { get, query } from '../shared/api.js';
import { empty, h, loading, once, show, tryAgain } from '../shared/dom.js';
import { page } from '../shared/shell.js';
import { clock, counted, day, exact, labelOf } from '../shared/texts.js';
import { sentenceOfChange } from '../shared/undo.js';

const REFUSED = 'refused';
const NOT_KNOWN = 'not known'; // whether it was done: the console ended meanwhile
const SAID_APART = ['changes_count', 'not_in_force'];
const COUNTED = 'attempts'; // more of them in a minute than are listed, done or refused
const KEYS = ['values', 'removes']; // names of settings
const NAMES = { values: 'sets', removes: 'back to the default', cameras: 'camera map' };
const SAID_BY_CHANGES = ['values', 'removes', 'cameras', 'changes', 'changes_count'];

page('audit', async ({ main, can }) => {
  const list = h('ol', { class: 'audit-list' });
  const about = h('span', { class: 'hint' });
  const more = h('button', { type: 'button', hidden: true }, 'Older entries');
  const panel = h('section', { class: 'panel', 'aria-label': 'Entries, newest first' }, h('div', { class: 'panel-head' }, h('h1', {}, 'Audit log'), about), list, more);
  main.append(panel);
  if (!can('configure')) {
    list.replaceWith(empty('The audit log needs the role configure.', 'It names who changed what, and from where.'));
    return;
  }
  let cursor = null;

  async function load() {
    try {
      const found = await get(`audit${query({ cursor })}`);
      if (cursor === null) list.replaceChildren();
      list.append(...found.entries.map((entry) => entryItem(entry, found.config)));
      show(about, `of ${found.config}; an entry about another configuration with the same outbox names it`);
      cursor = found.cursor;
      more.hidden = cursor === null;
      if (!list.childElementCount) list.append(h('li', {}, empty('No entry yet.', 'Log-ins, changes and refusals are listed here.')));
    } catch (refusal) {
      list.replaceChildren(h('li', {}, empty('The audit log cannot be read.', refusal.message, tryAgain())));
    }
  }
  more.addEventListener('click', once(load));
  list.append(h('li', {}, loading()));
  await load();
});

function entryItem({ at, user, role, client, action, subject, details, is_done: isDone, error, config }, configNow) {
  const where = config && config !== configNow ? `configuration ${config}` : '';
  const who = [user || 'unknown', role, client, where].filter(Boolean).join(' · ');
  const { changes = [], changes_count: changesCount = 0, not_in_force: notInForce = '' } = details || {};
  const said = Object.entries(details || {}).filter(([key, value]) => value !== '' && value?.length !== 0 && !(changes.length && SAID_BY_CHANGES.includes(key)) && !SAID_APART.includes(key)).map(([key, value]) => `${NAMES[key] || key.replace(/_/g, ' ')}: ${valueOf(KEYS.includes(key) ? value.map(labelOf) : value)}`).join(' · ');
  return h(
    'li',
    {},
    h('time', { title: exact(at) }, `${day(at)}, ${clock(at)}`),
    h('div', { class: 'grow' }, h('p', {}, h('span', { class: 'strong' }, action), subject ? `${action === REFUSED ? ':' : ''} ${subject}` : ''), h('p', { class: 'hint' }, who), said ? h('p', { class: 'hint' }, said) : null, changes.length ? changeList(changes, changesCount) : null, notInForce ? h('p', { class: 'hint' }, `Saved, not yet in force: ${notInForce}`) : null, error && error !== REFUSED ? h('p', { class: 'hint' }, error) : null),
    isDone || action === COUNTED ? null : h('span', { class: 'tag wait' }, isDone === null ? NOT_KNOWN : REFUSED),
  );
}

/** What a save changed, from what to what. */
function changeList(changes, count) {
  const more = count - changes.length;
  return h('ul', { class: 'hint' }, changes.map(({ setting, before, after }) => h('li', {}, sentenceOfChange({ setting, now: before, then: after }))), more > 0 ? h('li', {}, `and ${counted(more, 'change')} more`) : null);
}

const valueOf = (value) => (Array.isArray(value) ? value.join(', ') : typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value));

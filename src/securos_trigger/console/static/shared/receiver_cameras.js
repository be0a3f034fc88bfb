/** The cameras of a receiver where ids of cameras are typed: a list to choose from, and a word on an id that it does not have. */

import { get, query } from './api.js';
import { h } from './dom.js';

const MOST_SAID = 8; // cameras in a sentence

/** The cameras of a receiver, each with `id` and `name`; null where it does not list them: it may be older, or down. */
export async function receiverCameras(target) {
  try {
    return (await get(`cameras${query({ target })}`)).cameras;
  } catch (refusal) {
    if (refusal.status === undefined) throw refusal;
    return null;
  }
}

/** The ids in a text such as `1, 2`. */
const idsOf = (text) => text.split(/[\s,;]+/).filter(Boolean);

/** The ids in a text that are none of these cameras; none where the cameras are not known, or the text is no list of ids. */
export function unknownIds(text, cameras) {
  const known = new Set((cameras || []).map(({ id }) => id));
  return cameras ? idsOf(text).filter((id) => /^\d+$/.test(id) && !known.has(id)) : [];
}

/** What is to be said of ids that a receiver does not have; empty: nothing. */
export function unknownText(text, cameras) {
  const ids = unknownIds(text, cameras);
  if (!ids.length) return '';
  const has = cameras.slice(0, MOST_SAID).map(({ id, name }) => (name ? `${id} (${name})` : id));
  const more = cameras.length > MOST_SAID ? ` and ${cameras.length - MOST_SAID} more` : '';
  return `The receiver has no camera ${ids.join(', ')}. It has ${has.length ? has.join(', ') + more : 'none'}.`;
}

let count = 0;

/** Offers cameras at a field of ids, also behind a comma, and says below it which id is none of them. Called again: with others. */
export function offerCameras(control, cameras) {
  const note = noteOf(control);
  const list = document.getElementById(control.getAttribute('list')) || h('datalist', { id: `receiver-cameras-${(count += 1)}` });
  if (!list.isConnected) control.after(list);
  control.setAttribute('list', list.id);
  control.setAttribute('autocomplete', 'off');
  control.offered = () => {
    const [, before] = control.value.match(/^(.*[,;]\s*)?/);
    const has = new Set(idsOf(before || ''));
    list.replaceChildren(...(cameras || []).filter(({ id }) => !has.has(id)).map(({ id, name }) => h('option', { value: `${before || ''}${id}` }, name || id)));
    note.textContent = unknownText(control.value, cameras);
    note.hidden = !note.textContent;
  };
  if (!control.isOffering) control.addEventListener('input', () => control.offered());
  control.isOffering = true;
  control.offered();
}

/** Where a word on the ids of a field stands. */
function noteOf(control) {
  const id = `${control.id}-cameras`;
  const known = document.getElementById(id);
  if (known) return known;
  const note = h('p', { class: 'hint wait', id, role: 'status', hidden: true });
  (control.closest('.field') || control.parentElement).append(note);
  return note;
}

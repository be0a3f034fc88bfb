/** The cameras of a receiver where ids of cameras are typed: a list to choose from, and a word on an id that it does not have. */

import { get, post, query } from './api.js';
import { h } from './dom.js';

const MOST_SAID = 8; // cameras in a sentence

/** The cameras of a receiver (`{target}`) or of that of a node (`{node}`), each with `id` and `name`; null where it does not list them: it may be older, or down. */
export async function receiverCameras(wanted) {
  try {
    return (await get(`cameras${query(wanted)}`)).cameras;
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
  if (!control.id) control.id = `cameras-field-${(count += 1)}`;
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

const FIELDS = ['cameras', 'map_ids']; // of a dialog for a new node or pipeline

/** Offers the cameras of the receiver that is chosen in a dialog, if it is known, at each field of ids that a person comes to. */
export function offerInDialog(form) {
  let asked = { of: '', cameras: null };
  form.addEventListener('focusin', async ({ target }) => {
    const node = form.elements.receiver_of?.value;
    if (!node || !FIELDS.includes(target.name)) return;
    if (asked.of !== node) asked = { of: node, cameras: receiverCameras({ node }) };
    const { cameras } = asked;
    const found = await cameras;
    if (asked.of === node) offerCameras(target, found);
  });
}

/**
 * Looks before a new node or pipeline is made whether its receiver has the cameras, and takes the password; gives what is doubtful about
 * that. Error: the receiver is not the one whose certificate was compared.
 */
export async function questionCameras(form) {
  const value = (name) => (form.elements[name]?.value ?? '').trim();
  const fields = [...form.querySelectorAll('[name="cameras"], [name="map_ids"]')];
  const state = JSON.stringify([...['receiver_of', 'host', 'port', 'password'].map(value), ...fields.map((one) => one.value)]);
  if (form.questioned === state || form.querySelector('.certificate .error')) return []; // asked already, or a receiver that does not answer
  form.questioned = state;
  const { cameras, doubt } = await chosenCameras(form, value);
  if (doubt) return [doubt];
  for (const one of fields) offerCameras(one, cameras);
  const unknown = unknownText(fields.map((one) => one.value).join(','), cameras);
  const wrong = fields.find((one) => unknownIds(one.value, cameras).length);
  return unknown ? [{ name: fields.length > 1 ? '' : wrong.name, what: unknown }] : []; // of a map: its rows say which
}

/** The cameras of the receiver that is chosen or typed in a dialog (null: they are not known), or what is doubtful about a new one. */
async function chosenCameras(form, value) {
  const node = value('receiver_of');
  if (node) return { cameras: await receiverCameras({ node }) };
  const sha256 = form.querySelector('[id="pin-certificate"]');
  const fingerprint = sha256 && (sha256.type === 'radio' || sha256.checked) ? sha256.value : ''; // the one that was seen
  try {
    return await post('targets/cameras', { host: value('host'), port: value('port'), password: form.elements.password.value, fingerprint });
  } catch (refusal) {
    if (refusal.body?.argument === 'fingerprint') {
      form.questioned = '';
      form.querySelector('.certificate [role=status]').replaceChildren(); // what was compared is not what the server shows
      throw new Error(`Nothing was done: ${refusal.message}`);
    }
    if (refusal.status !== 409) throw refusal;
    return { doubt: { name: /password/.test(refusal.message) ? 'password' : '', what: refusal.message } };
  }
}

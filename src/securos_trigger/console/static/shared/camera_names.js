/** Asks the receivers for the names of their cameras, so that pages say more than an id. Asked again after a while only. */

import { get, query } from './api.js';
import { keep, kept } from './tab_store.js';
import { h } from './dom.js';
import { camerasText, cameraNames } from './texts.js';

const KEPT_MS = 600_000;
const MOST_RECEIVERS = 20;
const KEY = 'names of cameras';

/** Learns the names, and says with `learned()` that there are some. A receiver that does not answer has none. */
export async function learnCameraNames(targets, learned = () => {}) {
  const wanted = targets.map(({ target }) => target).slice(0, MOST_RECEIVERS);
  const known = kept(KEY) || {};
  const isNew = (target) => !known[target] || Date.now() - known[target].at > KEPT_MS;
  await Promise.all(wanted.filter(isNew).map(async (target) => (known[target] = { at: Date.now(), cameras: await camerasOf(target) })));
  keep(KEY, known);
  for (const target of wanted) {
    for (const { id, name } of known[target].cameras) cameraNames.set(id, (cameraNames.get(id) ?? name) === name ? name : '');
  }
  for (const node of document.querySelectorAll('[data-cameras]')) node.textContent = camerasText(JSON.parse(node.dataset.cameras));
  if (cameraNames.size) learned();
}

/** The cameras of an event in an element that shows their names as soon as they are known. */
export const camerasLabel = (ids) => h('span', { 'data-cameras': JSON.stringify(ids) }, camerasText(ids));

/** The cameras of a receiver; none where it does not list them: it may be older, or down, which its own line says. */
async function camerasOf(target) {
  try {
    return (await get(`cameras${query({ target })}`)).cameras;
  } catch (refusal) {
    if (refusal.status === undefined) throw refusal;
    return [];
  }
}

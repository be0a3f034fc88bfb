/** Asks the receivers for the names of their cameras, so that pages say more than an id. Asked again after a while only. */

import { h, unturned } from './dom.js';
import { receiverCameras } from './receiver_cameras.js';
import { keep, kept } from './tab_store.js';
import { cameraNames, camerasText, cameraText, isDamaged } from './texts.js';

const KEPT_MS = 600_000;
const AGAIN_MS = 30_000; // of a receiver that has named none: it may be down, and come back
const MOST_RECEIVERS = 20;
const ASKED_AT_ONCE = 2; // one that hangs holds a connection, and a browser has six for a site
const KEY = 'names of cameras';

let isAsking = false;

/** The cameras of a row of the outbox. Of a damaged one it may not be known. */
export const camerasOfEvent = (event) => (isDamaged(event) && !event.camera_ids.length ? h('span', {}, 'cameras not known') : camerasLabel(event.camera_ids));

/** The cameras of an event or a node, one camera, or a choice of one, as an element that takes the names as soon as they are known. */
export const camerasLabel = (ids) => h('span', { 'data-cameras': JSON.stringify(ids) }, camerasText(ids));
export const cameraLabel = (id) => h('span', { 'data-camera': id }, cameraText(id));
export const cameraOption = (id) => h('option', { value: id, 'data-camera': id }, cameraText(id));

/** Learns the names from now on, with each overview; those that this tab knows at once. */
export function learnCameraNames(live) {
  const known = kept(KEY) || {};
  show(Object.keys(known), known);
  const learn = async ({ targets }) => {
    const wanted = targets.map(({ target }) => target).slice(0, MOST_RECEIVERS);
    show(wanted, known);
    const isOld = (target) => !known[target] || Date.now() - known[target].at > (known[target].cameras.length ? KEPT_MS : AGAIN_MS);
    if (isAsking || !wanted.some(isOld)) return;
    isAsking = true;
    const left = wanted.filter(isOld);
    const askNext = async () => {
      for (let target = left.shift(); target; target = left.shift()) {
        const cameras = (await receiverCameras({ target })) || [];
        known[target] = { at: Date.now(), cameras: cameras.length ? cameras : known[target]?.cameras || [] }; // a receiver that is down keeps its names
        keep(KEY, known);
        show(wanted, known);
      }
    };
    try {
      await Promise.all(Array.from({ length: ASKED_AT_ONCE }, askNext));
    } finally {
      isAsking = false;
    }
  };
  live.on('overview', learn);
}

/** Shows names in all that is drawn already; an id that two receivers call differently has none. */
function show(targets, known) {
  const names = new Map();
  for (const target of targets) {
    for (const { id, name } of known[target]?.cameras || []) names.set(id, (names.get(id) ?? name) === name ? name : '');
  }
  if (JSON.stringify([...names]) === JSON.stringify([...cameraNames])) return;
  cameraNames.clear();
  for (const [id, name] of names) cameraNames.set(id, name);
  for (const place of document.querySelectorAll('[data-cameras]')) place.textContent = unturned(camerasText(JSON.parse(place.dataset.cameras)));
  for (const place of document.querySelectorAll('[data-camera]')) place.textContent = unturned(cameraText(place.dataset.camera));
}

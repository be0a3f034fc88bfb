/** A choice of one of the cameras in SecurOS that nodes send to. */

import { h } from './dom.js';
import { cameraText } from './texts.js';

const BY_NUMBER = new Intl.Collator('en', { numeric: true });

/** Offers the cameras that the nodes send to. */
export function showCameras(choice, nodes) {
  const ids = [...new Set(nodes.flatMap((one) => one.camera_ids))];
  const texts = ids.map(cameraText).join();
  if (texts === choice.dataset.texts) return; // it is called each second
  choice.dataset.texts = texts;
  ids.sort(BY_NUMBER.compare);
  const chosen = choice.value;
  choice.replaceChildren(h('option', { value: '' }, 'every camera'), ...ids.map((id) => h('option', { value: id }, cameraText(id))));
  choice.value = ids.includes(chosen) ? chosen : '';
}

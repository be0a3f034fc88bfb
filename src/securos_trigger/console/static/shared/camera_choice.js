/** A choice of one of the cameras in SecurOS that nodes send to. */

import { h } from './dom.js';
import { cameraOption } from './camera_names.js';

const BY_NUMBER = new Intl.Collator('en', { numeric: true });

/** Offers the cameras that the nodes send to. */
export function showCameras(choice, nodes) {
  const ids = [...new Set(nodes.flatMap((one) => one.camera_ids))];
  const named = ids.join();
  if (named === choice.dataset.ids) return; // it is called each second
  choice.dataset.ids = named;
  ids.sort(BY_NUMBER.compare);
  const chosen = choice.value;
  choice.replaceChildren(h('option', { value: '' }, 'every camera'), ...ids.map(cameraOption));
  choice.value = ids.includes(chosen) ? chosen : '';
}

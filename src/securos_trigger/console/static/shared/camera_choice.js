/** A choice of one of the cameras in SecurOS that nodes send to. */

import { h } from './dom.js';

/** Offers the cameras that the nodes send to. */
export function showCameras(choice, nodes) {
  const ids = [...new Set(nodes.flatMap((one) => one.camera_ids))].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
  if (ids.join() === [...choice.options].slice(1).map(({ value }) => value).join()) return;
  const chosen = choice.value;
  choice.replaceChildren(h('option', { value: '' }, 'every camera'), ...ids.map((id) => h('option', { value: id }, id)));
  choice.value = ids.includes(chosen) ? chosen : '';
}

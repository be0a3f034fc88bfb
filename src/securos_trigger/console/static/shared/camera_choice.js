/** A choice of one of the cameras in SecurOS that nodes send to. */

import { h } from './dom.js';
import { cameraText } from './texts.js';

/** Offers the cameras that the nodes send to. */
export function showCameras(choice, nodes) {
  const ids = [...new Set(nodes.flatMap((one) => one.camera_ids))].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
  if (ids.map(cameraText).join() === [...choice.options].slice(1).map(({ text }) => text).join()) return;
  const chosen = choice.value;
  choice.replaceChildren(h('option', { value: '' }, 'every camera'), ...ids.map((id) => h('option', { value: id }, cameraText(id))));
  choice.value = ids.includes(chosen) ? chosen : '';
}

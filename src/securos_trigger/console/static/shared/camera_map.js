/** The camera map of an input: which cameras in SecurOS a camera of the source is. */

import { h } from './dom.js';

export class CameraMap {
  /** `cameras`: ids in SecurOS as one text, by the source's name of a camera. `changed()` is called with each input. */
  constructor(cameras, changed, { isDisabled = false } = {}) {
    this.changed = changed;
    this.isDisabled = isDisabled;
    this.rows = h('div', { class: 'camera-rows' });
    const add = isDisabled ? '' : h('button', { type: 'button', class: 'plain', 'data-adds': 'map_name', onclick: () => this.add('', '', true) }, 'Add a camera');
    const help = 'What the source calls a camera, and its id in SecurOS, such as 1 or 2,3. The name * stands for all others; without it, messages of a camera that is not here are only counted.';
    this.node = h('fieldset', { class: 'camera-map' }, h('legend', {}, 'Cameras'), h('p', { class: 'hint' }, help), this.rows, add);
    const entries = Object.entries(cameras);
    for (const [name, ids] of entries.length ? entries : [['', '']]) this.add(name, ids);
  }

  add(name, ids, isNew = false) {
    const input = (key, label, placeholder, value) => h('input', { name: key, 'aria-label': label, placeholder, value, spellcheck: 'false', autocapitalize: 'none', disabled: this.isDisabled, oninput: () => this.changed() });
    const source = input('map_name', 'Name at the source', 'gate', name);
    const remove = this.isDisabled ? '' : h('button', { type: 'button', class: 'plain', 'aria-label': `Remove the camera ${name}`, onclick: () => this.remove(row) }, 'Remove');
    const row = h('div', { class: 'camera-row' }, source, input('map_ids', 'Cameras in SecurOS', '1', ids), remove);
    this.rows.append(row);
    if (isNew) source.focus();
  }

  remove(row) {
    row.remove();
    this.changed();
  }

  /** The map as it is typed, without empty rows. */
  read() {
    const texts = (key) => [...this.rows.querySelectorAll(`[name="${key}"]`)].map((input) => input.value);
    return cameraMap(texts('map_name'), texts('map_ids'));
  }
}

/** A camera map of the texts in its two columns, without empty rows. */
export function cameraMap(names, ids) {
  const rows = names.map((name, number) => [name.trim(), ids[number].trim()]);
  return Object.fromEntries(rows.filter(([name, id]) => name || id));
}

/** A field for a time, typed as the pages print it whatever the language of the browser, with what is wrong beside it. */

import { h } from './dom.js';
import { localTime, notTyped, typedInstant } from './typed_time.js';

/** Of the field that asks why a node did not fire. */
export const ASKED_AT = { placeholder: '14:03', 'aria-label': 'Time, such as 14:03 or 14:03:07' };

export class TimeField {
  /** `attributes` are of the input. `isInstant`: the text becomes the whole time that is meant; else it stays as it was typed. */
  constructor({ isInstant = true, ...attributes }) {
    this.input = h('input', { autocomplete: 'off', spellcheck: 'false', placeholder: '14:03', size: '19', ...attributes });
    this.error = h('p', { class: 'error', role: 'alert', id: `${attributes.name}-error` });
    this.at = null; // what is meant; null: nothing is typed. A text that cannot be read leaves it
    this.isInstant = isInstant;
    this.input.addEventListener('input', () => this.take());
    this.input.addEventListener('change', () => this.check());
  }

  /** Takes what is typed so far, if it can be read. */
  take() {
    const typed = this.input.value.trim();
    const at = typed ? typedInstant(typed) : null;
    if (typed && !at) return false;
    this.at = at;
    this.say('');
    return true;
  }

  /** True for a text that can be read, or none; else says beside the field what to type. */
  check() {
    if (!this.take()) this.say(notTyped(this.input.value));
    else if (this.isInstant) this.set(this.at);
    return !this.error.textContent;
  }

  set(at) {
    this.at = at;
    this.input.value = at ? localTime(at) : '';
    this.say('');
  }

  say(text) {
    this.error.textContent = text;
    for (const [name, value] of [['aria-invalid', 'true'], ['aria-describedby', this.error.id]]) {
      if (text) this.input.setAttribute(name, value);
      else this.input.removeAttribute(name);
    }
  }
}

/** The editor of a condition: completion from metadata really seen, the caret of an error, and the truth live. */

import { clauseList } from './clauses.js';
import { h, unturned } from './dom.js';
import { moment, valueText } from './texts.js';

const SHOWN_LIMIT = 8;
const KNOWN_MS = 4000; // what was said is of now for this long
const WORD = /[\w.*"-]+$/;

export class TriggerEditor {
  /** `paths()` gives `[{path, type, example}]` of metadata that was seen. */
  constructor(value, id, paths) {
    this.paths = paths;
    this.control = h('textarea', { id, rows: '3', class: 'code', spellcheck: 'false', autocapitalize: 'none', value: value ?? '', 'aria-autocomplete': 'list', 'aria-controls': `${id}-options` });
    this.options = h('ul', { id: `${id}-options`, class: 'options', role: 'listbox', 'aria-label': 'Metadata seen', hidden: true });
    this.caret = h('pre', { class: 'caret', hidden: true, 'aria-hidden': 'true' });
    this.verdict = h('p', { class: 'truth-line', role: 'status' });
    this.clauses = h('div');
    this.node = h('div', { class: 'custom trigger-editor' }, h('div', { class: 'with-options' }, this.control, this.options), this.caret, this.verdict, this.clauses);
    this.chosen = -1;
    this.saved = value ?? '';
    this.seen = { text: null, frame: null, looks: 0, trues: 0 }; // frames on which this text was tried
    this.control.addEventListener('input', () => this.complete());
    this.control.addEventListener('click', () => this.close());
    this.control.addEventListener('blur', () => setTimeout(() => this.close(), 150));
    this.control.addEventListener('keydown', (event) => this.key(event));
  }

  read() {
    return this.control.value.trim() ? this.control.value : undefined;
  }

  word() {
    const before = this.control.value.slice(0, this.control.selectionStart);
    return (before.match(WORD) || [''])[0];
  }

  /** Lists the paths that fit the word before the caret: those that begin with it first. */
  complete() {
    const word = this.word().toLowerCase();
    if (!word || /^\d/.test(word)) return this.close(); // a number is no path
    const fitting = this.paths().filter(({ path }) => path.toLowerCase().includes(word) && path.toLowerCase() !== word);
    fitting.sort((one, other) => other.path.toLowerCase().startsWith(word) - one.path.toLowerCase().startsWith(word) || one.path.length - other.path.length);
    this.found = fitting.slice(0, SHOWN_LIMIT);
    if (!this.found.length) return this.close();
    this.options.replaceChildren(
      ...this.found.map((one, index) => {
        const item = h('li', { id: `${this.options.id}-${index}`, role: 'option', 'aria-selected': 'false' }, h('code', {}, one.path), h('span', { class: 'hint' }, `${one.type} · ${valueText(one.example)}`));
        item.addEventListener('mousedown', (event) => {
          event.preventDefault();
          this.take(index);
        });
        return item;
      }),
    );
    this.options.hidden = false;
    this.choose(-1);
    return undefined;
  }

  choose(index) {
    this.chosen = index;
    [...this.options.children].forEach((item, place) => item.setAttribute('aria-selected', String(place === index)));
    if (index >= 0) this.control.setAttribute('aria-activedescendant', `${this.options.id}-${index}`);
    else this.control.removeAttribute('aria-activedescendant');
  }

  key(event) {
    if (this.options.hidden) return;
    const last = this.found.length - 1;
    if (event.key === 'ArrowDown') this.choose(this.chosen >= last ? 0 : this.chosen + 1);
    else if (event.key === 'ArrowUp') this.choose(this.chosen <= 0 ? last : this.chosen - 1);
    else if ((event.key === 'Enter' || event.key === 'Tab') && this.chosen >= 0) this.take(this.chosen);
    else if (event.key === 'Escape') this.close();
    else return;
    if (event.key !== 'Tab' || this.chosen >= 0) event.preventDefault();
  }

  take(index) {
    const { control } = this;
    const end = control.selectionStart;
    control.setRangeText(this.found[index].path, end - this.word().length, end, 'end');
    this.close();
    control.dispatchEvent(new Event('input', { bubbles: true }));
    this.close();
  }

  close() {
    this.options.hidden = true;
    this.control.removeAttribute('aria-activedescendant');
  }

  /** Nobody can be asked any more: the truth that stands here is that of its frame. */
  grow() {
    if (this.judged?.now) this.showVerdict({ ...this.judged, is_frame_old: true });
  }

  /** Shows what the checker says: the place of an error, or the truth on the newest frame. One that is not of now is told by its time, and quiet. */
  showVerdict(found) {
    this.judged = found;
    clearTimeout(this.growing);
    if (found?.now && !found.is_frame_old) this.growing = setTimeout(() => this.grow(), KNOWN_MS);
    this.caret.hidden = true;
    this.clauses.replaceChildren();
    this.control.removeAttribute('aria-invalid');
    if (!found) {
      this.verdict.textContent = '';
      return;
    }
    if (!found.is_valid) {
      this.showError(found);
      return;
    }
    const now = found.now;
    const { is_frame_old: isOld, frame_read_at: readAt } = found;
    this.verdict.className = `truth-line ${now && !isOld ? { true: 'yes', false: 'no' }[now.truth] || 'open' : ''}`;
    this.clauses.classList.toggle('is-past', Boolean(isOld));
    const missing = (found.missing_paths || []).length ? `not in this frame: ${found.missing_paths.join(', ')}` : '';
    this.verdict.textContent = [now ? `${isOld ? `At ${readAt ? moment(readAt) : 'an instant that is not known'}, the last frame` : 'Now'}: ${now.truth}` : 'No frame to try it on now', now ? this.tally(found) : '', missing].filter(Boolean).map(unturned).join(' · ');
    if (now) this.clauses.replaceChildren(clauseList(now.clauses));
  }

  /** How often the text was true since it was typed, or since the page was opened, over the frames that the page has tried it on. */
  tally({ now, frame_number: frame }) {
    const text = this.control.value;
    if (this.seen.text !== text) this.seen = { text, frame: null, looks: 0, trues: 0 };
    const { seen } = this;
    if (seen.frame !== frame) {
      seen.frame = frame;
      seen.looks += 1;
      seen.trues += now.truth === 'true' ? 1 : 0;
    }
    return seen.looks > 1 ? `true on ${seen.trues} of ${seen.looks} frames tried since ${text === this.saved ? 'the page was opened' : 'it was typed'}` : '';
  }

  showError({ error, start, end }) {
    const text = this.control.value;
    this.control.setAttribute('aria-invalid', 'true');
    this.verdict.className = 'truth-line error';
    this.verdict.textContent = unturned(error);
    if (start === null || start === undefined) return;
    const lineStart = text.lastIndexOf('\n', start - 1) + 1;
    const line = text.slice(lineStart).split('\n')[0];
    const carets = '^'.repeat(Math.max(1, Math.min(end ?? start + 1, lineStart + line.length) - start));
    this.caret.textContent = `${line}\n${' '.repeat(start - lineStart)}${carets}`;
    this.caret.hidden = false;
  }
}

/** A form made from a JSON Schema: help, defaults, kinds of input, and fields that depend on others. */

import { h, select, unturned } from './dom.js';
import { sentences } from './findings.js';
import { mayHoldSecret } from './secrets.js';
import { labelOf } from './texts.js';

const MASK = '***';

/** True for the same value of a setting; the order of a table's keys says nothing, and nothing is null. */
export const isSame = (one, other) => JSON.stringify(one ?? null, sorted) === JSON.stringify(other ?? null, sorted);
const sorted = (_key, value) => (value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value);

/** The value of a setting as a text; what is not in the file has none. */
export const shownValue = (value) => (value === null || value === undefined ? 'not set' : typeof value === 'object' ? JSON.stringify(value) : String(value));

/** The schema of a field with its reference and its "or nothing" resolved. */
function resolved(field, root) {
  let found = field;
  if (found.$ref) found = { ...root.$defs[found.$ref.split('/').pop()], ...found };
  const options = (found.anyOf || []).filter((one) => one.type !== 'null');
  if (options.length) {
    const first = options[0].$ref ? resolved(options[0], root) : options[0];
    found = { ...first, ...found, writeOnly: options.some((one) => one.writeOnly) };
  }
  return found;
}

/** A form over `values` (as they stand in the file). Emits `change` with each input. */
export class SchemaForm extends EventTarget {
  /** `draft`: `{values, removes, base}` that were typed before, and not saved; `base` is what the file said of them then. `groups`: `[title, [key, …], isOpen]`; keys that no group names go into the last one. `controls` replace inputs by key. */
  constructor(schema, part, { groups = [], isShown = () => true, controls = {}, draft = null } = {}) {
    super();
    this.schema = schema;
    this.part = part;
    this.isShown = isShown;
    this.custom = controls;
    this.draft = draft || { values: {}, removes: [], base: {} };
    this.fields = new Map(); // key -> {node, read, touched}
    this.node = h('div', { class: 'schema-form' });
    const keys = Object.keys(schema.properties || {}).filter((key) => !['type', 'id'].includes(key));
    const named = new Set(groups.flatMap(([, own]) => own));
    const rest = keys.filter((key) => !named.has(key));
    const all = groups.length ? groups.map(([title, own, isOpen]) => [title, own.filter((key) => keys.includes(key)), isOpen]) : [['', keys, true]];
    if (groups.length && rest.length) all.push(['More', rest, false]);
    for (const [title, own, isOpen] of all) if (own.length) this.node.append(this.group(title, own, isOpen));
    this.node.addEventListener('input', () => this.changed());
    this.refresh();
  }

  group(title, keys, isOpen) {
    const fields = keys.map((key) => this.field(key));
    if (!title) return h('div', { class: 'group' }, fields);
    return h('details', { class: 'group', open: isOpen || keys.some((key) => key in this.part.values || this.isDrafted(key)) }, h('summary', {}, title), fields);
  }

  /** True for a key that was changed before the page was loaded again. */
  isDrafted(key) {
    return key in this.draft.values || this.draft.removes.includes(key);
  }

  /** True for a key of which the file does not say any more what it said when it was changed here. */
  isContested(key) {
    return key in this.draft.base && !isSame(this.draft.base[key], this.part.values[key]) && !isSame(this.draft.values[key], this.part.values[key]);
  }

  field(key) {
    const schema = resolved(this.schema.properties[key], this.schema);
    const value = this.isDrafted(key) ? this.draft.values[key] : this.part.values[key];
    const fixed = this.part.fixed_keys[key];
    const id = `key-${key}`;
    const { control, read } = this.custom[key] ? this.custom[key](value, schema, id) : inputOf(schema, value, id);
    control.setAttribute('aria-describedby', `${id}-help ${id}-in-file ${id}-warning ${id}-error`);
    if (fixed) control.disabled = true;
    const help = h('p', { class: 'hint', id: `${id}-help` }, fixed ? `Fixed: ${fixed}.` : helpText(schema, this.part.values[key]));
    const warning = h('p', { class: 'warning wait', id: `${id}-warning`, role: 'status' });
    const problem = h('p', { class: 'error', id: `${id}-error` });
    const label = h('label', { for: id }, labelOf(key));
    const isCheck = control.type === 'checkbox';
    const entry = { node: h('div', { class: `field${isCheck ? ' check' : ''}` }, isCheck ? [control, label] : [label, this.custom[key] ? control.closest('.custom') || control : control], help, this.inFile(key), warning, problem), read, warning, problem, control, touched: this.isDrafted(key), isFixed: Boolean(fixed) };
    const touch = () => (entry.touched = true);
    control.addEventListener('input', touch);
    control.addEventListener('change', touch);
    this.fields.set(key, entry);
    return entry.node;
  }

  /** The value in the file, at a field that another person has changed meanwhile. */
  inFile(key) {
    if (!this.isContested(key)) return null;
    return h('p', { class: 'notice wait in-file', id: `key-${key}-in-file` }, `In the file now: ${shownValue(this.part.values[key])}`);
  }

  /** Goes on from what is in the file now: all that was changed here before is saved. */
  settle() {
    this.draft.base = {};
    for (const note of this.node.querySelectorAll('.in-file')) note.remove();
  }

  /** The present value of a field, or its default. */
  value(key) {
    const entry = this.fields.get(key);
    const read = entry && entry.read();
    return read === undefined || read === '' ? this.schema.properties[key]?.default : read;
  }

  changed() {
    this.refresh();
    this.dispatchEvent(new Event('change'));
  }

  refresh() {
    for (const [key, { node }] of this.fields) node.hidden = !this.isShown(key, this);
  }

  /** What was changed: `values` to set, `removes` to take back to the default. */
  changes() {
    const values = {};
    const removes = [];
    for (const [key, entry] of this.fields) {
      if (!entry.touched || entry.isFixed) continue;
      const value = entry.read();
      if (value === undefined) {
        if (key in this.part.values) removes.push(key);
      } else if (JSON.stringify(value) !== JSON.stringify(this.part.values[key])) values[key] = value;
    }
    return { values, removes };
  }

  /** What was changed as a draft: without secrets; `hasSecret` says that one was typed. `base` is what the file said of it. */
  draftNow() {
    const { values, removes } = this.changes();
    const baseOf = (key) => (key in this.draft.base ? this.draft.base[key] : this.part.values[key] ?? null);
    const isSecret = (key) => this.fields.get(key).control.type === 'password' || mayHoldSecret(values[key]) || mayHoldSecret(baseOf(key));
    const changed = [...Object.keys(values), ...removes];
    const kept = changed.filter((key) => !isSecret(key));
    const own = kept.filter((key) => key in values).map((key) => [key, values[key]]);
    return { values: Object.fromEntries(own), removes: removes.filter((key) => kept.includes(key)), base: Object.fromEntries(kept.map((key) => [key, baseOf(key)])), hasSecret: kept.length < changed.length };
  }

  /** What was changed here and, since then, by another person: `{key: its value in the file now}`. */
  contested() {
    const { values, removes } = this.changes();
    return Object.fromEntries([...Object.keys(values), ...removes].filter((key) => this.isContested(key)).map((key) => [key, this.part.values[key]]));
  }

  get isChanged() {
    const { values, removes } = this.changes();
    return Object.keys(values).length > 0 || removes.length > 0;
  }

  /** Shows each mistake of this part at the field of its `key`; gives those that belong to none. */
  showMistakes(mistakes) {
    const left = this.showAtFields(mistakes, 'problem');
    for (const { problem, control } of this.fields.values()) {
      if (problem.textContent) control.setAttribute('aria-invalid', 'true');
      else control.removeAttribute('aria-invalid');
    }
    return left;
  }

  /** The same for warnings: they stand at their fields, too, and make none of them wrong. */
  showWarnings(warnings) {
    return this.showAtFields(warnings, 'warning', 'Warning: ');
  }

  /** True for what is about a field that is in sight. */
  isSeen({ key }) {
    return this.fields.has(key) && !this.fields.get(key).node.hidden;
  }

  /** The keys of the fields that something was found about, from the top; the empty one first, for what is about none. */
  keysOf(found) {
    const keys = [...this.fields.keys()].filter((key) => found.some((one) => one.key === key && this.isSeen(one)));
    return found.every((one) => this.isSeen(one)) ? keys : ['', ...keys];
  }

  /** Writes what was found, with a word `before` it, into the line `of` each field that it is about; gives what is about none that is seen. A group that says something new is folded out. */
  showAtFields(found, of, before = '') {
    for (const [key, entry] of this.fields) {
      const text = unturned(found.filter((one) => one.key === key && this.isSeen(one)).map((one) => `${before}${sentences(one)}`).join(' '));
      if (entry[of].textContent === text) continue;
      entry[of].textContent = text;
      const group = entry.node.closest('details');
      if (group && text) group.open = true;
    }
    return found.filter((one) => !this.isSeen(one));
  }
}

function helpText(schema, value) {
  if (schema.writeOnly && isAddress(value)) return '*** stands for a login or a password. It stays while the server is the same. Type a new one in its place to change it.';
  if (schema.writeOnly) return 'It is kept in the configuration file, and never shown. To have it read from a file or from the environment, write that in the configuration file.';
  const text = (schema.description || '').replace(/\s*\(docs\/[^)]*\)/g, '').replace(/`/g, '');
  const hasDefault = schema.default !== null && schema.default !== undefined && schema.default !== '' && !Array.isArray(schema.default);
  return [text, hasDefault ? `Default: ${typeof schema.default === 'object' ? JSON.stringify(schema.default) : schema.default}.` : ''].filter(Boolean).join(' ');
}

/** True for an address that the server shows: `***` stands in it for what is secret, and stays what it is. */
const isAddress = (value) => typeof value === 'string' && value.includes('://');

/** The texts of a list with commas between them; also one with brackets and quotes, as the file has it. */
export function listOf(text) {
  const inside = /^\[\s*(["'].*["'])\s*,?\s*\]$/s.exec(text);
  const parts = (inside ? inside[1] : text).split(',').map((one) => one.trim());
  return parts.map((one) => (inside ? one.replace(/^(["'])(.*)\1$/s, '$2') : one)).filter(Boolean);
}

function inputOf(schema, value, id) {
  if (value === MASK || (schema.writeOnly && !isAddress(value))) {
    const control = h('input', { id, type: 'password', autocomplete: 'new-password', placeholder: value === MASK ? 'set; type to change it' : '' });
    return { control, read: () => control.value || (value === MASK ? MASK : undefined) };
  }
  if (schema.type === 'boolean') {
    const control = h('input', { id, type: 'checkbox' });
    control.checked = value === undefined ? Boolean(schema.default) : Boolean(value);
    return { control, read: () => control.checked };
  }
  if (schema.enum) {
    const control = select(schema.enum.map((one) => [one, String(one).replace(/_/g, ' ')]), value ?? schema.default, { id });
    return { control, read: () => control.value };
  }
  if (schema.type === 'integer' || schema.type === 'number') {
    const bounds = { min: schema.minimum ?? null, max: schema.maximum ?? null, step: schema.type === 'integer' ? 1 : 'any' };
    const control = h('input', { id, type: 'number', value: value ?? '', placeholder: schema.default ?? '', ...bounds });
    return { control, read: () => (control.value === '' ? undefined : Number(control.value)) };
  }
  if (schema.type === 'array' && (schema.items?.type === 'string' || !schema.items)) {
    const control = h('input', { id, value: (value || []).join(', '), placeholder: (schema.default || []).join(', ') });
    return { control, read: () => (control.value.trim() ? listOf(control.value.trim()) : undefined) };
  }
  if (schema.type === 'object' || schema.type === 'array' || (value !== null && typeof value === 'object')) return jsonInput(value, id);
  const isLong = ['event_description', 'condition', 'description'].some((key) => id === `key-${key}`);
  const control = h(isLong ? 'textarea' : 'input', { id, rows: isLong ? '3' : null, value: value ?? '', placeholder: schema.default ?? '', spellcheck: 'false' });
  return { control, read: () => (control.value === '' ? undefined : control.value) };
}

/** Tables and lists of lists, as JSON; what cannot be read is left to the checker. */
function jsonInput(value, id) {
  const control = h('textarea', { id, rows: '3', class: 'code', spellcheck: 'false', value: value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value) });
  const read = () => {
    if (!control.value.trim()) return undefined;
    try {
      return JSON.parse(control.value);
    } catch (error) {
      return control.value;
    }
  };
  return { control, read };
}

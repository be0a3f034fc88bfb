/** Saves in the configuration file, which others change too: a page that it is older than, and a change that does not touch theirs. */

import { get, request } from './api.js';
import { h } from './dom.js';
import { isSame } from './schema_form.js';
import { labelOf, moment } from './texts.js';

/**
 * Sends a change of the file that was read as `config`. Where the file is another one by now, it is read again, and the change is sent
 * once more if it touches nothing that has changed: `isUntouched(now)` says so of the file as it is now. `config` is that file after a save
 * that ended well; after a refusal it stays what the page shows. `bodyOf(config)` gives the body. Throws `Refusal`; 412: a person has to
 * look at the file first.
 */
export async function save(method, path, bodyOf, config, isUntouched) {
  const send = (read) => request(method, path, bodyOf(read), { 'If-Match': `"${read.digest}"` });
  try {
    return await send(config);
  } catch (refusal) {
    if (refusal.status !== 412) throw refusal;
    const now = await get('config').catch((other) => {
      throw other.status === undefined ? other : refusal; // that it has changed is known; why it cannot be read, "Read again" says
    });
    if (!isUntouched(now)) throw refusal;
    const answer = await send(now);
    Object.assign(config, now);
    return answer;
  }
}

/** The pipeline of this name in a file that was read; undefined: there is none. */
export const pipelineIn = (config, name) => config.pipelines.find((one) => one.name === name);

const MOST_NAMED = 4; // parts; more are counted

/** Who has changed the file that was read as `seen`, when, and which parts are others now: sentences. */
export async function whatChanged(seen) {
  const [{ at, user, action, subject, is_known: isKnown, program }, now] = await Promise.all([get('config/last-change'), get('config')]);
  const notKnown = 'Who changed it is not known: the console ended while somebody changed it.';
  const who = !isKnown ? notKnown : program ? `It was changed by ${program}, at ${moment(at)}.` : user === null ? `It was changed outside of this console, by hand or by another program, at ${moment(at)}.` : `The last change is by ${user} at ${moment(at)}: ${action} ${subject}.`;
  if (now.mistakes) return `${who} It has mistakes now.`;
  const parts = changedParts(seen, now);
  if (!parts.length) return `${who} No part of a pipeline is another one: only comments, the layout or other settings are.`;
  const more = parts.length - MOST_NAMED;
  return `${who} What differs: ${parts.slice(0, MOST_NAMED).join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
}

/** The parts of pipelines that are not the same in two files that were read, as texts: `yard: node alarm is changed`. */
function changedParts(seen, now) {
  const names = [...new Set([...seen.pipelines, ...now.pipelines].map(({ name }) => name))];
  return names.flatMap((name) => {
    const [before, after] = [seen, now].map((config) => pipelineIn(config, name));
    if (!before || !after) return [`the pipeline ${name} is ${after ? 'added' : 'removed'}`];
    const [old, found] = [before, after].map(partsOf);
    const places = [...new Set([...old.keys(), ...found.keys()])].filter((place) => !isSame(old.get(place), found.get(place)));
    return places.map((place) => `${name}: ${place} is ${!old.has(place) ? 'added' : found.has(place) ? `changed${changedKeys(old.get(place), found.get(place))}` : 'removed'}`);
  });
}

/** The settings that are others in a part: ` (Interval, Hold)`; of another type, or of a camera map, nothing. */
function changedKeys(old, found) {
  if (!Array.isArray(old) || old[0] !== found[0]) return '';
  const keys = [...new Set([...Object.keys(old[1]), ...Object.keys(found[1])])].filter((key) => !isSame(old[1][key], found[1][key]));
  return ` (${keys.map(labelOf).join(', ')})`;
}

/** The parts of a pipeline as they stand in the file, without their places, which move. */
function partsOf({ source, nodes, sink, cameras }) {
  const said = (part) => part && [part.type, part.values];
  return new Map([['source', said(source)], ...nodes.map((node) => [`node ${node.id}`, said(node)]), ['sink', said(sink)], ['camera map', cameras]].filter(([, part]) => part));
}

const RECEIVER_KEYS = ['iss_ip', 'iss_port', 'iss_path', 'iss_scheme', 'iss_certificate_sha256', 'iss_ca_file'];

/** What a file that was read says of the receiver of a node, `pipeline/node`, as a text to compare; its password is not shown. undefined: there is no such node. */
export function receiverIn(config, address) {
  const end = address.lastIndexOf('/');
  const node = pipelineIn(config, address.slice(0, end))?.nodes.find(({ id }) => id === address.slice(end + 1));
  return node && JSON.stringify([node.type, ...RECEIVER_KEYS.map((key) => node.values[key] ?? null)]);
}

/** Says on a page that the file is another one than it shows, as soon as the overview knows it. */
export class ChangedFile {
  /** `again()` shows the file as it is now; `isSaving()`: the page itself is changing it. */
  constructor(live, again, isSaving) {
    this.node = h('div', { class: 'changed-file', role: 'status' });
    this.button = h('button', { type: 'button', onclick: again }, 'Read again');
    this.isSaving = isSaving;
    this.config = null;
    this.said = ''; // the digest of the file that the notice is about
    this.older = new Set(); // what the file was: an overview from before a save tells nothing new
    live.on('overview', ({ configuration }) => this.compare(configuration.digest));
  }

  /** The page shows this file from now on. */
  shows(config) {
    if (this.config && this.digest !== config.digest) this.older.add(this.digest);
    this.config = config;
    this.digest = config.digest;
    this.said = '';
    this.node.replaceChildren();
  }

  compare(digest) {
    if (!this.config || this.isSaving()) return;
    if (this.config.digest !== this.digest) this.shows(this.config); // the page has saved
    const isOther = digest !== this.digest && !this.older.has(digest);
    if (digest === this.digest) this.older.clear();
    const said = isOther ? digest : '';
    if (said === this.said) return;
    this.said = said;
    const text = h('p', {}, 'The file has changed since this page has read it.');
    this.node.replaceChildren(...(isOther ? [h('div', { class: 'notice wait row' }, text, this.button)] : []));
    if (isOther) whatChanged(this.config).then((more) => text.append(` ${more}`), () => {}); // that it has changed stands there; what is wrong with the console, the page says
  }
}

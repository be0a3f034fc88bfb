/** Saves in the configuration file, which others change too: a page that it is older than, and a change that does not touch theirs. */

import { get, request } from './api.js';
import { h } from './dom.js';

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
    this.older = new Set(); // what the file was: an overview from before a save tells nothing new
    live.on('overview', ({ configuration }) => this.compare(configuration.digest));
  }

  /** The page shows this file from now on. */
  shows(config) {
    if (this.config && this.digest !== config.digest) this.older.add(this.digest);
    this.config = config;
    this.digest = config.digest;
    this.node.replaceChildren();
  }

  compare(digest) {
    if (!this.config || this.isSaving()) return;
    if (this.config.digest !== this.digest) this.shows(this.config); // the page has saved
    const isOther = digest !== this.digest && !this.older.has(digest);
    if (digest === this.digest) this.older.clear();
    if (isOther === Boolean(this.node.firstChild)) return;
    const notice = () => h('div', { class: 'notice wait row' }, h('p', {}, 'The file has changed since this page has read it.'), this.button);
    this.node.replaceChildren(...(isOther ? [notice()] : []));
  }
}

/** Other versions of the configuration file: before the last save, the last save, and the one that the service runs with. */

import { get } from './api.js';
import { dialog } from './dialog.js';
import { h, toast } from './dom.js';
import { moment, settingText } from './texts.js';

const BROKEN = 'the file with the mistakes stays beside it, its name ends in .broken.';

/** Asks, then takes the last save back or puts it in again. `write(path, done)` sends it, and says `done` in the end; `again(dialog)` asks anew where the file has changed meanwhile. */
export async function undo(write, again) {
  const { changes, save, is_redo: isRedo, puts_last_save_back: isPutBack } = await get('config/undo');
  if (isPutBack) {
    const last = save ? ` (${save.action} ${save.subject}, by ${save.user} at ${moment(save.at)})` : '';
    const text = `The file was changed outside of the console since its last save${last}, and has mistakes now. It goes back to what was saved; ${BROKEN}`;
    dialog('Put the last save back', h('p', {}, text), 'Put it back', () => write('config/undo', 'The last save is back.'), { again });
    return;
  }
  const name = isRedo ? 'Redo' : 'Undo';
  const who = save ? `${isRedo ? 'Puts back what was undone' : 'Takes back'}: ${save.action} ${save.subject}, by ${save.user} at ${moment(save.at)}.` : 'The file goes back to what it was before the last save in the console.';
  const list = changes === null ? [h('p', { class: 'notice wait' }, 'What will change cannot be listed: one of the two versions has mistakes.')] : changeList(changes);
  dialog(`${name} the last save`, [h('p', {}, who), ...list], name, () => write('config/undo', `${isRedo ? 'Put back' : 'Undone'}: ${(changes || []).map(sentenceOfChange).join('; ') || 'the last save'}.`), { again });
}

/** Asks, then puts the text that the service runs with over a file that it does not run with. */
export async function putInForceBack(write, again) {
  const { in_force: found } = await get('config/in-force');
  const title = 'Put back what is in force';
  if (!found) {
    toast('There is nothing to put back: the service runs with the file as it is now, or it does not run any more.', 'wait');
    return;
  }
  const what = found.changes === null ? [h('p', {}, `The file goes back to the text that the service has read; ${BROKEN}`)] : [h('p', {}, 'The file goes back to the text that the service has read. "Undo last save" then brings back what is in the file now.'), ...changeList(found.changes)];
  dialog(title, what, 'Put it back', () => write('config/in-force', 'What is in force is in the file again.'), { again });
}

/** What changes in the file, one line for each setting. */
const changeList = (changes) => (changes.length ? [h('p', {}, 'What will change:'), h('ul', {}, changes.map((one) => h('li', {}, sentenceOfChange(one))))] : [h('p', {}, 'No setting changes: only comments or the layout.')]);
const NOT_THERE = 'not there';
const THERE = 'there';
const MOST_CHARACTERS = 120; // a longer value is not shown: the points of a zone say nothing to a reader

/** One change in a sentence: `pipeline yard, node zone, zone junction is removed`. */
export function sentenceOfChange({ setting, now, then }) {
  const what = settingText(setting);
  if (then === NOT_THERE) return `${what} is removed`;
  if (now === NOT_THERE) return `${what} is added`;
  const isTable = [now, then].includes(THERE); // the other one is no table, or is of another kind
  const isLong = isTable || now === then || [now, then].some((value) => value.startsWith('[[') || value.length > MOST_CHARACTERS); // alike: two secrets, both masked
  return isLong ? `${what} is changed` : `${what}: ${now} becomes ${then}`;
}

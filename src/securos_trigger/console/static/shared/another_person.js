/** What a page of one person does where another one has logged in on another page: what was typed is kept by nobody's oversight. */

import { may } from './api.js';
import { dialog } from './dialog.js';
import { h } from './dom.js';
import { giveDrafts, hasDraft } from './tab_store.js';
import { letGo } from './unsaved.js';

let asked = null;

/** Asks `now`, who is logged in, whether to keep what `before` typed here and did not save. */
export function askAnother(now, before) {
  stopAsking();
  const isKeepable = may(now.role, 'configure') && hasDraft();
  const begun = () => {
    letGo();
    location.reload();
  };
  const keep = () => {
    giveDrafts(before, now);
    begun();
  };
  const what = `You are ${now.user} (${now.role}). What stands here and is not saved was typed by ${before.user}.`;
  const how = isKeepable ? 'Keep it, look at it, and save it in your name; passwords have to be typed again. Or throw it away.' : `${may(now.role, 'configure') ? 'It cannot be kept for you' : 'To save it needs the role configure'}: ${before.user} can go on here after logging in again. Or throw it away.`;
  const content = [h('p', {}, what), h('p', {}, how)];
  asked = isKeepable ? dialog('Another person is logged in', content, 'Keep it', keep, { other: { label: 'Throw it away', submit: begun } }) : dialog('Another person is logged in', content, 'Throw it away', begun, { isDanger: true });
}

/** Takes the question back: the first person is here again. */
export function stopAsking() {
  asked?.close();
  asked = null;
}

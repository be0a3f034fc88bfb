/** The dialogs that send dead letters again, with other cameras where those were wrong or none was named, and that drop them. */

import { post } from './api.js';
import { dialog } from './dialog.js';
import { field, h, toast } from './dom.js';
import { offerCameras, receiverCameras } from './receiver_cameras.js';
import { counted } from './texts.js';

const NONE = ''; // in the place of the camera of an event that names none
const WITHOUT = 'These events name no camera. Type the one to send them to: without a camera they go again as they are.';

/** The ids that some events name, and NONE where one of them names none. */
export const camerasOf = (events) => [...new Set(events.flatMap(({ camera_ids: ids }) => (ids.length ? ids : [NONE])))];

/** What is said of damaged rows that stay; empty: there are none. */
export const leftText = (left) => (left ? `${counted(left, 'damaged row')} stayed: nothing but drop ends ${left === 1 ? 'it' : 'them'}.` : '');

/**
 * Asks for the cameras, and sends. `cameras` are those of the events (`camerasOf`), `target` is their receiver, `path` is what they are
 * posted to with `body`; `done(answer)` is called afterwards.
 */
export function sendAgain({ title, hint, cameras, target, path, body = {}, done }) {
  const inputs = cameras.map((id) => h('input', { name: `camera-${id}`, value: id, required: id !== NONE }));
  const fields = inputs.map((input, place) => field(cameras[place] === NONE ? 'Camera' : `Camera ${cameras[place]}`, input));
  const hints = [cameras.some((id) => id !== NONE) ? hint : '', cameras.includes(NONE) ? WITHOUT : ''].filter(Boolean);
  dialog(title, [...hints.map((text) => h('p', {}, text)), fields], 'Send', async () => {
    const typed = cameras.map((id, place) => [id, inputs[place].value.trim()]);
    const answer = await post(path, { ...body, cameras: Object.fromEntries(typed.filter(([id, wanted]) => wanted !== id)) });
    toast([`${counted(answer.changed, 'event')} will be sent again.`, leftText(answer.left)].filter(Boolean).join(' '), answer.left ? 'wait' : undefined);
    done(answer);
  });
  receiverCameras({ target }).then((known) => inputs.forEach((input) => offerCameras(input, known))); // a receiver that is down answers late
}

/** Asks, and deletes dead letters for good: those with these ids, or with this reason. `done()` is called afterwards. */
export function dropDead({ target, ids = [], reason = '' }, what, done) {
  dialog(`Drop ${what}`, h('p', {}, 'They are deleted for good, and never reach SecurOS. The audit log says who did it.'), 'Drop for good', async () => {
    const { changed } = await post('dead/drop', { target, ids, reason });
    toast(`${counted(changed, 'event')} dropped.`);
    done();
  }, { isDanger: true });
}

/** The dialog that sends dead letters again, with other cameras where those were wrong. */

import { post } from './api.js';
import { dialog } from './dialog.js';
import { field, h, toast } from './dom.js';
import { offerCameras, receiverCameras } from './receiver_cameras.js';
import { counted } from './texts.js';

/**
 * Asks for the cameras, and sends. `cameras` are the ids that the events have now, `target` is their receiver, `path` is what they are
 * posted to with `body`; `done(answer)` is called afterwards.
 */
export function sendAgain({ title, hint, cameras, target, path, body = {}, done }) {
  const inputs = cameras.map((id) => h('input', { name: id, value: id, required: true }));
  const fields = inputs.map((input, place) => field(`Camera ${cameras[place]}`, input));
  const content = inputs.length ? [h('p', {}, hint), fields] : h('p', {}, 'These events are tied to no camera.');
  dialog(title, content, 'Send', async (form) => {
    const corrected = Object.fromEntries(cameras.map((id) => [id, form.get(id).trim()]).filter(([id, wanted]) => wanted !== id));
    const answer = await post(path, { ...body, cameras: corrected });
    toast(`${counted(answer.changed, 'event')} will be sent again.`);
    done(answer);
  });
  if (inputs.length) receiverCameras({ target }).then((known) => inputs.forEach((input) => offerCameras(input, known))); // a receiver that is down answers late
}

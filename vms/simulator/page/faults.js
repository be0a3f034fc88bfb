/** Faults by button: what an integrator wants to see go wrong before it does on a site. */

import { made, post } from './texts.js';

const element = (id) => document.getElementById(id);
const EVENT = { action: 'VCA_EVENT' };

/** Each button with its faults, as `POST /api/faults` takes them, and what they mean. */
const CHOICES = [
  ['None', {}, 'SecurOS works.'],
  ['Next call fails', { calls: [{ ...EVENT, mode: 'throw', times: 1 }] }, 'The next event call throws; the retry succeeds.'],
  ['Every call fails', { calls: [{ ...EVENT, mode: 'reject' }] }, 'Each event call is rejected: events wait in the outbox.'],
  ['Slow', { calls: [{ ...EVENT, mode: 'slow', delay_ms: 3000 }] }, 'Each event call takes 3 seconds.'],
  ['No answer', { calls: [{ ...EVENT, mode: 'silent' }] }, 'Event calls take effect, but their promise never settles.'],
  ['Crash', { calls: [{ ...EVENT, mode: 'crash_after', times: 1 }] }, 'The receiver dies right after the next event; restart it.'],
  ['First camera unknown', null, 'The first camera does not exist in SecurOS any more.'],
  ['No core', { core_ready: false }, 'A receiver that starts gets no connection to SecurOS; restart it.'],
];

let present = CHOICES[0];

export function setUpFaults(firstCamera) {
  for (const choice of CHOICES) {
    const [name, faults] = choice;
    const button = made('button', 'fault', name);
    button.type = 'button';
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', () => {
      present = choice;
      post('/api/faults', faults || { unknown_cameras: [firstCamera()] });
    });
    element('fault-buttons').append(button);
  }
  element('kill').addEventListener('click', () => post('/api/kill'));
  element('restart').addEventListener('click', () => post('/api/restart'));
  element('faults-button').addEventListener('click', () => {
    element('faults').hidden = !element('faults').hidden;
    element('faults-button').setAttribute('aria-expanded', String(!element('faults').hidden));
    window.dispatchEvent(new Event('resize'));
  });
}

/** Shows which faults are in force, also those that a test has set. */
export function showFaults(faults) {
  const isNone = !(faults.calls || []).length && faults.core_ready !== false && !(faults.unknown_cameras || []).length;
  const shown = isNone ? CHOICES[0] : present;
  for (const button of document.querySelectorAll('.fault'))
    button.setAttribute('aria-pressed', String(button.textContent === shown[0]));
  element('fault-text').textContent = !isNone && shown === CHOICES[0] ? 'Faults of another program are in force.' : shown[2];
  element('faults-button').classList.toggle('on', !isNone);
  element('faults-button').textContent = isNone ? 'Faults' : 'Faults: on';
}

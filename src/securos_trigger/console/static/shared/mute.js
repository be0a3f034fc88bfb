/** Mutes of trigger nodes: a dialog that begins one, and the end of one. */

import { post } from './api.js';
import { dialog } from './dialog.js';
import { field, h, select, toast } from './dom.js';

const LENGTHS = [['15m', '15 minutes'], ['1h', '1 hour'], ['4h', '4 hours'], ['12h', '12 hours'], ['3d', '3 days']];

/** Asks how long and why, and mutes the node of this address. */
export function mute({ address }) {
  const content = [
    field('For', select(LENGTHS, '1h', { name: 'for' })),
    field('Reason', h('input', { name: 'reason', maxlength: '200', placeholder: 'Works at the gate' }), 'Shown to everybody, and kept in the audit log.'),
  ];
  dialog(`Mute ${address}`, content, 'Mute', async (form) => {
    await post('mute', { nodes: [address], for: form.get('for'), reason: form.get('reason') });
    toast(`${address} is muted. Events are decided on, and not sent.`);
  });
}

/** Ends the mute of the node of this address; true when that ended well. */
export async function unmute(address) {
  try {
    await post('unmute', { nodes: [address] });
    toast(`${address} sends events again.`);
    return true;
  } catch (refusal) {
    toast(refusal.message, 'bad');
    return false;
  }
}

/** The button that ends a mute, once. It names the node, also for who hears it alone. */
export function unmuteButton(address) {
  const button = h('button', { type: 'button', onclick: press }, `Unmute ${address}`);
  async function press() {
    button.disabled = true;
    if (await unmute(address)) button.textContent = `${address} is unmuted`;
    else button.disabled = false;
  }
  return button;
}

/** Which clock the times are of: that of this computer, shown and typed. The service's machine may have another one. */

import { h } from './dom.js';

/** Minutes that the clock of this computer is ahead of UTC at an instant. */
const aheadMin = (at) => -at.getTimezoneOffset();

/** `UTC+01:00`. */
function offsetText(minutes) {
  const size = Math.abs(minutes);
  const two = (count) => String(count).padStart(2, '0');
  return minutes ? `UTC${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}` : 'UTC';
}

/** The line at the end of each page. */
export class ZoneLine {
  constructor() {
    this.service = h('span');
    const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const offset = offsetText(aheadMin(new Date()));
    const own = name && name !== offset ? `${name}, ${offset}` : offset;
    this.node = h('footer', { class: 'hint' }, `All times here, shown and typed, are of this computer's clock (${own}).`, this.service);
  }

  /** `zone` is that of the service's machine, from the overview. */
  update(zone) {
    this.service.textContent = isSame(zone) ? '' : ` The service goes by ${offsetText(zone.utc_offset_min)}: so do active hours, mutes and commands.`;
  }
}

const isSame = (zone) => !zone || zone.utc_offset_min === aheadMin(new Date());

/** The instant of a time of this computer's clock: 14:03, 14:03:07 or 2:03pm (the newest), or 2026-11-22 14:03; null: something else was typed. */
export function typedInstant(text) {
  return timeOfDay(text.trim()) || dateAndTime(text.trim());
}

function dateAndTime(text) {
  const found = /^(\d{4}-\d{2}-(\d{2}))(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?$/i.exec(text); // one that names its zone is no time of this clock
  const at = new Date(found ? `${found[1]}T${found[3] || '00:00'}` : NaN);
  return found && at.getDate() === Number(found[2]) ? at : null; // no 31st of February
}

function timeOfDay(text) {
  const found = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([ap])\.?m\.?)?$/i.exec(text);
  if (!found || (found[4] && !(found[1] >= 1 && found[1] <= 12))) return null;
  const hour = found[4] ? (Number(found[1]) % 12) + (found[4].toLowerCase() === 'p' ? 12 : 0) : Number(found[1]);
  if (hour > 23 || Number(found[2]) > 59 || Number(found[3] || 0) > 59) return null;
  const at = new Date();
  at.setHours(hour, Number(found[2]), Number(found[3] || 0), 0);
  if (at > new Date()) at.setDate(at.getDate() - 1);
  return at;
}

/** An instant as a person here types it, with its date. */
export const localTime = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);

/** The zone that a typed time is of, and that the answer is to say its times in. */
export function ownZone() {
  return { zone: Intl.DateTimeFormat().resolvedOptions().timeZone || '', utc_offset_min: aheadMin(new Date()) };
}

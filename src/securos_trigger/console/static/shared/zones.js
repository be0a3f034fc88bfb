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

/** The zone that a typed time is of, and that the answer is to say its times in. */
export function ownZone() {
  return { zone: Intl.DateTimeFormat().resolvedOptions().timeZone || '', utc_offset_min: aheadMin(new Date()) };
}

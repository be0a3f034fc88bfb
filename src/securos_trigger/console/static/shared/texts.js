/** Times, lengths, counts and states in words. */

const NUMBERS = new Intl.NumberFormat('en-US'); // to make one takes long
const two = (number) => String(number).padStart(2, '0');

export function clock(instant) {
  const date = new Date(instant);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function day(instant) {
  return new Date(instant).toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
}

/** The clock, and the day unless it is today. */
export function moment(instant) {
  if (!instant) return '';
  const isToday = new Date(instant).toDateString() === new Date().toDateString();
  return isToday ? clock(instant) : `${day(instant)}, ${clock(instant)}`;
}

/** The same in few letters, for the line of time: `14:03:07`, or `27 Nov, 14:03` of another day. */
export function tick(instant) {
  const date = new Date(instant);
  if (date.toDateString() === new Date().toDateString()) return clock(date);
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })}, ${clock(date).slice(0, 5)}`;
}

/** An instant for a `title`: with date and zone. */
export const exact = (instant) => (instant ? new Date(instant).toString().replace(/ \(.*/, '') : '');

/** A length in words: `45 s`, `9 min`, `26 h`, `4 d`. */
export function length(seconds) {
  const units = [['d', 86400], ['h', 3600], ['min', 60]];
  const [unit, size] = units.find(([, span]) => seconds >= 2 * span) || ['s', 1];
  return `${Math.max(0, Math.floor(seconds / size))} ${unit}`;
}

export const ago = (instant) => `${length((Date.now() - new Date(instant)) / 1000)} ago`;
export const since = (instant) => length((Date.now() - new Date(instant)) / 1000);

const NAMED_CAMERAS = 8;

/** Names of cameras by id, as receivers have told them; empty where two receivers call an id differently. */
export const cameraNames = new Map();

/** `1 (Road)`, or `1` where its name is not known. */
export const cameraText = (id) => (cameraNames.get(id) ? `${id} (${cameraNames.get(id)})` : id);

/** The cameras of an event or a node in a few words: `camera 1 (Road), 2`, `no camera`, `camera 1, 2, … and 22 more`. */
export function camerasText(ids) {
  if (!ids.length) return 'no camera';
  const more = ids.length - NAMED_CAMERAS;
  return `camera ${ids.slice(0, NAMED_CAMERAS).map(cameraText).join(', ')}${more > 0 ? ` and ${number(more)} more` : ''}`;
}

/** True for a row of the outbox that is damaged: what is damaged is left out of it, and it can only be dropped. */
export const isDamaged = ({ is_readable: isReadable }) => isReadable === false;

/** `pipeline/node` of an event; the node alone where its pipeline is not known. */
export const nodeText = ({ pipeline, node_id: node }) => [pipeline, node].filter(Boolean).join('/');

export const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
export const number = (value) => (value === null || value === undefined ? '–' : NUMBERS.format(value));

/** A value of metadata as a person reads it. */
export function valueText(value) {
  if (value === null || value === undefined) return 'nothing';
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}

/** Each reason of a decision in words, and what kind it is: `fired`, `held` (suppressed) or `quiet`. */
export const REASONS = {
  fired: ['fired', 'fired'],
  disabled: ['the node is off', 'held'],
  condition_false: ['the condition was false', 'quiet'],
  condition_unknown: ['a value was missing', 'quiet'],
  not_boolean: ['the trigger is not true or false', 'held'],
  not_risen: ['it was true already', 'held'],
  holding: ['not true for long enough', 'held'],
  interval: ['too soon after the last event', 'held'],
  pause_after_loss: ['a pause after an event that was lost', 'held'],
  duplicate: ['this event was sent already', 'held'],
  no_event: ['no upstream event', 'quiet'],
  inactive_hours: ['outside the active hours', 'held'],
  muted: ['muted', 'held'],
};
export const reasonText = (reason) => (REASONS[reason] || [reason])[0];
export const reasonKind = (reason) => (REASONS[reason] || [0, 'quiet'])[1];

/** Each state of a delivery in words, and its colour by meaning. */
export const STATES = {
  waiting: ['waiting', 'wait'],
  sending: ['being sent', 'wait'],
  relayed: ['with the relay', 'wait'],
  delivered: ['delivered', ''],
  dead: ['dead letter', 'bad'],
};

/** That the events of other configurations are shown, too: empty where the file names an outbox of its own. */
export const sharedOutbox = ({ configuration }) => (configuration.has_own_outbox ? '' : `Events of other configurations may be among these: [outbox] path is not set, so all configurations of this user share ${configuration.outbox}.`);

/** What was asked of a camera, in words. */
export const STEP_NAMES = { EVENT: 'event', REC: 'recording', SUBTITLES: 'subtitle' };

export const ACTIONS = {
  event: 'event',
  event_and_record: 'event and recording',
  event_and_record_and_subtitle: 'event, recording and subtitle',
};

const LABELS = { ip: 'Host', 'ca file': 'CA file', 'camera ids': 'Cameras', 'certificate sha256': 'Certificate fingerprint', 'nms iou': 'NMS IoU', 'least iou': 'Least overlap (IoU)', 'most stretch': 'Most stretch of an image', rois: 'Zones' };

/** The name of a setting: over its field, and wherever a person reads of it. */
export const labelOf = (key) => {
  const text = key.replace(/^iss_/, '').replace(/_per_s$/, ' a second').replace(/_s$/, ' (seconds)').replace(/_/g, ' ');
  return LABELS[text] || text.charAt(0).toUpperCase() + text.slice(1);
};

/** The place of a setting in a file in words: `pipeline yard, node alarm, Cameras` of `pipeline yard, node alarm, iss_camera_ids`. */
export const settingText = (setting) =>
  setting
    .replace(/(^|, )(roi|line)s\.([^,]+)$/, (_all, before, kind, name) => `${before}${kind === 'roi' ? 'zone' : kind} ${name}`)
    .replace(/(^|, )(?!(?:source|sink)$)([a-z][a-z0-9_]*)$/, (_all, before, key) => `${before}${labelOf(key)}`);

/** The log of calls, newest first; each event leads to its moment in the recording. */

import { clockText, dayText, latenessText, made, momentText, zoneText } from './texts.js';

const SHOWN_LIMIT = 500;
const element = (id) => document.getElementById(id);
const events = []; // the newest first
let lastSequence = 0;
let newestDay = '';
let count = 0;

/** The events of a camera that the log shows, newest first. */
export function callsOf(id) {
  return events.filter((call) => call.id === id);
}

export function newestSequence() {
  return lastSequence;
}

/** Says that there is no event yet, once all calls so far are known. */
export function showNothing() {
  element('nothing').textContent = 'No event yet. An event appears here when the receiver raises it.';
}

/** Puts a call on top of the log, at the time at which SecurOS got it. True: it is a new event. */
export function showCall(call, tile) {
  if (call.sequence <= lastSequence) return false;
  lastSequence = call.sequence;
  if (call.action === 'DRAW_SHAPES_ON_FRAME') return false; // twice a second; the tile shows it
  const isEvent = call.action === 'VCA_EVENT';
  showDay(call.at_s);
  element('entries').prepend(entryOf(call, tile, isEvent));
  if (element('entries').childElementCount > SHOWN_LIMIT) element('entries').lastElementChild.remove();
  if (!isEvent) return false;
  events.unshift(call);
  if (events.length > SHOWN_LIMIT) events.pop();
  count += 1;
  element('count').textContent = count;
  element('nothing').hidden = true;
  return true;
}

/** A line with the day where the log comes to another day. */
function showDay(seconds) {
  const day = dayText(seconds);
  if (newestDay && day !== newestDay) element('entries').prepend(made('li', 'day', `${newestDay} and before`));
  newestDay = day;
}

function entryOf(call, tile, isEvent) {
  const item = made('li', isEvent ? 'event' : 'step', '');
  const where = call.type === 'CAM' ? (tile ? tile.camera.name : `camera ${call.id}`) : 'no camera';
  const whereNode = made('span', 'where', where);
  whereNode.title = where;
  const time = made('time', '', clockText(call.at_s));
  time.title = `${dayText(call.at_s)}, ${clockText(call.at_s)} ${zoneText(call.at_s)}`;
  const by = call.call === 'operator' ? ' by the operator' : '';
  const name = made('span', 'name', isEvent ? call.name : call.action + by);
  item.append(time, whereNode, name);
  if (!isEvent) return item;
  const seen = made('div', 'seen', '');
  if (call.late) seen.append(made('span', 'late', `late by ${latenessText(call.at_s - call.happened_at_s)}`));
  seen.append(seenText(call));
  item.append(made('div', 'description', call.description), seen);
  if (tile) item.append(playButton(call, tile));
  return item;
}

function seenText(call) {
  const seen = call.late ? [`happened at ${momentText(call.happened_at_s, call.at_s)}`] : [];
  if (call.boxes.length) seen.push(call.boxes.length === 1 ? '1 box' : `${call.boxes.length} boxes`);
  return seen.join(', ');
}

function playButton(call, tile) {
  const button = made('button', 'play', 'Play');
  button.type = 'button';
  button.setAttribute('aria-label', `Play the recording of ${call.name}, ${clockText(call.happened_at_s)}`);
  button.addEventListener('click', async () => {
    if (await tile.player.playFrom(call.happened_at_s)) {
      tile.node.scrollIntoView({ block: 'nearest' });
      return;
    }
    button.textContent = 'Not recorded';
    button.disabled = true;
  });
  return button;
}

/** The operator's page: what the stream says goes to the tiles and to the log. */

import { setUpFaults, showFaults } from './faults.js';
import { newestSequence, showCall, showNothing } from './log.js';
import { clockText, dayText, zoneText } from './texts.js';
import { arrange, showCamera, tiles } from './tiles.js';

const JUST_NOW_S = 3;
const AGAIN_MS = 1000;
const element = (id) => document.getElementById(id);

function take(call) {
  const tile = tiles.get(call.id);
  const isNewEvent = showCall(call, tile);
  if (isNewEvent && tile && Date.now() / 1000 - call.at_s < JUST_NOW_S) tile.alarm();
}

function showReceiver({ running: isRunning, port }) {
  element('receiver').textContent = isRunning ? `receiver on port ${port}` : 'receiver is down';
  element('receiver').className = `pill ${isRunning ? 'good' : 'bad'}`;
  element('kill').disabled = !isRunning;
}

/**
 * The password of the receiver, to be typed in a form of the console, and the fingerprint of its certificate, to be compared there.
 * Empty: the password is of somebody else and not shown; the receiver has no certificate.
 */
function showLogin(token, fingerprint) {
  element('token').hidden = !token;
  element('token').querySelector('code').textContent = token;
  element('fingerprint').hidden = !fingerprint;
  element('fingerprint').querySelector('code').textContent = fingerprint.match(/.{1,4}/g)?.join(' ') || '';
}

/** Says that the simulator is gone: what the page shows is the last of it, and no button does anything. */
function showEnded(hasEnded) {
  document.body.classList.toggle('ended', hasEnded);
  for (const id of ['cameras', 'faults', 'faults-button']) element(id).inert = hasEnded;
  for (const button of document.querySelectorAll('#entries button')) button.inert = hasEnded;
  if (!hasEnded) return;
  element('receiver').textContent = 'The simulator has ended. This is the last it has shown.';
  element('receiver').className = 'pill bad';
}

function showTimes() {
  if (document.body.classList.contains('ended')) return;
  const nowS = Date.now() / 1000;
  element('clock').textContent = `${dayText(nowS)}, ${clockText(nowS)} ${zoneText(nowS)}`;
  for (const tile of tiles.values()) tile.showTime(nowS);
}

let startedAtS = null; // the simulator that the page shows
let waiting = null; // calls that come while those before them are asked for
let loading = Promise.resolve(); // one load at a time: the stream may open again during one
let newestLoad = 0;

function load() {
  waiting ??= [];
  const own = (newestLoad += 1);
  loading = loading.then(() => loadOnce(own));
}

/** Shows what has come so far, then the calls that came meanwhile. They wait on where older ones may be missing. */
async function loadOnce(own) {
  try {
    await loadAll();
  } catch (error) {
    console.error(error);
    if (stream.readyState === EventSource.OPEN) setTimeout(load, AGAIN_MS); // else it loads when it opens again
    return;
  }
  if (own !== newestLoad) return; // the stream was cut meanwhile: the next load knows what it missed
  waiting.forEach(take);
  waiting = null;
}

async function loadAll() {
  const state = await (await fetch('/api/state')).json();
  if (startedAtS !== null && startedAtS !== state.started_at_s) location.reload(); // another one: its log begins anew
  startedAtS = state.started_at_s;
  showEnded(false);
  showReceiver(state.receiver);
  showFaults(state.faults);
  showLogin(state.token, state.fingerprint);
  state.cameras.forEach(showCamera);
  for (const call of await (await fetch(`/api/events?since=${newestSequence()}`)).json()) take(call);
  showNothing();
  showTimes();
}

const stream = new EventSource('/api/stream');
const on = (name, show) => stream.addEventListener(name, (message) => show(JSON.parse(message.data)));
stream.addEventListener('open', load);
on('call', (call) => (waiting ? waiting.push(call) : take(call)));
on('camera', showCamera);
on('receiver', showReceiver);
on('faults', showFaults);
on('image', ({ camera, at_s: atS }) => tiles.get(camera)?.showLive(atS));
stream.addEventListener('error', () => showEnded(true));
setUpFaults(() => tiles.keys().next().value);
element('all').addEventListener('change', (change) => element('entries').classList.toggle('all', change.target.checked));
window.addEventListener('resize', arrange);
setInterval(showTimes, 500);

/** A new pipeline from nothing: a source, nodes that see where it is video, and a trigger node. */

import { CameraMap, cameraMap } from './camera_map.js';
import { post } from './api.js';
import { field, fingerprint, h, select } from './dom.js';
import { sourceTrial } from './source_trial.js';
import { onMachine } from './ways.js';

const NAMES = 'Letters of any language, digits, spaces, _ and -; at most 60 characters.';
const SEES = [
  ['line', 'People who cross a line'],
  ['zone', 'People who enter a zone'],
];
const WAYS = [
  ['mqtt', 'An MQTT broker has them'],
  ['device', 'They are fetched from the device'],
  ['http', 'They are posted to this machine (HTTP)'],
  ['stream', 'They are a track of a video stream'],
  ['file', 'They were recorded in a file or a folder'],
];
const ADDRESSES = {
  mqtt: ['Broker', 'mqtt://10.0.0.3:1883', 'mqtts:// for TLS.'],
  http: ['Listen at', '0.0.0.0:8099', '127.0.0.1:8099 for senders on this machine only.'],
  device: ['Address of the device', 'https://10.0.0.4', 'A camera or a recorder.'],
  stream: ['Address of the stream', 'rtsp://user:pass@10.0.0.4/onvif', 'Its metadata track is read.'],
  file: ['File or folder', '/srv/recordings/messages.jsonl', 'In a folder of [console]. It is read once, at the speed at which the messages came.'],
};

const OCCASIONS = [
  ['built_in', 'Each thing that the source says has begun'],
  ['objects', 'The first object that comes into view, for a source that sends every frame'],
];
/** Kinds whose messages are frames with objects: nothing begins in them by itself. */
const OF_FRAMES = new Set(['deepstream', 'dlstreamer', 'onvif-metadata', 'roboflow', 'savant', 'supervision', 'ultralytics']);
const FIRST_CERTIFICATE = 'first'; // the choice to pin none
const KEYS = { mqtt: 'broker', http: 'listen', device: 'url', stream: 'url', file: 'path' };
/** Where the values are in messages of your own: the keys of a mapping, asked for one by one. */
const OWN_JSON = [
  ['source', 'Camera', 'camera', 'Where in a message its name is: a path, such as camera or data.cam (JMESPath). Leave it empty where the address or the topic names it.'],
  ['objects', 'List of objects', 'detections', 'Each message is then a frame. Leave it empty where each message is one event.'],
  ['label', 'Label of an object', 'label', 'In each object of the list, or in the message.'],
  ['rect', 'Box of an object', 'box', 'Four numbers. Leave it empty where there is none.'],
];
const BOX_FORMS = [['corner_size', 'left, top, width, height'], ['corners', 'left, top, right, bottom'], ['centre', 'centre x, centre y, width, height']];
const BOX_UNITS = [['pixels', 'pixels'], ['fractions', 'fractions, 0 to 1'], ['percent', 'percent']];

/** The fields of the dialog, and what looks at their source before the pipeline is made. `inputs` are the kinds of inputs of `GET /api/schema/inputs`, `pipelines` those of the file, `missing` the kinds that need packages. */
export function pipelineFields(inputs, pipelines, missing = {}) {
  const input = (name, attributes = {}) => h('input', { name, required: true, autocomplete: 'off', ...attributes });
  const sources = [['video', 'Video of a camera, or a video file'], ...Object.entries(inputs).map(([kind, { title }]) => [kind, `Messages: ${title}`])];
  const source = select(sources, 'video', { name: 'kind' });
  const place = h('div', { class: 'fields' });
  const address = () => place.querySelector('[name="source"], [name="address"]');
  const trial = sourceTrial(() => triedSource(new FormData(source.form), pipelines), address);
  const tried = h('div', { class: 'field' }, trial.button, trial.answer);
  const show = () => {
    place.replaceChildren(...(source.value === 'video' ? videoFields(input) : [...inputFields(input, source.value, inputs[source.value], pipelines)]), tried);
    if (source.value === 'video') place.firstElementChild.after(tried); // below the address
  };
  source.addEventListener('change', show);
  show();
  const isListening = () => place.querySelector('[name="way"]')?.value === 'http'; // nothing to connect to
  const showTrial = () => {
    trial.forget();
    trial.button.hidden = isListening();
  };
  for (const [node, kind] of [[place, 'input'], [place, 'change'], [source, 'change']]) node.addEventListener(kind, showTrial);
  let questioned = ''; // the address that was asked about already
  /** What is doubtful about the source: it was tried as it stands there, and does not work. */
  const questionSource = () => {
    const why = trial.refusal();
    if (!why || questioned === address().value) return [];
    questioned = address().value;
    return [{ name: address().name, what: why }];
  };
  const content = [
    field('Name', input('name', { pattern: '[\\p{L}\\p{M}\\p{N}_ \\-]+', title: NAMES, maxlength: '60', placeholder: 'gate' }), NAMES),
    field('Source', source, missingText(missing)),
    Object.keys(missing).length ? onMachine(missingWay(missing)) : '',
    place,
    h('h3', {}, 'SecurOS'),
    ...receiverFields(input, knownReceivers(pipelines)),
  ];
  return { content, questionSource };
}

/** Which kinds of messages are not in the list, and what brings them; empty: all are. */
function missingText(missing) {
  const kinds = Object.keys(missing);
  return kinds.length ? `Not in this list, because packages are missing: ${kinds.join(', ')}.` : '';
}

/** How the missing packages are installed. */
function missingWay(missing) {
  const commands = [...new Set(Object.values(missing).map((text) => text.split('\n').pop().trim()))];
  return ['Install them, then start the service and the console again: ', ...commands.flatMap((one, at) => [at ? ' and ' : '', h('code', {}, one)])];
}

/** The fields for the receiver of a new trigger node, and for its cameras where no camera map has them. */
export function triggerFields(pipelines, hasOwnCameras) {
  const input = (name, attributes = {}) => h('input', { name, required: true, autocomplete: 'off', ...attributes });
  return [...receiverFields(input, knownReceivers(pipelines)), hasOwnCameras ? camerasField(input) : null].filter(Boolean);
}

const camerasField = (input) => field('Cameras', input('cameras', { placeholder: '1' }), 'Ids of the cameras in SecurOS that show the event, such as 1 or 2,3.');

/** Error: the typed server is a receiver of the file, which has its password and its certificate already. */
function refuseKnownReceiver(form) {
  const { host, port, receiver_of: choice } = form.elements;
  if (!host || !choice) return; // it is chosen, or none is known
  const typed = `${host.value.trim()}:${port.value.trim()}`.toLowerCase();
  const known = [...choice.options].find((one) => one.text.toLowerCase().startsWith(`${typed}, as `));
  if (known) throw new Error(`Nothing was done: ${typed} is a receiver already. Choose it in the list "Receiver" above: it keeps its password and its certificate.`);
}

/** What a filled form says of the receiver: `receiver_of`, a node of the file (empty: a new receiver), and the values of the new node. */
export function receiverOf(form) {
  const text = (name) => (form.get(name) || '').trim();
  const known = text('receiver_of');
  const pin = text('certificate') === FIRST_CERTIFICATE ? '' : text('certificate');
  const values = known ? {} : { iss_ip: text('host'), iss_port: text('port'), iss_password: form.get('password'), ...(pin ? { iss_certificate_sha256: pin } : {}) };
  if (text('cameras')) values.iss_camera_ids = text('cameras');
  return { receiver_of: known, values };
}

/** The receivers of the file as `[pipeline/node, text]`: the first node of each. */
function knownReceivers(pipelines) {
  const found = new Map();
  for (const { name, nodes } of pipelines) {
    for (const { type, id, values } of nodes) {
      const receiver = `${values.iss_ip}:${values.iss_port ?? '3000'}${values.iss_path ?? ''}`;
      if (type === 'trigger_securos_event' && values.iss_ip && !found.has(receiver)) found.set(receiver, [`${name}/${id}`, `${receiver}, as ${name}/${id}`]);
    }
  }
  return [...found.values()];
}

function receiverFields(input, known) {
  const fields = [
    field('SecurOS server', input('host', { placeholder: '10.0.0.2' })),
    field('Port', input('port', { value: '3443', size: '6' })),
    certificateLook(),
    field('Password', input('password', { type: 'password', autocomplete: 'new-password' }), 'TOKEN of the receiver\'s script in SecurOS. It is sent to the server with the certificate that you have compared above.'),
  ];
  if (!known.length) return fields;
  const place = h('div', { class: 'fields' });
  const choice = select([...known, ['', 'Another SecurOS server']], known[0][0], { name: 'receiver_of' });
  const show = () => place.replaceChildren(...(choice.value ? [] : fields));
  choice.addEventListener('change', show);
  show();
  return [field('Receiver', choice, 'One that is known keeps its password and its certificate.'), place];
}

/** A look at the certificate of the server before a password is sent to it; one that was compared is pinned. */
function certificateLook() {
  const found = h('div', { role: 'status' });
  const look = h('button', { type: 'button', onclick: () => showCertificate(look, found) }, 'Show its certificate');
  return h('div', { class: 'field certificate' }, look, found);
}

/** Shows the certificate, or why there is none, in `found`; true where the address is one that can be asked. */
async function showCertificate(look, found) {
  const { host, port } = look.form.elements;
  const asked = `${host.value}:${port.value}`;
  for (const field of [host, port]) field.oninput = () => found.replaceChildren(); // what is shown is of another server then
  look.disabled = true;
  found.replaceChildren(h('p', { class: 'hint' }, 'Asking the server …'));
  let shown;
  let isAddress = true;
  try {
    const { fingerprint: sha256, is_signed: isSigned } = await post('targets/certificate', { host: host.value.trim(), port: port.value.trim() });
    shown = [fingerprint(sha256), ...pinChoice(sha256, isSigned)];
  } catch (refusal) {
    if (refusal.status === undefined) throw refusal;
    isAddress = refusal.body?.argument === 'receiver';
    shown = [h('p', { class: 'error' }, refusal.message)];
  } finally {
    look.disabled = false;
  }
  if (`${host.value}:${port.value}` === asked) found.replaceChildren(...shown);
  return isAddress;
}

/** What a person decides about a certificate: one that no CA has signed is not accepted without a word. */
function pinChoice(sha256, isSigned) {
  const option = (id, value, text, attributes) => h('div', { class: 'field check' }, h('input', { id, name: 'certificate', value, ...attributes }), h('label', { for: id }, text));
  const pin = (attributes) => option('pin-certificate', sha256, 'It is the same: pin it, and accept no other one', attributes);
  if (isSigned) return [h('p', { class: 'hint' }, 'A CA that this machine trusts has signed it: nothing has to be compared.'), pin({ type: 'checkbox' })];
  const choice = { type: 'radio', required: true };
  return [h('p', { class: 'hint' }, 'Compare it with the fingerprint that the receiver printed when it was set up, or that the SecurOS server itself shows.'), pin(choice), option('first-certificate', FIRST_CERTIFICATE, 'I cannot compare it now: accept the first one that the server shows', choice)];
}

/** Looks at a new receiver that nobody has looked at; gives what is doubtful: it does not answer. Error: its certificate is still to be compared. */
export async function seeReceiver(form) {
  refuseKnownReceiver(form);
  const place = form.querySelector('.certificate');
  if (!place || place.querySelector('.fingerprint, .error')) return []; // known, or looked at
  const [look, found] = place.children;
  if (!(await showCertificate(look, found))) return []; // the mistake is said at its field
  if (found.querySelector('.error')) return [{ name: '', what: 'The receiver does not answer (see above): its events wait until it does.' }];
  if (found.querySelector('[required]')) throw new Error('Nothing was done: compare the certificate of the receiver above, and choose one of the two.');
  return [];
}

/** True for a kind whose messages are read by a mapping, which has to be written. */
const isMapped = ({ ways }) => Object.values(ways).some(({ required }) => required.includes('mapping'));

function mappingFields(input) {
  const texts = OWN_JSON.map(([key, label, placeholder, hint]) => field(label, input(`mapping_${key}`, { placeholder, required: false, spellcheck: 'false' }), hint));
  return h('fieldset', { class: 'camera-map' }, h('legend', {}, 'Your JSON'), texts, h('div', { class: 'row' }, field('Numbers of a box', select(BOX_FORMS, 'corner_size', { name: 'mapping_rect_form' })), field('in', select(BOX_UNITS, 'pixels', { name: 'mapping_rect_unit' }))));
}

function videoFields(input) {
  return [
    field('Video', input('source', { placeholder: 'rtsp://user:pass@10.0.0.5/main' }), 'The address of a camera, or the path of a video file in a folder of [console].'),
    field('Event for', select(SEES, 'line', { name: 'sees' }), 'Draw the line or the zone afterwards on the page Draw.'),
    camerasField(input),
  ];
}

/** True where another source of this kind has no name: the new one then gets the pipeline's, so that texts name each. */
const needsName = (kind, pipelines) => pipelines.some(({ source }) => source?.type === kind && !source.values.name);

function inputFields(input, kind, described, pipelines) {
  const { ways } = described;
  const hasMapping = isMapped(described);
  const hasTopics = described.has_topics && !hasMapping;
  const known = Object.keys(ways).filter((key) => key !== 'http' || !hasTopics); // what comes by topic is not posted
  const way = select(WAYS.filter(([key]) => known.includes(key)), known[0], { name: 'way' });
  const place = h('div', { class: 'fields' });
  const show = () => place.replaceChildren(...wayFields(input, way.value, hasTopics));
  way.addEventListener('change', show);
  show();
  const map = new CameraMap({}, () => {});
  const named = needsName(kind, pipelines) ? h('p', { class: 'hint' }, 'There is a source of this kind already, so this one gets the name of the pipeline. Conditions find its values in ', h('code', {}, 'nodes.NAME'), ', with _ for spaces and -; ', h('code', {}, `nodes.${kind.replaceAll('-', '_')}`), ' is not known there.') : null;
  return [named, field('How they come', way), place, hasMapping ? mappingFields(input) : null, field('Event for', select(OCCASIONS, OF_FRAMES.has(kind) || hasMapping ? 'objects' : 'built_in', { name: 'occasion' })), map.node].filter(Boolean);
}

function wayFields(input, way, hasTopics) {
  const [label, placeholder, hint] = ADDRESSES[way];
  const address = field(label, input('address', { placeholder }), hint);
  if (way === 'http') return [address, field('Token', input('token', { type: 'password', minlength: '16', autocomplete: 'new-password' }), 'What senders show as "Authorization: Bearer TOKEN": 16 characters at least.')];
  if (way === 'stream' || way === 'file') return [address];
  const login = [field('User', input('user', { required: false })), field('Password of the source', input('source_password', { type: 'password', required: false, autocomplete: 'new-password' }), 'Leave both empty where no login is needed.')];
  return [address, ...login, way === 'mqtt' && !hasTopics ? field('Topics', input('topics', { placeholder: 'cameras/+/events' }), 'Separated by commas.') : null].filter(Boolean);
}

/** The body of `POST /api/pipelines` from the filled form. `pipelines` are those of the file. */
export function newPipelineBody(form, pipelines) {
  const text = (name) => (form.get(name) || '').trim();
  const { receiver_of: known, values } = receiverOf(form);
  const receiver = { interval: 2.0, ...values };
  const body = text('kind') === 'video' ? videoBody(text, receiver) : inputBody(form, text, receiver, pipelines);
  return { ...body, receiver_of: known };
}

/** What is tried of a filled form before the pipeline is made: its source, and the camera map of an input. */
function triedSource(form, pipelines) {
  const { source, cameras } = newPipelineBody(form, pipelines);
  return { values: source, cameras: cameras && Object.keys(cameras).length ? cameras : source.type in VIDEO ? null : { '*': '1' } };
}

const VIDEO = { rtsp: true, stream: true, file: true };

function videoBody(text, receiver) {
  const address = text('source');
  const isStream = /^(https?|udp|rtmps?|srt):\/\//i.test(address);
  const source = isStream ? { type: 'stream', url: address } : address.includes('://') ? { type: 'rtsp', url: address } : { type: 'file', path: address, realtime: true }; // what a mistyped address lacks, the check says
  const isLine = text('sees') === 'line';
  const seeing = isLine
    ? { type: 'line_counter', id: 'line', units: 'fractions', lines: { line1: [[0.5, 0.2], [0.5, 0.8]] } }
    : { type: 'zone_presence', id: 'zone', units: 'fractions', rois: { zone1: [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]] } };
  const trigger = {
    type: 'trigger_securos_event',
    id: isLine ? 'line_alarm' : 'zone_alarm',
    event_source: 'custom',
    trigger: isLine ? 'nodes.line.lines.line1.total_objects_crossed_delta > 0' : 'nodes.zone.rois.zone1.objects_entered_delta > 0',
    trigger_mode: 'level',
    event_name: isLine ? 'Line crossed' : 'Zone entered',
    ...receiver,
    send_bounding_boxes: true,
    bounding_box_object_filter: isLine ? 'nodes.line.lines.line1.cur_dir1_objects, nodes.line.lines.line1.cur_dir2_objects' : 'nodes.zone.rois.zone1.current_objects',
  };
  return { name: text('name'), source, nodes: [{ type: 'detector', id: 'detector1' }, { type: 'tracker', id: 'tracker1' }, seeing, trigger] };
}

function inputBody(form, text, receiver, pipelines) {
  const way = text('way');
  const source = { type: text('kind'), [KEYS[way]]: text('address') };
  if (needsName(source.type, pipelines)) source.name = text('name');
  if (text('user')) source.user = text('user');
  if (form.get('source_password')) source.password = form.get('source_password');
  if (form.get('token')) source.token = form.get('token');
  if (way === 'file') source.realtime = true;
  if (form.get('mapping_rect_form')) source.mapping = mappingOf(text);
  if (text('topics')) source.topics = text('topics').split(',').map((one) => one.trim()).filter(Boolean);
  const occasion = text('occasion') === 'built_in' ? { event_source: 'built_in' } : { event_source: 'custom', trigger: 'len(objects) > 0', trigger_mode: 'rising_edge', event_name: 'Object in view' };
  const trigger = { type: 'trigger_securos_event', id: 'alarm', ...occasion, ...receiver, send_bounding_boxes: true };
  return { name: text('name'), source, nodes: [trigger], cameras: cameraMap(form.getAll('map_name'), form.getAll('map_ids')) };
}

const SOURCE_FIELDS = { url: 'address', path: 'address', broker: 'address', listen: 'address', password: 'source_password' };
const NODE_FIELDS = { iss_ip: 'host', iss_port: 'port', iss_password: 'password', iss_camera_ids: 'cameras' };

/** The field of the dialog that a mistake in a setting of the new pipeline is about. */
export function pipelineField(key, place) {
  if (place.includes('mapping')) return `mapping_${key}`;
  if (place.includes('.cameras')) return 'map_ids';
  if (/\bnodes\b/.test(place)) return NODE_FIELDS[key] || key;
  return (document.querySelector('dialog [name="source"]') && { url: 'source', path: 'source' }[key]) || SOURCE_FIELDS[key] || key;
}

function mappingOf(text) {
  const found = Object.fromEntries(OWN_JSON.map(([key]) => [key, text(`mapping_${key}`)]).filter(([, value]) => value));
  return found.rect ? { ...found, rect_form: text('mapping_rect_form'), rect_unit: text('mapping_rect_unit') } : found;
}

/** Every part of every pipeline in a form; a new pipeline; undo. */

import { get, part as escaped, post, request } from '../shared/api.js';
import { camerasLabel } from '../shared/camera_names.js';
import { askAll, dialog } from '../shared/dialog.js';
import { keepTyped, wasOpen } from '../shared/dialog_draft.js';
import { draftOf } from '../shared/tab_store.js';
import { empty, field, h, loading, select, toast, tryAgain, unturned } from '../shared/dom.js';
import { causedBy, unplacedSentences } from '../shared/findings.js';
import { LiveImage } from '../shared/live_image.js';
import { BROKEN_FILE, NodeForm, saySaved } from '../shared/node_form.js';
import { nameInPath } from '../shared/name_in_path.js';
import { newPipelineBody, pipelineField, pipelineFields, receiverOf, seeReceiver, triggerFields } from '../shared/new_pipeline.js';
import { pipelineState } from '../shared/pipeline_state.js';
import { offerInDialog, questionCameras } from '../shared/receiver_cameras.js';
import { ChangedFile, pipelineIn, receiverIn, save, whatChanged } from '../shared/save.js';
import { isSame } from '../shared/schema_form.js';
import { page } from '../shared/shell.js';
import { putInForceBack, undo } from '../shared/undo.js';
import { watchUnsaved } from '../shared/unsaved.js';

const NARROW = matchMedia('(max-width: 900px)'); // as in the stylesheet
const NEW_PIPELINE = 'new pipeline'; // the draft of its dialog
const NODE_TYPES = ['trigger_securos_event', 'detector', 'tracker', 'line_counter', 'zone_presence', 'event', 'metadata_recorder'];
const NODE_SENTENCES = {
  trigger_securos_event: 'Sends an event to SecurOS when its condition is true.',
  detector: 'Finds people and things in the images.',
  tracker: 'Follows what a detector has found from image to image, so that each keeps its number.',
  line_counter: 'Counts what crosses lines that you draw. It needs a tracker before it.',
  zone_presence: 'Counts what is in zones that you draw, and what enters and leaves them.',
  event: 'Raises an event for the nodes behind it when its condition becomes true.',
  metadata_recorder: 'Writes what the nodes before it found into a file, to replay it later.',
};
const MANY_PIPELINES = 6; // then only the parts of the open one are listed

page('nodes', async ({ main, live, can }) => {
  const tree = h('nav', { class: 'panel tree', 'aria-label': 'Parts of the pipelines' });
  const openPart = h('span', { class: 'hint' });
  const parts = h('details', { class: 'parts', open: true }, h('summary', {}, 'All parts', openPart), tree); // on a narrow page folded when one is chosen
  const editor = h('section', { class: 'panel detail', 'aria-label': 'Form', tabindex: '-1' });
  const side = h('aside', { class: 'panel side', 'aria-label': 'Live image' });
  const stopped = h('p', { class: 'notice bad', role: 'status', hidden: true });
  const mistakes = h('div', { role: 'alert' });
  let writing = 0; // saves that are under way
  const changed = new ChangedFile(live, () => load(), () => writing > 0 || Boolean(form?.isBusy));
  const made = h('div', { role: 'status' }); // what to do next with a new pipeline
  const middle = h('div', { class: 'middle' }, changed.node, mistakes, made, editor);
  main.append(h('h1', { class: 'unseen' }, 'Nodes'), h('div', { class: 'three' }, parts, middle, side));
  tree.append(loading());
  editor.append(loading());
  side.hidden = true;
  const schemas = await get('schema/nodes');
  let config;
  let undoing;
  let inForceKept = null; // what the service runs with where that is another text, which can be put back
  let asking = null; // the last question about that
  let form = null;
  let image = null;

  /** The kinds of inputs: asked for where they are needed, since there are many. */
  async function inputs() {
    if (!schemas.inputs) ({ inputs: schemas.inputs, missing: schemas.missing } = await get('schema/inputs'));
    return schemas.inputs;
  }

  /** Shows the file as it is now; `before` is called once it has been read. */
  async function load(before = () => {}) {
    [config, undoing] = await Promise.all([get('config'), get('config/undo')]);
    inForceKept = null;
    changed.shows(config);
    before();
    showTree();
    askWhatIsInForce();
    await open();
  }

  /** Asks what the service runs with. One that hangs answers late: the page does not wait for it. */
  async function askWhatIsInForce() {
    const own = get('config/in-force');
    asking = own;
    let kept = null;
    let unknown = '';
    try {
      ({ in_force: kept } = await own);
    } catch (refusal) {
      if (refusal.status === undefined) throw refusal;
      unknown = `It is not known whether the service runs with this file: ${refusal.message}`;
      live.afterRefusal(refusal, () => asking === own && askWhatIsInForce());
    }
    if (asking !== own) return; // the file has been read anew since
    inForceKept = kept;
    mistakes.replaceChildren(...wrongWithFile(), unknown && h('p', { class: 'notice wait' }, unknown));
  }

  function showTree() {
    const isLong = config.pipelines.length > MANY_PIPELINES;
    const partsOf = (pipeline) => {
      const parts = [['sources', pipeline.source], ...pipeline.nodes.map((node) => ['nodes', node]), ['sinks', hasImages(schemas, pipeline) ? pipeline.sink : null]].filter(([, part]) => part);
      const links = parts.map(([kind, part]) => {
        const name = PART_NAMES[kind] || part.id;
        const hash = hashOf(pipeline, kind, part);
        return h('li', {}, h('a', { href: hash }, h('span', {}, name), h('span', { class: 'hint' }, typeName(kind, part))));
      });
      return h('ul', {}, links);
    };
    const items = config.pipelines.map((pipeline) => {
      const add = can('configure') ? h('button', { type: 'button', class: 'plain', onclick: whenSaved(() => addNode(pipeline)), 'aria-label': `Add a node to ${pipeline.name}` }, 'Add node') : null;
      const name = h('h2', { title: pipeline.name }, h('a', { href: `#${escaped(pipeline.name)}` }, pipeline.name));
      const section = h('section', { 'data-name': pipeline.name }, h('div', { class: 'panel-head' }, name, isLong ? null : add), isLong ? null : partsOf(pipeline));
      if (isLong) section.unfold = () => section.append(partsOf(pipeline), add || ''); // of hundreds only the open one has its parts listed
      return section;
    });
    tree.classList.toggle('is-long', isLong);
    const buttons = can('configure') && h(
      'div',
      { class: 'row' },
      config.pipelines.length || isUnknown() ? h('button', { type: 'button', disabled: isUnknown(), onclick: whenSaved(newPipeline) }, 'New pipeline') : null, // without one the button is in the middle
      h('button', { type: 'button', disabled: Boolean(config.mistakes), onclick: whenSaved(siteSettings) }, 'Site settings'),
      h('button', { type: 'button', disabled: !config.can_undo, onclick: whenSaved(undoLast) }, undoing.puts_last_save_back ? 'Put the last save back' : undoing.is_redo ? 'Redo last save' : 'Undo last save'),
    );
    const none = config.mistakes ? runningParts() : empty('No pipeline yet.');
    tree.replaceChildren(...[...items, config.pipelines.length ? null : none, buttons].filter(Boolean));
    mistakes.replaceChildren(...wrongWithFile());
  }

  /** What is to be said of the file: its mistakes, or that the service runs with another text, with the ways out. */
  function wrongWithFile() {
    const inForce = inForceKept && can('configure') ? h('button', { type: 'button', onclick: whenSaved(putBack) }, 'Put back what is in force') : '';
    if (!config.mistakes) return inForce ? [h('div', { class: 'notice wait' }, h('p', { class: 'strong' }, 'The file is not what the service runs with.'), h('p', {}, whyNotInForce(inForceKept)), h('p', { class: 'ways row' }, inForceKept.needs_restart.length ? '' : h('button', { type: 'button', onclick: whenSaved(() => change(() => post('config/reload'))) }, 'Put the file in force'), inForce))] : [];
    const ways = [`correct them ${isUnknown() ? 'in the file' : 'in their forms or in the file'}`, inForceKept && 'put back what is in force', config.can_undo && (undoing.puts_last_save_back ? 'put the last save back' : 'undo the last save')].filter(Boolean).join(', or ');
    return [h('div', { class: 'notice bad' }, h('p', { class: 'strong' }, BROKEN_FILE), h('pre', { tabindex: '0' }, config.mistakes), h('p', {}, `${ways.charAt(0).toUpperCase()}${ways.slice(1)}.`), inForce ? h('p', { class: 'ways row' }, inForce) : null)];
  }

  /** Why the service does not run with the file, and what only a restart helps with. */
  function whyNotInForce({ needs_restart: settings }) {
    if (!settings.length) return 'It was changed outside of the console, or the service has refused it.';
    return `The service reads ${settings.join(', ')} at its start only: restart it, and the whole file is in force.`;
  }

  /** What the service runs with, while the file cannot be read as far as its pipelines: to look at only. */
  function runningParts() {
    const running = (live.overview?.pipelines || []).filter(({ state }) => state);
    if (!running.length) return empty('The pipelines are not known.');
    const sections = running.map(({ name, nodes }) => h('section', {}, h('div', { class: 'panel-head' }, h('h2', { title: name }, name)), h('ul', {}, [...new Set(nodes.map(({ id }) => id))].map((id) => h('li', {}, id)))));
    return h('div', { class: 'of-service' }, h('p', { class: 'hint' }, 'The service runs with these. They cannot be changed before the file is correct.'), sections);
  }

  /** True where the file is so wrong that its pipelines are not known. */
  const isUnknown = () => Boolean(config.mistakes) && !config.pipelines.length;

  /** Opens the part that the address names, by its id or its type, else the first trigger node. */
  async function open() {
    goToPlace();
    const [name, id, key = ''] = location.hash.slice(1).split('/').map(decodeURIComponent);
    const pipeline = config.pipelines.find((one) => one.name === name) || config.pipelines[0];
    if (form) form.stop();
    if (!pipeline && isUnknown()) {
      editor.replaceChildren(empty('There is no form yet.', 'The file cannot be read as far as its pipelines.'));
      side.hidden = true;
      return;
    }
    if (!pipeline) {
      editor.replaceChildren(empty('Nothing to edit yet.', 'A pipeline reads a camera, analyses its images with nodes, and a trigger node sends events.', can('configure') ? h('button', { type: 'button', class: 'primary', onclick: newPipeline }, 'New pipeline') : null));
      side.hidden = true;
      return;
    }
    const isSource = location.hash.includes('/') && id === '';
    const isSink = id === '' && location.hash.endsWith('//') && pipeline.sink;
    const part = isSink ? pipeline.sink : isSource ? pipeline.source : pipeline.nodes.find((one) => one.id === id) || pipeline.nodes.find((one) => one.type === id) || pipeline.nodes.find((one) => one.type === 'trigger_securos_event') || pipeline.nodes[0] || pipeline.source;
    const kind = part === pipeline.sink ? 'sinks' : part === pipeline.source ? 'sources' : 'nodes';
    const isInput = kind === 'sources' && !(part.type in schemas.sources);
    if (isInput) await inputs();
    const schema = schemaOf(schemas, kind, part);
    showImage(pipeline.name);
    markOpen(pipeline, kind, part);
    if (!schema) {
      editor.replaceChildren(empty(`A part of the type ${part.type} has no form.`, schemas.missing?.[part.type] || 'Change it in the configuration file.'));
      return;
    }
    const cameras = isInput ? pipeline.cameras || {} : null;
    const typed = kind === 'sinks' && draftOf(`sinks ${pipeline.name}/${part.id}`)?.type;
    if (typed && typed in schemas.sinks && typed !== part.type) {
      retype(pipeline, typed);
      return;
    }
    form = new NodeForm({ pipeline: pipeline.name, kind, part, cameras, retype: (type) => retype(pipeline, type) }, schema, config, formDoes);
    const remove = kind === 'nodes' && can('configure') ? h('button', { type: 'button', class: 'plain', onclick: whenSaved(() => removeNode(pipeline.name, part.id)) }, 'Remove node') : '';
    const removeAll = kind === 'sources' && can('configure') ? h('button', { type: 'button', class: 'plain', onclick: whenSaved(() => removePipeline(pipeline)) }, 'Remove pipeline') : '';
    const drawing = ['line_counter', 'zone_presence'].includes(part.type) ? h('a', { class: 'button', href: `/draw.html#${escaped(pipeline.name)}/${escaped(part.id)}` }, 'Draw') : '';
    form.others.append(drawing, h('span', { class: 'space' }), remove, removeAll);
    editor.replaceChildren(form.node);
    if (!key) return;
    form.goTo(key);
    shownHash = `#${escaped(name)}/${escaped(id)}`; // a save opens the form anew, and jumps no second time
    history.replaceState(null, '', shownHash);
  }

  /** Turns an address with a place of the file, `pipelines[0].nodes[2].labels`, into that of its form and its field. */
  function goToPlace() {
    const [, at, kind, number, key] = decodeURIComponent(location.hash).match(/^#pipelines\[(\d+)\](?:\.(source|sink|nodes)(?:\[(\d+)\])?)?(?:\.(\w+))?/) || [];
    const pipeline = config.pipelines[Number(at)];
    if (!pipeline) return;
    const id = kind === 'nodes' ? pipeline.nodes[Number(number)]?.id ?? '' : '';
    const tail = { nodes: `/${escaped(id)}${key ? `/${escaped(key)}` : ''}`, sink: '//', source: key ? `//${escaped(key)}` : '/' }[kind] ?? '';
    history.replaceState(null, '', `#${escaped(pipeline.name)}${tail}`);
  }

  let opened = []; // the pipeline, the kind and the part that are open

  /** Marks the open part in the list. */
  function markOpen(...now) {
    opened = now;
    const [pipeline, kind, part] = opened;
    openPart.textContent = `open: ${pipeline.name} / ${PART_NAMES[kind] || part.id}`;
    for (const section of tree.querySelectorAll('section')) {
      const isOpen = section.dataset.name === pipeline.name;
      section.classList.toggle('is-open', isOpen);
      if (isOpen && section.unfold && !section.querySelector('ul')) section.unfold();
    }
    for (const link of tree.querySelectorAll('ul a')) {
      const isOpen = link.getAttribute('href') === hashOf(pipeline, kind, part);
      link.toggleAttribute('aria-current', isOpen);
      if (isOpen) link.setAttribute('aria-current', 'true');
    }
  }

  /** The form of a sink of another type, which is not saved yet. */
  function retype(pipeline, type) {
    if (form) form.stop();
    const sink = { ...pipeline.sink, type, before: pipeline.sink };
    form = new NodeForm({ pipeline: pipeline.name, kind: 'sinks', part: sink, retype: (other) => retype(pipeline, other) }, schemas.sinks[type], config, formDoes);
    editor.replaceChildren(form.node);
    form.changed();
  }

  function showImage(name) {
    side.hidden = false;
    showStopped(name);
    if (image && image.pipeline === name) return;
    if (image) image.end();
    image = new LiveImage(name, { width: 480 });
    side.replaceChildren(h('h2', {}, 'Now'), image.node, stopped); // below the image: it moves no field under the mouse
  }

  /** Says why the open pipeline has no frames or messages: what is wrong is in one of its forms. */
  function showStopped(name) {
    const found = live.overview?.pipelines.find((one) => one.name === name);
    const [kind, text] = found ? pipelineState(found) : ['off', ''];
    stopped.hidden = kind !== 'bad' && kind !== 'wait';
    stopped.className = `notice ${kind}`;
    stopped.textContent = unturned(`${name}: ${text}`);
  }
  live.on('overview', () => image && showStopped(image.pipeline));
  let running = '';
  live.on('overview', ({ pipelines }) => {
    const now = JSON.stringify(pipelines.map(({ name, state, nodes }) => [name, Boolean(state), nodes.map(({ id }) => id)]));
    if (now === running) return;
    running = now;
    if (config && isUnknown()) showTree(); // the list is that of the service
  });

  const formDoes = { can, saved: showSaved, conflict, reopen, addRecorder: (name) => whenSaved(() => addNode(pipelineIn(config, name), 'metadata_recorder'))() };

  /** Shows the part of the form `from` as it was saved, and how that ended. */
  async function showSaved(answer, from) {
    try {
      await load();
    } catch (refusal) {
      saySaved(answer); // what is in the file now is not known, but this is
      throw refusal;
    }
    if (form?.draftKey === from.draftKey) form.showSaved(answer);
    else saySaved(answer);
  }

  /** Shows the open part as it is in the file; the button that was pressed is gone then. */
  async function reopen() {
    await open();
    editor.focus({ preventScroll: true });
  }

  async function conflict(from) {
    const who = await whatChanged(config).catch(() => ''); // without it the dialog says less; what is wrong with the console, the page says
    const text = 'Go on with the file as it is now and what you typed: the page says which of it has other values in the file. A password has to be typed again.';
    const other = { label: 'Throw away what I typed', submit: () => load(() => from.leave()) };
    const asked = dialog('The file has changed', [h('p', {}, 'The file has changed since you opened this form. Nothing was overwritten.'), who && h('p', {}, who), h('p', {}, text)], 'Keep what I typed', () => load(), { other });
    asked.addEventListener('close', () => form?.showNote()); // after the browser has given the focus back
  }

  /** What reads the file again when it is done waits until the form is saved. */
  const whenSaved = (work) => () => (form && form.isUnsaved ? toast('Save what you typed in the form first, or throw it away: both buttons are below the form.', 'wait') : work());

  async function change(work, done = '') {
    writing += 1;
    try {
      const answer = await work();
      if (done) toast(done);
      saySaved(answer);
      await load();
    } finally {
      writing -= 1;
    }
  }

  /** For a dialog about the file as it was: closes it, and opens it on the file as it is now. */
  const readAgain = (reopen) => async (asked) => {
    asked.close();
    await load();
    await reopen();
  };

  /** Sends what puts another version of the file in the place of this one. */
  const write = (path, done) => change(() => request('POST', path, {}, { 'If-Match': `"${config.digest}"` }), done);

  const undoLast = () => undo(write, readAgain(undoLast));
  const putBack = () => putInForceBack(write, readAgain(putBack));

  /** Whether the receiver that a person has chosen, that of the node `chosen`, is in the file `now` what it was in the file that was `seen`. */
  const isReceiverAsSeen = (chosen, now, seen) => !chosen || receiverIn(now, chosen) === receiverIn(seen, chosen);

  function addNode(pipeline, wantedType = NODE_TYPES[0]) {
    const seen = config; // the receivers that are offered are those of this file
    const content = [field('Type', select(NODE_TYPES.map((type) => [type, type.replace(/_/g, ' ')]), wantedType, { name: 'type' }), NODE_SENTENCES[wantedType]), field('Id', h('input', { name: 'id', required: true, pattern: '[A-Za-z_][A-Za-z0-9_]*', title: 'Letters, digits and _, and no digit first.' }), 'Its name in the metadata: letters, digits and _.')];
    const [type] = content[0].querySelectorAll('select');
    const more = h('div', { class: 'fields' });
    const ask = {
      metadata_recorder: () => [field('File', h('input', { name: 'path', required: true, placeholder: 'recordings/gate.jsonl' }), 'The recording, in a folder of [console].')],
      trigger_securos_event: () => [h('p', { class: 'hint' }, 'It is off at first: set its condition in its form, then switch "Enabled" on.'), ...triggerFields(config.pipelines, !pipeline.cameras)],
    };
    const place = select([...pipeline.nodes.map(({ id }) => [id, `before ${id}`]), ['', 'at the end']], '', { name: 'before' });
    const showMore = () => {
      place.value = usualPlace(type.value, pipeline.nodes);
      content[0].querySelector('.hint').textContent = NODE_SENTENCES[type.value];
      more.replaceChildren(...(ask[type.value]?.() || []));
    };
    type.addEventListener('change', showMore);
    showMore();
    const node = dialog(`Add a node to ${pipeline.name}`, [...content, field('Place', place, 'A node sees what those before it have found.'), more], 'Add', async (entered) => {
      const isTrigger = entered.get('type') === 'trigger_securos_event';
      const typed = node.querySelector('form');
      if (isTrigger) await askAll(() => seeReceiver(typed), () => questionCameras(typed));
      const path = entered.get('path');
      const receiver = isTrigger ? receiverOf(entered) : { receiver_of: '', values: {} };
      const values = { type: entered.get('type'), id: entered.get('id'), ...(STARTS[entered.get('type')] || {}), ...receiver.values, ...(path ? { path } : {}) };
      const body = { values, before: entered.get('before'), receiver_of: receiver.receiver_of };
      const idsOf = (one) => one?.nodes.map(({ id }) => id); // the place of the new node is among them
      await change(() => save('POST', `config/nodes/${nameInPath(pipeline.name)}`, () => body, seen, (now) => isSame(idsOf(pipelineIn(now, pipeline.name)), idsOf(pipeline)) && isReceiverAsSeen(receiver.receiver_of, now, seen)));
      done();
      location.hash = `#${escaped(pipeline.name)}/${escaped(values.id)}`;
    }, { fieldOf: pipelineField, again: readAgain(() => addNode(pipelineIn(config, pipeline.name) || pipeline)) });
    offerInDialog(node.querySelector('form'));
    const done = keepTyped(node, `new node of ${pipeline.name}`, ['type', 'receiver_of']);
  }

  /** The settings of the whole site that a remark may ask for. */
  function siteSettings() {
    const seen = config;
    const { time_zone: zone = '', max_size_mb: sizeMb = '' } = seen.site;
    const zones = h('datalist', { id: 'zones' }, (Intl.supportedValuesOf?.('timeZone') || []).map((one) => h('option', { value: one })));
    const content = [
      field('Time zone', h('input', { name: 'time_zone', value: zone, list: 'zones', autocomplete: 'off', placeholder: 'Europe/Berlin' }), 'Of active hours. Empty: that of the service’s machine.'),
      zones,
      field('Largest size of the outbox (MB)', h('input', { name: 'max_size_mb', type: 'number', min: '16', step: '1', value: String(sizeMb) }), 'An event that does not fit is lost. Empty: 2,048 MB.'),
    ];
    dialog('Site settings', content, 'Save', async (entered) => {
      const typed = { time_zone: entered.get('time_zone').trim(), max_size_mb: entered.get('max_size_mb') };
      const values = Object.fromEntries(Object.entries(typed).filter(([, text]) => text !== '').map(([key, text]) => [key, key === 'max_size_mb' ? Number(text) : text]));
      const body = { values, removes: Object.keys(typed).filter((key) => typed[key] === '') };
      await change(() => save('PUT', 'config/site', () => body, seen, (now) => isSame(now.site, seen.site)));
    }, { again: readAgain(siteSettings) });
  }

  async function removeNode(pipeline, id) {
    const { mistakes: wrong, warnings } = await causedBy({ pipeline, node: id, is_removed: true }, config.warnings);
    const caused = [...wrong, ...warnings];
    const list = caused.length ? [h('p', { class: 'strong' }, 'Others need it:'), h('ul', { class: 'notice bad' }, unplacedSentences(caused).map((text) => h('li', {}, text)))] : [];
    const isCode = config.pipelines.find(({ name }) => name === pipeline)?.nodes.find((one) => one.id === id)?.type === 'function';
    if (isCode) list.unshift(h('p', {}, 'It runs Python code of your own. The file with the code stays, but the node cannot be made in the browser again, only brought back by "Undo last save".'));
    dialog(`Remove ${id}`, [...list, h('p', {}, 'Events that wait for its receiver are still delivered. "Undo last save" brings the node back.')], 'Remove', () => change(() => save('DELETE', `config/nodes/${nameInPath(pipeline)}/${nameInPath(id)}`, () => undefined, config, isAsSeen(pipelineIn(config, pipeline)))), { isDanger: true, again: readAgain(() => removeNode(pipeline, id)) });
  }

  /** Whether a file has this pipeline as it was seen here. */
  const isAsSeen = (seen) => (now) => {
    const found = pipelineIn(now, seen.name);
    const partsOf = ({ source, sink, nodes, cameras }) => JSON.stringify([[source, sink, ...nodes].map((one) => one && [one.type, one.id, one.values]), cameras]);
    return found !== undefined && partsOf(found) === partsOf(seen);
  };

  function removePipeline(pipeline) {
    const { name, nodes } = pipeline;
    const triggers = nodes.filter(({ type }) => type === 'trigger_securos_event');
    const fires = triggers.map(({ id, values }) => h('li', {}, `${id}: ${values.event_name || 'the events of its source'}`, ...(values.iss_camera_ids ? [', on ', camerasLabel(String(values.iss_camera_ids).split(','))] : [])));
    const content = [
      fires.length ? h('p', {}, 'It stops at once, and these events are not sent any more:') : h('p', {}, 'It stops at once. It has no trigger node, so it sends no events now.'),
      fires.length ? h('ul', {}, fires) : null,
      h('p', {}, 'Events that wait for a receiver are still delivered. "Undo last save" brings the pipeline back.'),
      config.pipelines.length === 1 ? h('p', {}, 'It is the last one: the service then waits for a new one.') : null,
    ].filter(Boolean);
    dialog(`Remove the pipeline ${name}`, content, 'Remove pipeline', async () => {
      await change(() => save('DELETE', `pipelines/${nameInPath(name)}`, () => undefined, config, isAsSeen(pipeline)));
    }, { isDanger: true, again: readAgain(() => removePipeline(pipelineIn(config, name) || pipeline)) });
  }

  async function newPipeline() {
    const { content, questionSource } = pipelineFields(await inputs(), config.pipelines, schemas.missing);
    const seen = config; // the receivers that are offered are those of this file
    let done;
    const node = dialog('New pipeline', content, 'Create pipeline', async (entered) => {
      const typed = node.querySelector('form');
      await askAll(questionSource, () => seeReceiver(typed), () => questionCameras(typed));
      const bodyOf = ({ pipelines }) => newPipelineBody(entered, pipelines);
      await change(() => save('POST', 'pipelines', bodyOf, seen, (now) => isReceiverAsSeen(receiverOf(entered).receiver_of, now, seen))); // a name that is taken is refused
      done();
      showMade(bodyOf(config));
      node.addEventListener('close', () => made.querySelector('a').focus()); // after the browser has given the focus back
    }, { fieldOf: pipelineField, again: readAgain(newPipeline) });
    offerInDialog(node.querySelector('form'));
    done = keepTyped(node, NEW_PIPELINE, ['kind', 'way', 'receiver_of']);
  }

  let madeName = '';

  /** Goes to the node of a new pipeline that a person sets next, and says how. */
  function showMade({ name, nodes }) {
    madeName = name;
    const drawn = nodes.find(({ type }) => type in NOUNS);
    const next = drawn || nodes.at(-1);
    const way = drawn ? h('a', { class: 'button primary', href: `/draw.html#${escaped(name)}/${escaped(drawn.id)}` }, `Draw the ${NOUNS[drawn.type]}`) : null;
    const hint = drawn ? `Next: draw the ${NOUNS[drawn.type]} where you want it; until then it stands in the middle of the image.` : 'Next: look at its trigger below. Events come as soon as the source sends something.';
    const look = h('a', { class: 'button', href: '/' }, 'See it on the Overview');
    const source = h('a', { class: 'button source', href: hashOf({ name }, 'sources') }, 'Look at its source');
    made.replaceChildren(h('div', { class: 'notice' }, h('p', { class: 'strong' }, `The pipeline ${name} is made.`), h('p', { class: 'made-state' }), h('p', {}, hint), h('p', { class: 'ways row' }, way || '', source, look)));
    showMadeState();
    location.hash = `#${escaped(name)}/${escaped(next.id)}`;
  }

  /** Says what a new pipeline does: all is well only once its source gives something. */
  function showMadeState() {
    const [notice] = made.children;
    const found = notice && live.overview?.pipelines.find((one) => one.name === madeName);
    if (!notice) return;
    const [kind, text] = found ? pipelineState(found) : ['off', 'not known yet'];
    notice.className = `notice ${kind === 'off' ? '' : kind}`;
    const said = kind === 'good' ? '' : `${found?.state?.frames ? 'It sees nothing now' : 'It does not see anything yet'}: ${text}.`;
    const line = notice.querySelector('.made-state');
    if (line.textContent !== said) line.textContent = said; // a screen reader says each change
    notice.querySelector('.source').hidden = !['bad', 'wait'].includes(kind);
  }
  live.on('overview', showMadeState);

  /** Lists the parts anew after a save of a form that was left: the open form stays as it is. */
  async function showSavedTree() {
    config.can_undo = true;
    undoing = await get('config/undo');
    showTree();
    markOpen(...opened);
  }

  let shownHash = location.hash;

  /** Folds the list of parts on a narrow page while one of them was chosen: its form comes first. */
  const foldParts = () => (parts.open = !NARROW.matches || !location.hash);
  NARROW.addEventListener('change', foldParts);

  /** A save is under way: goes where the person wants to when it has ended well, or at once. */
  function askDuringSave(wanted) {
    const leaving = form;
    const text = `${leaving.name} is being saved. You go there as soon as that is done; if it is refused, you stay here and see why. When you go there at once the save goes on, a message says how it ended, and what you typed after "Save" is lost.`;
    const asked = dialog('A save is under way', h('p', {}, text), 'Go there at once', () => {
      leaving.leave();
      location.hash = wanted;
    });
    leaving.saving.then((isSaved) => {
      if (isSaved && leaving.isLeft) showSavedTree();
      if (!asked.open) return;
      asked.addEventListener('close', () => isSaved || leaving.goToMistake()); // after the browser has given the focus back
      asked.close();
      if (isSaved) location.hash = wanted;
    });
  }

  watchUnsaved(() => form !== null && form.isUnsaved);
  window.addEventListener('hashchange', () => {
    if (location.hash === shownHash) return;
    if (form && form.isUnsaved) {
      const wanted = location.hash;
      history.replaceState(null, '', shownHash || location.pathname);
      if (form.saving) {
        askDuringSave(wanted);
        return;
      }
      dialog('What you typed is not saved', h('p', {}, 'Another part has a form of its own: what you typed in this one is lost when you go there.'), 'Go there all the same', () => {
        form.leave();
        location.hash = wanted;
      }, { isDanger: true });
      return;
    }
    shownHash = location.hash;
    open();
    if (decodeURIComponent(location.hash.slice(1)).split('/')[0] !== madeName) made.replaceChildren();
    foldParts();
    if (NARROW.matches) middle.scrollIntoView();
  });
  try {
    await load();
    const asked = new URLSearchParams(location.search);
    const isAsked = asked.has('new');
    if (isAsked || asked.has('site')) history.replaceState(null, '', location.pathname + location.hash);
    foldParts();
    if (can('configure') && !isUnknown() && (isAsked || wasOpen(NEW_PIPELINE))) await newPipeline();
    else if (asked.has('site') && can('configure') && !config.mistakes) siteSettings();
  } catch (refusal) {
    tree.replaceChildren(empty('Not known.'));
    editor.replaceChildren(empty('The configuration cannot be read.', refusal.message, tryAgain()));
    toast(refusal.message, 'bad');
  }
});

/** False for an input: its messages have no images that a sink could write. */
const hasImages = ({ sources }, { source }) => Boolean(source) && source.type in sources;

/** The order in which nodes need what others have found. */
const ORDER = ['detector', 'tracker', 'line_counter', 'zone_presence', 'event', 'metadata_recorder', 'trigger_securos_event'];

/** The id of the node that a new one of a type usually stands before; empty: at the end. */
const usualPlace = (type, nodes) => nodes.find((one) => ORDER.indexOf(one.type) > ORDER.indexOf(type))?.id ?? '';

const NOUNS = { line_counter: 'line', zone_presence: 'zone' };
const PART_NAMES = { sources: 'Source', sinks: 'Sink' };
const hashOf = (pipeline, kind, part) => `#${escaped(pipeline.name)}/${{ sources: '', sinks: '/' }[kind] ?? escaped(part.id)}`;

function typeName(kind, part) {
  if (kind === 'sinks' && part.type === 'null') return 'none';
  return part.type === 'trigger_securos_event' ? 'trigger' : part.type.replace(/_/g, ' ');
}

function schemaOf({ trigger, nodes, sources, sinks, inputs }, kind, part) {
  if (kind === 'sinks') return sinks[part.type];
  if (kind === 'nodes') return part.type === 'trigger_securos_event' ? trigger : nodes[part.type];
  if (part.type in sources || !(part.type in inputs)) return sources[part.type];
  const { ways } = inputs[part.type];
  if ('path' in part.values) return ways.file;
  return ('listen' in part.values && ways.http) || ways.device || ways.stream || ways.mqtt;
}

/** What a node of a type needs so that it can be saved before it is filled in. */
const STARTS = {
  line_counter: { units: 'fractions', lines: { line1: [[0.3, 0.5], [0.7, 0.5]] } },
  zone_presence: { units: 'fractions', rois: { zone1: [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]] } },
  event: { event_type: 'Event', condition: 'true' },
  trigger_securos_event: { enabled: false, event_source: 'custom', trigger: 'len(objects) > 0', trigger_mode: 'rising_edge', event_name: 'Object in view' },
};

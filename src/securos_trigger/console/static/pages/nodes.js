/** Every part of every pipeline in a form; a new pipeline; undo. */

import { get, part as escaped, request } from '../shared/api.js';
import { dialog, empty, field, h, select, toast } from '../shared/dom.js';
import { LiveImage } from '../shared/live_image.js';
import { NodeForm, saySaved } from '../shared/node_form.js';
import { newPipelineBody, pipelineFields } from '../shared/new_pipeline.js';
import { page } from '../shared/shell.js';

const NODE_TYPES = ['trigger_securos_event', 'detector', 'tracker', 'line_counter', 'zone_presence', 'event', 'recorder'];

page('nodes', async ({ main, can }) => {
  const tree = h('nav', { class: 'panel tree', 'aria-label': 'Parts of the pipelines' });
  const editor = h('section', { class: 'panel detail', 'aria-label': 'Form', tabindex: '-1' });
  const side = h('aside', { class: 'panel side', 'aria-label': 'Live image' });
  main.append(h('h1', { class: 'unseen' }, 'Nodes'), h('div', { class: 'three' }, tree, editor, side));
  const schemas = await get('schema/nodes');
  let config;
  let form = null;
  let image = null;

  async function load() {
    config = await get('config');
    showTree();
    open();
  }

  function showTree() {
    const items = config.pipelines.map((pipeline) => {
      const parts = [['sources', pipeline.source], ...pipeline.nodes.map((node) => ['nodes', node])].filter(([, part]) => part);
      const links = parts.map(([kind, part]) => {
        const name = kind === 'sources' ? 'Source' : part.id;
        const hash = `#${escaped(pipeline.name)}/${kind === 'sources' ? '' : escaped(part.id)}`;
        return h('li', {}, h('a', { href: hash }, h('span', {}, name), h('span', { class: 'hint' }, part.type === 'trigger_securos_event' ? 'trigger' : part.type.replace(/_/g, ' '))));
      });
      const add = can('configure') ? h('button', { type: 'button', class: 'plain', onclick: () => addNode(pipeline), 'aria-label': `Add a node to ${pipeline.name}` }, 'Add node') : null;
      return h('section', {}, h('div', { class: 'panel-head' }, h('h2', {}, pipeline.name), add), h('ul', {}, links));
    });
    const buttons = h(
      'div',
      { class: 'row' },
      h('button', { type: 'button', disabled: !can('configure'), onclick: newPipeline }, 'New pipeline'),
      h('button', { type: 'button', disabled: !can('configure') || !config.can_undo, onclick: undo }, 'Undo last save'),
    );
    const mistakes = config.mistakes ? h('pre', { class: 'notice bad' }, config.mistakes) : null;
    tree.replaceChildren(...[mistakes, ...items, config.pipelines.length ? null : empty('No pipeline yet.', 'Begin with a camera or a file.'), buttons].filter(Boolean));
  }

  /** Opens the part that the address names, else the first trigger node. */
  function open() {
    const [name, id] = location.hash.slice(1).split('/').map(decodeURIComponent);
    const pipeline = config.pipelines.find((one) => one.name === name) || config.pipelines[0];
    if (form) form.stop();
    if (!pipeline) {
      editor.replaceChildren(empty('Nothing to edit yet.', 'A pipeline reads a camera, sees with its nodes, and a trigger node sends events.', can('configure') ? h('button', { type: 'button', class: 'primary', onclick: newPipeline }, 'New pipeline') : null));
      side.hidden = true;
      return;
    }
    const isSource = location.hash.includes('/') && id === '';
    const part = isSource ? pipeline.source : pipeline.nodes.find((one) => one.id === id) || pipeline.nodes.find((one) => one.type === 'trigger_securos_event') || pipeline.nodes[0] || pipeline.source;
    const kind = part === pipeline.source ? 'sources' : 'nodes';
    const schema = kind === 'sources' ? schemas.sources[part.type] : part.type === 'trigger_securos_event' ? schemas.trigger : schemas.nodes[part.type];
    showImage(pipeline.name);
    for (const link of tree.querySelectorAll('a')) {
      const isOpen = link.getAttribute('href') === `#${escaped(pipeline.name)}/${kind === 'sources' ? '' : escaped(part.id)}`;
      link.toggleAttribute('aria-current', isOpen);
      if (isOpen) link.setAttribute('aria-current', 'true');
    }
    if (!schema) {
      editor.replaceChildren(empty(`A part of the type ${part.type} has no form.`, 'Change it in the configuration file.'));
      return;
    }
    form = new NodeForm({ pipeline: pipeline.name, kind, part }, schema, config.digest, { can, saved: load, conflict });
    const remove = kind === 'nodes' && can('configure') ? h('button', { type: 'button', class: 'plain', onclick: () => removeNode(pipeline.name, part.id) }, 'Remove node') : '';
    const drawing = ['line_counter', 'zone_presence'].includes(part.type) ? h('a', { class: 'button', href: `/draw.html#${escaped(pipeline.name)}/${escaped(part.id)}` }, 'Draw') : '';
    form.node.querySelector('.foot').append(drawing, h('span', { class: 'space' }), remove);
    editor.replaceChildren(form.node);
  }

  function showImage(name) {
    side.hidden = false;
    if (image && image.pipeline === name) return;
    if (image) image.end();
    image = new LiveImage(name, { width: 480 });
    side.replaceChildren(h('h2', {}, 'Now'), image.node);
  }

  function conflict() {
    dialog('Another person has saved', [h('p', {}, 'The file was saved by another person since you opened this form. Nothing was overwritten.'), h('p', {}, 'Show the file as it is now; what you typed here is lost. Or cancel, copy what you need, and reload the page later.')], 'Show it as it is now', load);
  }

  async function change(work) {
    const answer = await work();
    saySaved(answer);
    await load();
  }

  function addNode(pipeline) {
    const content = [field('Type', select(NODE_TYPES.map((type) => [type, type.replace(/_/g, ' ')]), NODE_TYPES[0], { name: 'type' })), field('Id', h('input', { name: 'id', required: true, pattern: '[A-Za-z_][A-Za-z0-9_]*' }), 'Its name in the metadata: letters, digits and _.')];
    dialog(`Add a node to ${pipeline.name}`, content, 'Add', async (entered) => {
      const values = { type: entered.get('type'), id: entered.get('id'), ...(STARTS[entered.get('type')] || {}) };
      await change(() => request('POST', `config/nodes/${escaped(pipeline.name)}`, { values }, { 'If-Match': `"${config.digest}"` }));
      location.hash = `#${escaped(pipeline.name)}/${escaped(values.id)}`;
    });
  }

  function removeNode(pipeline, id) {
    dialog(`Remove ${id}`, h('p', {}, 'Events that wait for its receiver are still delivered. "Undo last save" brings the node back.'), 'Remove', () => change(() => request('DELETE', `config/nodes/${escaped(pipeline)}/${escaped(id)}`, undefined, { 'If-Match': `"${config.digest}"` })), { isDanger: true });
  }

  function newPipeline() {
    const content = pipelineFields();
    dialog('New pipeline', content, 'Make it', async (entered) => {
      const body = newPipelineBody(entered);
      await change(() => request('POST', 'pipelines', body, { 'If-Match': `"${config.digest}"` }));
      location.hash = `#${escaped(body.name)}/`;
    });
  }

  function undo() {
    dialog('Undo the last save', h('p', {}, 'The file goes back to what it was before the last save in the console.'), 'Undo', () => change(() => request('POST', 'config/undo', {}, { 'If-Match': `"${config.digest}"` })));
  }

  window.addEventListener('hashchange', () => {
    open();
    if (matchMedia('(max-width: 900px)').matches) editor.scrollIntoView();
  });
  try {
    await load();
  } catch (refusal) {
    editor.replaceChildren(empty('The configuration cannot be read.', refusal.message));
    toast(refusal.message, 'bad');
  }
});

/** What a node of a type needs so that it can be saved before it is filled in. */
const STARTS = {
  line_counter: { units: 'fractions', lines: { line1: [[0.3, 0.5], [0.7, 0.5]] } },
  zone_presence: { units: 'fractions', rois: { zone1: [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]] } },
  event: { event_type: 'Event', condition: 'true' },
};

/** Lines and zones, drawn on the live image, saved, and counting at once. */

import { get, part as escaped } from '../shared/api.js';
import { Canvas, isOutside } from '../shared/canvas.js';
import { dialog } from '../shared/dialog.js';
import { draftOf, draftText, forgetDraft, keepDraft } from '../shared/tab_store.js';
import { empty, h, loading, select, toast } from '../shared/dom.js';
import { causedBy, sentences, unplacedSentences, splitByPart, warningList } from '../shared/findings.js';
import { LiveImage } from '../shared/live_image.js';
import { nameInPath } from '../shared/name_in_path.js';
import { savedText, saySaved } from '../shared/node_form.js';
import { ChangedFile, pipelineIn, save as saveInFile, whatChanged } from '../shared/save.js';
import { isSame } from '../shared/schema_form.js';
import { page } from '../shared/shell.js';
import { number } from '../shared/texts.js';
import { watchUnsaved } from '../shared/unsaved.js';

const TYPES = { line_counter: ['lines', 'line'], zone_presence: ['rois', 'zone'] };

page('draw', async ({ main, live, can }) => {
  const changed = new ChangedFile(live, () => load(), () => saving !== null);
  const choice = h('select', { 'aria-label': 'Node' });
  const bar = h('div', { class: 'bar' }, h('label', { class: 'inline' }, 'Node', choice));
  const stage = h('section', { class: 'panel stage', 'aria-label': 'Drawing' });
  const side = h('section', { class: 'panel shapes', 'aria-label': 'Shapes' });
  main.append(h('h1', { class: 'unseen' }, 'Draw'), bar, changed.node, h('div', { class: 'split draw' }, stage, side));
  for (const node of [bar, side]) node.classList.add('is-coming'); // until it is known whether there is a node
  let config;
  let image = null;
  let frame = null;
  let isUnsaved = false;
  let changes = 0; // since the page was opened: what changes while a save is under way is not saved by it
  let chosen = ''; // the node that is open
  let outcome = null; // how the last save ended: a colour by meaning, and a sentence
  let saving = null; // the promise of whether a save ended well, while it is under way
  watchUnsaved(() => isUnsaved);

  /** Shows the file as it is now; `before` is called once it has been read. */
  async function load(before = () => {}) {
    config = await get('config');
    changed.shows(config);
    before();
    const nodes = config.pipelines.flatMap((pipeline) => pipeline.nodes.filter(({ type }) => type in TYPES).map((node) => [`${escaped(pipeline.name)}/${escaped(node.id)}`, `${pipeline.name} / ${node.id}`]));
    bar.hidden = side.hidden = !nodes.length;
    for (const node of [bar, side]) node.classList.remove('is-coming');
    if (!nodes.length) {
      if (config.mistakes) stage.replaceChildren(empty('The nodes are not known: the configuration file has mistakes.', config.mistakes));
      else stage.replaceChildren(empty('No node counts on lines or zones yet.', 'Add a line counter or a zone presence node on the page Nodes.', h('a', { class: 'button', href: '/nodes.html' }, 'Nodes')));
      return;
    }
    const wanted = location.hash.slice(1);
    const key = nodes.some(([one]) => one === wanted) ? wanted : nodes[0][0];
    choice.replaceChildren(...select(nodes, key).children);
    choice.value = key;
    open(key);
  }

  async function conflict(draftKey, noun) {
    const who = await whatChanged(config).catch(() => ''); // without it the dialog says less; what is wrong with the console, the page says
    const text = `The file has changed since you opened this page. Nothing was overwritten. Go on with the file as it is now and your drawing: the page says whether the ${noun}s in the file are others now.`;
    const other = { label: 'Throw away my drawing', submit: () => load(() => forgetDraft(draftKey)) };
    dialog('The file has changed', [who && h('p', {}, who), h('p', {}, text)], 'Keep my drawing', () => load(), { other });
  }

  function open(key) {
    const [name, id] = key.split('/').map(decodeURIComponent);
    const nodeIn = (read) => pipelineIn(read, name)?.nodes.find((one) => one.id === id);
    const node = nodeIn(config);
    const [table, noun] = TYPES[node.type];
    const isLine = noun === 'line';
    const isPixels = node.values.units !== 'fractions';
    chosen = key;
    isUnsaved = false;
    frame = null;
    let canvas = null;
    const draftKey = `draw ${key}`;
    let origin = null; // `digest` of the file that was drawn on, and `base`: its shapes
    const isContested = () => !isSame(origin.base, node.values[table]);
    const counts = h('div', { class: 'counts' }, h('p', { class: 'hint' }, 'Waiting for a frame …'));
    if (image) image.end();
    image = new LiveImage(name, {
      width: 1280,
      hasShapes: false,
      onNone: (text) => counts.replaceChildren(h('p', { class: 'hint' }, text)),
      onFrame: (found, isOld) => {
        frame = found;
        if (!canvas && (found.width || !isPixels)) canvas = start();
        if (!isOld) showCounts(counts, [...found.lines, ...found.zones].filter((one) => one.node === id), noneText(node, can));
      },
    });
    stage.replaceChildren(image.node);
    side.replaceChildren(h('h2', {}, isLine ? 'Lines' : 'Zones'), isPixels ? h('p', { class: 'hint' }, 'Waiting for a frame: the file has pixels, and its size must be known.') : '');
    if (!isPixels) canvas = start();

    function start() {
      const scale = isPixels ? [frame.width, frame.height] : [1, 1];
      let draft = can('configure') ? draftOf(draftKey) : null;
      if (draft && isSame(tableOf(draft.shapes, scale), node.values[table])) {
        forgetDraft(draftKey); // the file has the same by now
        draft = null;
      }
      origin = draft ? { digest: draft.digest, base: draft.base, typedBy: draft.typedBy } : { digest: config.digest, base: node.values[table] ?? null };
      const shapes = draft ? draft.shapes : Object.entries(node.values[table] || {}).map(([name_, points]) => ({ name: name_, points: points.map(([x, y]) => [x / scale[0], y / scale[1]]), isLine }));
      const made = new Canvas(shapes, { isFixed: !can('configure') });
      image.frame.append(made.node);
      showSide(made, shapes, scale, draft);
      return made;
    }

    function showSide(made, shapes, scale, draft) {
      const list = h('ul');
      const save = h('button', { type: 'button', class: 'primary', disabled: true, onclick: () => askAndSave(shapes, scale, save, showSaved) }, 'Save');
      const discard = h('button', { type: 'button', class: 'discard', hidden: true, onclick: () => throwAway(key) }, 'Throw away');
      const restored = draft ? h('p', { class: 'notice wait restored', role: 'status' }, [draftText(draft, 'drew'), isContested() ? inFile() : draft.digest === config.digest ? '' : `The file has been saved since then, but not the ${noun}s of this node.`].filter(Boolean).join(' ')) : null;
      const add = can('configure') ? h('button', { type: 'button', onclick: (event) => begin(made, shapes, event.detail === 0) }, `New ${noun}`) : '';
      const hint = h('p', { class: 'hint', role: 'status' });
      const warned = h('div', { role: 'status' });
      const next = h('div', { role: 'status' });
      const showSaved = (isSaved) => {
        if (isSaved && !isUnsaved) {
          const [kind, text] = outcome;
          next.replaceChildren(h('p', { class: kind }, text), h('a', { href: '/' }, 'See the events on the Overview'));
          if (document.activeElement === document.body) next.querySelector('a').focus(); // a button that is off has no focus
        }
        showWarnings();
        showCountsTitle();
      };
      const countsTitle = h('h2');
      const showCountsTitle = () => (countsTitle.textContent = isUnsaved ? 'Counting now, as saved' : 'Counting now'); // not by what is drawn
      const showWarnings = () => warned.replaceChildren(shapes.some(isOutside) ? '' : warningList(splitByPart(config.warnings, node).own, { isLinked: true })); // that one is said at the shape
      const showList = () => {
        showCountsTitle();
        list.replaceChildren(...shapes.map((shape) => item(made, shape, showList)));
        hint.textContent = made.pending ? (isLine ? 'Click where the line begins and where it ends. Escape gives up.' : 'Click each corner; click the first one again, or press Enter, to close the zone. Escape gives up.') : !can('configure') ? 'To change the drawing needs the role configure.' : 'Drag the points, or move them with the arrow keys.';
      };
      made.addEventListener('change', () => {
        save.disabled = false;
        next.replaceChildren();
        isUnsaved = true;
        changes += 1;
        discard.hidden = false;
        if (!made.pending) keepDraft(draftKey, { shapes, ...origin });
        showList();
      });
      made.addEventListener('choose', showList);
      side.replaceChildren(h('div', { class: 'panel-head' }, h('h2', {}, isLine ? 'Lines' : 'Zones'), add), restored || '', hint, list, warned, can('configure') ? h('div', { class: 'row' }, save, discard) : '', next, countsTitle, counts);
      showList();
      showWarnings();
      if (draft) made.dispatchEvent(new Event('change'));
    }

    /** Begins a new shape. With the keyboard it is there at once, in the middle, and its points are moved with the arrow keys. */
    function begin(made, shapes, isByKey) {
      made.cancel();
      let count = shapes.length + 1;
      while (shapes.some((shape) => shape.name === `${noun}${count}`)) count += 1;
      made.begin({ name: `${noun}${count}`, points: [], isLine });
      if (isByKey) made.finishWith(isLine ? [[0.5, 0.2], [0.5, 0.8]] : [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]]);
      keys = (event) => {
        if (event.key === 'Escape') made.cancel();
        if (event.key === 'Enter') made.finish();
      };
    }

    function item(made, shape, again) {
      const outside = isOutside(shape) ? h('p', { class: 'error' }, 'Outside of the image: nothing is ever there. Drag its points in from the edge.') : null;
      if (!can('configure')) return h('li', {}, h('span', { class: 'strong' }, shape.name), outside);
      const input = h('input', { value: shape.name, 'aria-label': `Name of the ${noun}` });
      input.addEventListener('change', () => {
        shape.name = input.value.trim() || shape.name;
        made.dispatchEvent(new Event('change'));
        made.draw();
      });
      input.addEventListener('focus', () => {
        if (made.chosen === shape) return;
        made.chosen = shape;
        made.draw();
      });
      const isLast = made.shapes.length === 1;
      const remove = h('button', { type: 'button', class: 'plain', disabled: isLast && isLine, title: isLast && isLine ? 'A line counter needs one line' : null, onclick: () => made.remove(shape) && again(), 'aria-label': `Remove ${shape.name}` }, 'Remove');
      return h('li', { class: shape === made.chosen ? 'chosen' : '' }, input, remove, outside);
    }

    /** What another person has drawn on this node meanwhile. */
    function inFile() {
      const names = Object.keys(node.values[table] || {}).join(', ');
      return `The ${noun}s of this node were changed since then. In the file now: ${names || `no ${noun}s`}. "Throw away" shows them.`;
    }

    /** Saves, after a question where that replaces what another person has drawn. */
    async function askAndSave(shapes, scale, button, done) {
      const save = () => saveNow(shapes, scale, button).then(done); // a refusal is said on the page
      button.disabled = true;
      const { warnings } = await causedBy({ pipeline: name, node: id, values: { [table]: tableOf(shapes, scale) } }, config.warnings).finally(() => (button.disabled = false));
      const others = warnings.length ? [h('ul', { class: 'notice bad' }, unplacedSentences(warnings).map((text) => h('li', {}, text))), h('p', {}, `Give the ${noun} its name again, or change what uses it after the save.`)] : [];
      const ask = (title, parts, yes) => dialog(title, parts, yes, () => { save(); }, { isDanger: true });
      if (isContested()) return ask('The file has changed', [h('p', {}, inFile()), h('p', {}, 'Your drawing replaces all of that.'), ...others], 'Save mine all the same');
      return others.length ? ask('Others use what you changed', others, 'Save all the same') : save();
    }

    /** What the file would have for these shapes. */
    function tableOf(shapes, [width, height]) {
      const digits = isPixels ? 1 : 4;
      const points = (shape) => shape.points.map(([x, y]) => [Number((x * width).toFixed(digits)), Number((y * height).toFixed(digits))]);
      return Object.fromEntries(shapes.map((shape) => [shape.name, points(shape)]));
    }

    function saveNow(...what) {
      saving = send(...what).finally(() => (saving = null));
      return saving;
    }

    /** Saves what is drawn; true when that ended well. The answer may come when another node is open. */
    async function send(shapes, scale, save) {
      if (new Set(shapes.map((shape) => shape.name)).size < shapes.length) {
        toast('Two shapes have the same name.', 'bad');
        return false;
      }
      const values = { [table]: tableOf(shapes, scale) };
      const saved = changes;
      save.disabled = true;
      try {
        const isUntouched = (now) => ['units', table].every((key) => isSame(nodeIn(now)?.values[key], node.values[key]));
        const answer = await saveInFile('PUT', `config/nodes/${nameInPath(name)}/${nameInPath(id)}`, () => ({ values, removes: [] }), config, isUntouched);
        Object.assign(config, { digest: answer.digest, warnings: answer.warnings });
        for (const one of new Set([node, nodeIn(config)])) Object.assign(one.values, values); // who comes back to this node sees what was saved
        const warned = splitByPart(config.warnings, node).own.length;
        outcome = savedText(answer, warned);
        origin = { digest: answer.digest, base: values[table], typedBy: undefined };
        const draft = draftOf(draftKey); // what was drawn meanwhile was drawn on what is saved now
        if (chosen === key && changes === saved) setSaved(key);
        else {
          saySaved(answer, warned); // the page shows something else by now
          if (draft) keepDraft(draftKey, { ...draft, ...origin });
        }
        return true;
      } catch (refusal) {
        save.disabled = false;
        const reason = refusal.body?.mistakes?.map(sentences).join(' ') || refusal.message;
        if (chosen !== key) toast(`${name}/${id} was not saved: ${reason}`, 'bad');
        else if (refusal.status === 412) conflict(draftKey, noun);
        else toast(reason, 'bad');
        return false;
      }
    }
  }

  /** What is drawn on a node is in the file, or no longer wanted. */
  function setSaved(key) {
    isUnsaved = false;
    forgetDraft(`draw ${key}`);
    for (const button of side.querySelectorAll('.discard')) button.hidden = true;
    for (const note of side.querySelectorAll('.restored')) note.remove();
  }

  function throwAway(key) {
    setSaved(key);
    open(key);
  }

  let keys = null;
  window.addEventListener('keydown', (event) => keys && keys(event));
  choice.addEventListener('change', () => {
    const wanted = choice.value;
    const go = () => {
      history.replaceState(null, '', `#${wanted}`);
      choice.value = wanted;
      open(wanted);
    };
    if (!isUnsaved) {
      go();
      return;
    }
    choice.value = chosen;
    const leaving = chosen;
    const leave = () => {
      setSaved(leaving);
      go();
    };
    if (!saving) {
      dialog('What you drew is not saved', h('p', {}, 'It is lost when you go to another node.'), 'Go there all the same', leave, { isDanger: true });
      return;
    }
    const asked = dialog('A save is under way', h('p', {}, 'You go to the other node as soon as it is done; if it is refused, you stay here. When you go there at once the save goes on, a message says how it ended, and what you drew after "Save" is lost.'), 'Go there at once', leave);
    saving.then((isSaved) => {
      if (!asked.open) return;
      asked.close();
      if (isSaved && !isUnsaved) go();
    });
  });
  stage.append(loading());
  await load();
});

const COUNTS = {
  total_objects_crossed: 'crossed',
  dir1_objects_crossed: 'in direction 1',
  dir2_objects_crossed: 'in direction 2',
  current_objects_count: 'in it now',
  objects_entered_count: 'entered since the start',
  objects_exited_count: 'left since the start',
};

/** What stands in the place of counts of a node without shapes in the file: a zone node counts in the whole frame then. */
function noneText({ type, values }, can) {
  const [table] = TYPES[type];
  if (Object.keys(values[table] || {}).length) return 'Nothing is counted yet.'; // no frame since the save
  if (type === 'zone_presence') return `No zone is saved: the whole frame is the zone (fullframe), and is counted.${can('configure') ? ' With the first saved zone only the zones count.' : ''}`;
  return `No line is saved: nothing is counted.${can('configure') ? ' What you draw counts when it is saved.' : ''}`;
}

function showCounts(place, shapes, none) {
  const rows = shapes.map(({ name, counts }) => h('div', {}, h('dt', {}, name), h('dd', {}, Object.entries(counts).filter(([key]) => !key.endsWith('_delta')).slice(0, 8).map(([key, value]) => h('span', {}, h('b', {}, number(value)), ` ${COUNTS[key] || key.replace(/_/g, ' ')}`)))));
  place.replaceChildren(rows.length ? h('dl', {}, rows) : h('p', { class: 'hint' }, none));
}

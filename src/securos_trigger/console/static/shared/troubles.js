/** What needs a person: what it is, what helps, and the page where that is done. */

import { get, part, post, request } from './api.js';
import { h, toast } from './dom.js';
import { placedSentences } from './findings.js';
import { saySaved } from './node_form.js';
import { counted, number, settingText } from './texts.js';
import { undo } from './undo.js';
import { needsPerson } from './verdict.js';
import { fixOf, withCode } from './ways.js';

/** Whether what to do about a trouble is this command. It begins as the program was called: `/opt/x/securos-trigger`, `python -m securos_trigger`. */
const names = ({ fix }, command) => new RegExp(`securos[-_]trigger['"]? ${command} `).test(fix);

const isMute = (trouble) => names(trouble, 'unmute');

/** The troubles of an overview as elements, in its order: the worst first. `can(role)` is of the person. */
export function troublesOf({ troubles, pipelines, targets, configuration, is_running: isRunning }, can) {
  const found = configuration.mistakes && !troubles.some(({ about }) => about.file) ? [mistakesOf(configuration, can), ...troubles] : troubles; // a service that does not run reports none
  const shown = found.map((trouble) => {
    const ways = isMute(trouble) ? [] : waysOf(trouble, { pipelines, targets, configuration }, can).filter(Boolean); // a button ends a mute
    const risk = trouble.about.file === 'mistakes' && isRunning ? [h('p', {}, RISK)] : [];
    return notice(`${needsPerson(trouble) ? 'bad' : 'wait'}${isMute(trouble) ? ' mute' : ''}`, trouble.text, listOf(trouble, configuration), [...risk, ...fixOf(trouble.fix, { can, ways, address: trouble.about.address })]);
  });
  return [...shown, ...configuration.warnings.filter(({ place }) => !isOfPipeline(place)).map((one) => notice('wait', placedSentences(one), null, []))];
}

/** All notices in one line: the text of the first, how many there are besides, and its colour by meaning. `below` more stand at the pipelines. */
export function lineOf(all, below = 0) {
  const atPipelines = below ? `${counted(below, 'remark')} at ${below === 1 ? 'its pipeline' : 'the pipelines'} below` : '';
  if (!all.length) return { kind: '', text: atPipelines ? `${atPipelines}.` : 'No remarks.', more: '' };
  const [first, ...others] = all;
  const isRed = (node) => node.classList.contains('bad');
  const red = others.filter(isRed).length;
  const more = [red ? `${number(red)}${isRed(first) ? ' more' : ''} that need${red === 1 ? 's' : ''} a person` : '', others.length > red ? counted(others.length - red, red || isRed(first) ? 'remark' : 'more remark') : '', atPipelines].filter(Boolean).join(', ');
  return { kind: all.some(isRed) ? 'bad' : 'wait', text: first.querySelector('.strong').textContent, more };
}

const RISK = 'Events are sent as before; after a restart of the service or of this machine it would not start, and no event would be sent.';

/** The trouble of a file with mistakes. Where its button puts the last save back, that is a way out, too. */
function mistakesOf(configuration, can) {
  const fix = `Correct them in the file${canPutBack(configuration, can) ? ', or put the last save back' : ''}.`;
  return { text: 'The configuration file has mistakes: the service cannot start with it', fix, needs_person: true, about: { file: 'mistakes' } };
}

const canPutBack = (configuration, can) => can('configure') && configuration.puts_last_save_back;

/** What a trouble of the configuration file is about in full: its mistakes, or each setting with both values. */
function listOf({ about }, { mistakes, changes }) {
  if (about.file === 'mistakes') return mistakes ? h('pre', { tabindex: '0' }, mistakes) : null; // none of its own: a reload was refused
  if (about.file !== 'changes') return null;
  return h('ul', {}, changes.map(({ setting, in_force: inForce, in_file: inFile }) => h('li', {}, inForce === inFile ? `${settingText(setting)} is changed` : `${settingText(setting)}: ${inForce} in force, ${inFile} in the file`)));
}

/** What is wrong, what helps, and below it the whole list. */
const notice = (kind, text, list, rest) => h('div', { class: `notice ${kind}` }, h('p', { class: 'strong' }, withCode(text)), rest, list);

/** True for a place in the file that stands at a card of the overview. */
export const isOfPipeline = (place) => /^pipelines\[\d+\]/.test(place);

/** What helps in the page: for a refused password its field, for a file that is not in force the button that puts it there. */
function waysOf(trouble, { pipelines, targets, configuration }, can) {
  const { about } = trouble;
  if (about.file === 'mistakes' && canPutBack(configuration, can)) return [putBackButton(), wayOf(trouble, pipelines)];
  if (about.file === 'changes' && can('configure') && names(trouble, 'reload')) return [reloadButton(), wayOf(trouble, pipelines)];
  if (trouble.fix.includes('max_size_mb = ') && can('configure')) return [link('/nodes.html?site', 'Raise the limit of the outbox'), wayOf(trouble, pipelines)];
  if (about.address && about.target && can('configure')) return [camerasWay(trouble, pipelines), wayOf(trouble, pipelines)];
  const isRefused = can('configure') && targets.some(({ target, trouble: kind }) => target === about.target && kind === 'unauthorized');
  const owner = isRefused && pipelines.find(({ nodes }) => nodes.some(({ target }) => target === about.target));
  if (!owner) return [wayOf(trouble, pipelines)];
  const { id } = owner.nodes.find(({ target }) => target === about.target);
  return [link(`/nodes.html#${part(owner.name)}/${part(id)}/iss_password`, `Type the password in the form of ${id}`), wayOf(trouble, pipelines)];
}

/** A link to the field that names the cameras which a receiver does not know: of the node, or of the source's camera map. */
function camerasWay({ fix, about }, pipelines) {
  const owner = pipelines.find(({ nodes }) => nodes.some(({ address }) => address === about.address));
  if (!owner) return null;
  const { id } = owner.nodes.find(({ address }) => address === about.address);
  if (fix.includes(`cameras of pipeline ${owner.name}`)) return link(`/nodes.html#${part(owner.name)}/`, `Correct the cameras in the source of ${owner.name}`);
  return link(`/nodes.html#${part(owner.name)}/${part(id)}/iss_camera_ids`, `Correct the cameras in the form of ${owner.name}/${id}`);
}

/** The button that has the service take the file as it is. */
function reloadButton() {
  const button = h('button', { type: 'button', onclick: press }, 'Put the file in force');
  async function press() {
    try {
      saySaved(await post('config/reload', {}));
    } catch (refusal) {
      toast(refusal.message, 'bad');
    }
  }
  return button;
}

/** The button that brings back what was saved last, after a question. */
function putBackButton() {
  const press = async () => {
    const { digest } = await get('config'); // of the file that the question is about
    await undo((path, done) => write(digest, path, done), async (asked) => {
      asked.close();
      await press();
    });
  };
  const write = async (digest, path, done) => {
    saySaved(await request('POST', path, {}, { 'If-Match': `"${digest}"` }));
    toast(done);
  };
  return h('button', { type: 'button', onclick: press }, 'Put the last save back');
}

/** A link to the page where the trouble is looked into: the receivers, or the form of what it is about. */
function wayOf({ text, about }, pipelines) {
  if (about.file) return link('/nodes.html', 'Nodes');
  if (about.target || text.startsWith('Dead letters')) return link('/targets.html', 'Receivers and dead letters');
  const { name, nodes } = pipelines.find((one) => one.name === about.pipeline || one.nodes.some(({ address }) => address === about.address)) || {};
  if (name === undefined) return null;
  if (about.node_type) return link(`/nodes.html#${part(name)}/${part(about.node_type)}${about.node_type === 'detector' ? '/every' : ''}`, `Open the ${about.node_type} of ${name}`);
  const node = about.node || nodes.find(({ address }) => address === about.address)?.id || '';
  return link(`/nodes.html#${part(name)}/${part(node)}`, node ? `Open the form of ${node}` : `Open the source of ${name}`);
}

const link = (href, text) => h('a', { class: 'button', href }, text);

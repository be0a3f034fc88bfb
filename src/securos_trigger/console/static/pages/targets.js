/** The receivers: certificates, dead letters, and what the doctor finds. */

import { get, post, query } from '../shared/api.js';
import { camerasLabel } from '../shared/camera_names.js';
import { dialog } from '../shared/dialog.js';
import { empty, field, fingerprint, h, loading, select, show, toast, unturned } from '../shared/dom.js';
import { nameInPath } from '../shared/name_in_path.js';
import { saySaved } from '../shared/node_form.js';
import { camerasOf, dropDead, leftText, sendAgain } from '../shared/send_again.js';
import { receiverIn, save } from '../shared/save.js';
import { page } from '../shared/shell.js';
import { targetState } from '../shared/target_state.js';
import { fixOf } from '../shared/ways.js';
import { counted, exact, isDamaged, labelOf, moment, number } from '../shared/texts.js';

page('targets', async ({ main, live, can }) => {
  const receivers = h('div', { class: 'receivers' }, h('p', { class: 'hint', role: 'status' }, 'Asking each receiver for its certificate …'));
  const deadTitle = h('h2', {}, 'Dead letters');
  const dead = h('div', {}, loading());
  const doctor = h('div', { class: 'findings', role: 'status' }, h('p', { class: 'hint' }, 'Examines the service, this machine, and everything between it and the receivers.'));
  const again = h('button', { type: 'button' }, 'Look again');
  const examine = can('operate') ? h('button', { type: 'button' }, 'Run the doctor') : h('span', { class: 'hint' }, 'Only a person with the role operate can run it.');
  main.append(
    h('h1', { class: 'unseen' }, 'Targets'),
    h('section', { class: 'panel' }, h('div', { class: 'panel-head' }, h('h2', {}, 'Receivers'), again), receivers),
    h('section', { class: 'panel' }, deadTitle, dead),
    h('section', { class: 'panel', id: 'doctor', tabindex: '-1', 'aria-label': 'Doctor' }, h('div', { class: 'panel-head' }, h('h2', {}, 'Doctor'), examine), doctor),
  );
  if (can('configure')) main.append(h('p', { class: 'hint' }, h('a', { href: '/audit.html' }, 'Audit log'), ': who changed what, and what was refused.'));
  let states = {};
  let isRunning = true;
  let troubles = [];
  let shown = [];
  const cards = new Map(); // target -> Receiver
  const dropCards = new Map(); // target -> Unserved
  function showReceivers() {
    const unserved = Object.values(states).filter(isUnserved);
    if (!shown.length && !unserved.length) return;
    const served = shown.filter(({ target }) => !unserved.some((one) => one.target === target)); // saved a moment ago
    for (const { target, certificate } of served) {
      if (!cards.has(target)) cards.set(target, new Receiver(target, can, look));
      cards.get(target).update(certificate, states[target], isRunning, troubles, live.state === 'open');
    }
    const others = Object.values(states).filter((one) => !isUnserved(one)).map(({ target }) => target);
    for (const state of unserved) {
      if (!dropCards.has(state.target)) dropCards.set(state.target, new Unserved(state.target, can, look));
      dropCards.get(state.target).update(state, others);
    }
    const nodes = [...unserved.map(({ target }) => dropCards.get(target).node), ...served.map(({ target }) => cards.get(target).node)];
    if (nodes.length !== receivers.childElementCount || nodes.some((node, place) => receivers.children[place] !== node)) receivers.replaceChildren(...nodes);
  }

  async function look() {
    again.disabled = true;
    try {
      shown = (await get('targets')).targets;
      if (!shown.length && !Object.values(states).some(isUnserved)) receivers.replaceChildren(empty('No trigger node sends anywhere yet.', 'Its receiver is set on the page Nodes.'));
      showReceivers();
    } catch (refusal) {
      receivers.replaceChildren(empty('The receivers cannot be listed.', refusal.message));
    }
    again.disabled = false;
  }
  again.addEventListener('click', look);
  async function runDoctor() {
    examine.disabled = true;
    examine.textContent = 'Examining';
    doctor.replaceChildren(h('p', { class: 'hint' }, 'The doctor looks at the service, this machine, the sources and each receiver. That takes some seconds …'));
    try {
      const { sections } = await get('doctor');
      doctor.replaceChildren(h('p', { class: 'strong' }, countsOf(sections)), ...sections.map((one) => section(one, can)));
    } catch (refusal) {
      doctor.replaceChildren(h('p', { class: 'notice bad' }, refusal.message));
    }
    examine.disabled = false;
    examine.textContent = 'Run it again';
  }
  examine.addEventListener('click', runDoctor);
  /** Runs the doctor when the address asks for it, once. */
  function answerAddress() {
    if (location.hash !== '#doctor') return;
    history.replaceState(null, '', location.pathname);
    const place = document.getElementById('doctor');
    place.focus({ preventScroll: true });
    place.scrollIntoView();
    if (can('operate')) runDoctor();
  }
  addEventListener('hashchange', answerAddress);
  let deadCount = -1;
  const showDeadCount = () => {
    deadTitle.textContent = deadCount > 0 && live.state === 'open' ? `Dead letters: ${number(deadCount)}` : 'Dead letters';
    if (dead.querySelector('.none')) dead.replaceChildren(noneDead(live.state === 'open'));
  };
  live.on('overview', (overview) => {
    ({ is_running: isRunning, troubles } = overview);
    states = Object.fromEntries(overview.targets.map((one) => [one.target, one]));
    showReceivers();
    if (overview.counts && overview.counts.dead !== deadCount) {
      deadCount = overview.counts.dead;
      showDeadCount();
      showDead(dead, can);
    }
  });
  live.on('state', showReceivers);
  live.on('state', showDeadCount);
  answerAddress();
  await Promise.all([look(), showDead(dead, can)]);
});

/** True for a receiver that events wait for although no node sends to it any more. */
const isUnserved = ({ trouble }) => trouble === 'not_served';

const MOST_IDS = 500; // in one request

/** One receiver. Its button stays the same element: a click and the focus outlive an update. */
class Receiver {
  constructor(target, can, again) {
    this.target = target;
    this.dot = h('span', { class: 'dot' });
    this.state = h('p', { class: 'hint' });
    this.about = h('p');
    this.seen = h('div', { class: 'seen' });
    this.accept = h('button', { type: 'button', class: 'primary', hidden: true, onclick: () => trust(target, this.certificate, again) }, 'Compare and accept …');
    this.pin = h('button', { type: 'button', hidden: true, onclick: () => pin(target, this.certificate, again) }, 'Pin it …');
    this.node = h('article', {}, h('h3', {}, this.dot, target), this.state, this.about, this.seen, can('operate') ? this.accept : null, can('configure') ? this.pin : null);
  }

  update(certificate, state, isRunning, troubles, isNow) {
    this.certificate = certificate;
    const [kind, text] = certificateState(certificate, this.target);
    const [colour, line] = state ? targetState(state, isRunning, troubles, isNow) : ['off', ''];
    this.dot.className = `dot ${colour}`;
    this.state.textContent = [unturned(line), state && state.waiting ? `${number(state.waiting)} waiting` : '', state && state.dead ? `${number(state.dead)} dead letter${state.dead === 1 ? '' : 's'}` : ''].filter(Boolean).join(' · ');
    this.about.className = kind;
    this.about.replaceChildren(text, ...(certificate.is_pinned && certificate.accepted ? [' ', fingerprint(certificate.accepted)] : []));
    const isOfFirstUse = certificate.is_accepted && certificate.accepted && !certificate.is_pinned && !certificate.fixed_by;
    show(this.seen, isOfFirstUse ? firstSeen(certificate) : '');
    this.pin.hidden = !isOfFirstUse;
    this.accept.hidden = !certificate.shown || certificate.is_accepted || Boolean(certificate.fixed_by) || certificate.is_pinned;
  }
}

/** A certificate that is trusted because it came first or was accepted: its fingerprint, to compare. */
function firstSeen({ accepted, accepted_at: acceptedAt }) {
  return [
    fingerprint(accepted),
    h('p', { class: 'hint' }, `Accepted${acceptedAt ? ` at ${moment(acceptedAt)}` : ''}, at the first connection or by a person. Compare it with the fingerprint that `, h('code', {}, 'securos-trigger receiver init'), ' printed. If it is the same, pin it: no other one is accepted then.'),
  ];
}

/** Writes the accepted certificate into the file, at a node of the receiver: the others of the same receiver get it too. */
async function pin(target, { accepted }, again) {
  const { pipelines } = await get('overview');
  const owner = pipelines.find(({ nodes }) => nodes.some((node) => node.target === target));
  if (!owner) {
    toast('The node that sends to it is not known: the service does not run.', 'wait');
    return;
  }
  const { id } = owner.nodes.find((node) => node.target === target);
  const config = await get('config');
  const addressIn = (read) => receiverIn(read, `${owner.name}/${id}`);
  const content = [h('p', {}, `It becomes "${labelOf('iss_certificate_sha256')}" of every node that sends to this receiver. Is it the same that the SecurOS server itself shows?`), fingerprint(accepted)];
  dialog(`Pin the certificate of ${target}`, content, 'It is the same: pin it', async () => {
    saySaved(await save('PUT', `config/nodes/${nameInPath(owner.name)}/${nameInPath(id)}`, () => ({ values: { iss_certificate_sha256: accepted }, removes: [] }), config, (now) => addressIn(now) === addressIn(config)));
    again();
  }, {
    again: async (asked) => {
      asked.close();
      await pin(target, { accepted }, again);
    },
  });
}

/** A receiver that no node sends to any more, and that events wait for. */
class Unserved {
  /** `again()` lists the receivers of the file once more: this one may be none of them by now. */
  constructor(target, can, again) {
    this.target = target;
    this.again = again;
    this.about = h('p', { class: 'bad' });
    this.drop = h('button', { type: 'button', class: 'danger', onclick: () => this.ask() }, 'Drop …');
    this.move = h('button', { type: 'button', hidden: true, onclick: () => this.askMove() }, 'Move …');
    const way = 'If the address is right, let a node send to it again (page Nodes): then its events go out by themselves. If the receiver has a new address, let a node send there, then move them.';
    const buttons = [can('configure') ? this.move : null, can('operate') ? this.drop : null].filter(Boolean);
    const needed = can('configure') ? null : h('p', { class: 'hint' }, `Only a person with the role configure can move them${can('operate') ? '' : ', and only one with the role operate drop them'}.`);
    this.node = h('article', { class: 'unserved' }, h('h3', {}, h('span', { class: 'dot bad' }), target), this.about, h('p', { class: 'hint' }, way), needed, h('div', { class: 'row' }, buttons));
  }

  /** `others` are the receivers that nodes send to. */
  update({ waiting, oldest_at: oldestAt }, others) {
    this.what = waiting === null || waiting === undefined ? 'many events' : counted(waiting, 'event');
    this.about.textContent = `No node sends to it any more: ${this.what} ${waiting === 1 ? 'waits' : 'wait'}${oldestAt ? `, the oldest since ${moment(oldestAt)}` : ''}.`;
    this.drop.textContent = `Drop ${this.what} …`;
    this.move.textContent = `Move ${this.what} …`;
    this.move.hidden = !others.length;
  }

  /** Moves what waits, and dead letters too, to the new address; says before how many. */
  async askMove() {
    try {
      const { counts, is_more: isMore, receivers } = await get(`targets/move${query({ target: this.target })}`);
      const many = (state, name) => (counts[state] ? `${isMore.includes(state) ? 'more than ' : ''}${counted(counts[state], name)}` : '');
      const what = [many('waiting', 'waiting event'), many('dead', 'dead letter')].filter(Boolean).join(' and ');
      if (!what) {
        toast('Nothing waits for it any more.', 'wait');
        return;
      }
      if (!receivers.length) {
        toast('Nothing was moved: the file and the running service send to no common receiver. Put the file in force (page Nodes), then move the events.', 'wait');
        return;
      }
      const known = receivers.map((one) => [one, one]);
      const to = select(known.length > 1 ? [['', 'Choose the new address'], ...known] : known, '', { name: 'to', required: true }); // a move cannot be taken back
      const content = [h('p', {}, `${what} of ${this.target} get another receiver. Their order and their times stay.`), field('New address', to)];
      dialog(`Move ${what}`, content, 'Move', async () => {
        sayMoved(await post('targets/move', { target: this.target, to: to.value }), to.value);
        this.again();
      });
    } catch (refusal) {
      if (refusal.status === undefined) throw refusal;
      toast(refusal.message, 'bad');
    }
  }

  ask() {
    const content = h('p', {}, 'They are deleted for good, and never reach SecurOS. The audit log says who did it.');
    dialog(`Drop ${this.what} for ${this.target}`, content, 'Drop for good', async () => {
      const { changed } = await post('targets/drop', { target: this.target });
      toast(`${counted(changed, 'event')} dropped.`);
      this.again();
    }, { isDanger: true });
  }
}

/** What a move has done, in a toast. */
function sayMoved({ moved, already_there: alreadyThere, is_more: isMore, left }, to) {
  const all = Object.values(moved).reduce((sum, one) => sum + one, 0);
  const rest = [alreadyThere ? `${counted(alreadyThere, 'event')} of them had got there already.` : '', isMore ? 'Some were being sent all the time: move the rest once more.' : '', leftText(left)];
  toast([`${counted(all, 'event')} moved to ${to}.`, ...rest].filter(Boolean).join(' '), isMore || left ? 'wait' : undefined);
}

function certificateState({ shown, accepted, is_accepted: isAccepted, is_pinned: isPinned, was_signed_by_ca: bySigned, fixed_by: fixedBy, error }, target) {
  if (target.startsWith('http://')) return ['hint', 'No TLS: the password is sent unencrypted.'];
  if (error && !shown) return ['hint', `No certificate: ${error}`];
  if (isPinned) return ['hint', isAccepted ? 'The pinned certificate.' : 'Another certificate than the pinned one. Correct the certificate fingerprint of its nodes (page Nodes) if it was renewed.'];
  if (fixedBy) return ['hint', `Decided by ${fixedBy}.`];
  if (isAccepted) return ['hint', bySigned ? 'Signed by a CA.' : 'The accepted certificate.'];
  if (accepted) return ['bad', 'Another certificate than the accepted one: it was renewed, or a man in the middle is possible.'];
  return ['wait', 'Not accepted yet.'];
}

function trust(target, { shown, accepted }, again) {
  const content = [
    h('p', {}, 'Compare with the fingerprint that the SecurOS server itself shows. Accept it only if every group is the same.'),
    h('dl', { class: 'fingerprints' }, h('div', {}, h('dt', {}, 'Accepted until now'), h('dd', {}, fingerprint(accepted))), h('div', {}, h('dt', {}, 'Shown now'), h('dd', {}, fingerprint(shown)))),
  ];
  dialog(`The certificate of ${target}`, content, 'Accept this certificate', async () => {
    await post('targets/trust', { target, fingerprint: shown });
    toast('Accepted. Waiting events go out now.');
    again();
  }, { isDanger: Boolean(accepted) });
}

/** What stands in the place of the dead letters while there are none; `isNow` false: while it is not known whether there are. */
const noneDead = (isNow) => h('div', { class: 'none' }, empty(isNow ? 'None.' : 'Not known now.', 'An event that a receiver refuses for good is kept here, with the reason.'));

async function showDead(place, can, rows = [], cursor = '') {
  try {
    const found = await get(`dead${query({ cursor })}`);
    const all = [...rows, ...found.rows];
    if (!all.length) {
      place.replaceChildren(noneDead(true));
      return;
    }
    const more = found.cursor === null ? null : h('button', { type: 'button', onclick: () => showDead(place, can, all, found.cursor) }, 'More');
    place.replaceChildren(...groups(all, found.cursor !== null, can, () => showDead(place, can)), more || '');
  } catch (refusal) {
    place.replaceChildren(empty('The dead letters cannot be read.', refusal.message));
  }
}

/** Dead letters by receiver and reason: what has one cause is sent again at once. */
function groups(rows, hasMore, can, done) {
  const found = new Map();
  for (const row of rows) {
    const key = JSON.stringify([row.target, row.reason, isDamaged(row)]);
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(row);
  }
  return [...found.values()].map((group) => {
    const [{ target, reason }] = group;
    const isLost = isDamaged(group[0]); // its reason is no one that stands in the outbox: those that are loaded are meant
    const what = hasMore && !isLost ? 'all with this reason' : counted(group.length, 'event');
    const choice = choiceOf(group, hasMore && !isLost);
    const send = h('button', { type: 'button', onclick: () => retry(choice, what, group, done) }, `Send ${what} again`);
    const drop = h('button', { type: 'button', class: 'plain', onclick: () => dropDead(choice, what, done) }, 'Drop …');
    const items = group.slice(0, 20).map((row) => h('li', {}, h('time', { title: exact(row.captured_at) }, moment(row.captured_at)), h('a', { href: `/events.html#${row.number ?? row.id}` }, row.name), h('span', { class: 'hint' }, isLost ? 'damaged' : camerasLabel(row.camera_ids))));
    return h('article', { class: 'group' }, h('div', { class: 'panel-head' }, h('div', {}, h('h3', {}, reason), h('p', { class: 'hint' }, target)), can('operate') ? h('div', { class: 'row' }, isLost ? null : send, drop) : null), h('ul', { class: 'dead' }, items), group.length > 20 ? h('p', { class: 'hint' }, `and ${group.length - 20} more`) : null);
  });
}

/** What is meant by a group: its own events by number; by the reason when they are too many, or not all loaded. */
function choiceOf(group, hasMore) {
  const [{ target, reason }] = group;
  if (hasMore || group.length > MOST_IDS) return { target, reason, is_exact_reason: true };
  return { target, ids: group.map((row) => String(row.number ?? row.id)) };
}

/** Sends a whole group again, also those of it that the page has not loaded. */
function retry(choice, what, group, done) {
  const hint = 'Correct a camera number here if it was wrong. Then only the events of that camera are sent again.';
  sendAgain({ title: `Send ${what} again`, hint, cameras: camerasOf(group), target: choice.target, path: 'dead/retry', body: choice, done });
}

const STATUS_KINDS = { ok: 'good', good: 'good', pass: 'good', warning: 'wait', warn: 'wait', unknown: 'off', failed: 'bad', fail: 'bad', error: 'bad' };

/** The subject of some findings as a title; an address stays as it is. */
const titleOf = (subject) => (subject.includes('://') ? subject : subject.charAt(0).toUpperCase() + subject.slice(1));

/** The last line of the command `doctor`. */
function countsOf(sections) {
  const count = (wanted) => sections.flatMap(({ findings }) => findings).filter(({ status }) => status === wanted).length;
  return `${count('failed')} failed, ${counted(count('warning'), 'warning')}, ${count('ok')} ok`;
}

function section({ subject, findings }, can) {
  const items = findings.map(({ status, what, text, fix }) => h('li', {}, h('span', { class: `dot ${STATUS_KINDS[status] || 'off'}` }), h('div', {}, h('p', {}, h('span', { class: 'strong' }, what), ' ', h('span', { class: 'hint' }, status), ' ', text), fix ? fixOf(fix, { can }).map(quiet) : null)));
  return h('div', { class: 'finding' }, h('h3', {}, titleOf(subject)), h('ul', {}, items));
}

/** What follows a finding is quieter than the finding, but for its buttons. */
function quiet(node) {
  if (!node.classList.contains('ways')) node.classList.add('hint');
  return node;
}

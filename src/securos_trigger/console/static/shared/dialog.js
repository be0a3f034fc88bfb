/** A dialog with a form. What the server finds wrong stands at the fields that it is about. */

import { h, logInElsewhere, unturned } from './dom.js';
import { placedSentences, sentences } from './findings.js';
import { counted } from './texts.js';

/**
 * Opens a dialog. `submit(form)` may throw: what is wrong is shown, and the dialog stays.
 * `fieldOf(key, place)` names the field of a mistake where it is not called like the setting. `again(dialog)` reads the file again, which
 * is offered where it has changed under the dialog.
 */
export function dialog(title, content, label, submit, { isDanger = false, fieldOf = (key) => key, other = null, again = null } = {}) {
  const error = h('div', { class: 'error', role: 'alert' });
  const send = h('button', { class: isDanger ? 'danger' : 'primary', type: 'submit' }, label);
  const second = other && h('button', { class: 'danger', type: 'button', onclick: () => run(second, other.submit) }, other.label); // a second way, which loses something: Enter never takes it
  const cancel = h('button', { type: 'button', onclick: () => leave() }, 'Cancel');
  const readAgain = h('button', { type: 'button', onclick: () => run(readAgain, () => again(node), true) }, 'Read again');
  const form = h('form', { method: 'dialog', novalidate: true }, h('h2', {}, title), content, h('div', { class: 'dialog-foot' }, error, h('div', { class: 'row end' }, cancel, second, send)));
  const node = h('dialog', { 'aria-label': title }, form);
  form.addEventListener('input', ({ target }) => {
    node.toggleAttribute('data-typed', true);
    answerOne(form, target.type === 'radio' ? form.querySelector(`[name="${target.name}"][aria-invalid]`) || target : target, error); // of radio buttons the first one is marked
  });
  form.addEventListener('change', ({ target }) => target.tagName === 'SELECT' && error.replaceChildren()); // it was about other fields
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run(send, submit);
  });
  async function run(pressed, work, staysOpen = false) {
    const said = pressed.textContent;
    for (const button of [send, second].filter(Boolean)) button.disabled = true;
    if (pressed === send) pressed.textContent = `${said} …`; // the answer may take a while; the others say so themselves
    error.textContent = '';
    clearMistakes(form);
    try {
      if (pressed === send) refuseWrong(form);
      await work(new FormData(form));
      if (!staysOpen) leave();
    } catch (problem) {
      const said = showMistakes(form, problem, fieldOf);
      const doubts = problem.doubts || [];
      error.toggleAttribute('data-of-fields', said === aboveText(form.querySelectorAll('.mistake').length) || (problem instanceof Doubts && doubts.every(({ name }) => name)));
      error.replaceChildren(said, doubtList(form, doubts), problem.status === 401 ? logInElsewhere() : '', problem.status === 412 && again ? readAgain : '');
    }
    for (const button of [send, second].filter(Boolean)) button.disabled = false;
    pressed.textContent = said;
    if (staysOpen && node.open) send.focus();
    form.querySelector('[aria-invalid]')?.focus();
    form.querySelector('.mistake')?.scrollIntoView({ block: 'center' }); // not behind the buttons, which stay at the lower edge
    if (error.textContent && !form.querySelector('[aria-invalid]')) error.scrollIntoView({ block: 'nearest' }); // a long form may end below the edge
  }
  const leave = () => {
    node.close();
    node.remove(); // at once: the event comes a little later, and until then its fields would be found
  };
  const opener = document.activeElement;
  node.addEventListener('close', () => {
    node.remove();
    if (!opener.isConnected) document.getElementById('main').focus(); // the browser gives the focus back only to what is still there
  });
  document.body.append(node);
  node.showModal();
  return node;
}

function clearMistakes(form) {
  for (const control of form.querySelectorAll('[aria-invalid]')) {
    control.removeAttribute('aria-invalid');
    describe(control, (control.getAttribute('aria-describedby') || '').replace(/\S+-(mistake|doubt)\b/g, ''));
  }
  for (const said of form.querySelectorAll('.mistake')) said.remove();
}

/** Takes away what was said of a field that is typed in: it is about what stood there before. */
function answerOne(form, control, error) {
  if (!control.hasAttribute('aria-invalid')) return;
  const own = new Set((control.getAttribute('aria-describedby') || '').split(' '));
  for (const said of form.querySelectorAll('.mistake, .doubt')) if (own.has(said.id)) said.remove();
  control.removeAttribute('aria-invalid');
  describe(control, [...own].filter((id) => !/-(mistake|doubt)$/.test(id)).join(' '));
  if (!error.hasAttribute('data-of-fields') || form.querySelector('.doubt')) return;
  const left = form.querySelectorAll('.mistake').length;
  error.textContent = left ? unturned(aboveText(left)) : '';
}

function describe(control, ids) {
  if (ids.trim()) control.setAttribute('aria-describedby', ids.trim());
  else control.removeAttribute('aria-describedby');
}

/** What is doubtful in a filled form: `[{ name, what }]`, each with the name of its field, or none. */
class Doubts extends Error {
  constructor(doubts) {
    super('Nothing was done: look at this first. To do it all the same, press the button again.');
    this.doubts = doubts;
  }
}

/**
 * Asks `questions` in turn, each a function that gives what is doubtful, or throws what has to be put right. Throws all that they have
 * found, together. With the same in the form none of them asks twice, so that a person can go on all the same.
 */
export async function askAll(...questions) {
  const doubts = [];
  for (const question of questions) {
    try {
      doubts.push(...(await question()));
    } catch (problem) {
      problem.doubts = doubts;
      throw problem;
    }
  }
  if (doubts.length) throw new Doubts(doubts);
}

/** Throws where a field is not filled in as it has to be: said below it, and not by the browser over its help. */
function refuseWrong(form) {
  const wrong = [...form.elements].filter((one) => one.willValidate && !one.validity.valid);
  if (!wrong.length) return;
  const firsts = wrong.filter((one, at) => one.type !== 'radio' || wrong.findIndex(({ name }) => name === one.name) === at); // of radio buttons the first one
  const problem = new Error('Nothing was done.');
  problem.controls = firsts.map((control) => [control, wrongText(control)]);
  throw problem;
}

function wrongText({ validity, type, tagName, title, validationMessage }) {
  if (validity.valueMissing) return type === 'radio' || tagName === 'SELECT' ? 'Choose one.' : type === 'checkbox' ? 'Tick it to go on.' : 'Fill it in.';
  return validity.patternMismatch && title ? title : validationMessage;
}

function mark(control, text) {
  const said = h('p', { class: 'error mistake', id: `${control.id || control.name}-mistake` }, text);
  (control.closest('.field') || control.parentElement).append(said);
  control.setAttribute('aria-invalid', 'true');
  describe(control, `${control.getAttribute('aria-describedby') || ''} ${said.id}`);
}

/** Lists what is doubtful, each with its field: it stands above the buttons, in sight. */
function doubtList(form, doubts) {
  const items = doubts.map(({ name, what }, index) => {
    const control = name && form.querySelector(`[name="${name}"]`);
    const item = h('li', { class: 'doubt', id: `${name || index}-doubt` }, control?.labels?.[0] ? `${control.labels[0].textContent}: ${what}` : what);
    if (!control) return item;
    control.setAttribute('aria-invalid', 'true');
    describe(control, `${control.getAttribute('aria-describedby') || ''} ${item.id}`);
    return item;
  });
  return items.length ? h('ul', {}, items) : '';
}

const aboveText = (number) => `Nothing was done: ${counted(number, 'mistake')} above.`;

/** Puts each mistake of a refusal at its field; gives what is to be said of the whole form. */
function showMistakes(form, problem, fieldOf) {
  if (problem.controls) {
    for (const [control, text] of problem.controls) mark(control, text);
    return aboveText(problem.controls.length);
  }
  const { mistakes, argument, error } = problem.body || {};
  const all = mistakes || (argument ? [{ what: error, fix: '', where: argument, place: '' }] : null);
  if (!all) return problem.message;
  const left = all.filter((one) => {
    const place = one.place || one.where;
    const control = form.elements.namedItem(fieldOf(place.match(/\w+(?=\W*$)/)?.[0] || '', place) || '');
    if (!(control instanceof Element) || control.disabled || control.type === 'hidden') return true;
    mark(control, sentences(one));
    return false;
  });
  const marked = all.length - left.length;
  return [marked ? aboveText(marked) : '', ...left.map(placedSentences)].filter(Boolean).join(' ');
}

/** A dialog with a form. What the server finds wrong stands at the fields that it is about. */

import { h, logInElsewhere } from './dom.js';
import { placedSentences, sentences } from './findings.js';
import { counted } from './texts.js';

/**
 * Opens a dialog. `submit(form)` may throw: what is wrong is shown, and the dialog stays.
 * `fieldOf(key, place)` names the field of a mistake where it is not called like the setting. `again(dialog)` reads the file again, which
 * is offered where it has changed under the dialog.
 */
export function dialog(title, content, label, submit, { isDanger = false, fieldOf = (key) => key, other = null, again = null } = {}) {
  const error = h('p', { class: 'error', role: 'alert' });
  const send = h('button', { class: isDanger ? 'danger' : 'primary', type: 'submit' }, label);
  const second = other && h('button', { class: 'danger', type: 'button', onclick: () => run(second, other.submit) }, other.label); // a second way, which loses something: Enter never takes it
  const cancel = h('button', { type: 'button', onclick: () => leave() }, 'Cancel');
  const readAgain = h('button', { type: 'button', onclick: () => run(readAgain, () => again(node), true) }, 'Read again');
  const form = h('form', { method: 'dialog', novalidate: true }, h('h2', {}, title), content, h('div', { class: 'dialog-foot' }, error, h('div', { class: 'row end' }, cancel, second, send)));
  const node = h('dialog', { 'aria-label': title }, form);
  form.addEventListener('input', () => node.toggleAttribute('data-typed', true));
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
      error.replaceChildren(showMistakes(form, problem, fieldOf), problem.status === 401 ? logInElsewhere() : '', problem.status === 412 && again ? readAgain : '');
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
    describe(control, (control.getAttribute('aria-describedby') || '').replace(/\S+-mistake\b/, ''));
  }
  for (const said of form.querySelectorAll('.mistake')) said.remove();
}

function describe(control, ids) {
  if (ids.trim()) control.setAttribute('aria-describedby', ids.trim());
  else control.removeAttribute('aria-describedby');
}

/** What is said of a doubtful wish: with the same in the form a person is not asked twice. */
export const ALL_THE_SAME = 'To do it all the same, press the button again.';

/** A mistake that a page itself has found: it stands at the field of this name, as one of the server does. */
export class FieldMistake extends Error {
  constructor(name, what, hint = '') {
    super(`Nothing was done: ${what} ${hint}`.trim());
    this.body = { mistakes: [{ where: name, place: '', what, fix: hint }] };
  }
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

/** Puts each mistake of a refusal at its field; gives what is to be said of the whole form. */
function showMistakes(form, problem, fieldOf) {
  if (problem.controls) {
    for (const [control, text] of problem.controls) mark(control, text);
    return `Nothing was done: ${counted(problem.controls.length, 'mistake')} above.`;
  }
  const { mistakes, argument, error } = problem.body || {};
  const all = mistakes || (argument ? [{ what: error, fix: '', where: argument, place: '' }] : null);
  if (!all) return problem.message;
  const left = all.filter((one) => {
    const place = one.place || one.where;
    const control = problem instanceof FieldMistake ? form.elements.namedItem(place) : form.elements.namedItem(fieldOf(place.match(/\w+(?=\W*$)/)?.[0] || '', place) || '');
    if (!(control instanceof Element) || control.disabled || control.type === 'hidden') return true;
    mark(control, sentences(one));
    return false;
  });
  const marked = all.length - left.length;
  return [marked ? `Nothing was done: ${counted(marked, 'mistake')} above.` : '', ...left.map(placedSentences)].filter(Boolean).join(' ');
}

/** What is typed in a dialog and not sent: kept by the tab, without secrets, and put back when the dialog opens again. */

import { h } from './dom.js';
import { mayHoldSecret } from './secrets.js';
import { draftOf, forgetDraft, keepDraft } from './tab_store.js';

/** True when the page was loaded again while this dialog was open. */
export const wasOpen = (name) => Boolean(draftOf(name)?.isOpen);

/**
 * Keeps what is typed in a dialog under `name`, and puts back what was typed before. `choosers` are the fields that decide which others
 * there are, in order. Gives a function to call when the dialog has done its work.
 */
export function keepTyped(node, name, choosers) {
  const form = node.querySelector('form');
  const draft = draftOf(name);
  let isDone = false;
  if (draft) {
    const gone = putBack(form, draft, choosers);
    form.querySelector('h2').after(restoredNote(draft, gone, () => {
      forgetDraft(name);
      isDone = true;
      node.close();
    }));
    keepDraft(name, { ...draft, isOpen: true });
    controlsOf(form)[0].focus();
    form.scrollTop = 0;
  }
  const typed = () => keepDraft(name, { ...typedIn(form), typedBy: draft?.typedBy, isOpen: true });
  form.addEventListener('input', typed);
  form.addEventListener('change', typed);
  node.addEventListener('close', () => isDone || (draftOf(name) && keepDraft(name, { ...draftOf(name), isOpen: false })));
  return () => {
    isDone = true;
    forgetDraft(name);
  };
}

function restoredNote({ hasSecret, typedBy }, gone, discard) {
  const text = `${typedBy ? `${typedBy} typed this, and you kept it.` : 'This is what you typed before.'}${hasSecret ? ' Passwords, and addresses with a password, have to be typed again.' : ''}`;
  const lost = gone.map((one) => h('p', {}, `What you chose as "${one.labels[0]?.textContent || one.name}" is not there any more${one.dataset.gone ? `: ${one.dataset.gone}` : ''}. Choose again.`));
  return h('div', { class: 'notice wait', role: 'status' }, h('p', {}, text), lost, h('button', { type: 'button', class: 'plain', onclick: discard }, 'Throw away'));
}

const controlsOf = (form) => [...form.elements].filter((one) => one.name && !['checkbox', 'radio'].includes(one.type));

const readOf = (text) => (mayHoldSecret(text) ? null : text);

function typedIn(form) {
  const values = {};
  const chosen = {}; // what is read at the value of a chooser: the same value may mean something else later
  let hasSecret = false;
  for (const one of controlsOf(form)) {
    const { name, type, value } = one;
    if (one.tagName === 'SELECT') chosen[name] = [...(chosen[name] || []), readOf(one.selectedOptions[0]?.text ?? one.dataset.gone)];
    const isSecret = type === 'password' || mayHoldSecret(value);
    hasSecret = hasSecret || (isSecret && value !== '');
    values[name] = [...(values[name] || []), isSecret ? '' : value];
  }
  return { values, chosen, hasSecret };
}

/** Puts back what was typed. Gives the choosers whose choice is not there any more: nothing is chosen there, and something has to be. */
function putBack(form, { values, chosen }, choosers) {
  const gone = [];
  const fill = (name) => {
    for (const add of form.querySelectorAll(`[data-adds="${name}"]`)) for (let count = form.querySelectorAll(`[name="${name}"]`).length; count < values[name].length; count += 1) add.click();
    const controls = controlsOf(form).filter((one) => one.name === name);
    controls.forEach((one, place) => {
      const value = values[name][place] ?? '';
      const text = chosen?.[name]?.[place];
      if (one.tagName === 'SELECT' && ![...one.options].some((option) => option.value === value && option.text === (text ?? option.text))) {
        if (one.options.length === 1) return; // there is nothing to choose
        one.selectedIndex = -1;
        one.required = true;
        one.dataset.gone = text ?? value;
        gone.push(one);
        return;
      }
      if (one.value === value) return;
      one.value = value;
      one.dispatchEvent(new Event('change', { bubbles: true })); // some decide which others there are
    });
  };
  const known = choosers.filter((name) => name in values);
  for (const name of [...known, ...Object.keys(values).filter((one) => !known.includes(one))]) fill(name);
  return gone.filter((one) => one.isConnected);
}

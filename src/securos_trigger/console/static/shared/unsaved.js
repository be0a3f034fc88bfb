/** What a person has typed or drawn and not saved: it is not thrown away without a question. */

let isUnsaved = () => false;
let isLetGo = false;

/** True while a form, a drawing or an open dialog holds something that would be lost. */
export const hasUnsaved = () => isUnsaved() || Boolean(document.querySelector('dialog[open]'));

/** Says how this page knows. */
export function watchUnsaved(test) {
  isUnsaved = test;
}

/** True while a dialog holds what somebody has typed. */
const isTyped = () => Boolean(document.querySelector('dialog[open][data-typed]'));

/** Lets the page be left without a question: the person was asked. */
export function letGo() {
  isLetGo = true;
}

addEventListener('beforeunload', (event) => !isLetGo && (isUnsaved() || isTyped()) && event.preventDefault());

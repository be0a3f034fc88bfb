/** What a person has typed or drawn and not saved: it is not thrown away without a question. */

let isUnsaved = () => false;

/** True while a form, a drawing or an open dialog holds something that would be lost. */
export const hasUnsaved = () => isUnsaved() || Boolean(document.querySelector('dialog[open]'));

/** Says how this page knows. */
export function watchUnsaved(test) {
  isUnsaved = test;
}

/** True while a dialog holds what somebody has typed. */
const isTyped = () => Boolean(document.querySelector('dialog[open][data-typed]'));

addEventListener('beforeunload', (event) => (isUnsaved() || isTyped()) && event.preventDefault());

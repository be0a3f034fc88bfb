/** What a person has typed or drawn and not saved: it is not thrown away without a question. */

let isUnsaved = () => false;

/** True while a form, a drawing or an open dialog holds something that would be lost. */
export const hasUnsaved = () => isUnsaved() || Boolean(document.querySelector('dialog[open]'));

/** Says how this page knows. */
export function watchUnsaved(test) {
  isUnsaved = test;
}

addEventListener('beforeunload', (event) => isUnsaved() && event.preventDefault());

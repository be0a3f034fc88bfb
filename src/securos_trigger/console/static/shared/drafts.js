/** What a person has typed or drawn and not saved, kept by this tab, so that a page that is loaded again has it. Never a secret. */

const PREFIX = 'draft of ';
let owner = '';

/** Says whose drafts are meant; those of another person are deleted. */
export function setDraftOwner(user) {
  owner = `${PREFIX}${user}: `;
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX) && !key.startsWith(owner)) sessionStorage.removeItem(key);
}

/** The draft of a part; null: there is none. */
export const draftOf = (part) => JSON.parse(sessionStorage.getItem(owner + part));

/** Keeps what stands in a form now. Where the browser has no room for it, it asks before the page is left all the same. */
export function keepDraft(part, draft) {
  try {
    sessionStorage.setItem(owner + part, JSON.stringify(draft));
  } catch (error) {
    forgetDraft(part); // an older one would be wrong
  }
}

export const forgetDraft = (part) => sessionStorage.removeItem(owner + part);

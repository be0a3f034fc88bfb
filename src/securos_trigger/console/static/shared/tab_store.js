/** What this tab keeps for a person at a site while it is open: drafts of what is not saved, names of cameras. Never a secret. */

const PREFIX = 'kept for ';
let owner = '';

/** Says for whom and at which site; what was kept for others is deleted. Without a user nothing is kept. */
export function setOwner({ user, site }) {
  owner = user ? `${PREFIX}${user} at ${site}: ` : '';
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX) && !(owner && key.startsWith(owner))) sessionStorage.removeItem(key);
}

/** What is kept by this name; null: nothing. */
export const kept = (name) => JSON.parse(sessionStorage.getItem(owner + name));

/** Keeps a value. Where the browser has no room for it nothing is kept: the page asks before it is left all the same. */
export function keep(name, value) {
  if (!owner) return;
  try {
    sessionStorage.setItem(owner + name, JSON.stringify(value));
  } catch (error) {
    sessionStorage.removeItem(owner + name); // an older one would be wrong
  }
}

/** The draft of a part: what a person has typed or drawn and not saved; null: there is none. */
export const draftOf = (part) => kept(`draft of ${part}`);
export const keepDraft = (part, draft) => keep(`draft of ${part}`, draft);
export const forgetDraft = (part) => sessionStorage.removeItem(`${owner}draft of ${part}`);

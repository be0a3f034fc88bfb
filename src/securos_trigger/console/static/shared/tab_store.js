/** What this tab keeps for a person at a site while it is open: drafts of what is not saved, names of cameras. Never a secret. */

const PREFIX = 'kept for ';
let owner = '';

const nameOf = ({ user, site }) => `${PREFIX}${user} at ${site}: `;

/** Says for whom and at which site; what was kept for others is deleted. Without a user nothing is kept. */
export function setOwner(person) {
  owner = person.user ? nameOf(person) : '';
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

/** True where a draft is kept. */
export const hasDraft = () => draftKeys().length > 0;
const draftKeys = () => Object.keys(sessionStorage).filter((key) => owner && key.startsWith(`${owner}draft of `));

/** Gives the drafts to another person, who has said so; each says who typed it. */
export function giveDrafts(from, to) {
  for (const key of draftKeys()) {
    const draft = JSON.parse(sessionStorage.getItem(key));
    sessionStorage.removeItem(key); // first: there may be room for one of the two only
    sessionStorage.setItem(`${nameOf(to)}${key.slice(owner.length)}`, JSON.stringify({ typedBy: from.user, ...draft }));
  }
}

/** What is said of a draft that is shown again. `verb`: what was done, "typed". */
export const draftText = ({ typedBy }, verb) => (typedBy ? `Not saved yet: ${typedBy} ${verb} this, and you kept it. A save is in your name.` : `Not saved yet: this is what you ${verb} before the page was loaded again.`);

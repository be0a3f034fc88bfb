/** Where a secret may stand in what somebody typed: it is not kept by the tab. The server hides the same, by the same rule. */

const LOGIN = /:\/\/.*@|^[^\s/]*@/; // what the server hides of an address
const HIDDEN_LOGIN = /(^|:\/\/)\*\*\*@/g; // as the server shows it
const PARAMETER = /[?&;#/]([^\s=&;?#/]+)=[^\s&;#"'=]/g; // ?password=…, ?%70assword=…, #token=…, not `a_key == 1`
// As in validation/masking.py; a test compares both, word by word.
const BEGINS = /^(?:pas(?!sive|sage|t$)|pwd|psw|tok|secret|cred|auth(?!ors?$)|key(?!frame|board|word)|url|sig(?!nal))/i;
const ENDS = /(?:passw?(?:or)?[dt]|pwd|token|secret|sig(?:nature)?|(?:api|access|auth|private|session|shared)key)$/i;

/** True for the name of what may hold a secret: `access_token`, `X-Amz-Signature`. A name in percent signs is read as it is meant. */
function isSecretName(name) {
  let plain;
  try {
    plain = decodeURIComponent(name);
  } catch (error) {
    return true;
  }
  return plain.includes('%') || plain.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).some((word) => BEGINS.test(word) || ENDS.test(word));
}

/** True for a value in which a password or a login may stand, at any depth: it rather says so of too much. */
export function mayHoldSecret(value) {
  if (value !== null && typeof value === 'object') return LOGIN.test(JSON.stringify(value)) || Object.entries(value).some(([key, one]) => isSecretName(key) || mayHoldSecret(key) || mayHoldSecret(one));
  const text = String(value ?? '').replace(HIDDEN_LOGIN, '$1');
  return LOGIN.test(text) || [...text.matchAll(PARAMETER)].some(([, name]) => isSecretName(name));
}

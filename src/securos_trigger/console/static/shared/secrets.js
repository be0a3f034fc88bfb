/** Where a secret may stand in what somebody typed: it is not kept by the tab. The server hides the same. */

const LOGIN = /:\/\/.*@|^[^\s/]*@/; // what the server hides of an address
const HIDDEN_LOGIN = /(^|:\/\/)\*\*\*@/g; // as the server shows it
const SECRET_NAME = /pas|pwd|psw|tok|secret|cred|auth/i;
const SECRET_ARGUMENT = /[?&/_;#][\w.%-]*(?:pas|pwd|psw|tok|secret|cred|auth|key|url|%|(?<![a-z])sig(?:nature)?(?![a-z]))[\w.%-]*=(?!=)/i; // ?password=…, ?%70assword=…, #token=…, not `a_key == 1`

/** True for a value in which a password or a login may stand, at any depth: it rather says so of too much. */
export function mayHoldSecret(value) {
  if (typeof value === 'string') value = value.replace(HIDDEN_LOGIN, '$1');
  if (value !== null && typeof value === 'object') return LOGIN.test(JSON.stringify(value)) || Object.entries(value).some(([key, one]) => SECRET_NAME.test(key) || mayHoldSecret(key) || mayHoldSecret(one));
  return LOGIN.test(value) || SECRET_ARGUMENT.test(value);
}

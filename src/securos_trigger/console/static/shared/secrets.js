/** Where a secret may stand in what somebody typed: it is not kept by the tab. The server hides the same, by the same rule. */

const HIDDEN_LOGIN = /(^|:\/\/)\*\*\*@/g; // as the server shows it
const BARE_LOGIN = /^[^\s/]*@/;
// From here on as in validation/masking.py; one table of addresses and one of names is asked of both.
const SEPARATOR = /(=|%(?:25)*3d)|[\s?&;#/]|%(?:25)*(?:3f|26|3b|23|2f)/gi; // also in percent signs, once or more often
const VALUE = /["']?[^\s&;#"']/y;
const PART_OF_PATH = /[^\s/?&;#"']/y;
const BEGINS = /^(?:pas(?!s(?:ive|age|enger|ed|ing|through)|t$)|pwd|psw|tok|secret|cred|auth(?!ors?$)|key(?!frame|board|word|int|point)|url)/i;
const SIGN = /^(?:sig(?!nal)|pw$|jwt|hmac|bearer$|[th]?otp$|psk$)/i;
const INSIDE = /pass?w|passphrase|pwd|token|secret|credential|signature|(?:api|access|auth|private|session|shared|stream|user|client|master|account|license)key/i;
const ENDS = /(?:pass[dt]|sig|(?:login|user|usr|admin|my)pas)$|^(?!(?:(?:en)?com|by|tres|over|under|sur|im|(?:band|low|high|all))pass$)[a-z]+pass$/i;
const WHOLE = /^(?:(?:(?:php|j)?sess(?:ion)?|s)id|session|(?:access|verification|security|login|unlock|pin|door)?code|(?:my|user|login|admin)?pin|hash)$/;
const OTHER_LANGUAGES = /contrase(?:n|ñ)|senha|motdepasse|kennwort|wachtwoord|hasło|haslo(?![a-z])|heslo|geslo|lozinka|jelsz[oó]|salasana|l[oö]senord|adgangskode|[sş]ifre|parool|parol|парол|密码|密碼|パスワード|비밀번호/i;
const PLAIN = `(?:pass(?:word|wd|wort|phrase|code)?|pwd|psw|secret|psk|bearer|otp|authorization|session(?:id)?|(?:access[_-]?)?token|(?:x[_-])?(?:api[_-]?key|auth[_-]?token)|${OTHER_LANGUAGES.source})["']?`;
const PLAIN_WORD = new RegExp(`^[{[("']*${PLAIN}$`, 'i');
const NEAR_COLON = `(?<![^\\s?&;#/:,])(?<!//)[{[("']*${PLAIN}:["']?[^\\s&;#"']`;
const FAR_BEHIND_COLON = `(?:^|[{[(,;])[ \\t]*["']?${PLAIN}[ \\t]*:[ \\t]+(?:"[^"\\n]|'[^'\\n]|[^\\s"'])`;
const COLON = new RegExp(`${NEAR_COLON}|${FAR_BEHIND_COLON}`, 'im');

/** True for the name of what may hold a secret: `access_token`, `X-Amz-Signature`. A name in percent signs is read as it is meant. */
function isSecretName(name) {
  let plain;
  try {
    plain = decodeURIComponent(name);
  } catch (error) {
    return true;
  }
  const words = plain.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/);
  const isWhole = WHOLE.test(plain.toLowerCase().replace(/[^a-z]/g, ''));
  return isWhole || OTHER_LANGUAGES.test(plain) || /[%\ufffd]/.test(plain) || words.some((word) => [BEGINS, SIGN, INSIDE, ENDS].some((pattern) => pattern.test(word)));
}

/** True for a login before a host: in a line with `://` an `@` behind it. */
const hasLogin = (text) => BARE_LOGIN.test(text) || text.split('\n').some((line) => line.includes('://') && line.lastIndexOf('@') >= line.indexOf('://') + 3);

/** True for a name of a secret with `=` and a value: in a query, a fragment or a path, and behind another value (`user=a_password=…`);
 *  for a plain word for a secret also with `:`, and as a part of an address's path with another behind it. */
function hasSecretParameter(text) {
  let before = '';
  let start = 0;
  let isAddress = false;
  if (COLON.test(text)) return true;
  for (const found of text.matchAll(SEPARATOR)) {
    const name = text.slice(start, found.index);
    const wasBefore = before;
    const isHost = text.slice(Math.max(start - 2, 0), start) === '//';
    isAddress = !/^\s$/.test(found[0]) && (isAddress || text.slice(Math.max(start - 3, 0), start) === '://');
    [before, start] = [found[0], found.index + found[0].length];
    VALUE.lastIndex = PART_OF_PATH.lastIndex = start;
    if (found[1] && name && !isComparison(wasBefore, name, text[start]) && VALUE.test(text) && (isSecretName(name) || isSecretName(name.split(/[:,]/).at(-1)))) return true;
    if (isAddress && before === '/' && wasBefore === '/' && !isHost && PLAIN_WORD.test(name) && PART_OF_PATH.test(text)) return true;
  }
  return false;
}

/** True for `key==1` and `key>=1` of a condition; in an address nothing is compared. */
const isComparison = (before, name, after) => !before.trim() && (/[!<>]$/.test(name) || after === '=');

/** True for a value in which a password or a login may stand, at any depth: it rather says so of too much. */
export function mayHoldSecret(value) {
  if (value !== null && typeof value === 'object') return Object.entries(value).some(([key, one]) => isSecretName(key) || mayHoldSecret(key) || mayHoldSecret(one));
  const text = String(value ?? '').replace(HIDDEN_LOGIN, '$1');
  return hasLogin(text) || hasSecretParameter(text);
}

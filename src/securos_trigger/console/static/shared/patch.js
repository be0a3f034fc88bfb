/** JSON Patch (RFC 6902), as the stream sends it: `add`, `remove` and `replace`. */

/** The value with the changes made in it. It is changed in place; a change of the whole gives another one. */
export function patched(value, changes) {
  const root = { '': value };
  for (const { op, path, value: next } of changes) {
    const keys = path.split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop();
    const parent = keys.reduce((node, key) => node[key], root);
    if (op === 'remove') delete parent[last];
    else Object.defineProperty(parent, last, { value: next, writable: true, enumerable: true, configurable: true });
  }
  return root[''];
}

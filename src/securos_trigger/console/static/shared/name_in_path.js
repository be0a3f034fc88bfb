// The name of a pipeline or the id of a node as a part of an address of the API.

/** `~1` is a slash, `~2` a dot, `~0` a tilde: `..` and a slash mean something else in an address, however they are written. */
export function nameInPath(name) {
  const isFolder = name === '.' || name === '..';
  return encodeURIComponent(isFolder ? name.replaceAll('.', '~2') : name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

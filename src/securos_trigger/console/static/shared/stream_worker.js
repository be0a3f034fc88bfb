/** Holds the one stream of all pages of a browser: it has six connections for a site, and each page needs some. */

import { Stream } from './stream.js';

const ports = new Set();
const stream = new Stream((message) => {
  for (const port of ports) port.postMessage(message);
});

addEventListener('connect', ({ ports: [port] }) => {
  port.addEventListener('message', ({ data }) => (data === 'listen' ? listen(port) : leave(port)));
  port.start();
});

function listen(port) {
  ports.add(port);
  stream.listen((message) => port.postMessage(message));
}

function leave(port) {
  ports.delete(port);
  if (!ports.size) stream.close();
}

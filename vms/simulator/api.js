'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');

const { Images } = require('./images');

const PAGE = path.join(__dirname, 'page');
const PAGE_FILES = fs.readdirSync(PAGE);
const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
const PAGE_POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'";
const BODY_LIMIT_BYTES = 1024 * 1024;

/** The operator's page and the JSON interface of the simulator, on the loopback interface only. */
class Api {
  /** `token` is the one that the page shows; empty: it shows none. `fingerprint` is the SHA-256 of the certificate in hex. */
  constructor({ cameras, receiver, token = '', fingerprint = '' }) {
    this.token = token;
    this.fingerprint = fingerprint;
    this.cameras = cameras;
    this.receiver = receiver;
    this.images = new Images((camera) => cameras.states.get(camera).recording);
    this.streams = new Set();
    cameras.on('call', (call) => this.push('call', call));
    cameras.on('camera', (camera) => this.push('camera', camera));
    receiver.onEnd = () => this.receiverEnded();
    this.startedAtS = Date.now() / 1000;
    this.routes = {
      'GET /api/state': (request, response) => this.settled(response, () => this.state()),
      'GET /api/events': (request, response, url) =>
        this.settled(response, () => cameras.callsAfter(Number(url.searchParams.get('since') || 0))),
      'GET /api/stream': (request, response) => this.stream(request, response),
      'GET /api/image': (request, response, url) => this.image(response, url.searchParams),
      'GET /api/recording': (request, response, url) =>
        sendJson(response, 200, this.images.segments(url.searchParams.get('camera'))),
      'POST /api/image': (request, response, url) => this.takeImage(request, response, url.searchParams),
      'POST /api/faults': (request, response) => this.faults(request, response),
      'POST /api/operator': (request, response) => this.operator(request, response),
      'POST /api/kill': (request, response) => this.control(response, () => receiver.kill()),
      'POST /api/restart': (request, response) => this.control(response, () => receiver.restart()),
    };
  }

  receiverEnded() {
    this.push('receiver', this.state().receiver);
    this.push('faults', this.receiver.faults);
  }

  /** Listens on `port` (0: any free one) and resolves with the port. */
  listen(port) {
    const server = http.createServer((request, response) => {
      this.handle(request, response).catch((error) => sendJson(response, 500, { error: error.message }));
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve(server.address().port));
    });
  }

  async handle(request, response) {
    // A page of another site must not reach us under a name of its own.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host || '')) {
      sendJson(response, 403, { error: 'Use 127.0.0.1 as the host.' });
      return;
    }
    const url = new URL(request.url, 'http://127.0.0.1');
    const route = this.routes[`${request.method} ${url.pathname}`];
    const wanted = url.pathname === '/api/image' ? 'image/jpeg' : 'application/json';
    if (!route) this.page(request, response, url.pathname.slice(1) || 'index.html');
    else if (request.method === 'POST' && request.headers['content-type'] !== wanted) {
      sendJson(response, 415, { error: `Send Content-Type: ${wanted}.` });
    } else await route(request, response, url);
  }

  state() {
    return {
      started_at_s: this.startedAtS,
      receiver: { running: this.receiver.isRunning, port: this.receiver.port },
      token: this.token,
      fingerprint: this.fingerprint,
      cameras: this.cameras.list(),
      sequence: this.cameras.sequence,
      faults: this.receiver.faults,
    };
  }

  /** A file of the page's folder. */
  page(request, response, name) {
    if (request.method !== 'GET' || !PAGE_FILES.includes(name)) {
      sendJson(response, 404, { error: 'There is no such path.' });
      return;
    }
    response.writeHead(200, {
      'Content-Type': `${TYPES[path.extname(name)]}; charset=utf-8`,
      'Content-Security-Policy': PAGE_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    });
    response.end(fs.readFileSync(path.join(PAGE, name)));
  }

  /** Takes what a camera sees: a JPEG image, `?camera=ID&at=UNIX_SECONDS` (default: now). Without a body: nothing any more. */
  async takeImage(request, response, query) {
    const camera = query.get('camera');
    const atS = query.has('at') ? Number(query.get('at')) : Date.now() / 1000;
    const jpeg = await readBody(request);
    const isJpeg = jpeg.length > 2 && jpeg.readUInt16BE(0) === 0xffd8;
    if (!this.cameras.states.has(camera) || !Number.isFinite(atS) || (jpeg.length && !isJpeg)) {
      sendJson(response, 400, { error: 'Name a camera and a time, and send a JPEG image.' });
      return;
    }
    if (jpeg.length) this.images.put(camera, atS, jpeg);
    else this.images.hide(camera);
    this.push('image', { camera, at_s: jpeg.length ? atS : null });
    sendJson(response, 200, {});
  }

  /** `?camera=ID`: the live image; with `&at=UNIX_SECONDS` what was recorded then. `X-Image-At` says its time. */
  image(response, query) {
    const camera = query.get('camera');
    const image = query.has('at')
      ? this.images.recorded(camera, Number(query.get('at')))
      : this.images.live(camera);
    if (!image) {
      sendJson(response, 404, { error: 'There is no image of this camera at this time.' });
      return;
    }
    response.writeHead(200, {
      'Content-Type': 'image/jpeg',
      'Cache-Control': 'no-store',
      'X-Image-At': String(image.atS),
    });
    response.end(image.jpeg);
  }

  async faults(request, response) {
    await this.receiver.setFaults(await readJson(request));
    this.push('faults', this.receiver.faults);
    sendJson(response, 200, this.state());
  }

  /** An operator records or stops a camera by hand: `{"camera": ID, "action": "REC" | "REC_STOP"}`. */
  async operator(request, response) {
    const { camera, action } = await readJson(request);
    if (!this.cameras.states.has(camera) || !['REC', 'REC_STOP'].includes(action)) {
      sendJson(response, 400, { error: 'Name a camera, and REC or REC_STOP as the action.' });
      return;
    }
    await this.receiver.settled();
    this.cameras.operate(camera, action);
    await this.receiver.emit({ sourceType: 'CAM', sourceId: camera, action });
    sendJson(response, 200, this.state());
  }

  /** Answers with `body()` when every call made until now has been recorded: a test need not poll. */
  async settled(response, body) {
    await this.receiver.settled();
    sendJson(response, 200, body());
  }

  async control(response, action) {
    await action();
    this.push('receiver', this.state().receiver);
    sendJson(response, 200, this.state());
  }

  /** Server-sent events: `call`, `camera`, `receiver`, `faults` and `image`, each with its JSON. */
  stream(request, response) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(': the stream is open\n\n');
    this.streams.add(response);
    request.on('close', () => this.streams.delete(response));
  }

  push(name, value) {
    for (const response of this.streams) response.write(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`);
  }
}

async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new Error('the body is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readJson(request) {
  return JSON.parse((await readBody(request)).toString('utf8'));
}

function sendJson(response, status, body) {
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
  });
  response.end(JSON.stringify(body));
}

module.exports = { Api };

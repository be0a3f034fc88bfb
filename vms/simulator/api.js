'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');

const PAGE = path.join(__dirname, 'page.html');
const BODY_LIMIT_BYTES = 1024 * 1024;

/** The operator's page and the JSON interface of the simulator, on the loopback interface only. */
class Api {
  constructor({ cameras, receiver }) {
    this.cameras = cameras;
    this.receiver = receiver;
    this.streams = new Set();
    cameras.on('call', (call) => this.push('call', call));
    cameras.on('camera', (camera) => this.push('camera', camera));
    this.routes = {
      'GET /': (request, response) => this.page(response),
      'GET /api/state': (request, response) => this.settled(response, () => this.state()),
      'GET /api/events': (request, response, url) =>
        this.settled(response, () => cameras.callsAfter(Number(url.searchParams.get('since') || 0))),
      'GET /api/stream': (request, response) => this.stream(request, response),
      'POST /api/faults': (request, response) => this.faults(request, response),
      'POST /api/operator': (request, response) => this.operator(request, response),
      'POST /api/kill': (request, response) => this.control(response, () => receiver.kill()),
      'POST /api/restart': (request, response) => this.control(response, () => receiver.restart()),
    };
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
    if (!route) sendJson(response, 404, { error: 'There is no such path.' });
    else if (request.method === 'POST' && request.headers['content-type'] !== 'application/json') {
      sendJson(response, 415, { error: 'Send Content-Type: application/json.' });
    } else await route(request, response, url);
  }

  state() {
    return {
      receiver: { running: this.receiver.isRunning, port: this.receiver.port },
      cameras: this.cameras.list(),
      sequence: this.cameras.sequence,
      faults: this.receiver.faults,
    };
  }

  page(response) {
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
      'Cache-Control': 'no-store',
    });
    response.end(fs.readFileSync(PAGE));
  }

  async faults(request, response) {
    await this.receiver.setFaults(await readJson(request));
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

  /** Server-sent events: `call`, `camera` and `receiver`, each with its JSON. */
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

async function readJson(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new Error('the body is too long');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function sendJson(response, status, body) {
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
  });
  response.end(JSON.stringify(body));
}

module.exports = { Api };

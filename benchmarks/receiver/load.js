'use strict';
/*
 * Posts deliveries to a receiver over connections that are kept, each as soon as the one before is answered. It must
 * cost less than any server, so it writes requests that were made before the clock starts to bare TLS sockets.
 *
 * A line of standard input is one turn: {port, pid of the server, deliveries}. The answer is a line:
 *   took_s        from the first request to the last answer
 *   server_cpu_s  what all threads of the server ran meanwhile
 *   server_ran_s, server_queued_s  its main thread: ran; was ready, but another program had the core
 *   own_cpu_s     what this process ran
 */

const crypto = require('crypto');
const fs = require('fs');
const readline = require('readline');
const tls = require('tls');

const CONNECTIONS = 16;
const CAMERAS = 32;

const token = process.env.AUTH_TOKEN;
const ca = fs.readFileSync(process.env.SSL_CERT);

/** The camera of a delivery, and the whole request as bytes. Each has an event id of its own. */
function request(number) {
  const camera = String((number % CAMERAS) + 1);
  const now = new Date().toISOString();
  const body = JSON.stringify({
    camera_id: [camera],
    event_name: 'Person in zone',
    event_description: '2 people in zone entrance',
    event_duration: 5,
    trigger_recording: false,
    add_subtitle: false,
    event_id: crypto.randomUUID(),
    event_time: now,
    sent_at: now,
    late: false,
    source: { node_id: 'trigger1', deployment_id: 'bench' },
  });
  const head = [
    'POST /lumeoevent HTTP/1.1',
    'Host: 127.0.0.1',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return { camera, bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`) };
}

function connected(port) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', ca }, () => resolve(socket.setNoDelay(true)));
    socket.once('error', reject);
  });
}

/** Posts what `next` gives over one connection until it gives nothing. */
function postAll(socket, next) {
  return new Promise((resolve, reject) => {
    let asked = null;
    let text = '';
    const post = () => {
      asked = next();
      if (asked === undefined) resolve();
      else socket.write(asked.bytes);
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed a connection')));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n') + 4;
      if (end < 4) return;
      const size = Number(/content-length: (\d+)/i.exec(text)[1]);
      if (text.length < end + size) return;
      if (!isDone(text.slice(0, 12), text.slice(end), asked.camera)) reject(new Error(`not delivered: ${text}`));
      text = '';
      post();
    });
    post();
  });
}

function isDone(status, body, camera) {
  const [result] = JSON.parse(body).results || [];
  return status === 'HTTP/1.1 200' && result.camera_id === camera && result.step === 'EVENT' && result.ok === true;
}

/** Seconds that a thread has run, and that it stood ready while its core was not free. */
function scheduled(file) {
  const [ranNs, queuedNs] = fs.readFileSync(file, 'utf8').split(' ').map(Number);
  return { ran: ranNs / 1e9, queued: queuedNs / 1e9 };
}

function snapshot(pid) {
  const threads = fs.readdirSync(`/proc/${pid}/task`);
  const { user, system } = process.cpuUsage();
  return {
    at: Number(process.hrtime.bigint()) / 1e9,
    server: threads.reduce((sum, thread) => sum + scheduled(`/proc/${pid}/task/${thread}/schedstat`).ran, 0),
    main: scheduled(`/proc/${pid}/task/${pid}/schedstat`),
    own: (user + system) / 1e6,
  };
}

async function turn({ port, pid, deliveries }) {
  const requests = Array.from({ length: deliveries }, (_, number) => request(number));
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => connected(port)));
  const left = requests[Symbol.iterator]();
  const before = snapshot(pid);
  await Promise.all(sockets.map((socket) => postAll(socket, () => left.next().value)));
  const after = snapshot(pid);
  for (const socket of sockets) socket.removeAllListeners('close').destroy();
  return {
    took_s: after.at - before.at,
    server_cpu_s: after.server - before.server,
    server_ran_s: after.main.ran - before.main.ran,
    server_queued_s: after.main.queued - before.main.queued,
    own_cpu_s: after.own - before.own,
  };
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await turn(JSON.parse(line)))}\n`);
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});

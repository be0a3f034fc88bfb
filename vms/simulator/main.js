'use strict';
/*
 * The SecurOS simulator: the real receiver.js in its own process against a stand-in for SecurOS, and a page that shows
 * what an operator would see. Prints one JSON line when ready; ends with its standard input or on SIGTERM.
 */

const crypto = require('crypto');
const fs = require('fs');
const net = require('net');
const path = require('path');

const { Api } = require('./api');
const { Cameras } = require('./cameras');
const { ReceiverProcess } = require('./receiver_process');

const USAGE = `Usage: AUTH_TOKEN=TOKEN node main.js (--cert FILE --key FILE | --http) [options]
  --token TOKEN       the token, where other users may read the command line (default: AUTH_TOKEN)
  --receiver-port N   port of the receiver, 0 for any free one (default 3443)
  --page-port N       port of the page and its JSON interface, 0 for any free one (default 8090)
  --cameras "1,2"     ids of the cameras that exist (default "1,2,3,4")
  --names "Gate,Yard" their names, in the same order
  --state-dir DIR     where the receiver keeps its state (default: as the receiver decides)
  --receiver FILE     another receiver script, such as one that "receiver init" has written
  --log FILE          append every SecurOS call to FILE, one JSON object a line
  --faults JSON       faults in force from the start
  --show-token        the page shows the token: only for one that no real receiver has
  --hot-rec-stops     a recording ends by itself after hot_rec_time`;

/** Options by name from the command line. Throws a sentence for an unknown or incomplete one. */
function readOptions(args) {
  const options = {
    'receiver-port': '3443',
    'page-port': '8090',
    cameras: '1,2,3,4',
    names: '',
    faults: '{}',
    token: process.env.AUTH_TOKEN || '',
  };
  const flags = ['http', 'hot-rec-stops', 'show-token'];
  const valued = ['receiver-port', 'page-port', 'token', 'cert', 'key', 'cameras', 'names'];
  valued.push('state-dir', 'receiver', 'log', 'faults');
  for (let index = 0; index < args.length; index += 1) {
    const name = args[index].replace(/^--/, '');
    if (flags.includes(name)) options[name] = true;
    else if (valued.includes(name) && index + 1 < args.length) options[name] = args[(index += 1)];
    else throw new Error(`${args[index]} is no option, or its value is missing.`);
  }
  if (!options.token) throw new Error('AUTH_TOKEN is needed in the environment, or --token.');
  if (!options.http && !(options.cert && options.key))
    throw new Error('--cert and --key are needed, or --http.');
  return options;
}

/** The cameras as `{id, name}`. */
function readCameras(options) {
  const names = options.names.split(',').map((name) => name.trim());
  return options.cameras
    .split(',')
    .map((id) => id.trim())
    .filter(Boolean)
    .map((id, index) => ({ id, name: names[index] || `Camera ${id}` }));
}

/** The receiver's settings as environment variables. */
function receiverEnv(options) {
  return {
    AUTH_TOKEN: options.token,
    LISTEN_HOST: '127.0.0.1',
    PORT: options['receiver-port'],
    USE_HTTPS: options.http ? 'false' : 'true',
    ...(options.http ? {} : { SSL_CERT: path.resolve(options.cert), SSL_KEY: path.resolve(options.key) }),
    ...(options['state-dir'] ? { STATE_DIR: path.resolve(options['state-dir']) } : {}),
  };
}

/** The SHA-256 of the first certificate of a PEM file, in hex. */
function fingerprintOf(file) {
  const [, base64] = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(fs.readFileSync(file, 'utf8')) || [];
  return base64 ? crypto.createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex') : '';
}

/** Resolves when the port can be listened on; rejects at once, while the receiver would try again and again. */
function isFree(port) {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ port: Number(port), host: '127.0.0.1' }, () => server.close(resolve));
  });
}

async function main(options) {
  const list = readCameras(options);
  const cameras = new Cameras(list, {
    hotRecStops: Boolean(options['hot-rec-stops']),
    logFile: options.log || null,
  });
  const receiver = new ReceiverProcess({
    script: path.resolve(options.receiver || path.join(__dirname, '..', 'receiver', 'receiver.js')),
    env: receiverEnv(options),
    cameras: list,
    onCall: (call) => cameras.take(call),
  });
  const end = async (code) => {
    await receiver.kill(); // no receiver is left behind
    process.exit(code);
  };
  process.on('SIGTERM', () => end(0));
  process.on('SIGINT', () => end(0));
  const endWithInput = () => end(0);
  process.stdin.on('end', endWithInput).on('error', endWithInput).resume();
  try {
    await serve(options, cameras, receiver);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    await end(1);
  }
}

async function serve(options, cameras, receiver) {
  receiver.faults = JSON.parse(options.faults);
  await isFree(options['receiver-port']);
  await isFree(options['page-port']);
  const port = await receiver.start();
  const shown = { token: options['show-token'] ? options.token : '', fingerprint: options.http ? '' : fingerprintOf(options.cert) };
  const pagePort = await new Api({ cameras, receiver, ...shown }).listen(Number(options['page-port']));
  const scheme = options.http ? 'http' : 'https';
  const ready = {
    ready: true,
    receiver: { scheme, host: '127.0.0.1', port },
    page: `http://127.0.0.1:${pagePort}/`,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

try {
  main(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error.message}\n${USAGE}\n`);
  process.exit(1);
}

'use strict';
/* For tests: prints when a connection has been accepted, when an answer is ready, and when it is sent. */

const { Server, ServerResponse } = require('http');

printBefore(ServerResponse.prototype, 'writeHead', 'answer_ready');
printBefore(ServerResponse.prototype, 'end', 'answer_sent');
printBefore(Server.prototype, 'listen', 'started', (server) => server.on('connection', () => print('connected')));

function printBefore(prototype, name, event, also = () => {}) {
  const whole = prototype[name];
  prototype[name] = function (...values) {
    print(event);
    also(this);
    return whole.apply(this, values);
  };
}

function print(event) {
  console.log(JSON.stringify({ event }));
}

'use strict';
/*
 * Preloaded into the receiver's process: it ends when the simulator is gone, however that ended, so that no receiver is
 * left on its port.
 */

if (process.channel) {
  process.on('disconnect', () => process.exit(1));
  process.channel.unref(); // the channel alone does not keep the receiver running
}

/** What a pipeline does, in a sentence. */

import { moment } from './texts.js';

const PIPELINE_STATES = { running: ['good', 'running'], restarting: ['wait', 'starting again'], ended: ['wait', 'ended'], failed: ['bad', 'failed'] };

/** The sentence on a pipeline of the overview, and its colour by meaning. `isNow` false: the overview is an old one. */
export function pipelineState({ state, placed, needs_person: needsPerson, is_known: isKnown = true }, isNow = true) {
  if (!state && placed) return isNow ? placedState(placed) : ['off', 'not known now'];
  if (!state) return ['off', isKnown ? 'not running' : 'not known: the service does not answer'];
  if (state.source_lost_reason) return [needsPerson ? 'bad' : 'wait', `no ${state.input ? 'messages' : 'frames'} since ${moment(state.source_lost_since)}: ${state.source_lost_reason}`];
  if (state.frozen_since) return ['bad', `one and the same image since ${moment(state.frozen_since)}`];
  if (!isNow) return ['off', 'not known now']; // what is lost says itself since when
  if (state.silent_since) return [needsPerson ? 'bad' : 'wait', `running, but no frame since ${moment(state.silent_since)}`];
  if (state.times_unusable_since) return ['wait', `time stamps not usable since ${moment(state.times_unusable_since)}: ${state.times_unusable_reason}`];
  if (state.state === 'running' && state.frames === 0) return state.input ? ['off', 'running, no message has come yet'] : ['wait', 'running, no frame has come yet'];
  const [kind, text] = PIPELINE_STATES[state.state] || ['off', state.state];
  return [kind, state.reason ? `${text}: ${state.reason}` : text];
}

const PLACED_STATES = { runs: ['good', 'runs'], starts: ['wait', 'starts'], waits: ['off', 'waits until no other machine runs it'], ended: ['off', 'ended'], away: ['off', 'not on this machine now'] };

/** The same for a pipeline that Ray or systemd has placed on this machine: its process is not of this service. */
function placedState({ node, state, since, trouble }) {
  if (trouble) return ['bad', `placed on ${node}: ${trouble}`];
  const [kind, text] = PLACED_STATES[state] || ['bad', 'its process has stopped'];
  return [kind, `placed on ${node}: ${text}${since ? `, since ${moment(since)}` : ''}`];
}

/** What a receiver does, in a sentence. */

import { moment } from './texts.js';

/** The sentence on a receiver of the overview, and its colour by meaning. `isRunning` false: nothing is known of it now. `troubles` are those of the overview. `isNow` false: it is an old one. */
export function targetState({ is_healthy: isHealthy, trouble, reason, trouble_since: troubleSince, failing_since: failingSince, no_answer_since: silentSince, not_accepted_since: refusedSince, not_accepted_reason: refusal, unknown_since: unknownSince, is_known: isKnown = true, target }, isRunning, troubles, isNow = true) {
  if (!isNow) return ['off', 'not known now'];
  if (!isRunning) return ['off', 'not known: the service does not run'];
  if (!isKnown) return ['off', 'not known now']; // the service starts, or does not answer
  if (silentSince) return ['wait', `waiting for an answer since ${moment(silentSince)}`];
  const own = troubles.filter((one) => one.about.target === target);
  const isRed = own.some((one) => one.needs_person);
  if (refusedSince) return [own.length && own[0].needs_person ? 'bad' : 'wait', `answers, and has accepted no event since ${moment(refusedSince)}: ${refusal}`];
  if (isHealthy && isRed) return ['bad', 'answers, but a person must act'];
  if (isHealthy) return ['good', 'healthy'];
  if (unknownSince) return ['wait', `not known since ${moment(unknownSince)}: the cluster is not reached`];
  if (isHealthy === null || isHealthy === undefined) return ['off', 'nothing was sent since the start'];
  const began = troubleSince || failingSince;
  const why = (reason || trouble).replace(/\.$/, '');
  return [trouble === 'unreachable' && !own[0]?.needs_person ? 'wait' : 'bad', `${why}${began ? `, since ${moment(began)}` : ''}`];
}

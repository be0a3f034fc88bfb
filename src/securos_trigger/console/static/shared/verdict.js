/** The verdict on a site in words, for the header and the page Overview. */

import { counted } from './texts.js';

const WORDS = {
  healthy: ['good', 'Healthy', 'Everything works.'],
  trouble: ['bad', 'A person must act', 'A person must act.'],
  starting: ['off', 'Starting', 'The service is starting.'],
  not_running: ['bad', 'Not running', 'The service does not run: no event is sent.'],
};

/** What is worth knowing while nothing has stopped: troubles that need no person, and warnings of the checker. */
export const remarksOf = ({ troubles, configuration }) => troubles.filter((one) => !one.needs_person).length + configuration.warnings.length;

/** The colour by meaning, a text for the header, a sentence, and the number of remarks. Green only if there is nothing to say. */
export function verdictOf(overview) {
  const [kind, short, sentence] = WORDS[overview.verdict];
  const remarks = remarksOf(overview);
  if (overview.verdict === 'not_running' && !overview.pipelines.length && !overview.configuration.mistakes) return { kind: 'off', short, sentence: 'The service does not run.', remarks }; // there is nothing to run yet
  if (overview.verdict !== 'healthy') return { kind, short, sentence, remarks };
  if (!overview.pipelines.length) return { kind: 'off', short: 'No pipeline', sentence: 'No pipeline yet.', remarks };
  const resting = overview.pipelines.filter(({ state, placed }) => !state && !placed).length;
  if (resting) return { kind: 'wait', short: `${counted(resting, 'pipeline')} not running`, sentence: `The service runs, but not ${counted(resting, 'pipeline')} of the file.`, remarks };
  if (remarks) return { kind: 'wait', short: `Works, ${counted(remarks, 'remark')}`, sentence: `Works, with ${counted(remarks, 'remark')}.`, remarks };
  return { kind, short, sentence, remarks };
}

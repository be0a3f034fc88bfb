/** The verdict on a site in words, for the header and the page Overview. */

import { pipelineState } from './pipeline_state.js';
import { counted } from './texts.js';

const WORDS = {
  healthy: ['good', 'Healthy', 'Everything works.'],
  trouble: ['bad', 'A person must act', 'A person must act.'],
  starting: ['off', 'Starting', 'The service is starting.'],
  not_running: ['bad', 'Not running', 'The service does not run: no event is sent.'],
};

/** A file with a mistake recovers by no restart: a person must act, though the service goes on with what is in force. */
export const needsPerson = ({ needs_person: isRed, about }) => isRed || about.file === 'mistakes';

/** What is worth knowing while nothing has stopped: troubles that need no person, and warnings of the checker. */
export const remarksOf = ({ troubles, configuration }) => troubles.filter((one) => !needsPerson(one)).length + configuration.warnings.length;

/** True for a pipeline whose process is not of this service: Ray or systemd has placed it on this machine. */
const isPlaced = ({ state, placed }) => !state && Boolean(placed);

/** True for a site without a service of its own: each pipeline is placed, so that `run` is not needed. */
export const isPlacedSite = ({ pipelines }) => pipelines.length > 0 && pipelines.every(isPlaced);

/** The colour by meaning, a text for the header, a sentence, and the number of remarks. Green only if there is nothing to say. */
export function verdictOf(overview) {
  const { verdict, pipelines, configuration } = overview;
  const [kind, short, sentence] = WORDS[verdict];
  const remarks = remarksOf(overview);
  const placed = pipelines.filter(isPlaced);
  const bad = placed.filter((one) => pipelineState(one)[0] === 'bad').length;
  if (verdict === 'not_running' && isPlacedSite(overview)) return { ...placedVerdict(overview, bad), remarks };
  if (verdict === 'not_running' && !pipelines.length && !configuration.mistakes) return { kind: 'off', short, sentence: 'The service does not run.', remarks }; // there is nothing to run yet
  if (verdict === 'not_running' && placed.length) return { kind, short, sentence: `The service does not run: no event of ${counted(pipelines.length - placed.length, 'pipeline')} is sent.`, remarks };
  if (bad && verdict !== 'trouble') return { ...badPlaced(bad), remarks };
  if (verdict === 'healthy' && overview.troubles.some(needsPerson)) return { kind: 'bad', short: WORDS.trouble[1], sentence: overview.headline ? whatToActOn(overview) : 'The service works, but a person must correct the configuration file.', remarks };
  if (verdict === 'trouble' && overview.headline) return { kind, short, sentence: whatToActOn(overview), remarks };
  if (verdict !== 'healthy') return { kind, short, sentence, remarks };
  if (!pipelines.length) return { kind: 'off', short: 'No pipeline', sentence: 'No pipeline yet.', remarks };
  const resting = pipelines.filter(({ state, placed: place }) => !state && !place).length;
  if (resting && !overview.headline) return { kind: 'wait', short: `${counted(resting, 'pipeline')} not running`, sentence: `The service runs, but not ${counted(resting, 'pipeline')} of the file.`, remarks };
  return { ...withRemarks(overview, remarks, { kind, short, sentence }), remarks };
}

/** The worst of all in the first words, where a person must act; a word of our own goes on in small letters. */
function whatToActOn({ headline, troubles }) {
  if (!headline) return WORDS.trouble[2];
  if (!needsPerson(troubles[0])) return `${headline.text}.`; // it is worse than what a person must act on
  return `${WORDS.trouble[1]}: ${headline.text.replace(/^(The|Pipelines?|Cameras?|Events|Settings|Nodes?) /, (word) => word.toLowerCase())}.`.replace(/…\.$/, '…');
}

/** The verdict on a site whose pipelines are all placed: this machine knows its own processes only. */
function placedVerdict(overview, bad) {
  const { pipelines, troubles } = overview;
  if (bad) return badPlaced(bad);
  const [kind, short] = WORDS.trouble;
  if (troubles.some((one) => one.needs_person)) return { kind, short, sentence: whatToActOn(overview) };
  const runs = pipelines.filter(({ placed }) => placed.state === 'runs').length;
  const what = `${runs} of ${counted(pipelines.length, 'placed pipeline')} ${runs === 1 ? 'runs' : 'run'} on this machine.`;
  if (runs < pipelines.length) return { kind: 'off', short: `${runs} of ${pipelines.length} run here`, sentence: what };
  return withRemarks(overview, remarksOf(overview), { kind: 'good', short: WORDS.healthy[1], sentence: what });
}

const badPlaced = (bad) => ({ kind: 'bad', short: WORDS.trouble[1], sentence: `A person must act: ${counted(bad, 'placed pipeline')} ${bad === 1 ? 'needs' : 'need'} it.` });

/** What is good, or that there is something to say about it. What holds events up, or sees nothing, comes first (`headline`). */
const withRemarks = ({ headline }, remarks, good) => (headline ? { kind: 'wait', short: headline.short, sentence: `${headline.text}.` } : remarks ? { kind: 'wait', short: `Works, ${counted(remarks, 'remark')}`, sentence: `Works, with ${counted(remarks, 'remark')}.` } : good);

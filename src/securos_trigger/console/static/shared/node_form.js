/** The form of one part of a pipeline: its fields, the checker's verdict, texts, and what can be done with it. */

import { get, post, postLong, query } from './api.js';
import { dialog } from './dialog.js';
import { field, h, inPlace, select, toast } from './dom.js';
import { CameraMap } from './camera_map.js';
import { draftOf, draftText, forgetDraft, keepDraft } from './tab_store.js';
import { placedSentences, splitByPart, warningList } from './findings.js';
import { LastHour } from './last_hour.js';
import { offerCameras, receiverCameras, unknownText } from './receiver_cameras.js';
import { recordingText, replayed } from './replayed.js';
import { nameInPath } from './name_in_path.js';
import { pipelineIn, save } from './save.js';
import { SchemaForm, isSame, shownValue } from './schema_form.js';
import { startIt } from './shell.js';
import { counted, labelOf, moment, number, settingText, STEP_NAMES } from './texts.js';
import { sourceTrial } from './source_trial.js';
import { TriggerEditor } from './trigger_editor.js';

const SHOWN_FOR_MS = 2000; // an answer stays in sight for that long, whatever grows above it
const CHECK_AFTER_MS = 350;
const ASKED_FOR_MS = 3000;
const RECEIVER_KEYS = ['iss_ip', 'iss_port', 'iss_path', 'iss_scheme'];
const CAMERA_KEYS = ['iss_camera_ids', 'health_camera_ids'];
/** What is said of a file that cannot be read. */
export const BROKEN_FILE = 'The configuration file has mistakes: the service cannot start with it, and nothing can be saved before they are corrected.';
const TRUTH_EVERY_MS = 1500;
const GROUPS = [
  ['Condition', ['event_source', 'trigger', 'trigger_mode', 'hold', 'interval', 'active_hours'], true],
  ['Event', ['event_name', 'event_description', 'iss_camera_ids', 'iss_action', 'record_duration'], true],
  ['Boxes', ['send_bounding_boxes', 'bounding_box_object_filter', 'bounding_box_color'], false],
  ['Receiver', ['iss_ip', 'iss_port', 'iss_password', 'iss_scheme', 'iss_path', 'iss_certificate_sha256', 'iss_ca_file'], false],
  ['More', ['enabled', 'record_max_lateness', 'health_camera_ids'], false],
];

/** Fields that say nothing while another field has a value that leaves them unused. */
function isShown(key, form) {
  if (['trigger', 'trigger_mode', 'hold', 'event_name'].includes(key)) return form.value('event_source') === 'custom';
  if (['bounding_box_object_filter', 'bounding_box_color'].includes(key)) return Boolean(form.value('send_bounding_boxes'));
  if (key === 'record_duration') return form.value('iss_action') !== 'event';
  if (['iss_certificate_sha256', 'iss_ca_file'].includes(key)) return form.value('iss_scheme') !== 'http';
  return true;
}

const SINKS = [
  ['null', 'Nothing: they are thrown away'],
  ['file', 'A video file, as they are'],
  ['annotated', 'A video file, with what the nodes saw drawn over them'],
];
const TRIGGER = 'trigger_securos_event';
const MOST_SHOWN = 50; // mistakes and warnings about other parts, in one form

export class NodeForm {
  /**
   * `place`: `{pipeline, kind: 'nodes' | 'sources' | 'sinks', part, cameras}`; `config`: the file as it was read; `saved(answer, form)` is called after a save, and shows what is in the file now and how the save ended; `conflict(form)` after one that was refused since another person has saved; `reopen()` shows the part as it is saved; `addRecorder(pipeline)` asks for a recorder in it.
   * `cameras`: the camera map of an input.
   */
  constructor(place, schema, config, { can, saved, conflict, reopen, addRecorder }) {
    Object.assign(this, { place, config, can, saved, conflict, reopen, addRecorder, changes: 0, isBusy: false, isLeft: false, saving: null });
    const { part } = place;
    this.draftKey = `${place.kind} ${place.pipeline}/${part.id}`;
    const draft = can('configure') && !part.why_fixed ? draftOf(this.draftKey) : null;
    this.madeFrom = draft?.digest || config.digest; // the file that was changed here
    this.base = draft?.base || {}; // what it said of the settings that were changed
    this.hadSecret = Boolean(draft?.hasSecret);
    this.typedBy = draft?.typedBy; // the person whose text this one kept
    this.isTrigger = part.type === TRIGGER;
    this.paths = [];
    this.editors = [];
    const editor = (value, _schema, id) => {
      const made = new TriggerEditor(value, id, () => this.paths);
      this.editors.push(made);
      return { control: made.control, read: () => made.read() };
    };
    const options = this.isTrigger ? { groups: GROUPS, isShown, controls: { trigger: editor } } : part.type === 'event' ? { controls: { condition: editor } } : {};
    this.form = new SchemaForm(schema, part, { ...options, draft });
    this.map = place.cameras ? new CameraMap(draft?.cameras || place.cameras, () => this.changed(), { isDisabled: !can('configure') }) : null;
    this.problems = h('div', { role: 'alert' });
    this.preview = h('div', { class: 'preview', 'aria-live': 'polite' });
    this.hour = this.isTrigger ? new LastHour(place.pipeline, part.id) : null;
    this.trial = sourceTrial(() => ({ pipeline: place.pipeline, ...this.edits() }));
    this.result = h('div', { class: 'result', role: 'status', tabindex: '-1' });
    this.node = h('form', { class: 'node-form', novalidate: true, onsubmit: (event) => event.preventDefault() }, this.head(), part.why_fixed ? h('p', { class: 'notice wait' }, `This part cannot be changed here: ${part.why_fixed}.`) : null, this.notAllowed(), this.restored(draft), this.sinkType(), this.problems, this.map && this.map.node, this.form.node, this.isTrigger ? this.preview : null, this.trial.answer, this.result, this.foot());
    if (this.hour) this.form.node.firstElementChild.append(this.hour.node); // below the condition
    if (part.why_fixed || !can('configure')) for (const control of this.form.node.querySelectorAll('input, select, textarea')) control.disabled = true;
    this.form.addEventListener('change', () => this.changed());
    this.showFound([], config.warnings);
    this.start();
  }

  head() {
    const { pipeline, kind, part } = this.place;
    const name = { sources: 'Source', sinks: 'Sink' }[kind] || part.id;
    return h('div', { class: 'panel-head' }, h('h2', {}, name), h('span', { class: 'hint' }, part.type === 'null' ? pipeline : `${pipeline} · ${part.type}`));
  }

  /** The choice of another type, of a sink only. */
  sinkType() {
    const { kind, part, retype } = this.place;
    if (kind !== 'sinks') return null;
    const choice = select(SINKS, part.type, { disabled: !this.can('configure') });
    choice.addEventListener('change', () => retype(choice.value));
    return field('What becomes of the images', choice);
  }

  /** What a person may not do here, in a sentence where the form begins. */
  notAllowed() {
    if (this.can('configure')) return null;
    const also = this.can('operate') && this.isTrigger ? ' You may send a test event and replay a recording.' : '';
    return h('p', { class: 'notice' }, `You can look at these settings. Only a person with the role configure can change them.${also}`);
  }

  /** Says that what stands here was typed before the page was loaded again, and is not saved. */
  restored(draft) {
    if (!draft) return null;
    const isSomething = this.isUnsaved;
    const contested = this.contested();
    const texts = [
      isSomething ? draftText(draft, 'typed') : '',
      draft.hasSecret ? 'A password or an address with a password has to be typed again.' : '',
      isSomething && draft.digest !== this.config.digest && !contested.length ? 'The file has been saved since then, but not in what you changed.' : '',
      contested.length ? 'The file has been saved since then, with other values of the same settings:' : '',
    ].filter(Boolean);
    if (!texts.length) forgetDraft(this.draftKey); // the file says the same by now
    this.note = texts.length ? h('div', { class: 'notice wait restored', role: 'status', tabindex: '-1' }, h('p', {}, texts.join(' ')), contested.length ? h('ul', {}, contested) : null) : null;
    return this.note;
  }

  /** Brings what is said of a text that is not saved to where it is read. */
  showNote() {
    this.note?.focus({ preventScroll: true });
    this.note?.scrollIntoView({ block: 'center' });
  }

  /** What was changed here and, since then, by another person, one line for each setting. */
  contested() {
    const now = this.form.contested();
    const { part, cameras } = this.place;
    if (this.isRetyped && 'type' in this.base && this.base.type !== part.before.type) now.type = part.before.type;
    if (this.isMapChanged && 'cameras' in this.base && !isSame(this.base.cameras, cameras)) now.cameras = cameras;
    return Object.entries(now).map(([key, value]) => h('li', {}, `${labelOf(key)}: in the file now: ${shownValue(value)}`));
  }

  foot() {
    this.save = h('button', { type: 'button', class: 'primary', disabled: true, onclick: () => this.askAndSave() }, 'Save');
    this.discard = h('button', { type: 'button', hidden: true, onclick: () => this.throwAway() }, 'Throw away');
    this.outcome = h('div', { class: 'outcome row', role: 'status', tabindex: '-1' }); // beside the button: how the save ended that made this form
    const buttons = this.can('configure') ? [this.save, this.discard, this.outcome] : [];
    const others = [];
    if (this.isTrigger && this.can('operate')) {
      others.push(h('button', { type: 'button', onclick: (event) => this.sendTest(event.target) }, 'Send test event'));
      others.push(h('button', { type: 'button', onclick: () => this.chooseRecording() }, 'Replay before save'));
    }
    if (this.place.kind === 'sources' && this.can('configure') && !('listen' in this.place.part.values) && !this.place.part.why_fixed) others.push(this.trial.button);
    this.others = h('div', { class: 'others row' }, others);
    this.buttons = h('div', { class: 'feet row' }, h('div', { class: 'foot row' }, buttons), this.others);
    return this.buttons;
  }

  async start() {
    if (this.isTrigger || this.editors.length) {
      this.lookAtPaths();
      this.check();
      this.timer = setInterval(() => this.lookAgain(), TRUTH_EVERY_MS);
    }
    if (this.isTrigger || this.map) this.offerCameras();
    if (this.isUnsaved) this.changed(); // typed before the page was loaded again
    else if (this.note) this.discard.hidden = false; // it takes the note away
  }

  lookAgain() {
    if (document.hidden || this.isChecking) return;
    this.check();
    if (!this.paths.length) this.lookAtPaths();
  }

  /** True while what stands in the form is not saved. */
  get isUnsaved() {
    return !this.isDone && this.can('configure') && (this.form.isChanged || this.isMapChanged || this.isRetyped);
  }

  stop() {
    clearInterval(this.timer);
    clearTimeout(this.waiting);
    if (this.hour) this.hour.stop();
  }

  async lookAtPaths() {
    try {
      this.paths = (await get(`pipelines/${nameInPath(this.place.pipeline)}/frame`)).paths || [];
    } catch (refusal) {
      this.paths = []; // without a running service there is nothing to complete from
    }
    for (const editor of this.editors) if (document.activeElement === editor.control) editor.complete(); // typed before
  }

  /** Offers the cameras of the receiver at the fields of ids: of a trigger node, or of the camera map where all nodes have one receiver. */
  async offerCameras() {
    const { pipeline, part } = this.place;
    const triggers = this.config.pipelines.find(({ name }) => name === pipeline).nodes.filter(({ type }) => type === TRIGGER);
    const receivers = new Set(triggers.map(({ values }) => `${values.iss_ip} ${values.iss_port} ${values.iss_path}`));
    if (!this.isTrigger && receivers.size !== 1) return;
    const cameras = await receiverCameras({ node: `${pipeline}/${this.isTrigger ? part.id : triggers[0].id}` });
    this.cameras = cameras;
    for (const key of CAMERA_KEYS) if (this.form.fields.has(key)) offerCameras(this.form.fields.get(key).control, cameras);
    this.map?.node.addEventListener('focusin', ({ target }) => target.name === 'map_ids' && offerCameras(target, cameras));
  }

  changed() {
    this.changes += 1;
    this.answer = null;
    this.outcome.replaceChildren();
    this.trial.forget();
    this.save.disabled = this.isBusy || !this.isUnsaved;
    this.discard.hidden = !this.isUnsaved;
    if (this.isUnsaved) keepDraft(this.draftKey, this.draftNow());
    else {
      forgetDraft(this.draftKey);
      this.note?.remove();
    }
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.check(), CHECK_AFTER_MS);
  }

  /** What stands here and not in the file, as it is kept by the tab. */
  draftNow() {
    const draft = { ...this.form.draftNow(), digest: this.madeFrom, typedBy: this.typedBy };
    const { part, cameras } = this.place;
    draft.hasSecret = draft.hasSecret || this.hadSecret;
    if (this.isRetyped) Object.assign(draft, { type: part.type, base: { ...draft.base, type: this.base.type ?? part.before.type } });
    if (this.isMapChanged) Object.assign(draft, { cameras: this.map.read(), base: { ...draft.base, cameras: this.base.cameras ?? cameras } });
    return draft;
  }

  /** Leaves the form: what is typed in it is lost, and how a save that goes on has ended is said elsewhere. */
  leave() {
    this.isLeft = this.isDone = true;
    forgetDraft(this.draftKey);
  }

  throwAway() {
    this.leave();
    this.reopen();
  }

  get isRetyped() {
    const { before, type } = this.place.part;
    return before !== undefined && before.type !== type;
  }

  get isMapChanged() {
    return this.map !== null && JSON.stringify(this.map.read()) !== JSON.stringify(this.place.cameras);
  }

  body() {
    const { values, removes } = this.form.changes();
    const { pipeline, part } = this.place;
    return { pipeline, node: part.id, values, removes };
  }

  /** What a save would change. */
  edits() {
    const { values, removes } = this.form.changes();
    const { part } = this.place;
    if (this.isRetyped) {
      values.type = part.type;
      removes.push(...Object.keys(part.before.values).filter((key) => !(key in this.form.schema.properties)));
    }
    return { values, removes, ...(this.isMapChanged ? { cameras: this.map.read() } : {}) };
  }

  /** What is checked: of a source and a sink, what a save would change. */
  checkedBody() {
    const { pipeline, kind } = this.place;
    return kind === 'nodes' ? this.body() : { pipeline, part: kind === 'sinks' ? 'sink' : 'source', ...this.edits() };
  }

  /** What would be saved, checked: mistakes at their fields, warnings, the truth now, and the texts. */
  async check() {
    if (!this.can('operate')) return;
    this.isChecking = true;
    const mine = (this.asked = (this.asked || 0) + 1);
    const texts = this.editors.map((editor) => editor.control.value);
    try {
      const body = this.checkedBody();
      if (this.isTrigger && this.form.value('event_source') === 'custom' && !body.removes.includes('trigger')) body.values.trigger = this.editors[0].read() ?? '';
      const found = await post('config/check', body);
      if (mine !== this.asked) return;
      const isWrong = found.trigger !== null && !found.trigger.is_valid; // the editor itself says so, with the place
      this.showFound(found.mistakes, [...found.warnings, ...this.elsewhere(found.warnings)], isWrong ? 'trigger' : '');
      this.editors.filter((editor, index) => editor.control.value === texts[index]).forEach((editor) => editor.showVerdict(found.trigger)); // what was typed meanwhile is asked next
      if (this.isTrigger && !isWrong) this.showPreview(await post('config/preview', body)); // the same body: the file is read once for both
    } catch (refusal) {
      if (mine !== this.asked) return;
      for (const editor of this.editors) editor.grow();
      this.preview.querySelector('.made-from')?.replaceChildren('Made from the last frame that was known.');
      if (refusal.body?.mistakes?.some(({ place, what }) => !place && what.includes('\n'))) this.sayBroken(refusal.message);
      else if (refusal.body?.mistakes) this.showFound(refusal.body.mistakes, []);
      else if (refusal.status !== 503) this.sayUnchecked(refusal.message);
    } finally {
      if (mine === this.asked) this.isChecking = false;
    }
  }

  /** What the file is warned of at other pipelines: a check does not say it again. */
  elsewhere(warnings) {
    const own = pipelineOf(this.place.part.place);
    const said = new Set(warnings.map(({ what, place }) => `${place} ${what}`));
    return this.config.warnings.filter(({ what, place }) => place && pipelineOf(place) !== own && !said.has(`${place} ${what}`));
  }

  /** Mistakes and warnings at their fields; above them what belongs to no field, and what is wrong elsewhere. `saidKey`: the editor of this key says its mistake itself. */
  showFound(mistakes, warnings, saidKey = '') {
    const [wrong, doubtful] = [mistakes, warnings].map((found) => splitByPart(found, this.place.part));
    const left = this.form.showMistakes(wrong.own.filter(({ key }) => !saidKey || key !== saidKey));
    const now = JSON.stringify([left, wrong.others, doubtful]);
    if (now === this.found) return; // a list that is read, or folded out, stays as it is
    this.found = now;
    const folded = (title, items) => (items.length ? h('details', { class: 'hint' }, h('summary', {}, title), h('ul', {}, items.slice(0, MOST_SHOWN).map((one) => h('li', {}, placedSentences(one))))) : '');
    this.warned = doubtful.own;
    inPlace(this.node, () => this.problems.replaceChildren(
      left.length ? h('ul', { class: 'notice bad' }, left.map((one) => h('li', {}, placedSentences(one)))) : '',
      warningList(this.form.showWarnings(doubtful.own)),
      folded(`${counted(wrong.others.length, 'mistake')} in other parts of the file: nothing can be saved before they are corrected`, wrong.others),
      folded(`${counted(doubtful.others.length, 'warning')} about other parts of the file`, doubtful.others),
    ));
    this.sayWarned();
  }

  /** Says that the file cannot be read, as the pages do: with its name, and the line as it stands in it. */
  sayBroken(text) {
    if (this.found === text) return;
    this.found = text;
    inPlace(this.node, () => this.problems.replaceChildren(h('div', { class: 'notice bad' }, h('p', { class: 'strong' }, BROKEN_FILE), h('pre', { tabindex: '0' }, text))));
  }

  sayUnchecked(text) {
    this.found = null;
    this.problems.replaceChildren(h('p', { class: 'notice wait' }, text));
  }

  showPreview({ event_name: name, event_description: description, is_sample: isSample, is_frame_old: isOld, frame_read_at: readAt }) {
    const isBuiltIn = this.form.value('event_source') === 'built_in';
    const raised = (title) => h('div', {}, h('span', { class: 'hint' }, title), h('p', { class: 'text' }, 'As the event says that a node before this one has raised.'));
    const line = (title, one) =>
      one && h('div', { class: one.error ? 'error' : '' }, h('span', { class: 'hint' }, `${title} · ${number(one.length)} of ${number(one.limit)} characters${one.is_cut ? ', cut' : ''}`), h('p', { class: 'text' }, one.error || one.text || '(empty)'), one.beyond_ascii && one.beyond_ascii !== one.text ? h('p', { class: 'hint' }, `The same with letters of other languages in its values, as a test: ${one.beyond_ascii}`) : null);
    this.preview.replaceChildren(h('h3', {}, 'What the operator reads'), isBuiltIn ? raised('Name') : line('Name', name) || '', isBuiltIn && description && !description.text && !description.error ? raised('Description') : line('Description', description) || '', h('p', { class: 'hint made-from' }, isSample ? 'Made from sample metadata: no frame is there.' : isOld ? `Made from the last frame, of ${moment(readAt)}.` : 'Made from the newest frame.'));
  }

  /** Saves what stands here now, after a question where that is doubtful; `saving` is the promise of whether it is saved, until it is, or is asked about. */
  askAndSave() {
    if (this.saving) return;
    this.saving = this.askThenSend([this.edits(), this.changes]).finally(() => (this.saving = null));
  }

  /** False: it is not saved, perhaps since a question is asked first: it replaces what another person has saved, or cannot work. */
  async askThenSend(what) {
    const [contested, refusal] = [this.contested(), this.trial.refusal()];
    const isDoubtful = contested.length > 0 || refusal !== '';
    this.sayBusy();
    const silent = isDoubtful ? [] : await this.neverFiring();
    if (this.isLeft) return this.send(what); // who goes at once is told that the save goes on
    const missing = this.missingCameras(what[0]);
    const questions = [
      contested.length && ['The file has changed', h('p', {}, 'Since you typed this, the same settings have got other values in the file. Yours replace them:'), h('ul', {}, contested)],
      refusal && ['The source did not work', h('p', {}, 'It was tried as it stands here, and the pipeline sends no events with it:'), h('p', { class: 'notice bad' }, refusal)],
      silent.length && ['It can never raise an event', h('p', {}, 'With this change these nodes can never raise an event, whatever the video shows:'), h('ul', {}, silent.map((one) => h('li', {}, one)))],
      missing && ['The receiver does not have this camera', h('p', {}, missing)],
    ].filter(Boolean);
    if (!questions.length) return this.send(what);
    this.setBusy(false);
    const [[title]] = questions;
    dialog(title, questions.flatMap(([, ...said]) => said), contested.length ? 'Save mine all the same' : 'Save it all the same', () => {
      this.saving = this.send(what).finally(() => (this.saving = null)); // what is wrong with it is said in the form
    }, { isDanger: true });
    return false;
  }

  /** The trigger nodes that can never fire with what stands here, as texts with the reason: those that could before, and this one where its condition is changed. */
  async neverFiring() {
    if (this.place.kind !== 'nodes') return [];
    const tooLate = new Promise((resolve) => setTimeout(() => resolve({ never_firing: [], warnings: [] }), ASKED_FOR_MS)); // a save that is wanted does not wait for long
    const { never_firing: found, warnings } = await Promise.race([post('config/check', this.checkedBody()), tooLate]).catch(() => ({ never_firing: [], warnings: [] })); // what is wrong, the save says
    const isNew = ({ place, what }) => !this.config.warnings.some((one) => one.place === place && one.what === what);
    const { values, removes } = this.edits();
    const isOwnChanged = ['trigger', 'event_source', 'enabled'].some((key) => key in values || removes.includes(key));
    return found.filter((one) => isNew(one) || (isOwnChanged && one.place.startsWith(`${this.place.part.place}.`))).map((one) => [settingText(one.where.replace(/^line \d+: /, '')), ...warnings.filter(({ place, what }) => place === one.place && what !== one.what).map(({ what }) => what)].join(': '));
  }

  /** What is to be said of ids that are changed here and that the receiver in the file does not have; empty: nothing, or another receiver is meant. */
  missingCameras({ values, removes }) {
    if (!this.isTrigger || RECEIVER_KEYS.some((key) => key in values || removes.includes(key))) return '';
    const ids = CAMERA_KEYS.filter((key) => key in values).map((key) => this.form.fields.get(key).control.value);
    return unknownText(ids.join(','), this.cameras);
  }

  /** Lets nothing else be started, and says that a save is under way. */
  sayBusy() {
    this.save.textContent = 'Saving';
    this.save.setAttribute('aria-busy', 'true');
    this.setBusy(true); // until the form as it is saved stands here: what this one would say then is not seen
  }

  async send([edits, changes]) {
    const { pipeline, part, kind } = this.place;
    const path = kind === 'nodes' ? `config/nodes/${nameInPath(pipeline)}/${nameInPath(part.id)}` : `config/${kind}/${nameInPath(pipeline)}`;
    this.sayBusy();
    try {
      const answer = await save('PUT', path, () => edits, this.config, (now) => this.isUntouched(now, edits));
      if (this.isLeft || this.changes !== changes) {
        saySaved(answer);
        this.goOn(edits, answer);
        this.setBusy(false);
        return true;
      }
      this.isDone = true; // and done: what stands here is in the file
      forgetDraft(this.draftKey);
      await this.saved(answer, this);
      return true;
    } catch (refusal) {
      this.setBusy(false);
      if (this.isLeft) toast(`${this.name} was not saved: ${(refusal.body?.mistakes || []).map(placedSentences).join(' ') || refusal.message}`, 'bad');
      else if (refusal.status === 412) this.conflict(this);
      else if (refusal.body?.mistakes) this.showRefused(refusal.body.mistakes);
      else this.say('bad', refusal.message);
      return false;
    }
  }

  /** Says beside the button how the save ended after which this form was made, until something is typed. Who has pressed the button is here then. */
  showSaved(answer) {
    this.answer = answer;
    this.sayWarned();
    if (document.activeElement !== document.body) return; // it went on elsewhere
    this.outcome.focus({ preventScroll: true });
    this.outcome.scrollIntoView({ block: 'nearest' });
  }

  /** The same, with the number of warnings about what was saved, and the way to each. */
  sayWarned() {
    if (!this.answer) return;
    const [kind, text] = savedText(this.answer, this.warned.length);
    const go = (key) => (key ? this.goTo(key) : this.problems.scrollIntoView({ block: 'center' }));
    const ways = this.form.keysOf(this.warned).map((key) => h('button', { type: 'button', class: 'plain', onclick: () => go(key) }, key ? `See ${labelOf(key)}` : 'See the top of the form'));
    this.outcome.replaceChildren(h('p', { class: kind }, text), ...ways);
  }

  /** This part in a file that was read, and the camera map beside it. */
  partIn(config) {
    const { pipeline, part, kind } = this.place;
    const found = pipelineIn(config, pipeline);
    return { part: kind === 'nodes' ? found?.nodes.find(({ id }) => id === part.id) : found?.[{ sources: 'source', sinks: 'sink' }[kind]], cameras: found?.cameras };
  }

  /** True where a file has this part as the form was made from it. Of a secret nobody can tell. */
  isUntouched(now, { values, removes }) {
    const own = this.place.part.before || this.place.part;
    const found = this.partIn(now);
    const isSecret = (key) => (JSON.stringify(own.values[key]) || '').includes('***');
    const isMapSame = this.map === null || isSame(found.cameras, this.place.cameras);
    return found.part?.type === own.type && isSame(found.part.values, own.values) && isMapSame && ![...Object.keys(values), ...removes].some(isSecret);
  }

  /** What a message calls this part. */
  get name() {
    const { pipeline, part, kind } = this.place;
    return `${pipeline}/${{ sources: 'source', sinks: 'sink' }[kind] || part.id}`;
  }

  /** Shows why a save was refused, and goes to the first field that is wrong. */
  showRefused(mistakes) {
    this.found = null;
    this.showFound(mistakes, []);
    this.goToMistake();
  }

  /** Goes to the field of a setting that a link names. */
  goTo(key) {
    const { control, node } = this.form.fields.get(key) || {};
    if (!control) return;
    const group = node.closest('details');
    if (group) group.open = true;
    control.focus();
    control.scrollIntoView({ block: 'center' });
  }

  goToMistake() {
    const first = this.form.node.querySelector('[aria-invalid=true]');
    if (first) first.focus();
    else this.problems.scrollIntoView({ block: 'center' });
  }

  /** Lets nothing else be started while a save, a test or a replay goes on. */
  setBusy(isBusy) {
    this.isBusy = isBusy;
    for (const button of this.buttons.querySelectorAll('button')) button.disabled = isBusy;
    if (isBusy) return;
    this.save.removeAttribute('aria-busy');
    this.save.textContent = 'Save';
    this.save.disabled = !this.isUnsaved;
  }

  /** Brings what was answered to where it is read: above the buttons, which stay at the lower edge. */
  showResult() {
    this.result.focus({ preventScroll: true });
    const show = () => this.result.scrollIntoView({ block: 'center' });
    show();
    const watch = new ResizeObserver(show); // what is loaded above it would push it out of sight
    watch.observe(this.result.parentElement);
    setTimeout(() => watch.disconnect(), SHOWN_FOR_MS);
  }

  /** Keeps what was typed while a save was under way: the form goes on from what is in the file now. */
  goOn({ values, removes, cameras }, { digest }) {
    const { part } = this.place;
    for (const one of new Set([part, this.partIn(this.config).part || part])) { // the file may have been read again by the save
      Object.assign(one.values, values);
      for (const key of removes) delete one.values[key];
    }
    delete part.before;
    if (cameras) this.place.cameras = cameras;
    this.config.digest = this.madeFrom = digest;
    this.base = {};
    this.hadSecret = false;
    this.typedBy = undefined;
    this.form.settle();
    this.note?.remove();
    if (!this.isLeft) this.changed();
  }

  /** Says how something has ended, below the form: the next check does not take it away. */
  say(kind, text) {
    this.result.replaceChildren(h('p', { class: `notice ${kind}` }, text));
    this.showResult();
  }

  async sendTest(button) {
    const label = button.textContent;
    this.setBusy(true);
    button.textContent = 'Sending';
    try {
      const found = await post('test-event', this.body());
      const steps = (found.steps || []).map((one) => h('li', {}, `${one.camera_id === null ? 'no camera' : `camera ${one.camera_id}`}: ${STEP_NAMES[one.step] || one.step} ${one.state}${one.error ? `, ${one.error}` : ''}`));
      const hasReason = (found.steps || []).some(({ error }) => error); // then the answer says the same once more
      this.result.replaceChildren(h('div', { class: `notice ${found.is_delivered ? 'good' : 'bad'}` }, h('p', { class: 'strong' }, found.is_delivered ? 'The receiver has the test event.' : 'The test event was not delivered.'), hasReason ? null : h('p', {}, typeof found.answer === 'string' ? found.answer : JSON.stringify(found.answer)), h('ul', {}, steps)));
    } catch (refusal) {
      this.say('bad', refusal.message);
    }
    button.textContent = label;
    this.setBusy(false);
    this.showResult();
  }

  /** The button that adds what makes a recording of this pipeline; `before` is called first. null: it is not theirs to add. */
  recorderButton(before = () => {}) {
    const press = () => {
      before();
      this.addRecorder(this.place.pipeline);
    };
    return this.can('configure') ? h('button', { type: 'button', onclick: press }, 'Add a metadata recorder') : null;
  }

  async chooseRecording() {
    let recordings;
    try {
      ({ recordings } = await get(`recordings${query({ pipeline: this.place.pipeline })}`));
    } catch (refusal) {
      toast(refusal.message, 'bad');
      return;
    }
    if (!recordings.length) {
      const none = this.config.folders.length ? 'There is no recording in the folders of [console].' : 'The console may read no folder yet: name one in the configuration file, folders = ["recordings"] in [console], and start the console again.';
      const text = `${none} A metadata_recorder node that writes into such a folder, or the command securos-trigger record, makes one.`;
      this.result.replaceChildren(h('div', { class: 'notice wait' }, h('p', {}, text), this.config.folders.length ? this.recorderButton() : null));
      this.showResult();
      return;
    }
    const choice = select(recordings.map((one) => [one.path, recordingText(one, this.place.pipeline)]), recordings[0].path, { name: 'recording' });
    const { pipeline } = this.place;
    const isOwn = recordings.some((one) => one.is_own);
    const none = isOwn ? '' : h('div', { class: 'notice wait' }, h('p', {}, `None of these recordings is of ${pipeline}. A metadata recorder in it makes one, or the command securos-trigger record.`), this.recorderButton(() => asked.close()));
    const asked = dialog('Replay before save', [none, h('p', {}, 'Runs the node as it is and as it would be over recorded metadata. Nothing is sent. Of a recording that is not finished, what it has until now is replayed.'), field('Recording', choice)], 'Replay', async (form) => {
      const found = await postLong('replay', { ...this.body(), recording: form.get('recording') });
      this.result.replaceChildren(replayed(found, form.get('recording').split('/').pop()));
      this.showResult();
    });
  }
}

/** Says whether the saved file is in force; `warned`: how many warnings there are about what was saved. */
export function saySaved(answer, warned = 0) {
  const [kind, text] = savedText(answer, warned);
  toast(text, kind);
}

/** The same as a kind and a sentence. */
export function savedText({ digest, reload }, warned) {
  const isSaved = Boolean(digest); // a reload alone saves nothing
  const more = warned ? ` There ${warned === 1 ? 'is' : 'are'} ${counted(warned, 'warning')} about it.` : '';
  if (!reload) return ['wait', `${isSaved ? 'Saved. It' : 'The file'} counts from the next start: ${startIt()}${more}`];
  if (reload.is_done === null) return ['wait', `${isSaved ? 'Saved. ' : ''}Not known whether it is in force: ${reload.reason}${more}`];
  if (!reload.is_done) return ['bad', `${isSaved ? 'Saved, but not' : 'Not'} in force: ${reload.reason}${more}`];
  if (warned) return ['wait', `Saved and in force, with ${counted(warned, 'warning')}.`];
  return ['good', isSaved ? 'Saved and in force.' : 'The file is in force.'];
}

/** The pipeline of a place: `pipelines[0].nodes[2].interval` is in `pipelines[0]`. */
const pipelineOf = (place) => place.split('.')[0];

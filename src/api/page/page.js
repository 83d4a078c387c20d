// The plain page: incidents, one incident with its timeline, live. Texts are set as text, never as markup.

const SVG = 'http://www.w3.org/2000/svg';

/** Shape, colour and word of each state of a cut: the same marks as on every other screen. */
const MARKS = {
  open: ['red', 'circle', { cx: 8, cy: 8, r: 6, fill: 'currentColor' }],
  held: ['amber', 'rect', { x: 5, y: 1, width: 6, height: 14, rx: 1, fill: 'currentColor' }],
  proven: ['green', 'path', { d: 'M2 8.5 6.2 13 14 3.5', 'stroke-width': 2.5 }],
  unproven: ['red', 'circle', { cx: 8, cy: 8, r: 5.5, 'stroke-width': 2 }],
  blocked: ['grey', 'rect', { x: 2, y: 2, width: 12, height: 12, fill: 'currentColor' }],
  residual: [
    'amber',
    'path',
    { d: 'M8 1.8a6.2 6.2 0 1 0 .01 0M8 4.5V8l2.6 1.8', 'stroke-width': 1.8 },
  ],
  waiting: ['blue', 'path', { d: 'M8 2a6 6 0 1 1-5.7 4.1', 'stroke-width': 2.4 }],
  gone: ['grey', 'path', { d: 'M3 8h10', 'stroke-width': 2.4 }],
};

const STATE_MARKS = {
  proven: 'proven',
  restored: 'proven',
  unproven: 'unproven',
  drifted: 'unproven',
  failed: 'open',
  'restore-failed': 'open',
  blocked: 'blocked',
  'revert-conflict': 'blocked',
  residual: 'residual',
  irrevocable: 'proven',
  dropped: 'gone',
  planned: 'waiting',
};

function mark(name) {
  const [colour, shape, attributes] = MARKS[name];
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `mark ${colour}`);
  svg.setAttribute('aria-hidden', 'true');
  const form = document.createElementNS(SVG, shape);
  const drawn = { fill: 'none', stroke: 'currentColor', 'stroke-linecap': 'round', ...attributes };
  for (const [attribute, value] of Object.entries(drawn)) form.setAttribute(attribute, value);
  svg.append(form);
  return svg;
}

/** An element with its class and what is in it. */
function make(tag, name, ...content) {
  const element = document.createElement(tag);
  if (name !== '') element.className = name;
  element.append(...content.filter((part) => part !== null));
  return element;
}

function timeOf(timestamp) {
  const date = new Date(timestamp);
  const isToday = date.toDateString() === new Date().toDateString();
  const element = make(
    'time',
    '',
    isToday ? date.toLocaleTimeString('en-GB') : date.toLocaleString('en-GB'),
  );
  element.dateTime = timestamp;
  element.title = date.toISOString();
  return element;
}

function lengthOf(ms) {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  if (minutes < 1) return `${Math.round(Math.abs(ms) / 1_000)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** `14:05 (in 4 min)`. */
function deadlineOf(timestamp) {
  const left = Date.parse(timestamp) - Date.now();
  const words = left >= 0 ? ` (in ${lengthOf(left)})` : ` (${lengthOf(left)} ago)`;
  return make('span', '', timeOf(timestamp), words);
}

async function read(path) {
  const answer = await fetch(path, { headers: { accept: 'application/json' } });
  const body = await answer.json();
  if (answer.ok) return body;
  throw Object.assign(new Error(body.detail), { status: answer.status, remedy: body.remedy });
}

const list = document.querySelector('#list');
const main = document.querySelector('#main');
const room = document.querySelector('.room');
const live = document.querySelector('#live');

function sayLive(state, words) {
  if (live.dataset.state === state) return;
  live.dataset.state = state;
  live.textContent = words;
}

function standingOf(standing) {
  const name = standing.contained
    ? standing.residualUntil === null
      ? 'proven'
      : 'residual'
    : standing.unproven > 0
      ? 'unproven'
      : standing.blocked > 0
        ? 'blocked'
        : 'open';
  return make('p', 'sentence', mark(name), make('span', MARKS[name][0], standing.sentence));
}

/** A closed incident has nothing left to hold: saying "not contained" of it would frighten. */
function sentenceOf({ status, standing }) {
  if (status === 'closed') {
    return make('p', 'sentence', mark('gone'), make('span', 'grey', 'closed'));
  }
  if (status === 'restoring') {
    return make('p', 'sentence', mark('waiting'), make('span', 'blue', 'giving access back'));
  }
  return standingOf(standing);
}

function incidentLink(incident, current) {
  const link = make(
    'a',
    '',
    make('p', '', incident.title),
    sentenceOf(incident),
    make('p', 'small', `${incident.severity} · since `, timeOf(incident.openedAt)),
  );
  link.href = `#${incident.id}`;
  if (incident.id === current) link.setAttribute('aria-current', 'page');
  return make('li', '', link);
}

function emptyList() {
  return make(
    'div',
    'notice',
    make('p', '', 'No incidents.'),
    make('p', 'small', 'A signal opens one. To try it:'),
    make('code', '', 'npm run demo'),
  );
}

function card(title, ...content) {
  const section = make('section', 'card', make('h2', '', title), ...content);
  section.setAttribute('aria-label', title);
  return section;
}

function cutRow(cut) {
  const name = STATE_MARKS[cut.status] ?? 'held';
  const what = cut.subject.credential === null ? 'the identity' : 'the credential';
  const more = [
    cut.descendantOf === null ? null : 'minted by the attacker',
    cut.residualUntil === null
      ? null
      : `until ${new Date(cut.residualUntil).toLocaleTimeString('en-GB')}`,
    cut.reason,
  ].filter((text) => text !== null && text !== undefined);
  return make(
    'li',
    '',
    make('span', 'state', mark(name), make('span', MARKS[name][0], cut.status)),
    make(
      'span',
      '',
      `${cut.stage} ${what} at ${cut.target}`,
      more.length === 0 ? null : make('span', 'small', ` · ${more.join(' · ')}`),
    ),
  );
}

function decisionRow(decision) {
  const isOpen = decision.state === 'open';
  const holders = decision.holders.map(({ person }) => person).join(', then ');
  const who = isOpen
    ? `asked of ${holders === '' ? 'nobody' : holders}`
    : decision.decidedBy === null
      ? (decision.reason ?? '')
      : `by ${decision.decidedBy}`;
  return make(
    'li',
    '',
    make(
      'span',
      'state',
      mark(isOpen ? 'waiting' : 'proven'),
      make('span', isOpen ? 'blue' : '', decision.state),
    ),
    make(
      'span',
      '',
      `${decision.question} `,
      make('span', 'small', who, isOpen && decision.deadline !== null ? ', by ' : ''),
      isOpen && decision.deadline !== null ? deadlineOf(decision.deadline) : null,
    ),
  );
}

function blockedRows(tracks) {
  return tracks.flatMap(({ track, blocked }) =>
    blocked.map(({ what, by, since }) =>
      make(
        'li',
        '',
        make('span', 'state', mark('blocked'), make('span', 'grey', track)),
        make('span', '', `${what} waits for ${by} since `, timeOf(since)),
      ),
    ),
  );
}

/** The same try again and again is one line that counts. */
function foldTimeline(entries) {
  const folded = [];
  const byText = new Map();
  for (const entry of entries) {
    const isTry = entry.kind.endsWith('.probed');
    const known = isTry ? byText.get(entry.text) : undefined;
    if (known !== undefined) known.count += 1;
    else {
      // Only what stands between two changes is folded: a denial after a change is news.
      if (!isTry) byText.clear();
      const row = { at: entry.at, text: entry.text, count: 1 };
      if (isTry) byText.set(entry.text, row);
      folded.push(row);
    }
  }
  return folded;
}

function timelineRow({ at, text, count }) {
  const times = count === 1 ? null : make('span', 'small', ` (${count} times)`);
  return make('li', '', timeOf(at), make('span', '', text, times));
}

function rows(items, name = 'rows') {
  return make('ol', name, ...items);
}

function headCard(incident) {
  const names = incident.identities.map(({ name, target }) => `${name} on ${target}`).join(', ');
  const since = make(
    'p',
    'small',
    `${incident.severity} · ${names} · opened `,
    timeOf(incident.openedAt),
  );
  const head = make('section', 'card', make('h1', '', incident.title), sentenceOf(incident), since);
  for (const { window, until } of incident.windows) {
    head.append(
      make('p', 'small', `Verification window ${window}: goes on at `, deadlineOf(until)),
    );
  }
  return head;
}

function incidentCards(incident, timeline) {
  const blocked = blockedRows(incident.tracks);
  return [
    headCard(incident),
    blocked.length === 0 ? null : card('Blocked', rows(blocked)),
    incident.cuts.length === 0 ? null : card('Cuts', rows(incident.cuts.map(cutRow))),
    incident.decisions.length === 0
      ? null
      : card('Decisions', rows(incident.decisions.toReversed().map(decisionRow))),
    card('Timeline', rows(foldTimeline(timeline.entries).map(timelineRow), 'rows timeline')),
    make(
      'p',
      'small',
      'On the command line: ',
      make('code', '', `npx firebreak incident show ${incident.id}`),
    ),
  ].filter((part) => part !== null);
}

function problemCard(error) {
  const isStranger = error.status === 401;
  return make(
    'div',
    'notice',
    make('h1', '', isStranger ? 'Nobody is signed in' : 'This cannot be shown'),
    make(
      'p',
      '',
      isStranger
        ? 'Open the sign-in link that the server printed when it started. It works once.'
        : error.message,
    ),
    make(
      'p',
      'small',
      isStranger
        ? 'A new start prints a new one.'
        : (error.remedy ?? 'It is tried again by itself.'),
    ),
  );
}

function currentId() {
  return decodeURIComponent(location.hash.slice(1));
}

async function show() {
  const chosen = currentId();
  try {
    const { incidents } = await read('/v1/incidents?limit=50');
    const id = chosen === '' ? incidents[0]?.id : chosen;
    list.replaceChildren(
      incidents.length === 0
        ? emptyList()
        : make('ol', '', ...incidents.map((incident) => incidentLink(incident, id))),
    );
    room.classList.toggle('one', chosen !== '');
    if (id === undefined) {
      main.replaceChildren();
      return;
    }
    const path = `/v1/incidents/${encodeURIComponent(id)}`;
    const [incident, timeline] = await Promise.all([read(path), read(`${path}/timeline`)]);
    // Another one may have been chosen while this one was read.
    if (currentId() === chosen) main.replaceChildren(...incidentCards(incident, timeline));
    document.title = `${incident.title} · Firebreak`;
  } catch (error) {
    main.replaceChildren(problemCard(error));
    if (error.status === 401) list.replaceChildren();
  }
}

let isShowing = false;
let isAgain = false;
/** One picture at a time; what happens meanwhile is in the next one. */
async function refresh() {
  if (isShowing) {
    isAgain = true;
    return;
  }
  isShowing = true;
  do {
    isAgain = false;
    await show();
    await new Promise((resolve) => {
      setTimeout(resolve, 250);
    });
  } while (isAgain);
  isShowing = false;
}

/** The browser comes back by itself, with the position of the last entry it got. */
function follow() {
  const events = new EventSource('/v1/events');
  events.addEventListener('open', () => {
    sayLive('on', 'live');
    void refresh();
  });
  events.addEventListener('message', () => {
    void refresh();
  });
  events.addEventListener('error', () => {
    sayLive('lost', 'not live: trying again');
    // A refused stream is not tried again by the browser.
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, 5_000);
  });
}

async function begin() {
  try {
    const me = await read('/v1/me');
    document.querySelector('#who').textContent = me.person ?? me.name;
    follow();
  } catch (error) {
    main.replaceChildren(problemCard(error));
    if (error.status !== 401) setTimeout(begin, 5_000);
  }
}

window.addEventListener('hashchange', () => {
  void refresh();
});
void begin();

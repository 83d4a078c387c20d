import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Readiness } from '../authority/index.ts';
import type { ApiParts } from './parts.ts';

type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly { readonly labels: Labels; readonly value: number }[];
}

/** Counted as it happens. The labels are routes and statuses of ours, so there are few. */
export interface Metrics {
  readonly requested: (route: string, method: string, status: number) => void;
  readonly signalReceived: (outcome: 'accepted' | 'repeated' | 'refused') => void;
  readonly streamOpened: () => void;
  readonly streamClosed: () => void;
  readonly render: () => Promise<string>;
  readonly stop: () => void;
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** Prometheus text exposition, version 0.0.4. */
export function renderFamilies(families: readonly Family[]): string {
  const lines = families.flatMap(({ name, help, type, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ labels, value }) => {
      const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
      return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
    }),
  ]);
  return `${lines.join('\n')}\n`;
}

function family(
  type: Family['type'],
  name: string,
  help: string,
  samples: number | Family['samples'],
): Family {
  const list = typeof samples === 'number' ? [{ labels: {}, value: samples }] : samples;
  return { name: `firebreak_${name}`, help, type, samples: list };
}

function byLabel(label: string, counts: Readonly<Record<string, number>>): Family['samples'] {
  return Object.entries(counts).map(([key, value]) => ({ labels: { [label]: key }, value }));
}

const NANOSECONDS = 1e9;

export function createMetrics(
  parts: ApiParts,
  readiness: () => Readiness | null = () => null,
): Metrics {
  const requests = new Map<string, { readonly labels: Labels; value: number }>();
  const signals = { accepted: 0, repeated: 0, refused: 0 };
  let streams = 0;
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();

  const own = (): readonly Family[] => [
    family('counter', 'http_requests_total', 'Requests by route, method and status.', [
      ...requests.values(),
    ]),
    family('counter', 'signals_total', 'Signals by outcome.', byLabel('outcome', signals)),
    family('gauge', 'event_streams', 'Open event streams.', streams),
    family(
      'gauge',
      'event_loop_delay_p99_seconds',
      'Since start.',
      delay.percentile(99) / NANOSECONDS,
    ),
  ];
  return {
    requested: (route, method, status) => {
      const key = `${method} ${route} ${status}`;
      const known = requests.get(key);
      if (known !== undefined) known.value += 1;
      else requests.set(key, { labels: { route, method, status: String(status) }, value: 1 });
    },
    signalReceived: (outcome) => {
      signals[outcome] += 1;
    },
    streamOpened: () => {
      streams += 1;
    },
    streamClosed: () => {
      streams -= 1;
    },
    render: async () =>
      renderFamilies([...own(), ...(await readFamilies(parts)), ...readinessFamilies(readiness())]),
    stop: () => {
      delay.disable();
    },
  };
}

async function readFamilies(parts: ApiParts): Promise<readonly Family[]> {
  const { runner, ledger, gate, storeStatistics, cutCounts } = parts;
  const steps = runner.statistics();
  const store = storeStatistics();
  const seal = ledger.status();
  const view = gate.statistics();
  const { running, waiting, blocked } = steps;
  return [
    family(
      'gauge',
      'steps',
      'Steps of this node by state.',
      byLabel('state', { running, waiting, blocked }),
    ),
    family('counter', 'steps_done_total', 'Steps this node has brought to an end.', steps.done),
    family(
      'counter',
      'steps_fenced_total',
      'Outcomes refused because another node took over.',
      steps.fenced,
    ),
    family(
      'gauge',
      'timer_lateness_max_seconds',
      'Of started timers.',
      steps.latenessMsMax / 1_000,
    ),
    family('counter', 'store_commits_total', 'Commits of this node.', store.commits),
    family(
      'counter',
      'store_writes_total',
      'Command lists that shared those commits.',
      store.lists,
    ),
    family('gauge', 'store_writes_waiting', 'Command lists that wait for a commit.', store.waiting),
    family(
      'counter',
      'store_retries_total',
      'Transactions run again after a conflict.',
      store.retries,
    ),
    family('gauge', 'ledger_sealed_entries', 'Size of the tree as this node knows it.', seal.size),
    family('gauge', 'ledger_sealer', '1 on the node that seals.', seal.isHolder ? 1 : 0),
    family(
      'gauge',
      'ledger_sealing_stopped',
      '1 when sealing does not go on.',
      seal.problem === null ? 0 : 1,
    ),
    family('gauge', 'gate_restrictions', 'Restrictions in force.', view.restrictions),
    family('gauge', 'gate_revision', 'Newest change the gate has seen.', view.revision),
    family(
      'counter',
      'gate_evaluations_total',
      'Requests the gate has answered.',
      view.evaluations,
    ),
    family('counter', 'gate_denials_total', 'Of these, denied.', view.denials),
    family('gauge', 'cuts', 'Cuts by state.', byLabel('status', await cutCounts())),
    ...mapFamilies(parts),
  ];
}

/** Of the last time that somebody asked; nothing before. */
function readinessFamilies(last: Readiness | null): readonly Family[] {
  if (last === null) return [];
  const { identities, ready, byReason } = last;
  return [
    family(
      'gauge',
      'readiness_identities',
      'Identities that could be contained, and that could not, when last asked.',
      byLabel('state', { ready, 'not-ready': identities - ready }),
    ),
    family(
      'gauge',
      'readiness_reasons',
      'Identities by what keeps them from being ready.',
      byLabel('reason', byReason),
    ),
  ];
}

function mapFamilies({ dependencies, clock }: ApiParts): readonly Family[] {
  const map = dependencies.statistics();
  const { revision, nodes, edges, pendingChanges, bytes, behind, oldestEdgeAt, loaded } = map;
  const ageS = oldestEdgeAt === null ? 0 : (clock.nowMs() - Date.parse(oldestEdgeAt)) / 1_000;
  return [
    family('gauge', 'map_nodes', 'Nodes of the dependency map.', nodes),
    family('gauge', 'map_edges', 'Edges of the dependency map.', edges),
    family('gauge', 'map_bytes', 'Memory of its arrays, without names.', bytes),
    family('gauge', 'map_revision', 'Revision of the inventory that it answers of.', revision),
    family('gauge', 'map_loaded', '0 while it is read after the start.', loaded ? 1 : 0),
    family('gauge', 'map_behind', '1 while it reads what has changed.', behind ? 1 : 0),
    family('gauge', 'map_pending_changes', 'Changes over the arrays.', pendingChanges),
    family('gauge', 'map_oldest_edge_age_seconds', 'Age of its oldest knowledge.', ageS),
    family('counter', 'map_full_loads_total', 'Times everything was read.', map.fullLoads),
    family('counter', 'map_compactions_total', 'Times changes were folded in.', map.compactions),
  ];
}

/**
 * The import directions of docs/ARCHITECTURE.md. A folder of src is named as it is; `connectors/contract` and
 * `api/contract` are places of their own inside theirs.
 */
const LOW = ['store', 'kernel'];
const DURABLE = ['ledger', 'runner', ...LOW];
const STOCK = ['inventory', ...DURABLE];

export const DIRECTIONS: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  store: ['kernel'],
  ledger: LOW,
  people: ['ledger', ...LOW],
  runner: LOW,
  inventory: DURABLE,
  dependencies: STOCK,
  authority: STOCK,
  signals: STOCK,
  gate: ['guard', ...STOCK],
  'connectors/contract': ['kernel'],
  connectors: ['connectors/contract', 'kernel'],
  handover: ['kernel'],
  notifications: DURABLE,
  response: [
    'authority',
    'dependencies',
    'signals',
    'gate',
    'notifications',
    'connectors/contract',
    'handover',
    ...STOCK,
  ],
  exercises: [
    'response',
    'authority',
    'signals',
    'gate',
    'notifications',
    'connectors/contract',
    ...STOCK,
  ],
  world: ['kernel'],
  'api/contract': [],
  api: [
    'api/contract',
    'response',
    'exercises',
    'authority',
    'dependencies',
    'people',
    'signals',
    'gate',
    'notifications',
    'connectors/contract',
    ...STOCK,
  ],
  cli: ['api/contract', 'kernel'],
  console: ['api/contract'],
  guard: [],
};

/** May import every folder through its door. */
export const FREE = new Set(['app', 'test', 'bench', 'tools', 'examples', 'bin', 'root']);

/** What the tests of a folder may import beyond the folder itself: a connector is tried on a target of its own, and
 * what it tells of it on the inventory. The console shows every state that the response knows. */
export const TESTS_MAY: Readonly<Record<string, readonly string[]>> = {
  connectors: ['world', 'store', 'inventory'],
  console: ['response'],
};

/** The place a path belongs to; `undefined` for a folder of src that the table does not know. */
export function placeOf(path: string): string | undefined {
  const [top = '', second = '', third = ''] = path.split('/');
  if (top === 'src') return sourcePlaceOf(second, third);
  if (top === 'packages') return second;
  if (top === 'console' || FREE.has(top)) return top;
  return path.includes('/') ? undefined : 'root';
}

function sourcePlaceOf(second: string, third: string): string | undefined {
  if (second === 'connectors' && third === 'contract.ts') return 'connectors/contract';
  if (second === 'api' && third === 'contract') return 'api/contract';
  return second in DIRECTIONS || FREE.has(second) ? second : undefined;
}

/**
 * The unit whose inside is private: a folder of src, one connector, one package. Everything within one unit may import
 * freely; from outside only through the door.
 */
export function unitOf(path: string): string {
  const parts = path.split('/');
  const [top = '', second = '', third = ''] = parts;
  if (top === 'src' && second === 'connectors' && parts.length > 3) return `connectors/${third}`;
  const place = placeOf(path);
  if (place !== undefined) return place;
  return top === 'src' ? second : top;
}

/** Files that others may name directly, beside each unit's index.ts. */
export function isDoor(path: string): boolean {
  return (
    path.endsWith('/index.ts') ||
    path === 'src/connectors/contract.ts' ||
    path.startsWith('src/api/contract/')
  );
}

/** Where a program begins; everything else must be imported from one of these. */
export const ENTRY_POINTS: readonly string[] = [
  'src/cli/main.ts',
  'src/world/main.ts',
  // The world's door: stories, exercises and benches run a world in their own process.
  'src/world/index.ts',
  // Started by the ledger's tests as a process that can be killed.
  'src/ledger/writing-node.testing.ts',
  'console/src/main.tsx',
  'console/vite.config.ts',
  'tools/build-console.ts',
  'packages/guard/src/index.ts',
  'bin/firebreak.mjs',
  'bench/main.ts',
  'test/crash/main.ts',
  'vitest.config.ts',
  'test/stories/harness/postgres-once.ts',
  'tools/with-runtime.mjs',
  'tools/test.mjs',
  'tools/check.mjs',
  'tools/docs.ts',
  'tools/record-demo.ts',
  'tools/record-console.ts',
];

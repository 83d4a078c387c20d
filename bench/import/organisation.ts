import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createSeededRandom } from '../../src/kernel/index.ts';

export const EDGES_EACH = 5;
const PARTIES = 500;
const SEED = 7;
const LINES_AT_ONCE = 2_000;

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

export const refOf = (index: number): string => `cloud:identity:svc-${index}`;

function identityLine(index: number, purpose: string): string {
  return line({
    type: 'identity',
    kind: 'service-account',
    name: `svc-${index}`,
    target: 'cloud-prod',
    refs: [refOf(index)],
    environment: index % 3 === 0 ? 'test' : 'prod',
    purpose,
    owners: [
      {
        role: 'technical',
        party: `dir:team:t${index % PARTIES}`,
        basis: 'catalog',
        confidence: 0.9,
        assertedAt: '2026-06-01T00:00:00Z',
      },
    ],
  });
}

export interface ExportSize {
  readonly identities: number;
  /** The first of them say something else than in the export before, and so do their edges. */
  readonly changed: number;
  /** Only what changed, or everything. */
  readonly holds: 'changed' | 'everything';
}

/** Parties, identities with owners, then edges between them in no order. */
function* exportLines({ identities, changed, holds }: ExportSize): Generator<string> {
  for (let index = 0; index < PARTIES; index += 1) {
    yield line({ type: 'party', name: `Team ${index}`, refs: [`dir:team:t${index}`] });
  }
  const count = holds === 'changed' ? changed : identities;
  for (let index = 0; index < count; index += 1) {
    yield identityLine(index, index < changed ? 'changed' : 'bench');
  }
  const random = createSeededRandom(SEED);
  const one = (): number => Math.floor(random() * identities);
  for (let index = 0; index < count * EDGES_EACH; index += 1) {
    const [from, to] = [one(), one()];
    if (from === to) continue;
    yield line({
      type: 'edge',
      from: refOf(from),
      relation: 'assumes',
      to: refOf(to),
      basis: 'observed',
      confidence: index < changed * EDGES_EACH ? 0.9 : 1,
    });
  }
}

export async function writeExport(file: string, size: ExportSize): Promise<void> {
  const out = createWriteStream(file);
  let texts: string[] = [];
  for (const text of exportLines(size)) {
    texts.push(text);
    if (texts.length < LINES_AT_ONCE) continue;
    if (!out.write(texts.join(''))) await once(out, 'drain');
    texts = [];
  }
  out.end(texts.join(''));
  await once(out, 'finish');
}

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { verifyConsistency, verifyInclusion } from '../../src/ledger/index.ts';

const directory = new URL('../../../shared/', import.meta.url);
const file = new URL('reference/vectors/merkle-proofs.json', directory);
// With CI=true a stand that has ../shared but not the file is a failure, not a skip.
const isPresent = existsSync(file) || (process.env['CI'] === 'true' && existsSync(directory));

interface Case {
  readonly name: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}
interface InclusionCase extends Case {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
}
interface ConsistencyCase extends Case {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
}
interface Vectors {
  readonly inclusion: readonly InclusionCase[];
  readonly consistency: readonly ConsistencyCase[];
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}

describe.skipIf(!isPresent)(
  'Merkle proofs: published vectors (absent: ../shared/reference)',
  () => {
    // The shape of the published file; a different one fails the counts below.
    const vectors = isPresent ? (JSON.parse(readFileSync(file, 'utf8')) as Vectors) : undefined;

    test('inclusion: 98 cases', () => {
      const cases = vectors?.inclusion ?? [];
      expect(cases).toHaveLength(98);
      for (const { name, leafIdx, treeSize, root, leafHash, proof, wantErr } of cases) {
        const claim = { index: leafIdx, size: treeSize, leaf: bytes(leafHash), root: bytes(root) };
        expect(verifyInclusion(claim, (proof ?? []).map(bytes)), name).toBe(!wantErr);
      }
    });

    test('consistency: 98 cases', () => {
      const cases = vectors?.consistency ?? [];
      expect(cases).toHaveLength(98);
      for (const { name, size1, size2, root1, root2, proof, wantErr } of cases) {
        const claim = {
          older: size1,
          newer: size2,
          olderRoot: bytes(root1),
          newerRoot: bytes(root2),
        };
        expect(verifyConsistency(claim, (proof ?? []).map(bytes)), name).toBe(!wantErr);
      }
    });
  },
);

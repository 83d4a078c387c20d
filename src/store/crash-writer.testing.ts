// A program: writes for ever and notes each acknowledged id in a file, until it is killed.
import { openSync, writeSync } from 'node:fs';
import { isFirebreakError } from '../kernel/index.ts';
import { openStore } from './open.ts';
import type { StorePlace } from './open.ts';

const WRITERS = 24;

const [placeText = '', prefix = '', file = ''] = process.argv.slice(2);
// Written by the test beside this file.
const place = JSON.parse(placeText) as StorePlace;
const store = await openStore(place);
const acknowledged = openSync(file, 'a');

async function writeForEver(writer: number): Promise<void> {
  for (let count = 0; ; count += 1) {
    const id = `${prefix}-${writer}-${count}`;
    try {
      await store.write([
        { sql: 'insert into noted(id) values ($1)', params: [id], rows: 1 },
        { sql: 'insert into twin(id) values ($1)', params: [id], rows: 1 },
      ]);
      writeSync(acknowledged, `${id}\n`);
    } catch (error) {
      // The database was killed: this id was not acknowledged, the next one may be.
      if (!isFirebreakError(error, 'store-unavailable')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

console.log('writing');
await Promise.all(Array.from({ length: WRITERS }, (_, writer) => writeForEver(writer)));

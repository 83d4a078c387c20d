// Runs in a worker thread: a proof of a large organisation takes seconds, in which signals have to be answered.
import { parentPort, workerData } from 'node:worker_threads';
import { proveCoverage, type ProofRequest } from './prove.ts';

// Set by the thread that started this one, which builds it from this very type.
const request = workerData as Omit<ProofRequest, 'lineOf'>;
parentPort?.postMessage(proveCoverage(request));

export type * from './model.ts';
export { createSignals } from './signals.ts';
export type { SignalParts } from './signals.ts';
export { SIGNATURE_HEADER, signSignal, SOURCE_HEADER, verifySignature } from './authenticity.ts';
export { signalMigrations } from './store.ts';

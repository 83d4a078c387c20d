import type { Engine } from '../../../src/app/index.ts';
import type { ExternalRef } from '../../../src/inventory/index.ts';
import {
  reveal,
  Secret,
  toTimestamp,
  type Confidence,
  type SignalType,
} from '../../../src/kernel/index.ts';
import {
  SIGNATURE_HEADER,
  signSignal,
  SOURCE_HEADER,
  type SignalSource,
} from '../../../src/signals/index.ts';
import type { Leak } from '../../../src/world/index.ts';

/** Who sends signals in every story. The form on the web page proves nothing about who filled it in. */
export const SOURCES: readonly SignalSource[] = [
  { name: 'scanner', secret: new Secret('scanner-signs-with-this'), confidenceMax: 'proven' },
  { name: 'detector', secret: new Secret('detector-signs-with-this'), confidenceMax: 'proven' },
  { name: 'owner-desk', secret: new Secret('owner-desk-signs-with-this'), confidenceMax: 'proven' },
  {
    name: 'identity-provider',
    secret: new Secret('identity-provider-signs-with-this'),
    confidenceMax: 'proven',
    identityProvider: true,
  },
  { name: 'web-form', open: true, confidenceMax: 'proven' },
];

export interface Report {
  readonly by: 'scanner' | 'detector' | 'owner-desk' | 'identity-provider' | 'web-form';
  readonly type: SignalType;
  readonly confidence: Confidence;
  /** What of the subject is named: the narrowest by default. */
  readonly names: 'credential' | 'identity';
  /** The secret itself comes with the report. */
  readonly withSecret: boolean;
  readonly key: string;
}

export async function sendReport(
  engine: Engine,
  nowMs: number,
  leak: Leak,
  given: Partial<Report>,
): Promise<void> {
  const { type = 'credential-exposed', names = 'credential' } = given;
  const { withSecret = type === 'credential-exposed' } = given;
  const subject = {
    refs: [{ system: leak.target, type: names, value: leak[names] }],
    ...(withSecret ? { secret: leak.secret } : {}),
  };
  await sendReportOf(engine, nowMs, subject, given);
}

/** About anything that an alert may name. */
export async function sendReportOf(
  engine: Engine,
  nowMs: number,
  subject: { readonly refs: readonly ExternalRef[]; readonly secret?: string },
  given: Partial<Report>,
): Promise<void> {
  const { by = 'scanner', type = 'credential-exposed', confidence = 'strong' } = given;
  const { key = 'report' } = given;
  const occurredAt = toTimestamp(nowMs);
  const rawBody = JSON.stringify({ type, confidence, key, occurredAt, subject });
  const secret = SOURCES.find((source) => source.name === by)?.secret;
  const headers = {
    [SOURCE_HEADER]: by,
    ...(secret === undefined ? {} : { [SIGNATURE_HEADER]: signSignal(secret, nowMs, rawBody) }),
  };
  await engine.signals.accept({ rawBody, headers, tokenName: null }, engine.response.follow);
}

/** Every key that signs for somebody in the stories. */
export function signingSecrets(): readonly string[] {
  return SOURCES.flatMap(({ secret }) => (secret === undefined ? [] : [reveal(secret)]));
}

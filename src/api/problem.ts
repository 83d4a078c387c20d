import { FirebreakError, isFirebreakError, redact, type ErrorCode } from '../kernel/index.ts';
import { PROBLEM_MEDIA_TYPE, type Problem } from './contract/index.ts';

export { PROBLEM_MEDIA_TYPE };

/** The facts come from requests and stores: secrets by name are left out, sizes are bounded. */
function presentFacts(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const safe = redact(facts);
  // `redact` turns an object into an object.
  return JSON.stringify(safe).length > FACTS_LENGTH_MAX ? {} : (safe as Record<string, unknown>);
}
const FACTS_LENGTH_MAX = 16_384;

export function problemOf(error: FirebreakError): Problem {
  return {
    type: `about:blank#${error.code}`,
    title: error.code.replaceAll('-', ' '),
    status: error.status,
    code: error.code,
    detail: error.message,
    remedy: error.remedy,
    facts: presentFacts(error.facts),
  };
}

/** What the framework says went wrong, in our words. */
// table: framework code -> ours
const FRAMEWORK: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media-type-unsupported',
  FST_ERR_CTP_INVALID_TYPE: 'media-type-unsupported',
  FST_ERR_CTP_BODY_TOO_LARGE: 'request-too-large',
};

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : '';
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 500;
  const status: unknown = Reflect.get(error, 'statusCode');
  return typeof status === 'number' ? status : 500;
}

function causeText(error: unknown): string {
  const message = error instanceof Error ? error.message : 'it cannot be read';
  return message.slice(0, 200);
}

export interface Failed {
  readonly error: FirebreakError;
  /** True when it is a fault of ours, which the log must hold. */
  readonly isOurs: boolean;
}

/** Whatever was thrown becomes one of our errors; what we do not know is ours and tells nothing to the outside. */
export function toFailed(
  thrown: unknown,
  facts: { readonly type: string; readonly limit: number; readonly reference: string },
): Failed {
  if (isFirebreakError(thrown)) {
    return { error: thrown, isOurs: thrown.status >= 500 };
  }
  const own = FRAMEWORK[codeOf(thrown)];
  if (own !== undefined) {
    const { type, limit } = facts;
    const fact = own === 'request-too-large' ? { limit } : { type };
    return { error: new FirebreakError(own, fact, thrown), isOurs: false };
  }
  const status = statusOf(thrown);
  if (status >= 400 && status < 500) {
    const problem = causeText(thrown);
    return { error: new FirebreakError('request-malformed', { problem }, thrown), isOurs: false };
  }
  const { reference } = facts;
  return { error: new FirebreakError('internal-failure', { reference }, thrown), isOurs: true };
}

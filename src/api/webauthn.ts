import type { Assertion, Registration } from '../people/index.ts';
import type { AssertionJson, RegistrationJson } from './contract/index.ts';

// What browsers send, without the members that nobody reads.

export function credentialOf(given: AssertionJson): Assertion['credential'] {
  const { id, rawId, type, response } = given;
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  return {
    id,
    rawId,
    type,
    clientExtensionResults: {},
    response: {
      clientDataJSON,
      authenticatorData,
      signature,
      ...(userHandle === undefined ? {} : { userHandle }),
    },
  };
}

export function assertionOf(given: {
  readonly ceremony: string;
  readonly credential: AssertionJson;
}): Assertion {
  return { ceremony: given.ceremony, credential: credentialOf(given.credential) };
}

export function registrationOf(given: {
  readonly ceremony: string;
  readonly name: string;
  readonly credential: RegistrationJson;
}): Registration {
  const { id, rawId, type, response } = given.credential;
  const { clientDataJSON, attestationObject, transports = [] } = response;
  return {
    ceremony: given.ceremony,
    name: given.name,
    credential: {
      id,
      rawId,
      type,
      clientExtensionResults: {},
      response: { clientDataJSON, attestationObject, transports },
    },
  };
}

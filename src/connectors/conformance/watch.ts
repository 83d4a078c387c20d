import { expect } from 'vitest';
import { ConnectorFailure, type CallContext, type Connector } from '../contract.ts';

/**
 * The same connector, with every value that passes in or out sent through JSON and searched for secrets: it has to work
 * just as well from another process.
 */
export function watched(connector: Connector, secrets: () => readonly string[]): Connector {
  const carry = <Value>(value: Value): Value => {
    // The value's own JSON form, which is asserted to be the same value.
    const copy = JSON.parse(JSON.stringify(value)) as Value;
    expect(copy).toStrictEqual(value);
    return copy;
  };
  const clean = <Value>(value: Value): Value => {
    const text = JSON.stringify(value);
    for (const secret of secrets()) expect(text.includes(secret)).toBe(false);
    return carry(value);
  };
  const guarded =
    <Input, Output>(call: (input: Input, context: CallContext) => Promise<Output>) =>
    async (input: Input, context: CallContext): Promise<Output> => {
      try {
        return clean(await call(carry(input), context));
      } catch (error) {
        if (!(error instanceof ConnectorFailure)) throw error;
        const { kind, message, stack, grant } = error;
        clean([kind, message, stack ?? '', grant ?? '']);
        throw error;
      }
    };
  const alone =
    <Output>(call: (context: CallContext) => Promise<Output>) =>
    (context: CallContext): Promise<Output> =>
      guarded((_: null, within) => call(within))(null, context);
  const listed = (list: NonNullable<Connector['inventory']>): NonNullable<Connector['inventory']> =>
    async function* records(context) {
      for await (const record of list(context)) yield clean(record);
    };
  return {
    describe: () => clean(connector.describe()),
    discover: guarded(connector.discover),
    captureEvidence: guarded(connector.captureEvidence),
    prepare: guarded(connector.prepare),
    apply: guarded(connector.apply),
    readBack: guarded(connector.readBack),
    probe: guarded(connector.probe),
    revert: guarded(connector.revert),
    ...(connector.checkPrivileges && { checkPrivileges: alone(connector.checkPrivileges) }),
    ...(connector.inventory && { inventory: listed(connector.inventory) }),
    ...(connector.rotation && {
      rotation: {
        ...connector.rotation,
        // The one answer that carries a secret, to the caller who asked for it.
        mint: connector.rotation.mint,
        retire: guarded(connector.rotation.retire),
        ...(connector.rotation.revive && { revive: guarded(connector.rotation.revive) }),
      },
    }),
  };
}

import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { LIMITS } from '../kernel/index.ts';
import { statement } from '../store/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import {
  acceptInvitation,
  CLIENT,
  enter,
  openPeople,
  PLACE,
  signInWith,
} from './people.testing.ts';
import { createAuthenticator, type Twist } from './testing.ts';

describeOnBothStores('people', (openStore) => {
  it('begin with one link, once, for whoever of the roster opens it', async () => {
    const { people } = await openPeople(openStore);
    const older = await people.invitations.inviteFirst();
    const link = await people.invitations.inviteFirst();
    await expect(people.invitations.look(older ?? '')).rejects.toMatchObject({
      code: 'invitation-spent',
    });
    expect(await people.invitations.look(link ?? '')).toMatchObject({ person: null });
    await expect(people.invitations.askToAccept(PLACE, link ?? '', 'nobody')).rejects.toMatchObject(
      { code: 'person-unknown' },
    );
    const first = await acceptInvitation(people, link ?? '', 'mia');
    expect(first.signedIn).toMatchObject({ standing: 'administrator', isAdministrator: true });
    expect(first.recoveryCodes).toHaveLength(LIMITS.recoveryCodesCount);
    await expect(acceptInvitation(people, link ?? '', 'ola')).rejects.toMatchObject({
      code: 'invitation-spent',
    });
    expect(await people.invitations.inviteFirst()).toBeNull();
  });

  it('accept an invitation once, whoever is first, and within its time', async () => {
    const { people, clock } = await openPeople(openStore);
    const { text } = await people.invitations.invite('ola', 'person:mia');
    const tries = await Promise.allSettled(
      [1, 2, 3].map(() => acceptInvitation(people, text, null)),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const later = await people.invitations.invite('otto', 'person:mia');
    clock.jump(LIMITS.invitationLifeMs);
    await expect(acceptInvitation(people, later.text, null)).rejects.toMatchObject({
      code: 'invitation-spent',
    });
  });

  it('sign in with a passkey, on every node, under a new text each time', async () => {
    const world = await openPeople(openStore);
    const { device, text } = await enter(world, 'mia');
    const other = await signInWith(world.another(), device);
    expect(other.text).not.toBe(text);
    expect(other.signedIn).toMatchObject({ standing: 'responder', isAdministrator: false });
    expect(await world.people.sessions.verify(other.text, true)).toMatchObject({
      session: { person: 'mia', method: 'passkey' },
    });
    expect(await world.people.sessions.verify(`fbs_${'x'.repeat(43)}`, true)).toBeNull();
  });

  it('refuse what is not a sign-in of theirs, here and now', async () => {
    const world = await openPeople(openStore);
    const { people, roster } = world;
    const { device } = await enter(world, 'mia');
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const twists: Readonly<Record<string, Twist>> = {
      origin: { origin: 'https://firebreak.example.evil' },
      rpId: { rpId: 'evil.example' },
      challenge: { challenge: 'x'.repeat(43) },
      type: { type: 'webauthn.create' },
      unverified: { flags: 0x01 },
      absent: { flags: 0x04 },
      framed: { crossOrigin: true },
      key: { key: stranger },
      handle: { userHandle: 'somebody-else' },
    };
    for (const [name, twist] of Object.entries(twists)) {
      await expect(signInWith(people, device, twist), name).rejects.toMatchObject({
        code: 'sign-in-refused',
      });
    }
    await expect(signInWith(people, createAuthenticator(PLACE))).rejects.toMatchObject({
      code: 'sign-in-refused',
    });
    // What went wrong does not keep the person out.
    await signInWith(people, device);
    roster.delete('mia');
    await expect(signInWith(people, device)).rejects.toMatchObject({ code: 'person-unknown' });
  });

  it('notice a copy of a device by its counter', async () => {
    const world = await openPeople(openStore);
    const { device } = await enter(world, 'mia');
    await signInWith(world.people, device, { counter: 40 });
    await expect(signInWith(world.people, device, { counter: 40 })).rejects.toMatchObject({
      code: 'sign-in-refused',
    });
    await expect(signInWith(world.people, device, { counter: 12 })).rejects.toMatchObject({
      code: 'sign-in-refused',
    });
    await signInWith(world.people, device, { counter: 41 });
    expect((await world.entries()).filter((one) => one.includes('sign-in-refused'))).toHaveLength(
      2,
    );
  });

  it('answer each question once, soon, and for what it was asked', async () => {
    const world = await openPeople(openStore);
    const { people, clock } = world;
    const { device, signedIn } = await enter(world, 'mia');
    const asked = await people.signIn.askToSignIn(PLACE);
    const given = { ceremony: asked.ceremony, credential: device.get(asked.publicKey) };
    await people.signIn.signIn(PLACE, given, CLIENT);
    const again = { ...given, credential: device.get(asked.publicKey) };
    await expect(people.signIn.signIn(PLACE, again, CLIENT)).rejects.toMatchObject({
      code: 'ceremony-spent',
    });
    const fresh = await people.sessions.askToRefresh(PLACE, signedIn.session);
    const elsewhere = { ceremony: fresh.ceremony, credential: device.get(fresh.publicKey) };
    await expect(people.signIn.signIn(PLACE, elsewhere, CLIENT)).rejects.toMatchObject({
      code: 'ceremony-spent',
    });
    for (const ceremony of ['', '.', 'x.y', `${asked.ceremony}A`, `A${asked.ceremony}`, '..']) {
      await expect(
        people.signIn.signIn(PLACE, { ...given, ceremony }, CLIENT),
      ).rejects.toMatchObject({ code: 'ceremony-spent' });
    }
    const late = await people.signIn.askToSignIn(PLACE);
    clock.jump(LIMITS.ceremonyLifeMs);
    await expect(
      people.signIn.signIn(
        PLACE,
        { ceremony: late.ceremony, credential: device.get(late.publicKey) },
        CLIENT,
      ),
    ).rejects.toMatchObject({ code: 'ceremony-spent' });
  });

  it('enrol only devices that verify, with keys that can be checked', async () => {
    const world = await openPeople(openStore);
    const { people } = world;
    const { signedIn } = await enter(world, 'mia');
    const twists: readonly Twist[] = [
      { origin: 'https://evil.example' },
      { rpId: 'evil.example' },
      { type: 'webauthn.get' },
      { challenge: 'x' },
      { flags: 0x41 },
      { flags: 0x44 },
      { algorithm: -47 },
      { algorithm: -65_535 },
    ];
    for (const twist of twists) {
      const asked = await people.passkeys.askToAdd(PLACE, signedIn.session);
      const credential = createAuthenticator(PLACE).create(asked.publicKey, twist);
      const given = { ceremony: asked.ceremony, name: 'n', credential };
      await expect(
        people.passkeys.add(PLACE, signedIn.session, given),
        JSON.stringify(twist),
      ).rejects.toMatchObject({ code: 'passkey-unfit' });
    }
    const asked = await people.passkeys.askToAdd(PLACE, signedIn.session);
    const credential = createAuthenticator(PLACE).create(asked.publicKey);
    const broken = { ...credential, response: { ...credential.response, attestationObject: 'oA' } };
    await expect(
      people.passkeys.add(PLACE, signedIn.session, {
        ceremony: asked.ceremony,
        name: 'n',
        credential: broken,
      }),
    ).rejects.toMatchObject({ code: 'passkey-unfit' });
  });

  it('keep several passkeys, and always one', async () => {
    const world = await openPeople(openStore);
    const { people } = world;
    const { signedIn, passkey } = await enter(world, 'mia');
    const second = createAuthenticator(PLACE);
    const asked = await people.passkeys.askToAdd(PLACE, signedIn.session);
    const given = {
      ceremony: asked.ceremony,
      name: 'phone',
      credential: second.create(asked.publicKey),
    };
    const added = await people.passkeys.add(PLACE, signedIn.session, given);
    expect(added.recoveryCodes).toEqual([]);
    await expect(people.passkeys.add(PLACE, signedIn.session, given)).rejects.toMatchObject({
      code: 'passkey-known',
    });
    await expect(people.passkeys.rename('ola', passkey.id, 'mine')).rejects.toMatchObject({
      code: 'passkey-unknown',
    });
    expect(await people.passkeys.rename('mia', passkey.id, 'laptop')).toMatchObject({
      name: 'laptop',
    });
    const removals = await Promise.allSettled(
      [passkey.id, added.passkey.id].map((id) => people.passkeys.remove('mia', id)),
    );
    expect(removals.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await people.passkeys.list('mia')).toHaveLength(1);
  });

  it('get in with a recovery code, once, to add a passkey and for nothing else', async () => {
    const world = await openPeople(openStore);
    const { people } = world;
    const { recoveryCodes } = await enter(world, 'mia');
    const [code = ''] = recoveryCodes;
    const typed = ` ${code.toUpperCase().replaceAll('-', ' ')} `;
    await expect(people.signIn.recover('ola', code, CLIENT)).rejects.toMatchObject({
      code: 'sign-in-refused',
    });
    const { signedIn } = await people.signIn.recover('mia', typed, CLIENT);
    expect(signedIn).toMatchObject({ standing: 'reader', isAdministrator: false });
    await expect(people.signIn.recover('mia', code, CLIENT)).rejects.toMatchObject({
      code: 'sign-in-refused',
    });
    const device = createAuthenticator(PLACE);
    const asked = await people.passkeys.askToAdd(PLACE, signedIn.session);
    const given = {
      ceremony: asked.ceremony,
      name: 'new',
      credential: device.create(asked.publicKey),
    };
    await people.passkeys.add(PLACE, signedIn.session, given);
    expect((await signInWith(people, device)).signedIn.standing).toBe('responder');
    const fresh = await people.passkeys.renewRecoveryCodes('mia');
    await expect(
      people.signIn.recover('mia', recoveryCodes[1] ?? '', CLIENT),
    ).rejects.toMatchObject({ code: 'sign-in-refused' });
    await people.signIn.recover('mia', fresh[0] ?? '', CLIENT);
  });

  it('keep no secret in the store or on the ledger', async () => {
    const world = await openPeople(openStore);
    const { people, parts } = world;
    const { text, recoveryCodes } = await enter(world, 'mia');
    const link = await people.signIn.createLink('mia');
    const { text: invitation } = await people.invitations.invite('ola', 'person:mia');
    const tables = ['people_session', 'people_recovery_code', 'people_invitation', 'people_link'];
    const kept = await Promise.all(
      tables.map((table) => parts.store.query(statement(`select * from ${table}`))),
    );
    const all = JSON.stringify([kept, await world.entries()]);
    for (const secret of [text, link, invitation, ...recoveryCodes])
      expect(all).not.toContain(secret);
  });

  it('keep signed in nobody who is suspect, and no link works twice', async () => {
    const world = await openPeople(openStore);
    const { people, suspects, clock } = world;
    const { device, recoveryCodes } = await enter(world, 'mia');
    suspects.people.push('mia');
    await expect(signInWith(people, device)).rejects.toMatchObject({ code: 'person-suspect' });
    await expect(
      people.signIn.recover('mia', recoveryCodes[0] ?? '', CLIENT),
    ).rejects.toMatchObject({ code: 'person-suspect' });
    const code = await people.signIn.createLink('ola');
    const tries = await Promise.allSettled(
      [1, 2, 3].map(() => people.signIn.followLink(code, CLIENT)),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const late = await people.signIn.createLink('ola');
    clock.jump(LIMITS.signInCodeLifeMs);
    await expect(people.signIn.followLink(late, CLIENT)).rejects.toMatchObject({
      code: 'sign-in-code-spent',
    });
  });
});

import { expect, it } from 'vitest';
import { LIMITS } from '../kernel/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import {
  acceptInvitation,
  CLIENT,
  enter,
  openPeople,
  PLACE,
  signInWith,
} from './people.testing.ts';

describeOnBothStores('sessions', (openStore) => {
  it('end when nobody uses them, and in any case', async () => {
    const world = await openPeople(openStore);
    const { people, clock } = world;
    const { text, device } = await enter(world, 'mia');
    clock.jump(LIMITS.sessionIdleMs - 1);
    expect(await people.sessions.verify(text, true)).not.toBeNull();
    clock.jump(LIMITS.sessionIdleMs - 1);
    expect(await people.sessions.verify(text, false)).not.toBeNull();
    clock.jump(1);
    expect(await people.sessions.verify(text, true)).toBeNull();
    const used = await signInWith(people, device);
    for (let passed = 0; passed < LIMITS.sessionLifeMs; passed += LIMITS.sessionIdleMs / 2) {
      expect(await people.sessions.verify(used.text, true)).not.toBeNull();
      clock.jump(LIMITS.sessionIdleMs / 2);
    }
    expect(await people.sessions.verify(used.text, true)).toBeNull();
  });

  it('are refused on every node at once when they were ended on one', async () => {
    const world = await openPeople(openStore);
    const { people } = world;
    const { text, device, signedIn } = await enter(world, 'mia');
    const second = await signInWith(people, device);
    const other = world.another();
    expect(await other.sessions.verify(text, true)).not.toBeNull();
    await expect(
      people.sessions.end('ola', signedIn.session.id, 'person:ola'),
    ).rejects.toMatchObject({
      code: 'session-unknown',
    });
    await people.sessions.end('mia', signedIn.session.id, 'person:mia');
    expect(await other.sessions.verify(text, true)).toBeNull();
    expect(await other.sessions.verify(second.text, true)).not.toBeNull();
    await people.sessions.endAll('mia', 'person:otto');
    expect(await other.sessions.verify(second.text, true)).toBeNull();
    expect(await people.sessions.list('mia')).toEqual([]);
  });

  it('go on under another text when the passkey is used again', async () => {
    const world = await openPeople(openStore);
    const { people, clock } = world;
    const { text, device, signedIn } = await enter(world, 'mia');
    const intruder = await enter(world, 'ola');
    clock.jump(LIMITS.sessionFreshMs);
    const { session } = signedIn;
    const asked = await people.sessions.askToRefresh(PLACE, session);
    const foreign = { ceremony: asked.ceremony, credential: intruder.device.get(asked.publicKey) };
    await expect(people.sessions.refresh(PLACE, session, foreign)).rejects.toMatchObject({
      code: 'sign-in-refused',
    });
    const theirs = await people.sessions.askToRefresh(PLACE, intruder.signedIn.session);
    const moved = { ceremony: theirs.ceremony, credential: device.get(theirs.publicKey) };
    await expect(people.sessions.refresh(PLACE, session, moved)).rejects.toMatchObject({
      code: 'sign-in-refused',
    });
    const given = { ceremony: asked.ceremony, credential: device.get(asked.publicKey) };
    const renewed = await people.sessions.refresh(PLACE, session, given);
    expect(renewed.signedIn.session).toMatchObject({
      id: session.id,
      freshUntilMs: clock.nowMs() + LIMITS.sessionFreshMs,
    });
    expect(await people.sessions.verify(text, true)).toBeNull();
    await expect(people.sessions.refresh(PLACE, session, given)).rejects.toMatchObject({
      code: 'sign-in-refused',
    });
  });

  it('make room for a new one by ending the oldest', async () => {
    const world = await openPeople(openStore);
    const { text, device } = await enter(world, 'mia');
    for (let count = 0; count < LIMITS.sessionsOfPersonMax; count += 1) {
      world.clock.jump(1);
      await signInWith(world.people, device);
    }
    expect(await world.people.sessions.verify(text, true)).toBeNull();
    expect(await world.people.sessions.list('mia')).toHaveLength(LIMITS.sessionsOfPersonMax);
  });

  it('allow what the rules allow now', async () => {
    const world = await openPeople(openStore);
    const { people, asked, roster } = world;
    const { text } = await enter(world, 'ola');
    expect(await people.sessions.verify(text, true)).toMatchObject({ standing: 'reader' });
    asked.add('ola');
    expect(await people.sessions.verify(text, true)).toMatchObject({ standing: 'responder' });
    asked.delete('ola');
    await people.administration.setAdministrator('ola', true, 'person:mia');
    expect(await people.sessions.verify(text, true)).toMatchObject({ standing: 'administrator' });
    roster.delete('ola');
    expect(await people.sessions.verify(text, true)).toBeNull();
  });

  it('leave always somebody who administers, and take away what a lost device could do', async () => {
    const world = await openPeople(openStore);
    const { people } = world;
    const first = await acceptInvitation(
      people,
      (await people.invitations.inviteFirst()) ?? '',
      'mia',
    );
    const ola = await enter(world, 'ola');
    await expect(
      people.administration.setAdministrator('mia', false, 'person:mia'),
    ).rejects.toMatchObject({ code: 'administrator-last' });
    await expect(people.administration.removePasskeys('mia', 'person:mia')).rejects.toMatchObject({
      code: 'administrator-last',
    });
    await people.administration.setAdministrator('ola', true, 'person:mia');
    await people.administration.removePasskeys('mia', 'person:ola');
    expect(await people.sessions.verify(first.text, true)).toBeNull();
    await expect(signInWith(people, first.device)).rejects.toMatchObject({
      code: 'sign-in-refused',
    });
    await expect(
      people.signIn.recover('mia', first.recoveryCodes[0] ?? '', CLIENT),
    ).rejects.toMatchObject({ code: 'sign-in-refused' });
    expect(await people.administration.list()).toContainEqual({
      person: 'mia',
      name: 'Mia',
      standing: 'administrator',
      isAdministrator: true,
      passkeys: 0,
      sessions: 0,
      lastSignedInAtMs: expect.any(Number),
      invitedUntilMs: null,
    });
    expect(await people.sessions.verify(ola.text, true)).not.toBeNull();
  });
});

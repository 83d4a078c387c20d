// One secret for many.

import type { Service } from './model.ts';
import { claimsFor } from './owners.ts';
import { arn, certificateHash, serialNumber } from './references.ts';
import { key, member, reachAll, store, use, type Scene } from './scene.ts';

/** One private key on the edge of every tenant. */
export function gatewayCertificate(scene: Scene): void {
  const service = scene.serviceNamed('platform-api');
  const [serial, hash] = [serialNumber(scene.chance), certificateHash(scene.chance)];
  const refs = [serial, hash];
  member(scene, 'gateway-certificate', service, {
    ref: 'x509:subject:CN=*.edge.northlake.example',
    kind: 'certificate-subject',
    name: '*.edge.northlake.example',
    target: 'pki-northlake',
    purpose: 'the name of every gateway',
    exposure: 'public',
    credentials: [key('certificate', serial, { refs, ageDays: 370, expiresInDays: 27 })],
  });
  for (const name of ['catalog-api', 'support-api', 'loyalty-api', 'cards-api']) {
    const one = scene.serviceNamed(name);
    use(scene, one, serial);
    const path = `${one.domain}-edge/wildcard-tls`;
    store(
      scene,
      one,
      `k8s:secret:${one.tenant.zone}/${path}`,
      `secret ${path} (${one.tenant.zone})`,
      serial,
    );
  }
}

/** One key for three tenants: nobody can be cut alone. */
export function sharedKey(scene: Scene): void {
  const media = scene.serviceNamed('media-api');
  const others = ['checkout', 'loyalty-api', 'shipping-api'].map(scene.serviceNamed);
  const accessKeyId = 'aws:access-key:AKIAEXAMPLESHAREDKEY';
  const [owner] = claimsFor('stale', media.team, scene.teams, scene.chance);
  const ref = arn(media.tenant.account, 'user/svc-media-legacy');
  const say = (service: Service, basis: string, confidence: number) =>
    ({ role: 'technical', party: service.team.ref, basis, confidence, ageDays: 60 }) as const;
  const claims = others.map((one, index) => say(one, 'code-owners', 0.65 - index / 10));
  const person = claimsFor('owned', media.team, scene.teams, scene.chance).filter(
    (one) => one.role === 'business',
  );
  member(scene, 'shared-key', media, {
    ref,
    kind: 'service-account',
    name: 'svc-media-legacy',
    target: `aws-${media.tenant.name}`,
    purpose: 'uploads and reads pictures, for everybody by now',
    rotationDays: 90,
    owners: [...(owner === undefined ? [] : [{ ...owner, ageDays: 120 }]), ...claims, ...person],
    credentials: [
      key('api-key', accessKeyId, {
        ageDays: 1_240,
        scopes: ['s3:*', 's3:GetObject', 's3:PutObject', 'kms:Decrypt'],
        usedScopes: ['s3:GetObject', 's3:PutObject'],
      }),
    ],
  });
  store(
    scene,
    media,
    'vault:path:secret/prod/media/legacy-key',
    'vault prod/media/legacy-key',
    accessKeyId,
  );
  for (const one of [media, ...others]) use(scene, one, accessKeyId);
  reachAll(scene, ref, media);
}

/** Two records and five places, one secret. */
export function copiedSecret(scene: Scene): void {
  const service = scene.serviceNamed('payments');
  const ref = 'coralpay:merchant:northlake-eu';
  const secret = 'example-secret-of-the-demo-organisation-coralpay';
  const keys = ['coralpay:key-id:EXAMPLE-live-1', 'coralpay:key-id:EXAMPLE-live-1-copy'] as const;
  member(scene, 'copied-secret', service, {
    ref,
    kind: 'service-account',
    name: 'coralpay-merchant',
    target: 'coralpay',
    purpose: 'takes payments at the acquirer',
    exposure: 'partner',
    credentials: keys.map((one) =>
      key('api-key', one, { ageDays: 610, scopes: ['charge', 'refund'], secret }),
    ),
  });
  const places = [
    ['vault:path:secret/prod/payments/coralpay', 'vault prod/payments/coralpay', keys[0]],
    ['k8s:secret:eu/payments/coralpay', 'secret coralpay in payments', keys[0]],
    [
      'ci:variable:northlake/payments/prod/CORALPAY_KEY',
      'CI variable CORALPAY_KEY of payments',
      keys[0],
    ],
    [
      'github:file:northlake/payments/deploy/prod/coralpay.env',
      'coralpay.env in the repository payments',
      keys[1],
    ],
    [
      'file:path:batch-3.northlake.example/etc/payments/coralpay.conf',
      '/etc/payments/coralpay.conf on batch-3',
      keys[1],
    ],
  ] as const;
  for (const [place, name, held] of places) store(scene, service, place, name, held);
  use(scene, service, keys[0]);
}

// What `aws iam get-account-authorization-details` answers, as lines that `firebreak import` reads.
// Usage: node aws-iam-to-lines.mjs FILE
import { readFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
const { UserDetailList = [], RoleDetailList = [] } = JSON.parse(readFileSync(file, 'utf8'));

const refOf = (arn) => `aws:arn:${arn}`;
const tagOf = ({ Tags = [] }, key) => Tags.find((tag) => tag.Key.toLowerCase() === key)?.Value;
const policiesOf = ({ AttachedManagedPolicies = [] }) =>
  AttachedManagedPolicies.map(({ PolicyName }) => `policy:${PolicyName}`);
const isAdministrator = (detail) =>
  policiesOf(detail).some((policy) => /administrator/iu.test(policy));

function identity(detail, kind, name) {
  const [environment, owner] = [tagOf(detail, 'environment'), tagOf(detail, 'owner')];
  return {
    type: 'identity',
    kind,
    name,
    target: 'aws',
    refs: [refOf(detail.Arn)],
    tags: [...policiesOf(detail), ...(isAdministrator(detail) ? ['administrator'] : [])],
    ...(environment === undefined ? {} : { environment }),
    ...(owner === undefined
      ? {}
      : {
          owners: [
            { role: 'technical', party: `dir:team:${owner}`, basis: 'tag', confidence: 0.7 },
          ],
        }),
  };
}

/** Who may become the role, by its trust policy. Services of the cloud itself are no identities of ours. */
function trusted({ AssumeRolePolicyDocument }) {
  return (AssumeRolePolicyDocument?.Statement ?? [])
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Principal }) => [Principal?.AWS ?? []].flat())
    .filter((arn) => /:(?:user|role)\//u.test(arn));
}

const lines = [
  ...UserDetailList.map((user) => identity(user, 'service-account', user.UserName)),
  ...RoleDetailList.map((role) => identity(role, 'workload-identity', role.RoleName)),
  ...RoleDetailList.flatMap((role) =>
    trusted(role).map((arn) => ({
      type: 'edge',
      from: refOf(arn),
      relation: 'assumes',
      to: refOf(role.Arn),
    })),
  ),
];
process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

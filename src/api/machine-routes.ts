import { FirebreakError, messageOf } from '../kernel/index.ts';
import { HealthAnswer, ReadyAnswer, StepsAnswer, StepsQuery } from './contract/index.ts';
import type { Metrics } from './metrics.ts';
import type { ApiParts, ReadinessCheck } from './parts.ts';
import { presentStep } from './present.ts';
import { route, type Api } from './route.ts';

async function run({ name, check }: ReadinessCheck): Promise<ReadyAnswer['checks'][number]> {
  try {
    const problem = await check();
    return { name, ok: problem === null, problem };
  } catch (error) {
    // A FirebreakError says what is wrong in words for outside; anything else stays inside.
    const problem = error instanceof FirebreakError ? messageOf(error) : 'it failed';
    return { name, ok: false, problem };
  }
}

export async function machineRoutes(api: Api, parts: ApiParts, metrics: Metrics): Promise<void> {
  const word = 'machine';
  api.get(
    '/healthz',
    route('open', { word, summary: 'The process answers' }, {}, HealthAnswer),
    async (): Promise<HealthAnswerValue> => ({ status: 'ok' }),
  );
  api.get(
    '/readyz',
    route('open', { word, summary: 'Requests are worth sending here' }, {}, ReadyAnswer),
    async (_request, reply): Promise<ReadyAnswer> => {
      const checks = await Promise.all(parts.readiness.map(run));
      const ready = checks.every(
        ({ ok }, index) => ok || parts.readiness[index]?.isOptional === true,
      );
      if (!ready) reply.code(503);
      return { ready, checks };
    },
  );
  api.get(
    '/metrics',
    route('read', { word, summary: 'Prometheus text' }, {}, null),
    async (_request, reply) => {
      reply.type('text/plain; version=0.0.4; charset=utf-8');
      return await metrics.render();
    },
  );
  api.get(
    '/v1/steps',
    route(
      'read',
      { word, summary: 'What the runner does, or could not do' },
      { querystring: StepsQuery },
      StepsAnswer,
    ),
    async (request): Promise<StepsAnswer> => {
      const steps = await parts.runner.list(request.query);
      return { steps: steps.map(presentStep) };
    },
  );
}

interface HealthAnswerValue {
  readonly status: 'ok';
}

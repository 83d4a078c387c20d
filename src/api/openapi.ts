import swagger from '@fastify/swagger';
import type { Api } from './route.ts';

/** The document is made from the schemas that requests are checked with, so it cannot say something else. */
export async function describeApi(api: Api, version: string): Promise<void> {
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Firebreak',
        version,
        description:
          'Stops a compromised non-human identity and gives everything back when the alarm was false. Errors are application/problem+json with `code`, `detail`, `remedy` and `facts`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'A token made with POST /v1/tokens',
          },
        },
      },
    },
  });
  api.get('/openapi.json', { schema: { hide: true }, config: { access: 'open' } }, async () =>
    api.swagger(),
  );
}

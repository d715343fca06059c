import type { Route } from './route.js';

/** Says whether the server can serve, and nothing else; load balancers and containers ask it. */
export function healthRoutes(isReady: () => Promise<boolean>): readonly Route[] {
  return [
    {
      operation: 'route.health',
      method: 'GET',
      url: '/health',
      handle: async (_context, _request, reply) => {
        const ready = await isReady();
        return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'unavailable' });
      },
    },
  ];
}

import type { Route } from '@sluice/http';

const GREETING = 'Hello World, congratulations on running Sluice\n';

/** Answers at the base address, as the old gatekeeper did. @param onVisit is told of each, and returns at once */
export function rootRoutes({ onVisit }: { readonly onVisit: () => void }): Route[] {
  return [
    {
      method: 'GET',
      path: '/',
      handle: () => {
        onVisit();
        return { status: 200, contentType: 'text/html; charset=utf-8', body: GREETING };
      },
      doc: {
        operationId: 'getRoot',
        summary: 'Say hello',
        tags: ['operations'],
        isSelfContained: true,
        answers: {
          200: {
            description: 'Hello',
            content: { 'text/html': { schema: { type: 'string' }, examples: { hello: GREETING } } },
          },
        },
      },
    },
  ];
}

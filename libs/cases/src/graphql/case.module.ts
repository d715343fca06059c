import { type DynamicModule, Module } from '@nestjs/common';
import { CaseMutationsResolver, type CaseMutationUses } from './case-mutations.resolver.js';
import { CaseQueriesResolver, type CaseQueryUses } from './case-queries.resolver.js';

/** Nest's view of the cases feature. */
@Module({})
export class CaseModule {}

export function casesModule(use: CaseQueryUses & CaseMutationUses): DynamicModule {
  return {
    module: CaseModule,
    providers: [
      { provide: CaseQueriesResolver, useFactory: () => new CaseQueriesResolver(use) },
      { provide: CaseMutationsResolver, useFactory: () => new CaseMutationsResolver(use) },
    ],
  };
}

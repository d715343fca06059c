import { type DynamicModule, Module } from '@nestjs/common';
import { OperationResolver, type OperationUses } from './operation.resolver.js';

/** Nest's view of the operations feature. */
@Module({})
export class OperationModule {}

export function operationsModule(use: OperationUses): DynamicModule {
  return {
    module: OperationModule,
    providers: [{ provide: OperationResolver, useFactory: () => new OperationResolver(use) }],
  };
}

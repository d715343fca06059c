import { type DynamicModule, Module } from '@nestjs/common';
import { AuditResolver, type AuditUseCases } from './audit.resolver.js';

/** Nest's view of the audit feature. */
@Module({})
export class AuditModule {}

export function auditModule(use: AuditUseCases): DynamicModule {
  return { module: AuditModule, providers: [{ provide: AuditResolver, useFactory: () => new AuditResolver(use) }] };
}

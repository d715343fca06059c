import { type DynamicModule, Module } from '@nestjs/common';
import { AuditResolver, type AuditUseCases } from './audit.resolver.js';
import { EpochsResolver, type EpochUseCases } from './epochs.resolver.js';
import { FindingsResolver, type FindingUses } from './findings.resolver.js';
import { NotesResolver, type NoteUses } from './notes.resolver.js';
import { ReportsResolver, type ReportUses } from './reports.resolver.js';
import { SuccessionResolver, type SuccessionUses } from './succession.resolver.js';
import { OrderResolver, type OrderUses } from './order.resolver.js';

/** Nest's view of the audit feature. */
@Module({})
export class AuditModule {}

export function auditModule(
  use: AuditUseCases & EpochUseCases & FindingUses & NoteUses & OrderUses & ReportUses & SuccessionUses,
): DynamicModule {
  return {
    module: AuditModule,
    providers: [
      { provide: AuditResolver, useFactory: () => new AuditResolver(use) },
      { provide: EpochsResolver, useFactory: () => new EpochsResolver(use) },
      { provide: FindingsResolver, useFactory: () => new FindingsResolver(use) },
      { provide: NotesResolver, useFactory: () => new NotesResolver(use) },
      { provide: ReportsResolver, useFactory: () => new ReportsResolver(use) },
      { provide: SuccessionResolver, useFactory: () => new SuccessionResolver(use) },
      { provide: OrderResolver, useFactory: () => new OrderResolver(use) },
    ],
  };
}

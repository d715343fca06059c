import { type DynamicModule, Module } from '@nestjs/common';
import { DocumentResolver, type DocumentUses } from './document.resolver.js';

/** Nest's view of the documents feature. */
@Module({})
export class DocumentModule {}

export function documentsModule(use: DocumentUses): DynamicModule {
  return {
    module: DocumentModule,
    providers: [{ provide: DocumentResolver, useFactory: () => new DocumentResolver(use) }],
  };
}

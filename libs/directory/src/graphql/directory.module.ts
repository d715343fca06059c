import { type DynamicModule, Module } from '@nestjs/common';
import { DirectoryResolver, type DirectoryUseCases } from './directory.resolver.js';

/** Nest's view of the directory feature. */
@Module({})
export class DirectoryModule {}

export function directoryModule(use: DirectoryUseCases): DynamicModule {
  const resolver = { provide: DirectoryResolver, useFactory: () => new DirectoryResolver(use) };
  return { module: DirectoryModule, providers: [resolver] };
}

import { type DynamicModule, Module } from '@nestjs/common';
import { TaskResolver, type TaskUses } from './task.resolver.js';

/** Nest's view of the tasks feature. */
@Module({})
export class TaskModule {}

export function tasksModule(use: TaskUses): DynamicModule {
  return {
    module: TaskModule,
    providers: [{ provide: TaskResolver, useFactory: () => new TaskResolver(use) }],
  };
}

import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';

@Injectable()
class Loom {
  readonly threads = 3;
}

@Injectable()
class Weaver {
  constructor(readonly loom: Loom) {}
}

@Module({ providers: [Loom, Weaver] })
class Workshop {}

// What runs our TypeScript must emit the types of constructor parameters; most transformers don't.
describe('constructor injection', () => {
  it('finds a provider by its type alone', async () => {
    const context = await NestFactory.createApplicationContext(Workshop, { logger: false });
    expect(context.get(Weaver).loom.threads).toBe(3);
    await context.close();
  });
});

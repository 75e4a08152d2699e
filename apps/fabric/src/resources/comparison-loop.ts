import { Background } from '@heddle/platform';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ComparisonService } from './comparison.service.ts';

/** An upgrade is found at the start; what a change of rules leaves over the first chunk comes within this time. */
const LOOK_EVERY_MS = 2_000;

/** Compares objects anew whose hashes were made in a way of before. */
@Injectable()
export class ComparisonLoop implements OnApplicationBootstrap {
  constructor(private readonly background: Background, private readonly comparisons: ComparisonService) {}

  onApplicationBootstrap(): void {
    this.background.every('comparisons', LOOK_EVERY_MS, () => this.comparisons.catchUp());
  }
}
